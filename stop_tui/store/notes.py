"""Notes that people put on versions: plain git notes, so that plain `git log` shows them.

A note is added to what is there by `git fast-import`, which moves the notes' ref only from where
this program saw it; of two sessions that write at once, the later one reads again and repeats.
"""

from pathlib import Path

from stop_tui.core.errors import LineageError, UsageError
from stop_tui.core.plain_text import one_line, plain
from stop_tui.store import isolated_git
from stop_tui.store.blobs import read_blobs

REF = "refs/notes/commits"
"""Where git itself keeps notes unless it is told otherwise."""

LONGEST = 100_000
"""Characters of a note at most."""

_NOTHING = "0" * 40
_ATTEMPTS = 50


def write_note(repository: Path, commit: str, text: str, author: tuple[str, str]) -> None:
    """Let `text`, made plain, be the note on `commit` (an id); an empty one removes the note."""
    clean = plain(text).strip()
    if len(clean) > LONGEST:
        raise UsageError(f"A note has at most {LONGEST:,} characters; this one has {len(clean):,}.")
    complaint = ""
    for _ in range(_ATTEMPTS):
        before = _tip(repository)
        if read_note(repository, commit) == clean:
            return
        who = isolated_git.clean_identity(author)
        finished = isolated_git.run(
            repository,
            *("fast-import", "--quiet", "--date-format=now"),
            stdin=_commands(commit, clean, who, before),
        )
        if finished.code == 0:
            return
        complaint = finished.complaint
        if _tip(repository) == before:
            break
    raise LineageError(
        f"git could not write the note on {commit[:12]}: {one_line(complaint, 400)}.",
        hint="The notes there are were left as they are. If git names a file that ends in .lock "
        "and no other git is at work there, delete that file; then try again.",
    )


def read_note(repository: Path, commit: str) -> str:
    """The note on `commit` (an id), empty where there is none."""
    options = ("-1", "--no-walk", "--format=%N", f"--notes={REF}")
    shown = isolated_git.output(repository, "log", *options, commit, "--")
    return shown.decode("utf-8", "replace").rstrip()


def read_notes(repository: Path) -> dict[str, str]:
    """All notes, by the id of their commit."""
    listed = isolated_git.output(repository, "notes", f"--ref={REF}", "list").decode()
    rows = [line.split() for line in listed.splitlines()]
    if not rows:
        return {}
    texts = dict(read_blobs(repository, (blob for blob, _ in rows)))
    return {commit: texts[blob].decode("utf-8", "replace").rstrip() for blob, commit in rows}


def _tip(repository: Path) -> str | None:
    """The commit of the notes as they are now."""
    found = isolated_git.output(repository, "for-each-ref", "--format=%(objectname)", REF)
    return found.decode().strip() or None


def _commands(commit: str, text: str, who: isolated_git.Identity, before: str | None) -> bytes:
    """What `git fast-import` is told."""
    change = f"Note on {commit[:12]}\n" if text else f"No note on {commit[:12]} any more\n"
    head = [f"commit {REF}", f"committer {who.name} <{who.email}> now", f"data {len(change)}"]
    words = "\n".join([*head, change])
    if before is not None:
        words += f"from {before}\n"
    if not text:
        return f"{words}N {_NOTHING} {commit}\n".encode()
    data = f"{text}\n".encode()
    return f"{words}N inline {commit}\ndata {len(data)}\n".encode() + data + b"\n"
