"""A source, a transcript or any other hostile text, with line numbers, colours and notes.

What is drawn is inert; what is copied or saved is the text as it was given.
"""

from collections.abc import Mapping
from typing import ClassVar

from textual.content import Span

from stop_tui.core.plain_text import TAB_WIDTH
from stop_tui.presentation.figures import counted
from stop_tui.tui.later import later
from stop_tui.tui.widgets.text.highlighting import CodeLines, Highlighting
from stop_tui.tui.widgets.text.inert_text import columns, inert, inert_lines

SHOWN = 2_000_000
"""Characters of a text that are shown; what is copied or saved is complete."""

LINES_SHOWN = 200_000
"""Lines of a text that are shown: laying them out takes time, whatever they hold."""

GATHERED = 0.05
"""Seconds in which text that streams in is gathered before it is drawn."""

SIGNS = "⚠◆"


class Reader(CodeLines):
    """Shows one text, or a text that grows."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {"reader--mark", "reader--marked"}
    DEFAULT_CSS = """
    Reader > .reader--mark { color: $text-warning; text-style: bold; }
    Reader > .reader--marked { background: $warning 12%; }
    Reader:ansi > .reader--mark { color: ansi_yellow; text-style: bold; }
    Reader:ansi > .reader--marked { background: ansi_default; }
    """

    def __init__(
        self,
        *,
        wrap: bool = False,
        numbers: bool = True,
        id: str | None = None,
        classes: str | None = None,
    ) -> None:
        """`numbers`: whether lines have numbers; notes need them."""
        super().__init__(wrap=wrap, id=id, classes=classes)
        self._numbers = numbers
        self._shown: tuple[str, str, Mapping[int, str]] | None = None
        self._parts: list[str] = []
        self._new: list[str] = []
        self._carried = ""
        self._lines: list[str] = []
        self._open = False
        self._room = SHOWN
        self._left_out = 0
        self._marks: Mapping[int, str] = {}
        self._longest = 0
        self._waiting = False

    @property
    def source(self) -> str:
        """The text as it was given."""
        if len(self._parts) > 1:
            self._parts = ["".join(self._parts)]
        return self._parts[0] if self._parts else ""

    def show(
        self,
        text: str,
        *,
        language: str = "python",
        marks: Mapping[int, str] | None = None,
        keep_position: bool = False,
    ) -> None:
        """Show `text` instead of what was there. A mark is a note about a line, by its number from
        1; it may begin with its sign, ⚠ or ◆. Showing the same again costs nothing."""
        wanted = (text, language, dict(marks or {}))
        if wanted == self._shown and keep_position:
            return
        self._shown = wanted
        self._parts, self._new, self._carried = [text], [], ""
        self._lines, self._open, self._longest = [], False, 0
        self._room, self._left_out = SHOWN, 0
        self._marks = {line: inert(" ".join(note.split())) for line, note in wanted[2].items()}
        self._take(text, last=True)
        self.highlight(Highlighting(self._lines, language))
        self.changed(keep_position=keep_position)

    def append(self, text: str) -> None:
        """Add to a text that grows, which has no colours meanwhile. The end stays in sight if it
        was."""
        if not text:
            return
        if self._shown is not None:
            self._shown = None
            self.highlight()
        self._parts.append(text)
        self._new.append(text)
        if not self.is_attached:
            self._flush()
        elif not self._waiting:
            self._waiting = True
            later(self, GATHERED, self._flush)

    def go_to_line(self, line: int) -> None:
        """Scroll line `line`, counted from 1, into the middle."""
        self.scroll_to_line(min(max(line - 1, 0), max(len(self._lines) - 1, 0)))

    def everything(self) -> str:
        """The text as it was given."""
        return self.source

    @property
    def plain_text(self) -> str:
        """The text as shown."""
        self._flush()
        return super().plain_text

    # What a line is.

    def line_count(self) -> int:
        """The lines, and one that says what is not shown."""
        return len(self._lines) + (self._left_out > 0)

    def line_text(self, line: int, pane: int = 0) -> str:
        """The inert text of a line."""
        return self._lines[line] if line < len(self._lines) else self._what_is_left_out()

    def line_spans(self, line: int, pane: int, start: int, end: int) -> list[Span]:
        """Syntax colours."""
        if line >= len(self._lines):
            return [Span(0, end, self.component("lines--note"))]
        return self.coloured(0, line, start, end)

    def line_gutter(self, line: int, pane: int, first: bool) -> list[tuple[str, str]]:
        """The sign of a mark and the number."""
        if not self._numbers:
            return []
        width = self.gutter_width()
        if not first or line >= len(self._lines):
            return [(" " * width, "")]
        note = self._marks.get(line + 1)
        sign = " " if note is None else note[0] if note[:1] in tuple(SIGNS) else "◆"
        return [(sign, "reader--mark"), (f"{line + 1:>{width - 2}} ", "lines--gutter")]

    def line_style(self, line: int, pane: int) -> str:
        """Lines with a note stand out."""
        return "reader--marked" if line + 1 in self._marks else ""

    def line_note(self, line: int) -> str:
        """The note about a line."""
        note = self._marks.get(line + 1, "")
        return note if not note or note[0] in SIGNS else f"◆ {note}"

    def gutter_width(self) -> int:
        """Room for the sign, the number and a blank."""
        return max(3, len(str(len(self._lines)))) + 3 if self._numbers else 0

    def longest(self) -> int:
        """The columns of the longest line, with its note."""
        noted = (
            columns(self._lines[line - 1]) + len(self.line_note(line - 1)) + 2
            for line in self._marks
            if 1 <= line <= len(self._lines)
        )
        left_out = columns(self._what_is_left_out()) if self._left_out else 0
        return max(self._longest, left_out, *noted, 0)

    # Taking in text.

    def _flush(self) -> None:
        self._waiting = False
        if not self._new:
            return
        text, self._new = "".join(self._new), []
        follow = self.is_attached and self.is_vertical_scroll_end
        first = self._take(text)
        self.changed(keep_position=True, first_line=first)
        if follow:
            self.action_last()

    def _take(self, text: str, *, last: bool = False) -> int:
        """Add `text` to the lines, as far as there is room; the first line that changed."""
        first = len(self._lines) - self._open
        shown = text[: self._room]
        self._room -= len(shown)
        lines_left = LINES_SHOWN - len(self._lines)
        if shown.count("\n") > lines_left:
            shown = shown[: -len(shown.split("\n", lines_left)[-1])]
            self._room = 0
        self._left_out += len(text) - len(shown)
        shown, self._carried = self._carried + shown, ""
        if not last and shown.endswith("\r"):  # it may be the first half of a line end
            shown, self._carried = shown[:-1], "\r"
        if not shown:
            return first
        before = self._lines.pop() if self._open else ""
        # Tabs count from the beginning of the line, of which a part is there already.
        lead = " " * (len(before) % TAB_WIDTH)
        lines = inert_lines(lead + shown)
        lines[0] = before + lines[0][len(lead) :]
        self._lines += lines
        self._open = not shown.endswith("\n")
        self._longest = max(self._longest, max(map(columns, lines)))
        return first

    def _what_is_left_out(self) -> str:
        megabytes = self._left_out / 1_000_000
        much = f"{megabytes:.1f} MB" if megabytes >= 0.1 else counted(self._left_out, "character")
        return f"{much} more are not shown; save it to read all"
