"""Versions on their way from one lineage to another: read as records, checked, written again.

No object of a foreign repository is taken in. A commit is made anew from its parts, as this program
makes them, and must come out with the id that it had; so git never reads a foreign pack.
"""

import hashlib
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from stop_tui.core.errors import LineageError, UsageError
from stop_tui.core.keys import text_hash
from stop_tui.core.plain_text import plain
from stop_tui.store import isolated_git
from stop_tui.store.commit_message import parse_message
from stop_tui.store.lineage import Lineage
from stop_tui.store.run_file import CarriedVersion
from stop_tui.store.versions import IMPROVER, Version, parse_log

_LATEST = 253_402_300_799

_COMMIT = re.compile(
    r"tree (?P<tree>[0-9a-f]{40})\n"
    r"(?:parent (?P<parent>[0-9a-f]{40})\n)?"
    r"author (?P<who>(?P<name>[^<>\n]+) <(?P<email>[^<> \n]+)> (?P<at>[0-9]{1,12})) \+0000\n"
    r"committer (?P=who) \+0000\n\n(?P<message>.+)",
    re.DOTALL | re.ASCII,
)


@dataclass(frozen=True, slots=True)
class Parts:
    """A version taken apart: all that is needed to write it, and the commit id that results."""

    commit: str
    parent: str | None
    at: int
    author: tuple[str, str]
    message: str
    run: str
    iteration: int
    source: str
    """The hash of its source."""


def read_versions(lineage: Lineage, commit: str) -> list[tuple[CarriedVersion, str]]:
    """The version `commit` (an id) and all that it follows, oldest first, with their sources."""
    ids = isolated_git.output(lineage.path, "rev-list", "--reverse", commit, "--").decode().split()
    asked = "".join(f"{each}\n{each}:{IMPROVER}\n" for each in ids).encode()
    objects = _objects(
        lineage, isolated_git.output(lineage.path, "cat-file", "--batch", stdin=asked)
    )
    found = []
    for each, text, source in zip(ids, objects[::2], objects[1::2], strict=True):
        record = CarriedVersion(each, text, text_hash(source))
        try:
            parts_of(record, source)
        except ValueError as error:
            raise isolated_git.damaged(
                lineage.path, f"{each[:12]} is not a version that stop-tui made: {error}"
            ) from error
        found.append((record, source))
    return found


def parts_of(record: CarriedVersion, source: str) -> Parts:
    """The parts of `record`, whose source is `source`; raises ValueError when they do not agree."""
    matched = _COMMIT.fullmatch(record.object)
    if matched is None:
        raise ValueError("it has not the form of a version")
    if record.source != text_hash(source):
        raise ValueError("its source is another one")
    blob = _id("blob", source.encode("utf-8", "surrogatepass"))
    tree = _id("tree", b"100644 " + IMPROVER.encode() + b"\0" + bytes.fromhex(blob))
    if tree != matched["tree"] or _id("commit", record.object.encode()) != record.commit:
        raise ValueError("its id is another one")
    who = isolated_git.Identity(matched["name"], matched["email"])
    if isolated_git.clean_identity(who) != who or int(matched["at"]) > _LATEST:
        raise ValueError("its author or its date cannot be")
    message = matched["message"]
    if plain(message) != message:
        raise ValueError("its message has characters that act on a terminal")
    trailers = parse_message(message).trailers
    listed = _as_listed(record.commit, matched["parent"] or "", matched["at"], message)
    if (listed.run, listed.iteration) != (trailers.run, trailers.iteration):
        raise ValueError("its message can be read in two ways")
    return Parts(
        record.commit,
        matched["parent"],
        int(matched["at"]),
        who,
        message,
        trailers.run,
        trailers.iteration,
        record.source,
    )


def linear(versions: Iterable[Parts]) -> bool:
    """Whether each of `versions` follows the one before it, and the first follows none."""
    before: str | None = None
    for version in versions:
        if version.parent != before:
            return False
        before = version.commit
    return before is not None


def write_versions(
    lineage: Lineage, run: str, versions: Sequence[Parts], source: Callable[[str], str]
) -> None:
    """Write checked `versions`, oldest first, and a branch `run` that ends at the last of them.

    `source` gives the text of a hash. A branch that ends there already is left as it is. Raises
    UsageError when there is another branch of that name; then no branch was moved.
    """
    from stop_tui.store.version_objects import VersionWriter  # 85 ms, for writing alone

    tip = versions[-1].commit
    if run in lineage.runs():
        if lineage.version(run).commit == tip:
            return
        raise UsageError(
            f"The lineage has another branch {run!r} already.",
            hint="It was left as it is: `stop-tui git log --all` shows it.",
        )
    latest = lineage.latest_run()
    writer = VersionWriter(lineage.path)
    for version in versions:
        made = writer.write(
            source(version.source),
            version.message,
            parent=version.parent,
            at=version.at,
            author=version.author,
        )
        if made != version.commit:
            raise LineageError(f"The version {version.commit[:12]} came out as {made[:12]}.")
    complaint = writer.move_branch(run, tip, expected=None)
    if complaint is not None:
        raise isolated_git.damaged(lineage.path, complaint)
    began = next(version.at for version in versions if version.run == run)
    if latest is None or lineage.versions(latest)[0].at <= began:
        writer.point_head(run)


def take_branch_back(lineage: Lineage, run: str, tip: str, followed: str | None) -> None:
    """Undo `write_versions`, as far as anything leads to it; HEAD then follows `followed` again."""
    isolated_git.output(
        lineage.path,
        *("symbolic-ref", "HEAD", f"refs/heads/{followed or isolated_git.FIRST_BRANCH}"),
    )
    isolated_git.output(lineage.path, "update-ref", "-d", f"refs/heads/{run}", tip)


def _as_listed(*fields: str) -> Version:
    """The version as it will be read from the log, where one that cannot be spoils the listing."""
    try:
        (version,) = parse_log(["".join(f"{field}\0" for field in fields).encode()])
    except LineageError as error:
        raise ValueError(error.message) from error
    return version


def _objects(lineage: Lineage, data: bytes) -> list[str]:
    """The contents of the objects in what `git cat-file --batch` prints."""
    found, position = [], 0
    while position < len(data):
        end = data.index(b"\n", position)
        header = data[position:end].split()
        if len(header) != 3:
            raise isolated_git.damaged(lineage.path, "an object of a version is missing")
        size = int(header[2])
        body = data[end + 1 : end + 1 + size]
        try:
            found.append(body.decode("utf-8", "surrogatepass"))
        except UnicodeDecodeError as error:
            raise isolated_git.damaged(lineage.path, "an object is not UTF-8") from error
        position = end + 1 + size + 1
    return found


def _id(kind: str, data: bytes) -> str:
    """The id that git gives an object."""
    head = f"{kind} {len(data)}\0".encode()
    return hashlib.sha1(head + data, usedforsecurity=False).hexdigest()
