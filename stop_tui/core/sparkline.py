"""A small curve in one line of text. Pure: it knows no screen, no colour and no width."""

import math
from collections.abc import Sequence

LEVELS = "▁▂▃▅▆█"


def sparkline(
    values: Sequence[float | None], low: float | None = None, high: float | None = None
) -> str:
    """One character a value, from ``▁`` at `low` to ``█`` at `high`; a blank for None and NaN.

    The bounds default to the least and the greatest value; values outside given bounds are drawn
    at the bound. Where the bounds are equal, every value is drawn at the lowest level.
    """
    known = [value for value in values if value is not None and math.isfinite(value)]
    bottom = min(known, default=0.0) if low is None else low
    top = max(known, default=0.0) if high is None else high
    return "".join(_level(value, bottom, top) for value in values)


def _level(value: float | None, bottom: float, top: float) -> str:
    if value is None or math.isnan(value):
        return " "
    if value <= bottom or top <= bottom:
        return LEVELS[0]
    share = min(1.0, (value - bottom) / (top - bottom))
    return LEVELS[min(len(LEVELS) - 1, int(share * len(LEVELS)))]
