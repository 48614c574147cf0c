"""How commands speak: one JSON object on a line, or tables that are plain text off a terminal.

Text from models, programs and tasks is hostile: it passes through `plain` before it gets here, and
the console interprets no markup.
"""

import json
import math
import sys
from collections.abc import Sequence
from textwrap import fill
from typing import TYPE_CHECKING, Any

import msgspec

from stop_tui.core.plain_text import one_line, plain

if TYPE_CHECKING:
    from rich.console import Console

MANY = 1000
"""Rows of a table from which on speed matters more than layout."""

WIDE = 160
"""Columns where there is no terminal to ask."""


def console(*, to_stderr: bool = False) -> "Console":
    """A console that interprets nothing in what it is given."""
    from rich.console import Console

    stream = sys.stderr if to_stderr else sys.stdout
    return Console(
        file=stream,
        markup=False,
        highlight=False,
        emoji=False,
        width=None if stream.isatty() else WIDE,
    )


def print_json(value: Any) -> None:
    """Print `value` as one JSON object on one line, with null for NaN and infinities."""
    plain_values = msgspec.to_builtins(value)
    try:
        text = json.dumps(plain_values, allow_nan=False)
    except ValueError:
        text = json.dumps(_finite(plain_values))
    print(text)


def print_paragraph(text: str) -> None:
    """Print `text`, on a terminal in lines that break between words."""
    if sys.stdout.isatty():
        width = console().width
        text = "\n".join(
            fill(line, width, break_long_words=False, break_on_hyphens=False)
            for line in text.split("\n")
        )
    print(text)


def print_table(
    title: str | None,
    columns: Sequence[str],
    rows: Sequence[Sequence[str]],
    *,
    numbers: str = "",
    least: str = "",
) -> None:
    """Print rows of hostile text; columns whose index is in `numbers` go right.

    On a terminal that is too narrow the columns in `least` are left out, the first one first.
    """
    if title is not None:
        print(title)
    if len(rows) > MANY:
        _print_many(columns, rows)
        return
    from rich import box
    from rich.table import Table
    from rich.text import Text

    out = console()
    cells = [[one_line(cell, 200) for cell in row] for row in rows]
    shown = _fitting(out.width, columns, cells, least)
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for index in shown:
        right = str(index) in numbers
        table.add_column(columns[index], justify="right" if right else "left", overflow="fold")
    for row in cells:
        table.add_row(*(Text(row[index]) for index in shown))
    if out.is_terminal:
        out.print(table)
        return
    with out.capture() as capture:
        out.print(table)
    print("\n".join(line.rstrip() for line in capture.get().splitlines()))


def _fitting(
    width: int, columns: Sequence[str], rows: Sequence[Sequence[str]], least: str
) -> list[int]:
    """The indexes of the columns that fit into `width`; those not in `least` always stay."""
    widths = [max(map(len, cells)) for cells in zip(columns, *rows, strict=True)]
    shown = list(range(len(columns)))
    for index in map(int, least):
        if sum(widths[i] + 3 for i in shown) <= width:
            break
        shown.remove(index)
    return shown


def _print_many(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """The same table without rich, which takes half a millisecond a row."""
    widths = [max(map(len, cells)) for cells in zip(columns, *rows, strict=True)]
    pattern = "  ".join(f"{{:<{width}}}" for width in widths[:-1]) + "  {}"
    print("\n".join(plain(pattern.format(*row), newlines=False) for row in (columns, *rows)))


def _finite(value: Any) -> Any:
    """`value` without NaN and infinities, which JSON does not know."""
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, dict):
        return {key: _finite(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_finite(item) for item in value]
    return value
