"""A text of any size that can be read, searched, selected and copied; the base of reader and diff.

The text shown must already be inert (`inert_text`); nothing here reads markup.
"""

from collections.abc import Sequence
from typing import ClassVar

from textual.binding import BindingType
from textual.content import Content, Span
from textual.selection import SELECT_ALL, Selection

from stop_tui.tui.keys.actions import bindings
from stop_tui.tui.widgets.text.canvas import Canvas
from stop_tui.tui.widgets.text.inert_text import column_ends, columns
from stop_tui.tui.widgets.text.matches import Matches, Place
from stop_tui.tui.widgets.text.selecting import selected_in, side

MARGIN = 8
"""Columns beside a match that come into sight with it."""


class Lines(Canvas, inherit_bindings=False):
    """Lines of Content. Subclasses say through the methods ``line_...`` what else a line is."""

    ALLOW_SELECT = True
    BINDINGS: ClassVar[list[BindingType]] = [*bindings("text")]
    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "lines--match",
        "lines--match-current",
        "lines--selection",
    }
    DEFAULT_CSS = """
    Lines > .lines--match { background: $warning 35%; text-style: underline; }
    Lines > .lines--match-current {
        background: $warning; color: $background; text-style: bold underline;
    }
    Lines > .lines--selection {
        background: $screen-selection-background; color: $screen-selection-foreground;
    }
    Lines:ansi > .lines--match { background: ansi_default; text-style: underline bold; }
    Lines:ansi > .lines--match-current {
        background: ansi_default; color: ansi_default; text-style: bold reverse;
    }
    Lines:ansi > .lines--selection {
        background: ansi_default; color: ansi_default; text-style: reverse;
    }
    """

    def __init__(
        self, *, wrap: bool = False, id: str | None = None, classes: str | None = None
    ) -> None:
        super().__init__(wrap=wrap, id=id, classes=classes)
        self._contents: Sequence[Content] = ()
        self._matches = Matches()

    def show_lines(self, lines: Sequence[Content], *, keep_position: bool = False) -> None:
        """Show `lines`, each of one line and inert, from the top unless `keep_position`; then the
        same text in other styles keeps the selection as well."""
        before, self._contents = self._contents, lines
        if keep_position and [line.plain for line in before] == [line.plain for line in lines]:
            self.refresh()
            return
        self.changed(keep_position=keep_position)

    # What users do.

    @property
    def plain_text(self) -> str:
        """The text as shown."""
        return "\n".join(self.line_text(line) for line in range(self.line_count()))

    def copy_text(self) -> str:
        """What is selected, else everything."""
        selection = self.screen.selections.get(self) if self.is_attached else None
        if selection is None or selection == SELECT_ALL:
            return self.everything()
        return self._selected(selection)

    def everything(self) -> str:
        """What is copied when nothing is selected."""
        return self.plain_text

    def find(
        self, text: str, *, forward: bool = True, again: bool = False
    ) -> tuple[int, int] | None:
        """Go to a match of `text` in upper or lower case: which, of how many; None without any.

        Not `again`, the match that is current may stay so, and the search begins at the top of
        what is visible; it goes on at the other end when it reaches one.
        """
        if self._matches.text != text:
            before = self._matches.current
            self._matches = Matches(text, self._searched())
            if before is not None:
                self._matches.start_at(before)
            else:
                self._matches.start_at(Place(self._top_line(), 0, 0, 0))
            again = False
        found = self._matches.go(forward=forward, again=again)
        self.refresh()
        if found is None:
            return None
        assert self._matches.current is not None, "something was found"
        self._reveal(self._matches.current)
        return found

    def action_line_up(self) -> None:
        """Scroll a line up."""
        self._to(y=self.scroll_offset.y - 1)

    def action_line_down(self) -> None:
        """Scroll a line down."""
        self._to(y=self.scroll_offset.y + 1)

    def action_page_up(self) -> None:
        """Scroll a page up; a line stays in sight."""
        self._to(y=self.scroll_offset.y - max(1, self._height() - 1))

    def action_page_down(self) -> None:
        """Scroll a page down; a line stays in sight."""
        self._to(y=self.scroll_offset.y + max(1, self._height() - 1))

    def action_first(self) -> None:
        """To the beginning."""
        self._to(x=0, y=0)

    def action_last(self) -> None:
        """To the end."""
        self._to(y=self.max_scroll_y)

    def action_column_left(self) -> None:
        """Scroll to the left."""
        self._to(x=self.scroll_offset.x - 8)

    def action_column_right(self) -> None:
        """Scroll to the right."""
        self._to(x=self.scroll_offset.x + 8)

    def get_selection(self, selection: Selection) -> tuple[str, str] | None:
        """The selected text, for Textual's own copying."""
        return self._selected(selection), "\n"

    def selection_updated(self, selection: Selection | None) -> None:
        """Draw what is selected."""
        self.refresh()

    # What subclasses call.

    def changed(self, *, keep_position: bool = False, first_line: int = 0) -> None:
        """The lines from `first_line` on are others than before."""
        query = self._matches.text
        current = self._matches.current
        self._matches = Matches()
        if query and keep_position:
            self._matches = Matches(query, self._searched())
            if current is not None:
                self._matches.start_at(current)
        if not first_line and self.is_attached and self in self.screen.selections:
            self.screen.clear_selection()
        self._lay_out(first_line)
        if not keep_position:
            self._to(x=0, y=0)
        self.refresh()

    def _reveal(self, place: Place) -> None:
        row, height = self._row_of(place.line, place.start), self._height()
        top, left = self.scroll_offset.y, self.scroll_offset.x
        y = None if top <= row < top + height else row - height // 2
        x = None
        if self._rows is None:
            text = self.line_text(place.line, place.pane)
            ends = column_ends(text)
            column = place.start if ends is None or not place.start else ends[place.start - 1]
            room = self._width() // self.line_panes(place.line) - self.gutter_width()
            length = min(place.end - place.start, room)
            if not left <= column <= left + room - length:
                # No further than needed: what stands before a match tells what it is.
                x = max(0, min(column - MARGIN, column + length + MARGIN - room))
        self._to(x, y)

    def _searched(self) -> list[tuple[int, int, str]]:
        """Every text in which is searched, with its line and pane."""
        return [
            (line, pane, self.line_text(line, pane))
            for line in range(self.line_count())
            for pane in range(self.line_panes(line))
        ]

    # What a line is.

    def line_count(self) -> int:
        """How many lines there are."""
        return len(self._contents)

    def line_text(self, line: int, pane: int = 0) -> str:
        """The text of a line."""
        return self._contents[line].plain

    def line_spans(self, line: int, pane: int, start: int, end: int) -> list[Span]:
        """The styles of a line."""
        return list(self._contents[line].spans)

    def longest(self) -> int:
        """The columns of the longest line."""
        return max((columns(content.plain) for content in self._contents), default=0)

    def line_overlays(self, line: int, pane: int) -> list[Span]:
        """What was found, and what is selected."""
        spans: list[Span] = []
        for match, current in self._matches.on(line, pane):
            name = "lines--match-current" if current else "lines--match"
            spans.append(Span(match.start, match.end, self.component(name)))
        selection = self.screen.selections.get(self)
        if selection is not None and pane == min(side(selection), self.line_panes(line) - 1):
            selected = selected_in(selection, line, len(self.line_text(line, pane)))
            if selected is not None:
                spans.append(Span(*selected, self.component("lines--selection")))
        return spans

    def _selected(self, selection: Selection) -> str:
        start, end = selection
        last = self.line_count() - 1
        result: list[str] = []
        for line in range(
            max(0, start.y) if start else 0, min(end.y, last) + 1 if end else last + 1
        ):
            text = self.line_text(line, min(side(selection), self.line_panes(line) - 1))
            first, after = selected_in(selection, line, len(text)) or (0, 0)
            result.append(text[first:after])
        return "\n".join(result)
