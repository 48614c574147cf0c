"""Writing a version into the lineage through GitPython: objects first, then the branch.

The same version always gives the same commit. Importing this module imports GitPython, which costs
longer than listing a lineage, so whoever only reads must not import it.
"""

from collections.abc import Sequence
from io import BytesIO
from pathlib import Path
from typing import Any

from git import Git, GitCmdObjectDB
from git.exc import GitCommandError, GitError
from git.objects.fun import tree_to_stream
from gitdb.base import IStream  # type: ignore[import-untyped]

from stop_tui.core.errors import LineageError
from stop_tui.core.plain_text import one_line
from stop_tui.store.isolated_git import clean_identity, damaged, environment
from stop_tui.store.versions import IMPROVER

_PLAIN_FILE = 0o100644
_ABSENT = "0" * 40


class _IsolatedGit(Git):
    """GitPython's way to run git, in the lineage's environment and no other.

    GitPython hands its own environment down and can add to it but not take away; `env -i` can.
    """

    def __init__(self, repository: Path) -> None:
        super().__init__(str(repository))
        variables = environment(repository)
        self._prefix = ["env", "-i", *(f"{name}={value}" for name, value in variables.items())]

    def execute(self, command: str | Sequence[Any], *args: Any, **kwargs: Any) -> Any:
        """Run `command` as GitPython does, but with nothing of this process's environment."""
        # In a session of its own: a kill of the host's group must not strike git at a lock.
        return super().execute([*self._prefix, *command], *args, start_new_session=True, **kwargs)


class VersionWriter:
    """Writes commits and moves branches of one bare repository, for one thread."""

    def __init__(self, repository: Path) -> None:
        self._repository = repository
        self._git = _IsolatedGit(repository)
        self._objects = GitCmdObjectDB(str(repository / "objects"), self._git)

    def write(
        self, source: str, message: str, *, parent: str | None, at: float, author: tuple[str, str]
    ) -> str:
        """Write a commit that holds `source` as its only file; returns its id.

        `at` is in seconds since 1970 UTC, and counts in whole seconds. Nothing points to the commit
        yet. Raises LineageError when the objects cannot be written.
        """
        who = clean_identity(author)
        stamp = f"{who.name} <{who.email}> {int(at)} +0000"
        try:
            blob = self._store("blob", source.encode("utf-8", "surrogatepass"))
            listing = BytesIO()
            tree_to_stream([(blob, _PLAIN_FILE, IMPROVER)], listing.write)
            tree = self._store("tree", listing.getvalue())
            head = [f"tree {tree.hex()}"]
            if parent is not None:
                head.append(f"parent {parent}")
            head += [f"author {stamp}", f"committer {stamp}"]
            return self._store("commit", "\n".join([*head, "", message]).encode()).hex()
        except (GitError, OSError) as error:
            raise LineageError(
                f"A version cannot be written to the lineage {self._repository}: "
                f"{one_line(_complaint(error), 400)}.",
                hint="Nothing was changed. See whether the disk is full and whether you may write "
                "to that folder, then resume the run.",
            ) from error

    def move_branch(self, run: str, commit: str, *, expected: str | None) -> str | None:
        """Let the branch `run` end at `commit`, if it ends at `expected` now (None: is not there).

        Returns None when it was moved, else git's reason why not.
        """
        return self._quietly("update-ref", f"refs/heads/{run}", commit, expected or _ABSENT)

    def point_head(self, run: str) -> None:
        """Let HEAD follow the branch `run`."""
        complaint = self._quietly("symbolic-ref", "HEAD", f"refs/heads/{run}")
        if complaint is not None:
            raise damaged(self._repository, complaint)

    def _store(self, kind: str, data: bytes) -> bytes:
        stream = self._objects.store(IStream(kind.encode(), len(data), BytesIO(data)))
        return bytes(stream.binsha)

    def _quietly(self, *arguments: str) -> str | None:
        code, _, complaint = self._git.execute(
            ["git", *arguments], with_extended_output=True, with_exceptions=False
        )
        return None if code == 0 else str(complaint)


def _complaint(error: GitError | OSError) -> str:
    if isinstance(error, GitCommandError):
        # Not all of the error, which names the whole command and its environment.
        said = str(error.stderr).strip().removeprefix("stderr: ").strip("'")
        return said or f"git ended with code {error.status}"
    return str(error)
