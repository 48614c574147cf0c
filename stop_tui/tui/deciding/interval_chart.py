"""Means with their 95 % intervals drawn on one axis in characters, readable without colour. Pure.

A mean is ``●``, its interval ``├──●──┤``; zero, where it is on the axis, is ``┊``.
"""

from collections.abc import Callable, Sequence
from typing import NamedTuple

from stop_tui.core.events import Estimate
from stop_tui.presentation.figures import figure, signed

NAMES = 11
"""Columns for the names of the rows."""

_LEAST = 12


class Bar(NamedTuple):
    """A row: its name and what it shows."""

    name: str
    estimate: Estimate


def chart(bars: Sequence[Bar], width: int, *, of_difference: bool = False) -> list[str]:
    """`bars` in lines of at most `width` columns, the last of which says where the axis ends.

    The axis of a difference has zero on it, and signs.
    """
    room = max(width - NAMES, _LEAST)
    ends = [end for bar in bars for end in _ends(bar.estimate)] + ([0.0] if of_difference else [])
    low, high = min(ends), max(ends)
    if high - low < 1e-9:
        low, high = low - 0.01, high + 0.01

    def column(value: float) -> int:
        return round((value - low) / (high - low) * (room - 1))

    zero = column(0.0) if of_difference else None
    lines = [f"{bar.name:<{NAMES}}{_drawn(bar.estimate, column, zero, room)}" for bar in bars]
    first, last = (signed(low), signed(high)) if of_difference else (figure(low), figure(high))
    return [*lines, " " * NAMES + _axis(first, last, zero, room)]


def _drawn(estimate: Estimate, column: Callable[[float], int], zero: int | None, room: int) -> str:
    cells = [" "] * room
    if zero is not None:
        cells[zero] = "┊"
    low, high = map(column, _ends(estimate))
    if low < high:
        cells[low : high + 1] = ["├", *"─" * (high - low - 1), "┤"]
    cells[column(estimate.mean)] = "●"
    return "".join(cells).rstrip()


def _axis(first: str, last: str, zero: int | None, room: int) -> str:
    """The figures at both ends, and a 0 where there is room for it."""
    cells = list(first + " " * max(room - len(first) - len(last), 1) + last)
    free = zero is not None and len(first) < zero < room - len(last) - 1
    if zero is not None and free:
        cells[zero] = "0"
    return "".join(cells)


def _ends(estimate: Estimate) -> tuple[float, float]:
    if estimate.low is None or estimate.high is None:
        return estimate.mean, estimate.mean
    return min(estimate.low, estimate.mean), max(estimate.high, estimate.mean)
