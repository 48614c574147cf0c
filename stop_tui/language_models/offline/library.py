"""The recorded responses, read from the package's data, a shelf for each task.

A shelf is read when it is first asked for and kept. Nothing here chooses among responses.
"""

import functools
import tomllib
from collections.abc import Mapping
from importlib import resources
from importlib.resources.abc import Traversable

import msgspec

IMPROVER = "improver"
"""The shelf of improvers; the others bear the names of downstream tasks."""

SHELVES = (IMPROVER, "lpn", "maxcut", "mqap", "parity", "string_grid_distance", "three_sat")

SEED = "seed"
"""What a response `builds_on` when it answered a prompt with the seed solution or improver."""

_FENCE_OPEN = "\n```python\n"
_FENCE_CLOSE = "\n```\n"


class Recorded(msgspec.Struct, frozen=True):
    """One recorded response. `text` is what is given; `idea` the prose in it, `code` the program.

    `depth` is 1 for a response that builds on the seed, one more for each step after it.
    """

    name: str
    builds_on: str
    depth: int
    text: str
    idea: str
    code: str


class Shelf(msgspec.Struct, frozen=True):
    """All recorded responses for one task, by name, and those withheld with the reason why."""

    task: str
    responses: Mapping[str, Recorded]
    withheld: Mapping[str, str]

    def given(self) -> tuple[Recorded, ...]:
        """The responses that may be given, ordered by name."""
        return tuple(r for name, r in self.responses.items() if name not in self.withheld)


@functools.cache
def shelf(task: str) -> Shelf:
    """The shelf for `task`, one of `SHELVES`; raises KeyError for another name."""
    if task not in SHELVES:
        raise KeyError(task)
    folder = resources.files(__package__) / "responses"
    withheld = tomllib.loads((folder / "withheld.toml").read_text("utf-8"))
    read = {name: _read(path) for name, path in _files(folder / task)}
    parents = {name: builds_on for name, (builds_on, _) in read.items()}
    responses = {
        name: _recorded(name, builds_on, _depth(name, parents), body)
        for name, (builds_on, body) in read.items()
    }
    return Shelf(task=task, responses=responses, withheld=withheld.get(task, {}))


def _files(folder: Traversable) -> list[tuple[str, Traversable]]:
    found = [(path.name, path) for path in folder.iterdir() if path.name.endswith(".md")]
    return sorted((name.removesuffix(".md"), path) for name, path in found)


def _read(path: Traversable) -> tuple[str, str]:
    """What the response builds on, and its body without the front matter."""
    # Not read as text: that would turn a response's own CRLF, if any, into LF.
    _, front, body = path.read_bytes().decode("utf-8").split("---\n", 2)
    fields = dict(line.split(": ", 1) for line in front.splitlines())
    return fields["builds_on"], body


def _depth(name: str, parents: Mapping[str, str]) -> int:
    parent = parents[name]
    return 1 if parent == SEED else 1 + _depth(parent, parents)


def _recorded(name: str, builds_on: str, depth: int, body: str) -> Recorded:
    # The recorded responses all end with their only fenced block, so no general parser is needed.
    idea, _, rest = body.partition(_FENCE_OPEN)
    code = rest.removesuffix(_FENCE_CLOSE) + "\n"
    return Recorded(
        name=name, builds_on=builds_on, depth=depth, text=body, idea=idea.strip(), code=code
    )
