"""A page in HTML and in Markdown: whatever its texts are, they stay in their elements."""

from html.parser import HTMLParser

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from stop_tui.core.plain_text import one_line, plain
from stop_tui.core.statistics import estimate
from stop_tui.presentation.history import Point
from stop_tui.presentation.report.blocks import (
    Card,
    Code,
    CodeLine,
    Curve,
    Facts,
    Fold,
    Items,
    Mark,
    Notice,
    Page,
    Section,
    Table,
    Tiles,
    Words,
)
from stop_tui.presentation.report.highlight import CLASSES
from stop_tui.presentation.report.markdown import as_markdown
from stop_tui.presentation.report.markup import as_html

FRAGMENTS = (
    *("<script>alert(1)</script>", "</code></pre></details>", "</td></tr></table>", "<!--", "-->"),
    *("<![CDATA[", "]]>", "</style>", "</title>", "<img src=x onerror=x>", '" onload="x', "'>"),
    *("&lt;", "&#60;script&#62;", "&", "\x1b[2J", "\x1b]8;;http://x\x07", "\u202e", "\u2066"),
    *("\n\n# title\n\n", "\r\n", "\n- item\n", "| a | b |\n| --- | --- |", "|", "\n---\n", "==="),
    *(
        "```",
        "````\n",
        "~~~",
        "`",
        "``",
        "**a**",
        "*",
        "_a_",
        "~~a~~",
        "[a](javascript:x)",
        "![a](x)",
    ),
    *("http://evil.example/x", "https://a.b", "www.evil.example", "<http://a.b>", "mailto:a"),
    *("1. one", "9) nine", "+ a", "- a", "> a", "    code", "\t", "\\", "\\`", "$x$", "\ud800"),
    *(
        '"""',
        "'''",
        "#",
        "def f(",
        "f'{",
        "\\N{",
        "0x",
        "@a",
        "{{a}}",
        "{% a %}",
        "[^1]",
        "[ ] a",
        "a | b",
    ),
)

hostile = (
    st.lists(
        st.one_of(st.sampled_from(FRAGMENTS), st.text(st.characters(), max_size=8)), max_size=6
    )
    .map("".join)
    .filter(one_line)
)


def page(text, other):
    """A page with every kind of block, where `text` and `other` are all that it says."""
    points = (
        Point(0, estimate([0.5, 0.6]), estimate([0.4, 0.6])),
        Point(1, estimate([0.7]), None),
    )
    code = Code(
        (
            CodeLine(1, "same", text),
            CodeLine(2, "removed", other),
            CodeLine(2, "added", text),
            CodeLine(0, "gap", "4 equal lines"),
        ),
        difference=True,
    )
    table = Table(("a", "b", "c"), ((text, other, text), (other, text, other)), (1,), prose=True)
    blocks = (
        Words(text),
        Notice(text, other),
        Facts((("one", text), ("two", other))),
        Tiles((("one", text, other),)),
        Items((text, other)),
        table,
        Curve(points, (Mark(2, "○", "rejected"),), 2, table),
        Card(text, other, (code, Fold(text, (Code(code.lines), Words(other))))),
    )
    return Page(text, other, blocks, (Section("one", text, blocks),), text)


class Structure(HTMLParser):
    """The elements of a page with their attributes, and what its text says; code is taken apart,
    since its colours depend on what is written."""

    def __init__(self, html):
        super().__init__()
        self.elements = []
        self.classes_in_code = set()
        self.text = ""
        self._code = False
        self.feed(html)
        self.close()

    def handle_starttag(self, tag, attrs):
        if self._code:
            assert tag == "span"
            self.classes_in_code.add(dict(attrs)["class"])
            assert len(attrs) == 1
            return
        self._code = tag == "code"
        self.elements.append((tag, tuple(attrs)))

    def handle_endtag(self, tag):
        if self._code and tag == "span":
            return
        self._code = False
        self.elements.append((f"/{tag}", ()))

    def handle_data(self, data):
        self.text += data

    def handle_comment(self, data):
        self.elements.append(("comment", ()))

    def unknown_decl(self, data):
        self.elements.append(("declaration", ()))

    def handle_pi(self, data):
        self.elements.append(("instruction", ()))


HARMLESS = Structure(as_html(page("harmless", "words"))).elements


@settings(max_examples=150, deadline=None)
@given(hostile, hostile)
def test_no_text_leaves_its_element_in_html(text, other):
    found = Structure(as_html(page(text, other)))
    assert found.elements == HARMLESS
    assert found.classes_in_code <= set(CLASSES)
    for each in (text, other):
        assert plain(each, newlines=False) in found.text


@settings(max_examples=100, deadline=None)
@given(hostile, hostile)
def test_no_character_acts_on_whatever_shows_it(text, other):
    for written in (as_html(page(text, other)), as_markdown(page(text, other))):
        assert plain(written) == written


READER = MarkdownIt("gfm-like")
READER.linkify.set({"fuzzy_link": False, "fuzzy_email": False})


def markdown_elements(text):
    """The elements of a Markdown text, what they say, a line for each, and the code in it."""
    elements, said, code = [], [], ""
    for token in READER.parse(text):
        elements.append((token.type, token.tag, token.level, token.info))
        if token.type == "fence":
            code += token.content
        children = token.children or ()
        said.append("".join(child.content for child in children))
        elements += [
            (child.type, child.tag, child.level)
            for child in children
            if child.type not in ("text", "text_special")
        ]
    return elements, "\n".join(said), code


HARMLESS_MARKDOWN, SAID, _ = markdown_elements(as_markdown(page("harmless", "words")))


def stays_in_markdown(text, other):
    elements, said, code = markdown_elements(as_markdown(page(text, other)))
    assert elements == HARMLESS_MARKDOWN
    # All of it is there, wherever it stands.
    assert said.count(one_line(text)) >= SAID.count("harmless")
    assert said.count(one_line(other)) >= SAID.count("words")
    assert plain(text, newlines=False) in code
    assert plain(other, newlines=False) in code


@pytest.mark.parametrize("text", [text for text in FRAGMENTS if one_line(text)], ids=ascii)
def test_each_piece_of_markdown_stays_in_its_element(text):
    stays_in_markdown(text, f"a {text} b")


@settings(max_examples=100, deadline=None)
@given(hostile, hostile)
def test_no_text_leaves_its_element_in_markdown(text, other):
    stays_in_markdown(text, other)


def test_html_in_markdown_is_ours_alone():
    written = as_markdown(page("<b>x</b>", "</details>"))
    html = [t.content for t in MarkdownIt("gfm-like").parse(written) if t.type == "html_block"]
    assert {line for block in html for line in block.splitlines()} == {
        "<details><summary>&lt;b&gt;x&lt;/b&gt;</summary>",
        "</details>",
    }


def test_a_removed_line_is_told_without_colour():
    html = as_html(page("a = 1", "b = 2"))
    assert '<span class="row removed"><span class="at">2</span><span class="sign">-</span>' in html
    assert "\n-b = 2\n+a = 1\n" in as_markdown(page("a = 1", "b = 2"))


def test_the_two_curves_differ_in_shape_and_a_sealed_one_is_not_drawn():
    html = as_html(page("a", "b"))
    chart = html[html.index('<svg class="chart"') : html.index("</svg>")]
    assert (chart.count("<circle"), chart.count("<rect")) == (2, 1)
    assert chart.count('class="bar val"') == chart.count('class="bar test"') == 1
    assert "<title>I2 rejected</title>" in chart


def test_a_page_needs_nothing_from_elsewhere_and_runs_nothing():
    html = as_html(page("a", "b"))
    names = {name for _, attributes in HARMLESS for name, _ in attributes}
    assert not names & {"src", "srcset", "action", "style"}
    assert not any(name.startswith("on") for name in names)
    links = [dict(attrs)["href"] for tag, attrs in HARMLESS if tag == "a"]
    assert links == ["#one"]
    for word in ("<script", "<link", "@import", "url(", "://"):
        assert word not in html
    assert '<meta name="viewport" content="width=device-width, initial-scale=1">' in html
    assert "prefers-color-scheme: dark" in html
