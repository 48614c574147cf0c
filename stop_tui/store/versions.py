"""A version of the lineage as a value, and reading ten thousand of them from one `git log`.

Listing must cost little more than git itself, so only what ordering and look-ups need is taken
from a message at once; the rest is parsed when someone asks for it. No process is started here.
"""

from collections.abc import Iterable, Iterator

import msgspec

from stop_tui.core.errors import LineageError
from stop_tui.store.commit_message import Message, parse_message
from stop_tui.store.trailers import UNKNOWN, Trailers

IMPROVER = "improver.py"
"""The only file of a version."""

LOG_OPTIONS = ("--format=%H%x00%P%x00%ct%x00%B", "-z", "--no-notes")
"""What makes `git log` print what `parse_log` reads."""

_FIELDS = 4


class Version(msgspec.Struct, frozen=True, gc=False):
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

    def written(self, key: str) -> str:
        """One trailer as it is written, unparsed and quick to get; ``unknown`` where it is not."""
        begin = self.message.rfind(f"\n{key}: ")
        if begin < 0:
            return UNKNOWN
        begin += len(key) + 3
        return self.message[begin : self.message.find("\n", begin)]

    def _parts(self) -> Message:
        try:
            return parse_message(self.message)
        except ValueError as error:
            raise _no_version(self.commit, str(error)) from error


def parse_log(pieces: Iterable[bytes]) -> Iterator[Version]:
    """The versions in what `git log` prints under LOG_OPTIONS, in its order, while it prints.

    Raises LineageError for a commit that is not a version.
    """
    begun = b""
    for piece in pieces:
        fields = (begun + piece).split(b"\0")
        whole = len(fields) // _FIELDS * _FIELDS
        if whole == len(fields):
            whole -= _FIELDS  # the last field goes on in the next piece
        begun = b"\0".join(fields[whole:])
        texts = b"\0".join(fields[:whole]).decode("utf-8", "replace").split("\0")
        for start in range(0, whole, _FIELDS):
            yield _version(*texts[start : start + _FIELDS])


def _version(commit: str, parents: str, at: str, message: str) -> Version:
    # Run and Iteration are the first trailers and values have one line, so the last place that
    # looks like them is them.
    begin = message.rfind("\nRun: ") + len("\nRun: ")
    middle = message.find("\nIteration: ", begin)
    end = message.find("\n", middle + 1)
    run, iteration = message[begin:middle], message[middle + len("\nIteration: ") : end]
    if middle < 0 or not iteration.isdecimal():
        raise _no_version(commit, "its message has no trailers Run and Iteration")
    parent = parents.partition(" ")[0] or None
    return Version(commit, parent, int(at), run, int(iteration), message)


def _no_version(commit: str, why: str) -> LineageError:
    return LineageError(
        f"Commit {commit[:12]} of the lineage is not a version that stop-tui made: {why}.",
        hint="Someone else added it; it was left as it is. `stop-tui git log --all` shows it, and "
        "`stop-tui git branch` can move or delete the branch that leads to it.",
    )
