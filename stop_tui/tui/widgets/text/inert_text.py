"""Hostile text as lines that may be drawn, and how many columns they take."""

from functools import lru_cache
from itertools import accumulate

from rich.cells import get_character_cell_size

from stop_tui.core.plain_text import plain

MEASURED = 20_000
"""A line with more characters, not all ASCII, is scrolled by characters instead of columns."""


def inert_lines(text: str) -> list[str]:
    """The lines of a hostile text as they may be drawn; an empty text has none."""
    lines = text.replace("\r\n", "\n").split("\n")
    if lines[-1] == "":
        lines.pop()
    return [inert(line) for line in lines]


def inert(line: str) -> str:
    """One line as it may be drawn."""
    if line.isascii() and line.isprintable():
        return line
    return plain(line, newlines=False)


def columns(text: str) -> int:
    """How many columns `text` takes; for a very long line its characters are counted."""
    ends = column_ends(text)
    return len(text) if ends is None else ends[-1]


def column_ends(text: str) -> list[int] | None:
    """The column after each character; None where every character counts as one column."""
    if text.isascii() or len(text) > MEASURED:
        return None
    return _measured(text)


@lru_cache(maxsize=256)
def _measured(text: str) -> list[int]:
    return list(accumulate(map(get_character_cell_size, text)))
