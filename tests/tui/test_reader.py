"""The reader of hostile sources and transcripts."""

import pytest
from textual.app import App, ComposeResult

from stop_tui.tui import themes
from stop_tui.tui.widgets.text.reader import SHOWN, Reader
from tests.tui.pilots import run, screen_text, until

SOURCE = '''"""Two
lines."""
import os  # why

def improve(a):
    return "text", 12
'''

HOSTILE = (
    "[bold]x[/bold] \x1b[31m \x1b]52;c;ZXZpbA==\x07 \u202e rtl \u200b \x00 漢字 \x9b31m\ttab\n"
)


class Shown(App[None]):
    """An app of one reader."""

    def __init__(self, reader: Reader, theme: str = "stop-dark") -> None:
        super().__init__()
        for known in themes.OWN:
            self.register_theme(known)
        self.theme = theme
        self.reader = reader

    def compose(self) -> ComposeResult:
        yield self.reader


def components(reader: Reader, line: int) -> list[tuple[str, str]]:
    """The coloured words of a line, with what they are coloured as."""
    text = reader.line_text(line)
    return [
        (text[start:end], name)
        for start, end, name in reader._highlightings[0].spans(line, 0, len(text))
    ]


def test_lines_are_numbered_and_the_source_is_coloured() -> None:
    async def body() -> None:
        reader = Reader()
        async with Shown(reader).run_test(size=(60, 10)) as pilot:
            reader.show(SOURCE)
            await until(pilot, lambda: len(reader._highlightings[0].lines) >= 6, "colours")
            rows = screen_text(pilot.app).split("\n")
            assert rows[3 - 1].split() == ["3", "import", "os", "#", "why"]
            assert components(reader, 1) == [('lines."""', "code--string")]
            assert ("import", "code--keyword") in components(reader, 2)
            assert ("# why", "code--comment") in components(reader, 2)
            assert ("improve", "code--name") in components(reader, 4)
            assert ('"text"', "code--string") in components(reader, 5)
            assert ("12", "code--number") in components(reader, 5)

    run(body())


@pytest.mark.parametrize("theme", ["stop-dark", "stop-light", "ansi-dark", "ansi-light", "nord"])
def test_keywords_and_comments_differ_in_every_theme_without_colours_too(theme: str) -> None:
    async def body() -> None:
        reader = Reader()
        async with Shown(reader, theme).run_test(size=(60, 10)) as pilot:
            reader.show(SOURCE)
            await until(pilot, lambda: len(reader._highlightings[0].lines) >= 6, "colours")
            styles = {segment.text.strip(): segment.style for segment in reader.render_line(2)}
            assert styles["import"] and styles["import"].bold
            assert styles["# why"] and styles["# why"].italic
            assert styles["import"].color != styles["# why"].color

    run(body())


def test_another_theme_recolours_what_is_shown() -> None:
    async def body() -> None:
        reader = Reader()
        async with Shown(reader).run_test(size=(60, 10)) as pilot:
            reader.show(SOURCE)
            await until(pilot, lambda: len(reader._highlightings[0].lines) >= 6, "colours")

            def keyword() -> object:
                return [
                    s.style.color for s in reader.render_line(2) if s.text == "import" and s.style
                ]

            before = keyword()
            pilot.app.theme = "stop-light"
            await until(pilot, lambda: keyword() != before, "other colours")

    run(body())


def test_colours_go_on_beyond_the_first_screen_and_stop_for_another_text() -> None:
    async def body() -> None:
        reader = Reader()
        async with Shown(reader).run_test(size=(60, 10)) as pilot:
            reader.show("value = 'a' + compute(12)  # note\n" * 3000)
            first = reader._highlightings[0]
            assert 0 < len(first.lines) < 3000, "only a first part at once"
            reader.show("x = 1\n" * 3000)
            await until(pilot, lambda: reader._highlightings[0].done, "all colours")
            assert len(reader._highlightings[0].lines) == 3000
            assert not first.done, "nothing is done for what is not shown"

    run(body())


def test_plain_text_has_no_colours_but_markdown_has() -> None:
    async def body() -> None:
        reader = Reader()
        async with Shown(reader).run_test(size=(60, 10)) as pilot:
            reader.show("import os\n", language="text")
            await pilot.pause()
            assert components(reader, 0) == []
            reader.show("# Title\ntext\n", language="markdown")
            await until(pilot, lambda: reader._highlightings[0].done, "colours")
            assert components(reader, 0) == [("# Title", "code--name")]

    run(body())


def test_marks_have_a_sign_before_the_number_and_a_note_after_the_line() -> None:
    async def body() -> None:
        reader = Reader()
        async with Shown(reader).run_test(size=(60, 10)) as pilot:
            reader.show(SOURCE, marks={3: "⚠ reads files\x1b[31m", 5: "beam search"})
            await pilot.pause()
            rows = screen_text(pilot.app).split("\n")
            assert " ".join(rows[2].split()) == "⚠ 3 import os # why ⚠ reads files␛[31m"
            assert rows[4].split() == ["◆", "5", "def", "improve(a):", "◆", "beam", "search"]
            assert "beam" not in reader.copy_text()

    run(body())


def test_what_is_copied_is_the_text_as_it_was_given() -> None:
    async def body() -> None:
        reader = Reader()
        async with Shown(reader).run_test(size=(60, 10)) as pilot:
            reader.show(HOSTILE)
            await pilot.pause()
            assert reader.source == reader.copy_text() == HOSTILE
            reader.text_select_all()
            assert reader.copy_text() == HOSTILE

    run(body())


@pytest.mark.parametrize("wrap", [False, True])
@pytest.mark.parametrize(
    "text",
    [
        HOSTILE * 30,
        HOSTILE.replace("\n", "") * 50_000,
        "\x1b]52;c;ZXZpbA==\x07" * 300_000,
        "line\x1b[2J\n" * 200_000,
        "漢\u0301" * 100_000,
        "a" + "\u0301" * 100_000,
        "\r" * 1000 + "\x00" * 1000,
    ],
    ids=["lines", "megabytes in a line", "clipboard", "200,000 lines", "wide", "marks", "controls"],
)
def test_nothing_raw_reaches_the_screen_and_every_row_has_its_width(text: str, wrap: bool) -> None:
    async def body() -> None:
        reader = Reader(wrap=wrap)
        async with Shown(reader).run_test(size=(60, 12)) as pilot:
            reader.focus()
            reader.show(text, marks={1: text[:300]})
            for keys in ((), ("pagedown",), ("right", "right"), ("G",)):
                await pilot.press(*keys)
                for y in range(12):
                    strip = reader.render_line(y)
                    assert strip.text.isprintable()
                    assert not set(strip.text) & set("\u202e\u200b\x9b")
                    assert len(strip.text) <= 60 * 4
                    assert sum(segment.cell_length for segment in strip) == 60

    run(body())


def test_of_a_huge_text_a_part_is_shown_and_the_rest_is_told() -> None:
    async def body() -> None:
        reader = Reader()
        text = "x" * (SHOWN + 3_000_000)
        async with Shown(reader).run_test(size=(80, 10)) as pilot:
            reader.show(text)
            await pilot.pause()
            assert "3.0 MB more are not shown; save it to read all" in screen_text(pilot.app)
            assert reader.copy_text() == text

    run(body())


def test_text_that_streams_in_is_shown_and_the_end_stays_in_sight() -> None:
    async def body() -> None:
        reader = Reader(wrap=True)
        async with Shown(reader).run_test(size=(60, 10)) as pilot:
            reader.show("", language="text")
            for number in range(200):
                reader.append(f"line {number} go")
                reader.append("es on\r")
                reader.append("\n")
            await until(pilot, lambda: "line 199 goes on" in screen_text(pilot.app), "the end")
            assert reader.plain_text == "\n".join(f"line {number} goes on" for number in range(200))
            assert reader.source == "".join(f"line {number} goes on\r\n" for number in range(200))

    run(body())


def test_text_that_streams_in_leaves_alone_who_reads_above() -> None:
    async def body() -> None:
        reader = Reader()
        async with Shown(reader).run_test(size=(60, 10)) as pilot:
            reader.focus()
            reader.show("line\n" * 100, language="text")
            await pilot.press("down")
            reader.append("more\n" * 100)
            await until(pilot, lambda: reader.line_count() == 200, "the new lines")
            assert reader.scroll_offset.y == 1

    run(body())


def test_a_tab_split_from_its_line_reaches_the_same_column() -> None:
    async def body() -> None:
        async with Shown(reader := Reader()).run_test(size=(60, 10)):
            reader.show("", language="text")
            for part in ("a", "b\t", "c\td", "\n\te"):
                reader.append(part)
            assert reader.plain_text == "ab\tc\td\n\te".expandtabs(4)

    run(body())


def test_go_to_line_brings_it_into_the_middle() -> None:
    async def body() -> None:
        reader = Reader()
        async with Shown(reader).run_test(size=(60, 11)) as pilot:
            reader.show("".join(f"line {number}\n" for number in range(1, 101)))
            await pilot.pause()
            reader.go_to_line(50)
            await until(
                pilot, lambda: "line 50" in screen_text(pilot.app).split("\n")[5], "the line"
            )
            reader.go_to_line(10_000)
            await until(pilot, lambda: "line 100" in screen_text(pilot.app), "the last line")

    run(body())


def test_the_same_text_again_keeps_the_place_and_the_selection() -> None:
    async def body() -> None:
        reader = Reader()
        async with Shown(reader).run_test(size=(60, 10)) as pilot:
            reader.focus()
            reader.show(SOURCE * 20)
            await pilot.press("pagedown")
            highlighting = reader._highlightings[0]
            reader.show(SOURCE * 20, keep_position=True)
            assert reader.scroll_offset.y == 9
            assert reader._highlightings[0] is highlighting

    run(body())


def test_a_text_given_before_there_is_a_screen_is_shown_and_coloured() -> None:
    async def body() -> None:
        reader = Reader()
        reader.show(SOURCE * 300)
        async with Shown(reader).run_test(size=(60, 10)) as pilot:
            await until(pilot, lambda: reader._highlightings[0].done, "all colours")
            assert "improve" in screen_text(pilot.app)

    run(body())
