"""The timeline of strategies as rows: bars over the versions, with one version marked.

Pure. Where there are more versions than columns, those around the marked one are seen; above its
column stands ``▼``, and its sign in a row differs from that of the others.
"""

from collections.abc import Sequence
from itertools import groupby
from typing import NamedTuple

from textual.content import Content

from stop_tui.core.strategy_history import Course
from stop_tui.presentation.timeline import NOT_THERE, THERE, Scale, axis, scale

POINTER = "▼"
THERE_MARKED = "█"
NOT_THERE_MARKED = "│"

_STYLES = {
    THERE: "$primary",
    NOT_THERE: "$text-muted",
    THERE_MARKED: "bold $text-accent",
    NOT_THERE_MARKED: "bold $text-accent",
}


class Window(NamedTuple):
    """The versions that are seen in `width` columns: `first` is the place of the leftmost, `marked`
    that of the marked one."""

    first: int
    marked: int
    width: int
    across: Scale


def window(count: int, marked: int, width: int) -> Window:
    """Which of `count` versions are seen in `width` columns; the marked one always is."""
    if count <= width:
        return Window(0, marked, width, scale(count, width))
    room = max(width, 1)
    first = max(0, min(marked - room // 2, count - room))
    return Window(first, marked, room, Scale(room, 1, 1))


def heading(called: Sequence[str], seen: Window) -> Content:
    """The names of the versions above their columns, that of the marked one with a pointer."""
    across = seen.across
    line = axis(called.__getitem__, across, seen.width, seen.first).ljust(seen.width)
    name = called[seen.marked]
    column = across.column(seen.marked - seen.first)
    if column + len(name) < seen.width or column < len(name):
        start, mark = column, f"{POINTER}{name}"
    else:
        start, mark = column - len(name), f"{name}{POINTER}"
    before, after = line[:start], line[start + len(mark) :]
    # Half a name is no name.
    cut = before.rpartition(" ")[2]
    before = before.removesuffix(cut) + " " * len(cut)
    cut = after.partition(" ")[0]
    after = " " * len(cut) + after.removeprefix(cut)
    return Content.assemble(before, (mark, "bold $text-accent"), after)


def bar_of(course: Course, seen: Window) -> Content:
    """A sign in every column."""
    places = range(seen.first, seen.first + seen.across.total)
    signs = [_sign(course.present[place], place == seen.marked) for place in places]
    parts = []
    for sign, group in groupby(signs):
        count = len(list(group))
        wide = sign * seen.across.columns
        if sign in (NOT_THERE, NOT_THERE_MARKED):
            wide = sign.ljust(seen.across.columns)
        parts.append((wide * count, _STYLES[sign]))
    return Content.assemble(*parts)


def _sign(there: bool, marked: bool) -> str:
    if marked:
        return THERE_MARKED if there else NOT_THERE_MARKED
    return THERE if there else NOT_THERE
