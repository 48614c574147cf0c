"""The view of what differs between two sources."""

import pytest
from textual.app import App, ComposeResult

from stop_tui.core.diffs import diff
from stop_tui.tui import themes
from stop_tui.tui.widgets.text.diff_view import COMPARED, DiffView
from tests.tui.pilots import run, screen_text, until

OLD = [f"line_{number} = {number}" for number in range(1, 101)]
NEW = [*OLD]
NEW[9] = "line_10 = 11"
NEW[49:50] = ["added_1()", "line_50 = 50"]
del NEW[90]
OLD_TEXT, NEW_TEXT = "\n".join(OLD) + "\n", "\n".join(NEW) + "\n"


class Shown(App[None]):
    """An app of one diff."""

    def __init__(self, view: DiffView, theme: str = "stop-dark") -> None:
        super().__init__()
        for known in themes.OWN:
            self.register_theme(known)
        self.theme = theme
        self.view = view

    def compose(self) -> ComposeResult:
        yield self.view

    def on_mount(self) -> None:
        self.view.focus()


def show(view: DiffView, old: str = OLD_TEXT, new: str = NEW_TEXT) -> None:
    view.show(old, new, old_name="I2", new_name="I3")


def rows(app: Shown) -> list[str]:
    return screen_text(app).split("\n")


def test_the_first_line_says_what_is_compared_and_how_much_changed() -> None:
    async def body() -> None:
        view = DiffView()
        async with (app := Shown(view)).run_test(size=(80, 24)) as pilot:
            show(view)
            await pilot.pause()
            assert rows(app)[0].startswith("I2 → I3  +2 −2, 3 changes")
            show(view, OLD_TEXT, OLD_TEXT)
            await pilot.pause()
            assert rows(app)[0].startswith("I2 → I3  No difference.")
            assert view.copy_text() == ""

    run(body())


def test_unified_rows_have_both_numbers_and_signs() -> None:
    async def body() -> None:
        view = DiffView()
        async with (app := Shown(view)).run_test(size=(80, 24)) as pilot:
            show(view)
            await pilot.pause()
            assert [row.split() for row in rows(app)[1:8]] == [
                ["⋯", "6", "lines", "the", "same"],
                ["7", "7", "line_7", "=", "7"],
                ["8", "8", "line_8", "=", "8"],
                ["9", "9", "line_9", "=", "9"],
                ["10", "-", "line_10", "=", "10"],
                ["10", "+", "line_10", "=", "11"],
                ["11", "11", "line_11", "=", "11"],
            ]

    run(body())


def test_side_by_side_from_120_columns_on_and_by_key() -> None:
    async def body() -> None:
        view = DiffView()
        async with (app := Shown(view)).run_test(size=(121, 24)) as pilot:
            show(view)
            await until(pilot, lambda: view.side_by_side, "side by side")
            assert " ".join(rows(app)[5].split()) == "10 ~ line_10 = 10 │ 10 ~ line_10 = 11"
            assert any(row.split() == ["│", "50", "+", "added_1()"] for row in rows(app))
            await pilot.resize_terminal(90, 24)
            await until(pilot, lambda: not view.side_by_side, "unified")
            await pilot.press("vertical_line")
            await until(pilot, lambda: view.side_by_side, "side by side by key")
            assert view.layout_choice == "side by side"
            await pilot.press("vertical_line")
            await until(pilot, lambda: not view.side_by_side, "unified again")
            assert view.layout_choice == "automatic"

    run(body())


def test_keys_go_from_change_to_change_also_where_nothing_can_scroll() -> None:
    async def body() -> None:
        view = DiffView()
        async with (app := Shown(view)).run_test(size=(80, 12)) as pilot:
            show(view)
            await pilot.pause()

            def current() -> str:
                strip = [view.line_text(index + 1) for index in view._current]
                return strip[0] if strip else ""

            seen = []
            for key in ("right_square_bracket",) * 4 + ("left_square_bracket",) * 3:
                await pilot.press(key)
                await pilot.pause()
                assert current() in screen_text(app)
                seen.append(current())
            first, second, third = "line_10 = 10", "added_1()", OLD[89]
            assert seen[:4] == [first, second, third, third]
            assert seen[4:] == [second, first, first]

    run(body())


def test_the_whole_file_is_shown_by_key_and_the_place_stays() -> None:
    async def body() -> None:
        view = DiffView()
        async with (app := Shown(view)).run_test(size=(80, 12)) as pilot:
            show(view)
            await pilot.press("right_square_bracket", "right_square_bracket")
            await until(pilot, lambda: "added_1()" in screen_text(app), "the second change")
            await pilot.press("asterisk")
            await until(pilot, lambda: view.whole_file, "the whole file")
            await pilot.pause()
            assert "added_1()" in screen_text(app)
            assert "lines the same" not in view.plain_text
            assert view.line_count() == 1 + len(diff(OLD_TEXT, NEW_TEXT, None).unified())

    run(body())


@pytest.mark.parametrize("theme", ["stop-dark", "stop-light", "ansi-dark", "ansi-light"])
def test_words_that_differ_are_underlined_and_lines_are_told_apart(theme: str) -> None:
    async def body() -> None:
        view = DiffView()
        async with Shown(view, theme).run_test(size=(80, 24)) as pilot:
            show(view)
            await pilot.pause()
            removed, added = view.render_line(5), view.render_line(6)
            for strip, word in ((removed, "10"), (added, "11")):
                marked = [s.text for s in strip if s.style and s.style.underline]
                assert marked == [word]
            styles = [
                {(s.style.color, s.style.bgcolor) for s in strip if s.style and s.text.strip()}
                for strip in (removed, added)
            ]
            assert styles[0] != styles[1]

    run(body())


def test_copying_takes_a_patch_and_a_selection_takes_text() -> None:
    async def body() -> None:
        view = DiffView()
        async with Shown(view).run_test(size=(130, 24)) as pilot:
            show(view)
            await pilot.pause()
            patch = view.copy_text()
            assert patch == diff(OLD_TEXT, NEW_TEXT, None).patch("I2", "I3")
            assert patch.startswith("--- I2\n+++ I3\n@@ -7,7 +7,7 @@\n")
            await pilot.mouse_down(view, offset=(80, 4))
            await pilot.hover(view, offset=(90, 5))
            await pilot.mouse_up(view, offset=(90, 5))
            await until(pilot, lambda: pilot.app.screen.selections.get(view), "a selection")
            first, second = view.copy_text().split("\n")
            assert "line_9 = 9".endswith(first) and "line_10 = 11".startswith(second)
            assert second, "the right side, where the drag began"

    run(body())


def test_find_looks_into_both_sides() -> None:
    async def body() -> None:
        view = DiffView()
        async with Shown(view).run_test(size=(130, 24)) as pilot:
            show(view)
            await pilot.pause()
            assert view.find("line_10 = 1") == (1, 2)
            assert view.find("line_10 = 1", again=True) == (2, 2)
            assert view.find("added_1") == (1, 1)

    run(body())


def test_differences_that_cannot_be_seen_are_told() -> None:
    async def body() -> None:
        view = DiffView()
        async with Shown(view).run_test(size=(100, 24)) as pilot:
            show(view, "a\u200bb\n", "a\u200cb\n")
            await pilot.pause()
            assert "tabs, blanks or invisible characters differ" in screen_text(pilot.app)
            show(view, "a\n", "a")
            await pilot.pause()
            assert "only one of the two ends with a line end" in screen_text(pilot.app)
            show(view, "a\r\nb\r\n", "a\nb\r\n")
            await pilot.pause()
            shown = [row.split() for row in rows(pilot.app)[1:4]]  # type: ignore[arg-type]
            assert shown == [["1", "-", "a␍"], ["1", "+", "a"], ["2", "2", "b"]]

    run(body())


def test_nothing_raw_reaches_the_screen() -> None:
    async def body() -> None:
        evil = "[bold]x[/] \x1b]52;c;ZXZpbA==\x07\u202e\u200b\x00漢字\u0301\x9b\r"
        view = DiffView()
        for width in (80, 160):
            async with Shown(view := DiffView()).run_test(size=(width, 24)) as pilot:
                view.show(
                    f"{evil}\nsame{evil}\n" + evil * 1_000,
                    f"{evil}!\nsame{evil}\n" + evil * 1_000 + "x",
                    old_name=f"{evil}\nold",
                    new_name=evil,
                )
                for keys in ((), ("right",), ("G",)):
                    await pilot.press(*keys)
                    for y in range(24):
                        strip = view.render_line(y)
                        assert strip.text.isprintable()
                        assert not set(strip.text) & set("\u202e\u200b\x9b")
                        assert sum(segment.cell_length for segment in strip) == width
                assert view.copy_text().count("\n+++ ") == 1

    run(body())


def test_of_huge_texts_a_part_is_compared_and_that_is_told() -> None:
    async def body() -> None:
        view = DiffView()
        text = "".join(f"line {number}\n" for number in range(COMPARED + 10))
        async with Shown(view).run_test(size=(100, 24)) as pilot:
            show(view, text, text + "last\n")
            await pilot.pause()
            assert f"No difference (of the first {COMPARED:,} lines)." in screen_text(pilot.app)
            assert view.copy_text().endswith("+last\n")

    run(body())


def test_both_sides_are_coloured() -> None:
    async def body() -> None:
        view = DiffView()
        async with Shown(view).run_test(size=(80, 24)) as pilot:
            show(view, "import os\nx = 1\n" * 500, "import sys\nx = 1\n" * 500)
            await until(pilot, lambda: all(h.done for h in view._highlightings), "all colours")
            await pilot.press("G")
            await pilot.pause()
            bold = [
                segment.text
                for y in range(24)
                for segment in view.render_line(y)
                if segment.style and segment.style.bold and segment.text == "import"
            ]
            assert len(bold) > 10

    run(body())
