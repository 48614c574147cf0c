"""Lines of a program with syntax colours, as escaped HTML."""

from collections.abc import Iterator, Sequence
from html import escape
from typing import TYPE_CHECKING

from stop_tui.core.plain_text import plain
from stop_tui.presentation.report.blocks import Code

if TYPE_CHECKING:
    from pygments.token import _TokenType

COLOURED = 100_000
"""Characters from the beginning of a text that get colours."""

CLASSES = ("c", "k", "o", "s", "m", "f", "b")

_PARTS = {
    "Comment": "c",
    "Keyword": "k",
    "Operator.Word": "k",
    "Operator": "o",
    "Literal.String": "s",
    "Literal.Number": "m",
    "Name.Function": "f",
    "Name.Class": "f",
    "Name.Builtin": "b",
    "Name.Decorator": "b",
    "Name.Exception": "b",
}
"""Groups of Pygments' tokens, and the class each has on the page."""


def coloured(code: Code) -> list[str]:
    """The lines of `code`, in order, inert and escaped, with a `span` around what has a colour.

    A removed line has the colours that it had in the old text, an added one those of the new."""
    lines = [plain(line.text, newlines=False) for line in code.lines]
    result = [escape(line) for line in lines]
    for other in ("added", "removed"):
        places = [place for place, line in enumerate(code.lines) if line.kind not in (other, "gap")]
        for place, text in zip(places, _lines([lines[place] for place in places]), strict=False):
            result[place] = text
    return result


def _lines(lines: Sequence[str]) -> Iterator[str]:
    """Each line with colours, up to as much as gets any."""
    from pygments.lexers.python import PythonLexer

    left, taken = COLOURED, 0
    for line in lines:
        left -= len(line) + 1
        if left < 0:
            break
        taken += 1
    parts: list[str] = []
    classes: dict[_TokenType, str] = {}
    text = "\n".join([*lines[:taken], ""])
    for _, kind, value in PythonLexer().get_tokens_unprocessed(text):
        if kind not in classes:
            classes[kind] = _class(kind)
        first, *more = value.split("\n")
        parts.append(_span(classes[kind], first))
        for line in more:
            yield "".join(parts)
            parts = [_span(classes[kind], line)]


def _span(name: str, text: str) -> str:
    if not name or not text or text.isspace():
        return escape(text)
    return f'<span class="{name}">{escape(text)}</span>'


def _class(kind: "_TokenType") -> str:
    parts = tuple(kind)
    while parts:
        if found := _PARTS.get(".".join(parts)):
            return found
        parts = parts[:-1]
    return ""
