"""A timeline in text: which of many things in a row have something, and what stands above them.

Pure. Where there are few, each has several columns; where there are more than columns, a column
stands for several. What is there and what is not differ in their signs, so no colour is needed.
"""

from collections.abc import Callable, Sequence
from typing import NamedTuple

THERE = "▆"
SOME = "▂"
"""Some of those that a column stands for."""
NOT_THERE = "·"

WIDEST = 4
"""Columns of one thing at most: with more, few things would look like many."""

_STEPS = (1, 2, 5)


class Scale(NamedTuple):
    """How `total` things stand in columns: `columns` for each, or `shared` of them in a column."""

    total: int
    columns: int
    shared: int

    @property
    def width(self) -> int:
        """Columns in all."""
        return -(-self.total // self.shared) * self.columns

    def column(self, place: int) -> int:
        """The first column of the thing at `place`."""
        return place // self.shared * self.columns


def scale(count: int, width: int) -> Scale:
    """How `count` things, at least one, fit into `width` columns."""
    room = max(width, 1)
    return Scale(count, max(min(room // count, WIDEST), 1), -(-count // room))


def bar(present: Sequence[bool], across: Scale) -> str:
    """One row: a sign in every column."""
    pieces = []
    for start in range(0, across.total, across.shared):
        some = present[start : start + across.shared]
        if all(some):
            pieces.append(THERE * across.columns)
        else:
            pieces.append((SOME if any(some) else NOT_THERE).ljust(across.columns))
    return "".join(pieces)


def axis(name: Callable[[int], str], across: Scale, room: int, first: int = 0) -> str:
    """What stands above the rows: the names of some places, evenly, each at its column and whole
    within `room` columns. `first` is the place in the first column."""
    last = first + across.total
    longest = max(len(name(place)) for place in (first, last - 1))
    step = _step((longest + 1) * across.shared / across.columns)
    line = ""
    for place in range(-(-first // step) * step, last, step):
        column = across.column(place - first)
        if column >= len(line) + bool(line) and column + len(name(place)) <= room:
            line = line.ljust(column) + name(place)
    return line


def _step(least: float) -> int:
    """The smallest of 1, 2, 5, 10, 20, 50, ... that is at least `least`."""
    power = 1
    while True:
        for step in _STEPS:
            if step * power >= least:
                return step * power
        power *= 10
