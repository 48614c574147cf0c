"""Writes a page as Markdown (CommonMark with tables): escaped here and only here."""

import re
from collections.abc import Iterator
from html import escape

from stop_tui.core.plain_text import one_line, plain
from stop_tui.presentation.report.blocks import (
    Block,
    Card,
    Code,
    Curve,
    Facts,
    Fold,
    Items,
    Notice,
    Page,
    Table,
    Tiles,
    Words,
)

_SPECIAL = re.compile(r"[\\`*_\[\]<>&#|~!$]")
_ADDRESS = re.compile(r"(?i)(:)(?=//)|(?<=www)(\.)|(?<=mailto)(:)|(?<=xmpp)(:)")
_OPENING = re.compile(r"^(?:([-+](?=[\s-]|$)|=)|(\d{1,9})([.)](?=\s|$)))")
_FENCES = re.compile(r"`{3,}")
_SIGNS = {"added": "+", "removed": "-", "same": " ", "gap": " "}


def as_markdown(page: Page) -> str:
    """The whole text; ends in a line end."""
    parts = [f"# {_text(page.title)}", _text(page.line), *_blocks(page.opening, 2)]
    for section in page.sections:
        parts += [f"## {_text(section.title)}", *_blocks(section.blocks, 3)]
    return "\n\n".join([*parts, "---", _text(page.closing)]) + "\n"


def _text(text: str) -> str:
    """Somebody's text on one line, inert, with everything escaped that Markdown would take for its
    own: the only way into the page, apart from code between fences."""
    escaped = _SPECIAL.sub(r"\\\g<0>", one_line(text))
    escaped = _ADDRESS.sub(r"\\\g<0>", escaped)
    return _OPENING.sub(lambda m: f"\\{m[1]}" if m[1] else f"{m[2]}\\{m[3]}", escaped)


def _blocks(blocks: tuple[Block, ...], level: int) -> Iterator[str]:
    for block in blocks:
        yield from _block(block, level)


def _block(block: Block, level: int) -> Iterator[str]:
    match block:
        case Words(text):
            yield _text(text)
        case Notice(title, text):
            yield f"> **⚠ {_text(title)}**\n>\n> {_text(text)}"
        case Facts(rows):
            yield "\n".join(f"- **{_text(name)}:** {_text(text)}" for name, text in rows)
        case Tiles(rows):
            yield "\n".join(
                f"- **{_text(name)}:** {_text(value)} ({_text(about)})"
                for name, value, about in rows
            )
        case Items(rows):
            yield "\n".join(f"- {_text(row)}" for row in rows)
        case Table():
            yield "\n".join(_table(block))
        case Curve(figures=figures):
            yield "\n".join(_table(figures))
        case Code():
            yield _code(block)
        case Fold(summary, inside, _):
            yield f"<details><summary>{_summary(summary)}</summary>"
            yield from _blocks(inside, level)
            yield "</details>"
        case Card(title, line, inside):
            yield f"{'#' * level} {_text(title)}"
            yield _text(line)
            yield from _blocks(inside, level + 1)


def _summary(text: str) -> str:
    """Text inside of HTML inside of Markdown, where a backslash escapes nothing."""
    return escape(one_line(text))


def _table(table: Table) -> Iterator[str]:
    yield _row(table.columns)
    places = range(len(table.columns))
    yield _row_of(["---:" if place in table.numbers else "---" for place in places])
    for row in table.rows:
        yield _row(row)


def _row(cells: tuple[str, ...]) -> str:
    return _row_of([_text(cell) for cell in cells])


def _row_of(cells: list[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _code(code: Code) -> str:
    lines = [
        f"{_SIGNS[line.kind] if code.difference else ''}"
        f"{'⋯ ' if line.kind == 'gap' else ''}{plain(line.text, newlines=False)}"
        for line in code.lines
    ]
    longest = max((len(run) for line in lines for run in _FENCES.findall(line)), default=2)
    fence = "`" * (longest + 1)
    return "\n".join([f"{fence}{'diff' if code.difference else 'python'}", *lines, fence])
