"""git on one bare repository, in an environment that knows nothing of the user's own git.

No configuration, hook, attribute or GIT_* variable of the user or the machine has any effect, and
no other repository can be reached. Only the identity and the terminal's own `stop-tui git` look at
the user's settings, and they say so.
"""

import os
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from stop_tui.core.errors import LineageError, StopError
from stop_tui.core.plain_text import one_line
from stop_tui.core.shortage import shortage

FIRST_BRANCH = "no-run-yet"
"""What HEAD follows until there is a run; never a branch itself."""

_KEPT = ("PATH", "LD_LIBRARY_PATH", "TMPDIR")

_CONFIGURATION = (
    # Versions are few and precious: each is on the disk before its branch moves.
    ("core.fsync", "all"),
    ("core.hooksPath", os.devnull),
    # Two sessions may move branches at once; the later one waits for the lock.
    ("core.filesRefLockTimeout", "10000"),
    ("core.packedRefsTimeout", "10000"),
)


_PIECE = 1 << 18


class Finished(NamedTuple):
    """How a git command ended: its exit code, what it printed, and its complaint, stripped."""

    code: int
    output: bytes
    complaint: str


class Identity(NamedTuple):
    """Who a commit is by: a name and an e-mail address, each one line without angle brackets."""

    name: str
    email: str


NEUTRAL = Identity("stop-tui", "stop-tui@localhost")
"""The identity of commits where the user's git has none."""


def environment(repository: Path) -> dict[str, str]:
    """The whole environment in which git works on the bare `repository`."""
    return {name: os.environ[name] for name in _KEPT if name in os.environ} | {
        "GIT_DIR": str(repository.absolute()),
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_ATTR_NOSYSTEM": "1",
        "GIT_NO_REPLACE_OBJECTS": "1",
        "GIT_TERMINAL_PROMPT": "0",
        # Older git looks for configuration, and every git for attributes, below the home folder.
        "HOME": os.devnull,
        "LC_ALL": "C",
    }


def run(repository: Path, *arguments: str, stdin: bytes = b"") -> Finished:
    """Run git on `repository`, with `stdin` as its input, and wait.

    Raises LineageError, or Shortage, only when git cannot be started.
    """
    # In a session of its own: a kill of the host's group must not strike git while it holds a lock.
    return _run(["git", *arguments], environment(repository), new_session=True, stdin=stdin)


def output(repository: Path, *arguments: str, stdin: bytes = b"") -> bytes:
    """What git prints; raises LineageError when it fails or finds the repository damaged."""
    finished = run(repository, *arguments, stdin=stdin)
    if finished.code != 0 or "warning: ignoring" in finished.complaint:
        raise damaged(repository, finished.complaint)
    return finished.output


def stream(repository: Path, *arguments: str) -> Iterator[bytes]:
    """What git prints, piece by piece while it prints; raises as `output` does, at the end."""
    with tempfile.TemporaryFile() as complaints:
        try:
            printing = subprocess.Popen(
                ["git", *arguments],
                env=environment(repository),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=complaints,
                start_new_session=True,
            )
        except OSError as error:
            raise _no_git(error) from error
        with printing:
            assert printing.stdout is not None
            reading = printing.stdout.fileno()
            yield from iter(lambda: os.read(reading, _PIECE), b"")
        complaints.seek(0)
        complaint = complaints.read().decode("utf-8", "replace").strip()
        if printing.returncode != 0 or "warning: ignoring" in complaint:
            raise damaged(repository, complaint)


def damaged(repository: Path, complaint: str) -> LineageError:
    """The error that says that `repository` is not as this program left it."""
    return LineageError(
        f"The lineage {repository} is damaged or was changed by someone else: "
        f"{one_line(complaint, 400) or 'git gave no reason'}.",
        hint="It was left as it is. `stop-tui git fsck` shows more; the sources of all versions "
        "are in the journal too.",
    )


def initialise(repository: Path) -> None:
    """Create an empty bare repository at `repository`, whole or not at all.

    When another process is creating it too, one of the two equal results stays.
    """
    try:
        repository.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".lineage-", dir=repository.parent) as folder:
            draft = Path(folder) / repository.name
            output(
                draft,
                *("init", "--quiet", "--bare", "--template=", "--object-format=sha1"),
                f"--initial-branch={FIRST_BRANCH}",
            )
            for name, value in _CONFIGURATION:
                output(draft, "config", name, value)
            if not repository.exists():
                draft.rename(repository)
    except OSError as error:
        if not (repository / "HEAD").exists():
            raise LineageError(
                f"The lineage {repository} cannot be created: {error.strerror}.",
                hint="See that you may write to this folder and that its disk is not full.",
            ) from error


def identity(folder: Path) -> Identity:
    """The identity that the user's git has in `folder`; a neutral one where it has none."""
    try:
        finished = _run(
            ["git", "-C", str(folder), "config", "--null", "--get-regexp", r"^user\.(name|email)$"],
            dict(os.environ),
            new_session=False,
        )
    except LineageError:
        return NEUTRAL
    values = {}
    for entry in finished.output.decode("utf-8", "replace").split("\0"):
        key, _, value = entry.partition("\n")
        values[key] = value
    return clean_identity(Identity(values.get("user.name", ""), values.get("user.email", "")))


def clean_identity(who: tuple[str, str]) -> Identity:
    """`who` as git accepts it, the neutral name or address in place of an empty one."""
    name, email = (
        one_line(part.translate({ord("<"): None, ord(">"): None}), 100).strip(" .,:;\"'\\")
        for part in who
    )
    return Identity(name or NEUTRAL.name, email.replace(" ", "") or NEUTRAL.email)


def hand_over(repository: Path, arguments: Sequence[str]) -> int:
    """Run the user's own git command on `repository`, on their terminal; returns its exit code.

    Their configuration (colours, pager, aliases) applies here, their repositories and hooks do not.
    """
    own = {name: value for name, value in os.environ.items() if not _leads_elsewhere(name)}
    own["GIT_DIR"] = str(repository.absolute())
    try:
        command = ["git", "-c", f"core.hooksPath={os.devnull}", *arguments]
        return subprocess.run(command, env=own, check=False).returncode
    except OSError as error:
        raise _no_git(error) from error


def _leads_elsewhere(name: str) -> bool:
    kept = ("GIT_PAGER", "GIT_EDITOR", "GIT_SEQUENCE_EDITOR", "GIT_TERMINAL_PROMPT")
    return name.startswith("GIT_") and name not in kept


def _run(
    command: list[str], variables: dict[str, str], *, new_session: bool, stdin: bytes = b""
) -> Finished:
    try:
        done = subprocess.run(
            command,
            env=variables,
            input=stdin,
            capture_output=True,
            check=False,
            start_new_session=new_session,
        )
    except OSError as error:
        raise _no_git(error) from error
    return Finished(done.returncode, done.stdout, done.stderr.decode("utf-8", "replace").strip())


def _no_git(error: OSError) -> StopError:
    found = shortage(error)
    if found is not None and not isinstance(error, PermissionError):
        return found
    return LineageError(
        f"git cannot be started ({error.strerror}), and the lineage is kept in git.",
        hint="Install git 2.32 or newer and see that it is on the PATH.",
    )
