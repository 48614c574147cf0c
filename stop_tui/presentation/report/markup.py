"""Writes a page as one HTML file: no script, nothing from elsewhere, escaped here and only here."""

from collections.abc import Iterator
from html import escape
from importlib.resources import files

from stop_tui.core.plain_text import plain
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
    Section,
    Table,
    Tiles,
    Words,
)
from stop_tui.presentation.report.chart import chart
from stop_tui.presentation.report.highlight import coloured

_HEAD = """\
<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="referrer" content="no-referrer">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
"""

_SIGNS = {"added": "+", "removed": "-", "same": " ", "gap": "⋯"}

_LEGEND = (
    '<p class="legend"><span><svg width="34" height="12" aria-hidden="true">'
    '<path class="line val" d="M0 6H34"/><circle class="point val" cx="17" cy="6" r="4"/></svg> '
    'validation</span><span><svg width="34" height="12" aria-hidden="true">'
    '<path class="line test" d="M0 6H34"/>'
    '<rect class="point test" x="13.5" y="2.5" width="7" height="7"/></svg> test</span>'
)


def as_html(page: Page) -> str:
    """The whole file."""
    css = files("stop_tui.presentation.report").joinpath("page.css").read_text("utf-8")
    links = "".join(
        f'<a href="#{section.name}">{_text(section.title)}</a>' for section in page.sections
    )
    return "".join(
        (
            _HEAD,
            f"<title>{_text(page.title)} · stop-tui</title>\n<style>\n{css}</style>\n</head>\n",
            f'<body>\n<header>\n<p class="kind">Self-Taught Optimizer · run</p>\n'
            f'<h1>{_text(page.title)}</h1>\n<p class="line">{_text(page.line)}</p>\n</header>\n',
            f"<main>\n{_blocks(page.opening)}",
            f'<nav aria-label="Parts of this page">{links}</nav>\n',
            *map(_section, page.sections),
            f"</main>\n<footer>{_text(page.closing)}</footer>\n</body>\n</html>\n",
        )
    )


def _text(text: str) -> str:
    """Somebody's text, inert and escaped: the only way into the page."""
    return escape(plain(text, newlines=False))


def _section(section: Section) -> str:
    return (
        f'<section id="{section.name}">\n<h2>{_text(section.title)}</h2>\n'
        f"{_blocks(section.blocks)}</section>\n"
    )


def _blocks(blocks: tuple[Block, ...]) -> str:
    return "".join(map(_block, blocks))


def _block(block: Block) -> str:
    match block:
        case Words(text):
            return f"<p>{_text(text)}</p>\n"
        case Notice(title, text):
            return (
                f'<aside class="notice"><strong>⚠ {_text(title)}</strong>'
                f"<p>{_text(text)}</p></aside>\n"
            )
        case Facts(rows):
            facts = "".join(
                f"<div><dt>{_text(name)}</dt><dd>{_text(text)}</dd></div>" for name, text in rows
            )
            return f'<dl class="facts">{facts}</dl>\n'
        case Tiles(rows):
            tiles = "".join(
                f"<div><dt>{_text(name)}</dt><dd><b>{_text(value)}</b>"
                f"<small>{_text(about)}</small></dd></div>"
                for name, value, about in rows
            )
            return f'<dl class="tiles">{tiles}</dl>\n'
        case Items(rows):
            items = "".join(f"<li>{_text(row)}</li>" for row in rows)
            return f"<ul>{items}</ul>\n"
        case Table():
            return "".join(_table(block))
        case Curve():
            return "".join(_curve(block))
        case Code():
            return "".join(_code(block))
        case Fold(summary, blocks, start):
            opened = " open" if start else ""
            return (
                f"<details{opened}><summary>{_text(summary)}</summary>\n"
                f"{_blocks(blocks)}</details>\n"
            )
        case Card(title, line, blocks):
            return (
                f'<article><h3>{_text(title)}</h3><p class="line">{_text(line)}</p>\n'
                f"{_blocks(blocks)}</article>\n"
            )


def _table(table: Table) -> Iterator[str]:
    kinds = ["number" if index in table.numbers else "word" for index in range(len(table.columns))]
    yield f'<div class="wide"><table{" class=prose" * table.prose}><thead><tr>'
    for name, kind in zip(table.columns, kinds, strict=True):
        yield f'<th scope="col" class="{kind}">{_text(name)}</th>'
    yield "</tr></thead><tbody>\n"
    for row in table.rows:
        yield f'<tr><th scope="row">{_text(row[0])}</th>'
        for index in range(1, len(row)):
            yield (
                f'<td class="{kinds[index]}" data-name="{_text(table.columns[index])}">'
                f"{_text(row[index])}</td>"
            )
        yield "</tr>\n"
    yield "</tbody></table></div>\n"


def _curve(curve: Curve) -> Iterator[str]:
    """Drawn twice, for wide pages and for narrow ones, so that its words stay readable."""
    yield f'<figure><div class="on-wide">{chart(curve, 860, 340)}</div>'
    yield f'<div class="on-narrow">{chart(curve, 350, 280)}</div>{_LEGEND}'
    signs = dict.fromkeys((mark.sign, mark.word) for mark in curve.marks)
    for sign, word in signs:
        yield f"<span>{_text(sign)} {_text(word)}</span>"
    yield "</p></figure>\n<details><summary>The figures</summary>\n"
    yield from _table(curve.figures)
    yield "</details>\n"


def _code(code: Code) -> Iterator[str]:
    yield '<pre class="code">'
    for line, text in zip(code.lines, coloured(code), strict=True):
        number = str(line.number) if line.number else ""
        sign = _SIGNS[line.kind] if code.difference or line.kind == "gap" else ""
        yield (
            f'<span class="row {line.kind}"><span class="at">{number}</span>'
            f'<span class="sign">{sign}</span><code>{text}\n</code></span>'
        )
    yield "</pre>\n"
