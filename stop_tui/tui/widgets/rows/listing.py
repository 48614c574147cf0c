"""A list of rows in columns, with a cursor: runs, versions, candidates, calls, tasks.

Only rows that are visible are ever drawn, so a listing of thousands costs what a screenful costs.
It knows keys, not things: what stands in a row is said by the `draw` of whoever owns it.
"""

from collections.abc import Callable, Sequence
from typing import ClassVar

from rich.segment import Segment
from textual.binding import BindingType
from textual.cache import LRUCache
from textual.events import Click, Resize
from textual.geometry import Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip
from textual.style import Style

from stop_tui.tui.keys.actions import bindings
from stop_tui.tui.widgets.rows.columns import Cell, Column, Layout, inert, lay_out, searched
from stop_tui.tui.widgets.rows.places import kept_place, next_match

__all__ = ["Column", "Listing"]

MARK = "▌"
"""Stands before the row under the cursor, so that it is found without colours."""

_STRIPS_KEPT = 512


class _OfListing(Message):
    """What a listing says."""

    def __init__(self, listing: "Listing") -> None:
        super().__init__()
        self.listing = listing

    @property
    def control(self) -> "Listing":
        """The listing, for the selectors of `on`."""
        return self.listing


class Listing(ScrollView, can_focus=True, inherit_bindings=False):
    """Rows in columns. `draw` gives the cells of the row with a key; it is asked only about rows
    that are visible, and about all of them to find text.

    A cell that is a str is hostile text and is made one inert line; a `Content` is our own.
    """

    ALLOW_SELECT = False
    BINDINGS: ClassVar[list[BindingType]] = [*bindings("list")]
    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "listing--header",
        "listing--cursor",
        "listing--mark",
        "listing--empty",
    }
    DEFAULT_CSS = """
    Listing {
        height: 1fr;
        overflow-x: hidden;
        scrollbar-size-vertical: 1;
        pointer: pointer;
        & > .listing--header { color: $text-muted; text-style: bold; }
        & > .listing--empty { color: $text-muted; }
        & > .listing--cursor { background: $foreground 9%; }
        & > .listing--mark { color: $text-muted; }
        &:focus > .listing--cursor { background: $primary 30%; text-style: bold; }
        &:focus > .listing--mark { color: $primary; }
        &:ansi > .listing--cursor { background: ansi_default; text-style: bold; }
        &:ansi:focus > .listing--cursor { text-style: bold reverse; }
    }
    """

    class Moved(_OfListing):
        """The cursor is on another row than before; `key` is None where no row is left."""

        def __init__(self, listing: "Listing", key: str | None) -> None:
            super().__init__(listing)
            self.key = key

    class Chosen(_OfListing):
        """The row was opened: by key, or by a click on the row under the cursor."""

        def __init__(self, listing: "Listing", key: str) -> None:
            super().__init__(listing)
            self.key = key

    def __init__(
        self,
        *columns: Column,
        draw: Callable[[str], Sequence[Cell]],
        empty: str = "",
        header: bool = True,
        follow: bool = False,
        id: str | None = None,
        classes: str | None = None,
    ) -> None:
        """`empty` is said where there are no rows. With `follow`, a cursor on the last row stays
        on the last row when rows are added."""
        super().__init__(id=id, classes=classes)
        self.follow = follow
        self._columns = columns
        self._draw = draw
        self._empty = empty
        self._header = header
        self._keys: list[str] = []
        self._places: dict[str, int] = {}
        self._position = 0
        self._width = -1
        self._layout = Layout((), 1)
        self._strips: LRUCache[tuple[str, bool], Strip] = LRUCache(_STRIPS_KEPT)
        self._texts: list[str] | None = None

    # What it shows

    @property
    def keys(self) -> Sequence[str]:
        """The rows, in order."""
        return self._keys

    @property
    def cursor(self) -> str | None:
        """The key of the row under the cursor; None if there are no rows."""
        return self._keys[self._position] if self._keys else None

    @property
    def position(self) -> int:
        """The place of the cursor, counted from 0."""
        return self._position

    def show(self, keys: Sequence[str]) -> None:
        """Show these rows, in this order; all cells are drawn anew.

        The cursor stays on its row, and its row where it is on the screen; if the row is gone, the
        cursor goes to the nearest that was below it, or else above it.
        """
        before, top = self.cursor, self._top
        was_visible = top <= self._position < top + max(self._rows_visible, 1)
        line = self._position - top
        if self.follow and self._position >= len(self._keys) - 1:
            position = max(len(keys) - 1, 0)
        else:
            position = kept_place(self._keys, self._position, keys)
        self._keys, self._position = [*keys], position
        self._places = {key: place for place, key in enumerate(keys)}
        self.virtual_size = Size(0, len(keys) + self._header)
        self.redraw()
        if was_visible:
            self.scroll_to(y=position - line, animate=False, force=True)
            self._show_cursor()
        if self.cursor != before:
            self.post_message(self.Moved(self, self.cursor))

    def redraw(self) -> None:
        """Draw all visible cells anew: what they say may have changed, the rows did not."""
        self._strips.clear()
        self._texts = None
        self.refresh()

    def move_to(self, key: str) -> None:
        """Put the cursor on the row `key`; nothing happens if there is no such row."""
        if key in self._places:
            self._go(self._places[key])

    def find(
        self, text: str, *, forward: bool = True, again: bool = False
    ) -> tuple[int, int] | None:
        """Move the cursor to a row that has `text` in a cell, whatever the case of its letters.

        The row under the cursor counts unless `again`; after the last row comes the first. Returns
        which of how many rows with `text` this is, counted from 1, or None if there is none.
        """
        if self._texts is None:
            self._texts = [searched(self._draw(key)) for key in self._keys]
        wanted = text.casefold()
        found = [place for place, text in enumerate(self._texts) if wanted in text]
        if not wanted or not found:
            return None
        which = next_match(found, self._position, forward=forward, again=again)
        self._go(found[which])
        return which + 1, len(found)

    # The cursor

    def _go(self, position: int) -> None:
        position = max(0, min(position, len(self._keys) - 1))
        if self._keys and position != self._position:
            self.refresh_line(self._position + self._header)
            self._position = position
            self.refresh_line(position + self._header)
            self.post_message(self.Moved(self, self.cursor))
        self._show_cursor()

    @property
    def _top(self) -> int:
        """The place of the first row that is visible."""
        return round(self.scroll_y)

    @property
    def _rows_visible(self) -> int:
        return self.scrollable_content_region.height - self._header

    def _show_cursor(self) -> None:
        rows = self._rows_visible
        if rows > 0:  # or else not laid out yet; being given a size shows it
            top = min(max(self._top, self._position - rows + 1), self._position)
            self.scroll_to(y=top, animate=False, force=True)

    def action_up(self) -> None:
        """To the row above."""
        self._go(self._position - 1)

    def action_down(self) -> None:
        """To the row below."""
        self._go(self._position + 1)

    def action_page_up(self) -> None:
        """A page of rows up."""
        self._go(self._position - max(self._rows_visible - 1, 1))

    def action_page_down(self) -> None:
        """A page of rows down."""
        self._go(self._position + max(self._rows_visible - 1, 1))

    def action_first(self) -> None:
        """To the first row."""
        self._go(0)

    def action_last(self) -> None:
        """To the last row."""
        self._go(len(self._keys) - 1)

    def action_choose(self) -> None:
        """Open the row under the cursor."""
        if self.cursor is not None:
            self.post_message(self.Chosen(self, self.cursor))

    def on_click(self, event: Click) -> None:
        """A click moves the cursor; one on the row under the cursor opens it."""
        offset = event.get_content_offset(self)
        if offset is None or offset.y < self._header:
            return
        position = self._top + offset.y - self._header
        if position >= len(self._keys):
            return
        event.stop()
        if position == self._position:
            self.action_choose()
        else:
            self._go(position)

    def on_resize(self, event: Resize) -> None:
        """Keep the cursor visible."""
        self._show_cursor()

    # The drawing

    def notify_style_update(self) -> None:
        """Forget what was drawn in other colours."""
        super().notify_style_update()
        self._strips.clear()

    def render_line(self, y: int) -> Strip:
        """The line `y` of the widget, counted from its top."""
        width = self.scrollable_content_region.width
        if width != self._width:
            self._width = width
            self._layout = lay_out(self._columns, width - len(MARK))
            self._strips.clear()
        if not self._keys:
            return self._render_empty(y, width)
        if self._header and y == 0:
            style = self.get_visual_style("listing--header")
            return self._layout.strip(self.titles(), style, width, Segment(" ", style.rich_style))
        position = self._top + y - self._header
        if position >= len(self._keys):
            return Strip.blank(width, self.visual_style.rich_style)
        under_cursor = position == self._position
        known = self._strips.get((self._keys[position], under_cursor))
        return known or self._render_row(self._keys[position], under_cursor)

    def titles(self) -> Sequence[Cell]:
        """What stands above the columns."""
        return [column.title for column in self._columns]

    def width_of(self, index: int) -> int:
        """How many cells a column takes as it is drawn now; 0 where it is left out."""
        return next((width for at, width, _ in self._layout.places if at == index), 0)

    def _render_row(self, key: str, under_cursor: bool) -> Strip:
        style, mark = self.visual_style, Segment(" ", self.visual_style.rich_style)
        if under_cursor:
            # Visual styles of components leave `reverse` out, all that an ANSI theme has.
            reverse = self.get_component_styles("listing--cursor").text_style.reverse
            style = self.get_visual_style("listing--cursor") + Style(reverse=reverse)
            mark_style = self.get_visual_style("listing--cursor", "listing--mark")
            mark = Segment(MARK, mark_style.rich_style)
        strip = self._layout.strip(self._draw(key), style, self._width, mark)
        self._strips[key, under_cursor] = strip
        return strip

    def _render_empty(self, y: int, width: int) -> Strip:
        style = self.get_visual_style("listing--empty").rich_style
        lines = inert(self._empty).wrap(max(width - 2, 1)) if self._empty else []
        text = f" {lines[y].plain}" if y < len(lines) else ""
        return Strip([Segment(text, style)]).adjust_cell_length(width, style)
