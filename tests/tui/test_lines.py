"""Lines on a screen: scrolled, wrapped, searched, selected, and harmless."""

from textual.app import App, ComposeResult
from textual.content import Content, Span
from textual.geometry import Offset
from textual.pilot import Pilot
from textual.selection import Selection
from textual.style import Style

from stop_tui.tui.widgets.text.inert_text import inert_lines
from stop_tui.tui.widgets.text.lines import Lines
from stop_tui.tui.widgets.text.wrapping import wrapped
from tests.tui.pilots import run, screen_text, until

SIZE = (40, 10)


class Shown(App[None]):
    """An app of one panel."""

    def __init__(self, lines: Lines) -> None:
        super().__init__()
        self.lines = lines

    def compose(self) -> ComposeResult:
        yield self.lines


def numbered(count: int) -> list[Content]:
    return [Content(f"line {number}") for number in range(count)]


async def top_is(pilot: Pilot[None], text: str) -> None:
    await until(
        pilot, lambda: screen_text(pilot.app).split("\n")[0].startswith(text), f"{text} at the top"
    )


def test_keys_scroll_by_lines_and_pages_and_to_both_ends() -> None:
    async def body() -> None:
        lines = Lines()
        async with Shown(lines).run_test(size=SIZE) as pilot:
            lines.focus()
            lines.show_lines(numbered(100))
            await top_is(pilot, "line 0")
            await pilot.press("down", "j", "j", "k")
            await top_is(pilot, "line 2")
            await pilot.press("pagedown")
            await top_is(pilot, "line 11")
            await pilot.press("G")
            await top_is(pilot, "line 90")
            await pilot.press("pageup")
            await top_is(pilot, "line 81")
            await pilot.press("g")
            await top_is(pilot, "line 0")

    run(body())


def test_a_long_line_scrolls_sideways() -> None:
    async def body() -> None:
        lines = Lines()
        async with Shown(lines).run_test(size=SIZE) as pilot:
            lines.focus()
            lines.show_lines([Content("".join(f"{number:8}" for number in range(20)))])
            await pilot.press("right")
            await top_is(pilot, "       1       2")
            await pilot.press("left")
            await top_is(pilot, "       0       1")

    run(body())


def test_new_lines_are_shown_from_the_top_unless_the_position_is_kept() -> None:
    async def body() -> None:
        lines = Lines()
        async with Shown(lines).run_test(size=SIZE) as pilot:
            lines.focus()
            lines.show_lines(numbered(100))
            await pilot.press("pagedown")
            lines.show_lines(numbered(90), keep_position=True)
            await top_is(pilot, "line 9")
            lines.show_lines(numbered(80))
            await top_is(pilot, "line 0")

    run(body())


def test_wrapped_lines_lose_no_character_and_break_at_blanks() -> None:
    async def body() -> None:
        text = "the quick brown fox jumps over the lazy dog and " + "x" * 100
        lines = Lines(wrap=True)
        async with Shown(lines).run_test(size=SIZE) as pilot:
            lines.show_lines([Content(text), Content("second")])
            await top_is(pilot, "the quick brown fox jumps over the lazy")
            rows = [row.rstrip("▁▂▃▄▅▆▇█ ") for row in screen_text(pilot.app).split("\n")]
            assert "".join(rows[:5]).replace(" ", "") == (text + "second").replace(" ", "")
            await pilot.resize_terminal(80, 10)
            await top_is(pilot, "the quick brown fox jumps over the lazy dog and")

    run(body())


def test_wrapping_counts_wide_characters_twice_and_always_gets_on() -> None:
    assert wrapped("", 10) == [(0, 0)]
    assert wrapped("漢字漢字漢字", 4) == [(0, 2), (2, 4), (4, 6)]
    assert wrapped("漢字", 1) == [(0, 1), (1, 2)]
    assert wrapped("aaaa bbbb cccc", 9) == [(0, 10), (10, 14)], "the blank may stick out"
    assert wrapped("aaaa bbbb cccc", 8) == [(0, 5), (5, 10), (10, 14)]


def test_find_goes_to_the_next_match_and_round_and_says_which_of_how_many() -> None:
    async def body() -> None:
        lines = Lines()
        async with Shown(lines).run_test(size=SIZE) as pilot:
            lines.show_lines(numbered(100))
            await pilot.pause()
            assert lines.find("LINE 7") == (1, 11)
            assert lines.find("line 7", again=True) == (1, 11), "another text is another search"
            assert lines.find("line 7", again=True) == (2, 11)
            await until(pilot, lambda: "line 70" in screen_text(pilot.app), "the second match")
            assert lines.find("line 7", forward=False, again=True) == (1, 11)
            assert lines.find("line 7", forward=False, again=True) == (11, 11)
            assert lines.find("absent") is None
            assert lines.find("") is None

    run(body())


def test_a_search_begins_at_what_is_visible() -> None:
    async def body() -> None:
        lines = Lines()
        async with Shown(lines).run_test(size=SIZE) as pilot:
            lines.focus()
            lines.show_lines(numbered(100))
            await pilot.press("G")
            await top_is(pilot, "line 90")
            assert lines.find("5") == (20, 20), "line 95, not line 5"

    run(body())


def test_a_match_far_to_the_right_is_scrolled_to() -> None:
    async def body() -> None:
        lines = Lines()
        async with Shown(lines).run_test(size=SIZE) as pilot:
            lines.show_lines([Content("." * 1000 + "needle" + "." * 1000)])
            await pilot.pause()
            assert lines.find("needle") == (1, 1)
            await until(pilot, lambda: "needle" in screen_text(pilot.app), "the match")

    run(body())


def test_matches_are_marked_by_more_than_colour() -> None:
    async def body() -> None:
        lines = Lines()
        async with Shown(lines).run_test(size=SIZE) as pilot:
            lines.show_lines([Content("a needle and a needle")])
            await pilot.pause()
            lines.find("needle")
            styles = [
                (segment.style.bold, segment.style.underline)
                for segment in lines.render_line(0)
                if segment.text == "needle" and segment.style
            ]
            assert styles == [(True, True), (None, True)] or styles == [(True, True), (False, True)]

    run(body())


def test_the_mouse_selects_text_and_copying_takes_it() -> None:
    async def body() -> None:
        lines = Lines()
        async with Shown(lines).run_test(size=SIZE) as pilot:
            lines.show_lines(numbered(100))
            await pilot.pause()
            assert lines.copy_text() == lines.plain_text
            await pilot.mouse_down(lines, offset=(5, 1))
            await pilot.hover(lines, offset=(4, 3))
            await pilot.mouse_up(lines, offset=(4, 3))
            await until(pilot, lambda: pilot.app.screen.selections.get(lines), "a selection")
            assert lines.copy_text() == "1\nline 2\nline "
            assert pilot.app.screen.get_selected_text() == "1\nline 2\nline "

    run(body())


def test_a_selection_is_where_the_mouse_is_after_scrolling_both_ways() -> None:
    async def body() -> None:
        lines = Lines()
        async with Shown(lines).run_test(size=SIZE) as pilot:
            lines.focus()
            lines.show_lines([Content(f"{number:3} abcdefghijkl" * 9) for number in range(50)])
            await pilot.press("right", "pagedown")
            await top_is(pilot, "efghijkl")
            widget, offset = pilot.app.screen.get_widget_and_offset_at(2, 1)
            assert (widget, offset) == (lines, Offset(10, 9))

    run(body())


def test_other_lines_end_the_selection_of_what_is_gone() -> None:
    async def body() -> None:
        lines = Lines()
        async with Shown(lines).run_test(size=SIZE) as pilot:
            lines.show_lines(numbered(100))
            await pilot.pause()
            pilot.app.screen.selections = {lines: Selection(Offset(0, 50), Offset(3, 90))}
            lines.show_lines(numbered(3))
            assert lines.copy_text() == "line 0\nline 1\nline 2"

    run(body())


def test_the_same_text_in_other_styles_keeps_the_selection() -> None:
    async def body() -> None:
        lines = Lines()
        async with Shown(lines).run_test(size=SIZE) as pilot:
            lines.show_lines(numbered(10))
            await pilot.pause()
            pilot.app.screen.selections = {lines: Selection(Offset(0, 1), Offset(4, 1))}
            lines.show_lines([line.stylize("bold") for line in numbered(10)], keep_position=True)
            assert lines.copy_text() == "line"

    run(body())


def test_styles_of_contents_are_drawn_and_markup_is_not_read() -> None:
    async def body() -> None:
        lines = Lines()
        async with Shown(lines).run_test(size=SIZE) as pilot:
            lines.show_lines([Content("[bold]x[/bold]", [Span(0, 6, Style(italic=True))])])
            await top_is(pilot, "[bold]x[/bold]")
            first = next(iter(lines.render_line(0)))
            assert (first.text, first.style and first.style.italic) == ("[bold]", True)

    run(body())


def test_hostile_text_becomes_lines_that_act_on_no_terminal() -> None:
    text = "a\x1b[31mb\x1b]52;c;AAAA\x07\r\nc\u202ed\u200be\x00f\rg\n"
    lines = inert_lines(text)
    assert lines == ["a␛[31mb␛]52;c;AAAA␇", "c\ufffdd\ufffde␀f␍g"]
    assert inert_lines("") == []
    assert inert_lines("\n") == [""]
