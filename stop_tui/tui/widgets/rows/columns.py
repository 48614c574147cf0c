"""The columns of a listing: which of them fit into a width, and a cell cut and padded to its width.

Pure: widths are counted in terminal cells, never in characters, because a wide character takes two
and a combining one takes none. No cell leaves here with a character that could act on a terminal.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from rich.cells import cell_len
from rich.segment import Segment
from textual.content import Content
from textual.strip import Strip
from textual.style import Style

from stop_tui.core.plain_text import one_line, plain

Cell = Content | str

_CHARACTERS_PER_CELL = 4
"""How many characters of a hostile cell are looked at for each cell that it may take: enough for
letters with marks on them, and a bound on marks without end."""

_SEARCHED_CHARACTERS = 400
"""How much of a cell is looked through for text."""

_ONE_FOR_ONE = {ord("\t"): " ", ord("\r"): " "}


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a listing. `width` is in cells; 0 takes what is left, but at least `least`.

    Where the listing is too narrow, the column with the largest `drop` goes first; 0 never goes.
    """

    title: str
    width: int = 0
    least: int = 6
    right: bool = False
    drop: int = 0


@dataclass(frozen=True, slots=True)
class Layout:
    """Where the columns stand: (index of the column, its width, whether it is right aligned) from
    the left, and the space between two of them."""

    places: tuple[tuple[int, int, bool], ...]
    gap: int

    def strip(self, cells: Sequence[Cell], style: Style, width: int, gutter: Segment) -> Strip:
        """`cells` as a line of `width` cells of the terminal, with `gutter` in front."""
        ground = style.rich_style
        between = Segment(" " * self.gap, ground)
        segments = [gutter]
        for index, columns, right in self.places:
            if len(segments) > 1:
                segments.append(between)
            content = fit(cells[index], columns, right=right)
            segments += [
                Segment(text, part.rich_style) for text, part in content.render(style, end="")
            ]
        return Strip(Segment.simplify(segments)).adjust_cell_length(width, ground)


def lay_out(columns: Sequence[Column], width: int) -> Layout:
    """The columns that fit into `width` cells, with their widths.

    Space between columns is given up before a column is. Where too much may not be dropped, the
    flexible columns shrink below their least, and what is still too wide is cut with an ellipsis:
    a figure that lost digits must not look like a figure.
    """
    kept = [*enumerate(columns)]
    while True:
        needed = sum(column.width or column.least for _, column in kept)
        gap = 2 if needed + 2 * (len(kept) - 1) <= width else 1
        spare = width - needed - gap * (len(kept) - 1)
        droppable = [place for place in kept if place[1].drop]
        if spare >= 0 or not droppable:
            break
        kept.remove(max(droppable, key=lambda place: place[1].drop))
    flexible = sum(not column.width for _, column in kept)
    places = []
    for index, column in kept:
        own = column.width
        if not own:
            more = spare // flexible
            own, spare, flexible = max(column.least + more, 1), spare - more, flexible - 1
        own = min(own, width)
        if own > 0:
            places.append((index, own, column.right))
        width -= own + gap
    return Layout(tuple(places), gap)


def inert(cell: Cell, limit: int | None = None) -> Content:
    """`cell` as one line of which no character can act on a terminal."""
    if isinstance(cell, str):
        return Content(one_line(cell, limit))
    text = cell.plain
    if text.isascii() and text.isprintable():
        return cell
    # Character for character, so that the styles stay where they are.
    return Content(plain(text.translate(_ONE_FOR_ONE), newlines=False), [*cell.spans])


def fit(cell: Cell, width: int, *, right: bool = False) -> Content:
    """`cell` in exactly `width` cells of the terminal: made inert, cut or padded."""
    line = inert(cell, _CHARACTERS_PER_CELL * width).truncate(width, ellipsis=True)
    missing = width - cell_len(line.plain)
    return line.pad_left(missing) if right else line.pad_right(missing)


def searched(cells: Sequence[Cell]) -> str:
    """The text of `cells` in which text is found: as it is shown, but not cut to the columns, and
    without a difference between capital and small letters."""
    return "\n".join(inert(cell, _SEARCHED_CHARACTERS).plain for cell in cells).casefold()
