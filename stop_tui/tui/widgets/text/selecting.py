"""Which characters of a line are selected, of a text that may have two panes. Pure.

Textual tells a selection as columns and lines. The columns of the right pane are told apart by
`SIDE`; a selection stays in the pane in which it begins.
"""

from textual.selection import Selection

SIDE = 1 << 40
"""Added to the columns of the right pane."""


def side(selection: Selection) -> int:
    """The pane in which `selection` begins: 0 or 1."""
    ends = [offset for offset in selection if offset is not None]
    return 1 if ends and ends[0].x > SIDE // 2 else 0


def selected_in(selection: Selection, line: int, length: int) -> tuple[int, int] | None:
    """The characters selected in a line of `length` characters, in the pane of the selection."""
    start, end = selection
    if (start is not None and line < start.y) or (end is not None and line > end.y):
        return None
    first = _column(start.x) if start is not None and start.y == line else 0
    last = _column(end.x) if end is not None and end.y == line else length
    first, last = min(first, length), min(last, length)
    return (first, last) if first < last else None


def _column(x: int) -> int:
    return max(0, x - SIDE if x > SIDE // 2 else x)
