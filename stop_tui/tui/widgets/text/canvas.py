"""Draws the rows of a text that are on the screen, and no others; scrolls both ways or wraps.

A line of 5 MB costs no more than its part on the screen. What a line is comes from the methods
``line_...``: its text, already inert, its styles, and what stands before and after it. A line may
have two panes, side by side, which scroll together.
"""

from bisect import bisect_right
from typing import ClassVar, NamedTuple

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style as RichStyle
from textual.content import Content, Span
from textual.events import Resize
from textual.geometry import Region, Size
from textual.scroll_view import ScrollView
from textual.strip import Strip
from textual.style import Style

from stop_tui.tui.widgets.text.inert_text import column_ends
from stop_tui.tui.widgets.text.selecting import SIDE
from stop_tui.tui.widgets.text.wrapping import wrapped


class Row(NamedTuple):
    """The part of a line that is one row of the screen."""

    line: int
    start: int
    end: int | None


class Canvas(ScrollView, can_focus=True, inherit_bindings=False):
    """The drawing of lines that a subclass has."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {"lines--gutter", "lines--note"}
    DEFAULT_CSS = """
    Canvas {
        background: $background;
        color: $foreground;
        scrollbar-gutter: stable;
        scrollbar-size: 1 1;
        overflow: auto;
    }
    Canvas > .lines--gutter { color: $foreground 55%; }
    Canvas > .lines--note { color: $foreground 65%; text-style: italic; }
    Canvas:ansi > .lines--gutter { color: ansi_default; text-style: dim; }
    Canvas:ansi > .lines--note { color: ansi_default; text-style: dim italic; }
    """

    def __init__(
        self, *, wrap: bool = False, id: str | None = None, classes: str | None = None
    ) -> None:
        super().__init__(id=id, classes=classes)
        self.wrap = wrap
        self._rows: list[Row] | None = None
        self._styles_by_name: dict[str, Style] = {}
        self._laid_out = (-1, -1)
        self._drawing = False

    # What a line is.

    def line_count(self) -> int:
        """How many lines there are."""
        raise NotImplementedError

    def line_text(self, line: int, pane: int = 0) -> str:
        """The inert text of a line."""
        raise NotImplementedError

    def line_panes(self, line: int) -> int:
        """1, or 2 when the line is drawn in two halves."""
        return 1

    def line_spans(self, line: int, pane: int, start: int, end: int) -> list[Span]:
        """The styles of at least the characters from `start` to `end`."""
        return []

    def line_gutter(self, line: int, pane: int, first: bool) -> list[tuple[str, str]]:
        """What stands before the text and does not scroll: text, component class. `first` is
        False on the rows that a wrapped line goes on in."""
        return []

    def line_style(self, line: int, pane: int) -> str:
        """The component class of the whole row, or nothing."""
        return ""

    def line_note(self, line: int) -> str:
        """What is said after the end of the line; it is neither found nor selected."""
        return ""

    def gutter_width(self) -> int:
        """The columns of every gutter."""
        return 0

    def longest(self) -> int:
        """The columns of the longest line, with its note."""
        raise NotImplementedError

    def line_overlays(self, line: int, pane: int) -> list[Span]:
        """What is drawn over everything else: what was found, what is selected."""
        return []

    # What subclasses call.
    def component(self, name: str) -> Style:
        """The style of a component class, only what it sets."""
        style = self._styles_by_name.get(name)
        if style is None:
            rules = self.get_component_styles(name)
            text = rules.text_style
            style = Style(
                background=rules.background if rules.has_rule("background") else None,
                foreground=rules.color if rules.has_rule("color") else None,
                bold=text.bold,
                dim=text.dim,
                italic=text.italic,
                underline=text.underline,
                reverse=text.reverse,
            )
            self._styles_by_name[name] = style
        return style

    def rows_visible(self) -> range:
        """The rows of the text that are on the screen."""
        top = self.scroll_offset.y
        return range(top, min(top + max(self._height(), 1), self._row_count()))

    def lines_visible(self) -> range:
        """The lines of which something is on the screen."""
        rows = self.rows_visible()
        if not rows:
            return range(0)
        return range(self._row(rows[0]).line, self._row(rows[-1]).line + 1)

    def scroll_to_line(self, line: int, *, above: int | None = None) -> None:
        """Scroll so that `above` rows are before `line`; without it, `line` in the middle."""
        above = self._height() // 2 if above is None else above
        self._to(y=self._row_of(line) - above)

    def notify_style_update(self) -> None:
        """Forget the styles of the theme before."""
        super().notify_style_update()
        self._styles_by_name.clear()

    def on_resize(self, event: Resize) -> None:
        """Wrap again, or make room for the panes."""
        if self._laid_out != (self._width(), self.line_count()):
            top = self._top_line()
            self._lay_out(0)
            if self.wrap:
                self._to(y=self._row_of(top))

    # Drawing.

    def render_lines(self, crop: Region) -> list[Strip]:
        """Draw rows of the screen. Where in the text a cell is only matters under the mouse, for
        which Textual calls `render_line` by itself; left out here, drawing takes half the time."""
        self._drawing = True
        try:
            return super().render_lines(crop)
        finally:
            self._drawing = False

    def render_line(self, y: int) -> Strip:
        """One row of the screen."""
        scroll_x, scroll_y = self.scroll_offset
        width, index = self.size.width, scroll_y + y
        base = self.visual_style
        if index >= self._row_count():
            return Strip.blank(width, base.rich_style)
        row = self._row(index)
        segments: list[Segment] = []
        room = self._width()
        if self.line_panes(row.line) == 1:
            segments += self._pane_cells(row, 0, scroll_x, room, base)
        else:
            left = (room - 1) // 2
            segments += self._pane_cells(row, 0, scroll_x, left, base)
            segments.append(Segment("│", (base + self.component("lines--gutter")).rich_style))
            segments += self._pane_cells(row, 1, scroll_x, room - left - 1, base)
        return Strip(segments, room).extend_cell_length(width, base.rich_style)

    def _pane_cells(
        self, row: Row, pane: int, scroll_x: int, width: int, base: Style
    ) -> list[Segment]:
        """The cells of one pane, exactly `width` of them."""
        whole = self.component(name) if (name := self.line_style(row.line, pane)) else Style()
        base += whole
        offset = SIDE if pane else 0
        segments: list[Segment] = []
        used = 0
        gutter = self.line_gutter(row.line, pane, row.start == 0)
        position = offset - sum(len(text) for text, _ in gutter)
        for text, name in gutter:
            style = base + self.component(name) if name else base
            segments.append(Segment(text, self._rich(style, position, row.line)))
            position += len(text)
            used += cell_len(text)
        text, start, end = self._visible(row, pane, scroll_x, max(0, width - used))
        spans = self._spans(row.line, pane, start, end, whole)
        at = start
        for piece, style in Content(text, spans).render(base, "", self._parsed):
            if piece:
                segments.append(Segment(piece, self._rich(style, at + offset, row.line)))
                at += len(piece)
        used += cell_len(text)
        if pane == 0:
            used += self._note_cells(segments, row.line, base, width - used, end)
        if used < width:
            padding = self._rich(base, end + offset, row.line)
            segments.append(Segment(" " * (width - used), padding))
        if used > width:
            return list(Strip(segments, used).crop(0, width))
        return segments

    def _note_cells(
        self, segments: list[Segment], line: int, base: Style, room: int, end: int
    ) -> int:
        note = self.line_note(line)
        if not note or room < 4 or end < len(self.line_text(line)):
            return 0
        note = Content(f"  {note[: 2 * room]}").truncate(room, ellipsis=True).plain
        segments.append(Segment(note, (base + self.component("lines--note")).rich_style))
        return cell_len(note)

    def _visible(self, row: Row, pane: int, scroll_x: int, width: int) -> tuple[str, int, int]:
        """The characters of `row` in sight, and where they begin and end in their line."""
        text = self.line_text(row.line, pane)
        if row.end is not None:
            return text[row.start : row.end], row.start, row.end
        ends = column_ends(text)
        if ends is None:
            start = min(scroll_x, len(text))
            # Every character has at most two cells; what has none must not fill the row either.
            end = min(start + width, len(text))
        else:
            start = bisect_right(ends, scroll_x - 1) if scroll_x else 0
            end = min(bisect_right(ends, scroll_x + width), start + 4 * width)
        return text[start:end], start, end

    def _spans(self, line: int, pane: int, start: int, end: int, whole: Style) -> list[Span]:
        """The styles of the characters in sight; the later are drawn over the earlier."""
        spans = self.line_spans(line, pane, start, end)
        if whole.foreground is not None:
            spans.append(Span(start, end, Style(foreground=whole.foreground)))
        spans += self.line_overlays(line, pane)
        return [
            Span(max(span.start, start) - start, min(span.end, end) - start, span.style)
            for span in spans
            if span.start < end and span.end > start
        ]

    def _rich(self, style: Style, column: int, line: int) -> RichStyle:
        return style.rich_style if self._drawing else style.rich_style_with_offset(column, line)

    def _parsed(self, style: Style | str) -> Style:
        return style if isinstance(style, Style) else self.app.stylesheet.parse_style(style)

    # Where things are.

    def _width(self) -> int:
        return self.scrollable_content_region.width

    def _height(self) -> int:
        return self.scrollable_content_region.height

    def _to(self, x: int | None = None, y: int | None = None) -> None:
        if self.is_attached:
            self.scroll_to(x, y, animate=False, force=True)

    def _lay_out(self, first_line: int) -> None:
        width, count = self._width(), self.line_count()
        self._laid_out = (width, count)
        if self.wrap and width:
            self._wrap(first_line, max(8, width - self.gutter_width()))
            self.virtual_size = Size(width, self._row_count())
            return
        self._rows = None
        if count and self.line_panes(count - 1) == 2:
            half = (width - 1) // 2 - self.gutter_width()
            self.virtual_size = Size(width + max(0, self.longest() - half), count)
        else:
            self.virtual_size = Size(self.gutter_width() + self.longest(), count)

    def _wrap(self, first_line: int, width: int) -> None:
        rows = self._rows if first_line and self._rows else []
        while rows and rows[-1].line >= first_line:
            rows.pop()
        first_line = rows[-1].line + 1 if rows else 0
        for line in range(first_line, self.line_count()):
            text = self.line_text(line)
            rows += [Row(line, start, end) for start, end in wrapped(text, width)]
        self._rows = rows

    def _row_count(self) -> int:
        return self.line_count() if self._rows is None else len(self._rows)

    def _row(self, index: int) -> Row:
        return Row(index, 0, None) if self._rows is None else self._rows[index]

    def _row_of(self, line: int, column: int = 0) -> int:
        if self._rows is None:
            return line
        return max(0, bisect_right(self._rows, (line, column, 1 << 62)) - 1)

    def _top_line(self) -> int:
        visible = self.lines_visible()
        return visible[0] if visible else 0
