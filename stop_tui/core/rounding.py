"""Utilities and their differences as text: rounded the same way in reasons, tables and commits."""

STORED = 4
"""Digits that a version's trailers keep; everything is rounded to them first, so that both read
alike."""


def figure(value: float | None, digits: int = 3) -> str:
    """`value` with `digits` decimals, or a dash where there is none."""
    return "-" if value is None else f"{_rounded(value, digits):.{digits}f}"


def signed(value: float | None, digits: int = 3) -> str:
    """A difference with its sign, or a dash where there is none; nothing is never negative."""
    return "-" if value is None else f"{_rounded(value, digits):+.{digits}f}"


def _rounded(value: float, digits: int) -> float:
    return round(round(value, STORED), digits) + 0.0
