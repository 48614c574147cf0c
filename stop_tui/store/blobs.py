"""Reading many objects of a lineage with few commands of git."""

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from stop_tui.store import isolated_git
from stop_tui.store.versions import IMPROVER

_AT_ONCE = 256
"""Objects that one command prints, so that what is in memory stays small."""


def source_ids(repository: Path, commits: Sequence[str]) -> list[str]:
    """The id of the source of each of `commits` (commit ids); the same source has the same id.

    Raises LineageError when one is missing.
    """
    asked = "".join(f"{commit}:{IMPROVER}\n" for commit in commits).encode()
    printed = isolated_git.output(repository, "cat-file", "--batch-check", stdin=asked)
    found = [line.split() for line in printed.decode("utf-8", "replace").splitlines()]
    for commit, parts in zip(commits, found, strict=True):
        if len(parts) != 3:
            raise isolated_git.damaged(repository, f"{IMPROVER} of {commit[:12]} is missing")
    return [parts[0] for parts in found]


def read_blobs(repository: Path, ids: Iterable[str]) -> Iterator[tuple[str, bytes]]:
    """Each of the objects `ids` once, with its id; raises LineageError when one is missing."""
    wanted = list(dict.fromkeys(ids))
    for start in range(0, len(wanted), _AT_ONCE):
        some = wanted[start : start + _AT_ONCE]
        asked = "".join(f"{blob}\n" for blob in some).encode()
        data = isolated_git.output(repository, "cat-file", "--batch", stdin=asked)
        position = 0
        for blob in some:
            end = data.index(b"\n", position)
            header = data[position:end].split()
            if len(header) != 3:
                raise isolated_git.damaged(repository, f"the object {blob} is missing")
            position = end + 1 + int(header[2]) + 1
            yield blob, data[end + 1 : position - 1]
