"""Syntax colours, found little by little on the event loop.

Pygments says what a word is; a component class of the widget says how that looks, so every theme
has colours that fit it. Hostile text may make a lexer slow: it works in slices, and gives up on a
text after `PATIENCE` of work. Nothing here runs or parses what it colours.
"""

import asyncio
from collections.abc import Iterator, Sequence
from time import perf_counter
from typing import TYPE_CHECKING, ClassVar

from textual.content import Span
from textual.worker import Worker

from stop_tui.tui.widgets.text.lines import Lines

if TYPE_CHECKING:
    from pygments.token import _TokenType

SLICE = 0.006
"""Seconds of work after which the event loop has its turn; one token may take a little longer."""

PATIENCE = 2.0
"""Seconds of work spent on one text; what is left then stays without colours."""

COLOURED = 400_000
"""Characters from the beginning of a text that get colours."""

_PARTS = {
    "Comment": "code--comment",
    "Keyword": "code--keyword",
    "Operator.Word": "code--keyword",
    "Operator": "code--operator",
    "Literal.String": "code--string",
    "Literal.Number": "code--number",
    "Name.Function": "code--name",
    "Name.Class": "code--name",
    "Name.Builtin": "code--builtin",
    "Name.Decorator": "code--builtin",
    "Name.Exception": "code--builtin",
    "Name.Tag": "code--keyword",
    "Generic.Heading": "code--name",
    "Generic.Subheading": "code--name",
    "Generic.Strong": "code--keyword",
    "Generic.Emph": "code--builtin",
}
"""Groups of Pygments' tokens, and the component class each is drawn with."""

Coloured = tuple[int, int, str]
"""Start and end in a line, and the component class."""


class Highlighting:
    """The coloured parts of the lines of one text, as far as they are known."""

    def __init__(self, lines: Sequence[str], language: str) -> None:
        """`language` is a name that Pygments knows; "text" has no colours."""
        self.lines: list[list[Coloured]] = []
        self._tokens = _tokens(lines, language) if language != "text" else iter(())
        self._line: list[Coloured] = []
        self._start = 0
        self._spent = 0.0
        self.done = language == "text" or not lines

    def advance(self, seconds: float, until: int | None = None) -> None:
        """Go on for about `seconds`, or up to line `until` (0-based, without it)."""
        began = perf_counter()
        for index, component, value in self._tokens:
            self._take(index, component, value)
            if perf_counter() - began > seconds:
                break
            if until is not None and len(self.lines) >= until:
                break
        else:
            self.done = True
        self._spent += perf_counter() - began
        if self._spent > PATIENCE:
            self.done = True

    def spans(self, line: int, start: int, end: int) -> list[Coloured]:
        """What is coloured between the characters `start` and `end` of a line."""
        if line >= len(self.lines):
            return []
        parts = self.lines[line]
        if len(parts) < 200:
            return parts
        return [part for part in parts if part[0] < end and part[1] > start]

    def _take(self, index: int, component: str, value: str) -> None:
        at = index
        while True:
            line_end = value.find("\n", at - index)
            end = index + (len(value) if line_end < 0 else line_end)
            if component and end > at:
                self._add(at - self._start, end - self._start, component)
            if line_end < 0:
                return
            self.lines.append(self._line)
            self._line = []
            at = self._start = end + 1

    def _add(self, start: int, end: int, component: str) -> None:
        if self._line and self._line[-1][1:] == (start, component):
            start = self._line.pop()[0]
        self._line.append((start, end, component))


def _tokens(lines: Sequence[str], language: str) -> Iterator[tuple[int, str, str]]:
    """Where each token begins, its component class, and its text."""
    from pygments.lexers import get_lexer_by_name

    left = COLOURED
    taken = 0
    for line in lines:
        left -= len(line) + 1
        if left < 0:
            break
        taken += 1
    text = "\n".join([*lines[:taken], ""])
    components: dict[_TokenType, str] = {}
    for index, kind, value in get_lexer_by_name(language).get_tokens_unprocessed(text):
        component = components.get(kind)
        if component is None:
            component = components[kind] = _component(kind)
        yield index, component, value


def _component(kind: "_TokenType") -> str:
    parts = tuple(kind)
    while parts:
        if component := _PARTS.get(".".join(parts)):
            return component
        parts = parts[:-1]
    return ""


class CodeLines(Lines):
    """Lines with syntax colours. Subclasses say which lines of which text are visible."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {*_PARTS.values()}
    DEFAULT_CSS = """
    CodeLines > .code--keyword { color: $text-accent; text-style: bold; }
    CodeLines > .code--name { color: $text-primary; text-style: bold; }
    CodeLines > .code--string { color: $text-success; }
    CodeLines > .code--comment { color: $foreground 62%; text-style: italic; }
    CodeLines > .code--number { color: $text-warning; }
    CodeLines > .code--operator { color: $text-secondary; }
    CodeLines > .code--builtin { color: $text-secondary; text-style: italic; }
    CodeLines:ansi > .code--keyword { color: ansi_magenta; text-style: bold; }
    CodeLines:ansi > .code--name { color: ansi_blue; text-style: bold; }
    CodeLines:ansi > .code--string { color: ansi_green; }
    CodeLines:ansi > .code--comment { color: ansi_default; text-style: dim italic; }
    CodeLines:ansi > .code--number { color: ansi_cyan; }
    CodeLines:ansi > .code--operator { color: ansi_default; }
    CodeLines:ansi > .code--builtin { color: ansi_cyan; text-style: italic; }
    """

    def __init__(
        self, *, wrap: bool = False, id: str | None = None, classes: str | None = None
    ) -> None:
        super().__init__(wrap=wrap, id=id, classes=classes)
        self._highlightings: list[Highlighting] = []
        self._worker: Worker[None] | None = None

    def highlight(self, *texts: Highlighting) -> None:
        """Colour `texts` from now on, and nothing else: the first screen at once."""
        self._highlightings = list(texts)
        screenful = max(1, self.size.height)
        for text in texts:
            if not text.done:
                text.advance(SLICE / len(texts), until=screenful)
        self._go_on()

    def on_mount(self) -> None:
        """Go on with what was shown before there was a screen."""
        self._go_on()

    def coloured(self, text: int, line: int, start: int, end: int) -> list[Span]:
        """The styles of a line (0-based) of one of the texts."""
        if text >= len(self._highlightings):
            return []
        return [
            Span(first, last, self.component(name))
            for first, last, name in self._highlightings[text].spans(line, start, end)
        ]

    def text_lines_visible(self, text: int) -> range:
        """The lines of one of the texts between the first and the last on the screen."""
        return self.lines_visible()

    def _go_on(self) -> None:
        if not self.is_attached:
            return
        if self._worker is not None:
            self._worker.cancel()
            self._worker = None
        if not all(text.done for text in self._highlightings):
            self._worker = self.run_worker(self._colour, group="colours")

    async def _colour(self) -> None:
        for index, text in enumerate(self._highlightings):
            while not text.done:
                await asyncio.sleep(0)
                before = len(text.lines)
                text.advance(SLICE)
                visible = self.text_lines_visible(index)
                if visible and before < visible.stop and len(text.lines) > visible.start:
                    self.refresh()
