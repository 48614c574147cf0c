"""A version of the lineage as a value, and reading ten thousand of them from one `git log`.

Listing must cost little more than git itself, so only what ordering and look-ups need is taken
from a message at once; the rest is parsed when someone asks for it. No process is started here.
"""

import msgspec

from stop_tui.core.errors import LineageError
from stop_tui.store.commit_message import Message, parse_message
from stop_tui.store.trailers import Trailers

IMPROVER = "improver.py"
"""The only file of a version."""

LOG_OPTIONS = ("--format=%H%x00%P%x00%ct%x00%B", "-z", "--no-notes")
"""What makes `git log` print what `parse_log` reads."""

_FIELDS = 4


class Version(msgspec.Struct, frozen=True):
    """An accepted improver: `commit` and `parent` are commit ids, `at` is in seconds since 1970
    UTC, `iteration` is 0 for the improver that the run started from."""

    commit: str
    parent: str | None
    at: int
    run: str
    iteration: int
    message: str

    @property
    def subject(self) -> str:
        """The first line of the message."""
        return self.message.partition("\n")[0]

    @property
    def idea(self) -> str:
        """The model's idea, as far as the message holds it; empty where there is none."""
        return self._parts().idea

    @property
    def trailers(self) -> Trailers:
        """What is recorded of the version besides its source and its idea."""
        return self._parts().trailers

    def _parts(self) -> Message:
        try:
            return parse_message(self.message)
        except ValueError as error:
            raise _no_version(self.commit, str(error)) from error


def parse_log(data: bytes) -> list[Version]:
    """The versions in what `git log` printed under LOG_OPTIONS, in its order.

    Raises LineageError for a commit that is not a version.
    """
    fields = data.decode("utf-8", "replace").split("\0")
    fields.pop()  # every field is ended by a NUL, the last one too
    return [_version(*fields[start : start + _FIELDS]) for start in range(0, len(fields), _FIELDS)]


def _version(commit: str, parents: str, at: str, message: str) -> Version:
    # Run and Iteration are the first trailers and values have one line, so the last place that
    # looks like them is them.
    _, _, rest = message.rpartition("\nRun: ")
    run, _, rest = rest.partition("\nIteration: ")
    iteration = rest.partition("\n")[0]
    if not iteration.isdecimal():
        raise _no_version(commit, "its message has no trailers Run and Iteration")
    parent = parents.partition(" ")[0] or None
    return Version(commit, parent, int(at), run, int(iteration), message)


def _no_version(commit: str, why: str) -> LineageError:
    return LineageError(
        f"Commit {commit[:12]} of the lineage is not a version that stop-tui made: {why}.",
        hint="Someone else added it; it was left as it is. `stop-tui git log --all` shows it, and "
        "`stop-tui git branch` can move or delete the branch that leads to it.",
    )
