"""A listing: rows, the cursor among them, finding, and hostile cells."""

from collections.abc import Sequence

import pytest
from rich.cells import cell_len
from textual.app import App, ComposeResult
from textual.content import Content

from stop_tui.tui.widgets.rows.columns import Cell, fit, lay_out
from stop_tui.tui.widgets.rows.listing import MARK, Column, Listing
from tests.tui.pilots import run, screen_text, until

COLUMNS = (Column("Key", 6), Column("What"), Column("Score", 6, right=True))

HOSTILE = {
    "markup": "[red]x[/red]",
    "closing tag": "[/]",
    "escape": "\x1b[31mred\x1b[0m",
    "clipboard": "\x1b]52;c;cm0gLXJm\x07",
    "title": "\x9d0;owned\x9c",
    "backwards": "\u202egnp.exe",
    "zero width": "a\u200bb\u2060c\ufeffd",
    "null": "a\x00b",
    "lines": "one\ntwo\r\nthree\u2028four\vfive",
    "wide": "漢字かな交じり文の長い行です" * 3,
    "emoji": "🎉🦦👩‍🔬🏳️‍🌈❤️" * 5,
    "marks": "e" + "\u0301" * 100_000,
    "surrogate": "\ud800",
    "tabs": "a\tb\tc",
    "huge": "x" * 5_000_000,
    "huge and wide": "漢" * 2_000_000,
    "huge and blank": " " * 5_000_000 + "x",
}


class Board(App[None]):
    """A listing, and everything that it said."""

    def __init__(
        self,
        keys: Sequence[str] = (),
        *,
        columns: Sequence[Column] = COLUMNS,
        empty: str = "",
        header: bool = True,
        follow: bool = False,
    ) -> None:
        super().__init__()
        self.first = keys
        self.drawn: list[str] = []
        self.said: list[tuple[str, str | None]] = []
        self.cells: dict[str, Sequence[Cell]] = {}
        self.listing = Listing(
            *columns, draw=self.draw_row, empty=empty, header=header, follow=follow
        )

    def compose(self) -> ComposeResult:
        self.listing.show(self.first)
        yield self.listing

    def draw_row(self, key: str) -> Sequence[Cell]:
        self.drawn.append(key)
        return self.cells.get(key, (key, f"row {key}", Content(".5")))

    def on_listing_moved(self, event: Listing.Moved) -> None:
        self.said.append(("moved", event.key))

    def on_listing_chosen(self, event: Listing.Chosen) -> None:
        self.said.append(("chosen", event.key))


def keys(count: int, first: int = 0) -> list[str]:
    return [f"k{number}" for number in range(first, first + count)]


def marked(app: App[None]) -> list[str]:
    return [line for line in screen_text(app).splitlines() if line.startswith(MARK)]


def rows(app: App[None]) -> list[str]:
    """The keys on the screen, from the top."""
    return [line[1:].split()[0] for line in screen_text(app).splitlines()[1:]]


def test_rows_stand_in_order_under_their_titles_with_the_cursor_marked() -> None:
    async def body() -> None:
        app = Board(keys(3))
        async with app.run_test(size=(40, 8)):
            lines = screen_text(app).splitlines()
            assert lines[0].split() == ["Key", "What", "Score"]
            assert lines[1] == f"{MARK}k0      row k0".ljust(38) + ".5"
            assert lines[2] == " k1      row k1".ljust(38) + ".5"
            assert len(lines[0]) == len(lines[1])

    run(body())


def test_keys_move_the_cursor_and_enter_opens_its_row() -> None:
    async def body() -> None:
        app = Board(keys(50))
        async with app.run_test(size=(40, 11)) as pilot:
            for key, expected in [
                ("down", "k1"),
                ("j", "k2"),
                ("up", "k1"),
                ("k", "k0"),
                ("up", "k0"),
                ("pagedown", "k9"),
                ("pageup", "k0"),
                ("G", "k49"),
                ("down", "k49"),
                ("g", "k0"),
                ("end", "k49"),
                ("home", "k0"),
            ]:
                await pilot.press(key)
                assert app.listing.cursor == expected, key
                assert [line.split()[0] for line in marked(app)] == [MARK + expected]
            await pilot.press("enter")
            assert app.said[-1] == ("chosen", "k0")
            assert ("moved", "k9") in app.said

    run(body())


def test_a_click_moves_the_cursor_and_a_second_click_opens_the_row() -> None:
    async def body() -> None:
        app = Board(keys(50))
        async with app.run_test(size=(40, 11)) as pilot:
            await pilot.click(Listing, offset=(5, 4))
            assert app.listing.cursor == "k3"
            assert ("chosen", "k3") not in app.said
            await pilot.click(Listing, offset=(5, 4))
            assert app.said[-1] == ("chosen", "k3")
            app.said.clear()
            await pilot.click(Listing, offset=(5, 0))
            assert app.said == [], "the titles are not a row"

    run(body())


def test_without_titles_the_first_line_is_the_first_row() -> None:
    async def body() -> None:
        app = Board(keys(50), header=False)
        async with app.run_test(size=(40, 10)) as pilot:
            assert screen_text(app).startswith(f"{MARK}k0 ")
            await pilot.click(Listing, offset=(5, 3))
            assert app.listing.cursor == "k3"
            await pilot.press("G")
            assert screen_text(app).splitlines()[-1].startswith(f"{MARK}k49 ")

    run(body())


def test_rows_known_by_heart_are_drawn_anew_in_another_theme() -> None:
    async def body() -> None:
        app = Board(keys(3))
        app.theme = "textual-dark"
        async with app.run_test(size=(40, 8)) as pilot:
            before = [str(app.listing.render_line(y)._segments[-1].style) for y in range(3)]
            app.theme = "textual-light"
            await pilot.pause()
            after = [str(app.listing.render_line(y)._segments[-1].style) for y in range(3)]
            assert not set(before) & set(after)

    run(body())


def test_a_click_finds_its_row_after_scrolling_with_the_wheel() -> None:
    async def body() -> None:
        app = Board(keys(50))
        async with app.run_test(size=(40, 11)) as pilot:
            app.listing.scroll_to(y=20, animate=False)
            await pilot.pause()
            await pilot.click(Listing, offset=(5, 1))
            assert app.listing.cursor == "k20"

    run(body())


@pytest.mark.parametrize(
    ("after", "expected"),
    [
        (["new", *keys(10)], "k5"),
        ([key for key in keys(10) if key != "k5"], "k6"),
        (keys(5), "k4"),
        (["a", "b"], "b"),
        ([], None),
    ],
)
def test_the_cursor_stays_on_its_row_or_goes_to_the_nearest(
    after: list[str], expected: str | None
) -> None:
    async def body() -> None:
        app = Board(keys(10))
        async with app.run_test(size=(40, 20)) as pilot:
            app.listing.move_to("k5")
            await pilot.pause()
            app.said.clear()
            app.listing.show(after)
            await pilot.pause()
            assert app.listing.cursor == expected
            assert app.said == ([] if expected == "k5" else [("moved", expected)])

    run(body())


def test_rows_added_above_do_not_move_what_is_looked_at() -> None:
    async def body() -> None:
        app = Board(keys(50, first=10))
        async with app.run_test(size=(40, 11)) as pilot:
            app.listing.move_to("k40")
            await pilot.press("up", "up", "up")
            before = rows(app)
            app.listing.show(keys(60))
            await pilot.pause()
            assert rows(app) == before

    run(body())


def test_rows_that_arrive_leave_alone_who_scrolled_away_from_the_cursor() -> None:
    async def body() -> None:
        app = Board(keys(50))
        async with app.run_test(size=(40, 11)) as pilot:
            app.listing.scroll_to(y=30, animate=False)
            await pilot.pause()
            before = rows(app)
            app.listing.show(keys(51))
            await pilot.pause()
            assert app.listing.cursor == "k0"
            assert rows(app) == before

    run(body())


def test_following_stays_on_the_last_row_until_the_cursor_leaves_it() -> None:
    async def body() -> None:
        app = Board(keys(30), follow=True)
        async with app.run_test(size=(40, 11)) as pilot:
            assert app.listing.cursor == "k29"
            app.listing.show(keys(40))
            await until(pilot, lambda: " .5" in marked(app)[0], "the last row")
            assert marked(app)[0].startswith(f"{MARK}k39 ")
            await pilot.press("up")
            app.listing.show(keys(45))
            await pilot.pause()
            assert app.listing.cursor == "k38"

    run(body())


def test_moving_to_a_row_that_is_not_there_does_nothing() -> None:
    async def body() -> None:
        app = Board(keys(3))
        async with app.run_test() as pilot:
            await pilot.pause()
            app.said.clear()
            app.listing.move_to("gone")
            await pilot.pause()
            assert (app.listing.cursor, app.said) == ("k0", [])

    run(body())


def test_without_rows_it_says_what_there_could_be() -> None:
    async def body() -> None:
        app = Board(empty="No runs yet. Press n to set one up.")
        async with app.run_test(size=(24, 8)) as pilot:
            assert (
                " ".join(screen_text(app).replace("│", " ").split())
                == "No runs yet. Press n to set one up."
            )
            await pilot.press("down", "enter", "G")
            assert app.listing.cursor is None
            assert app.said == []

    run(body())


def test_only_visible_rows_are_drawn_and_moving_draws_only_the_row_moved_to() -> None:
    async def body() -> None:
        app = Board(keys(10_000))
        async with app.run_test(size=(40, 11)) as pilot:
            await pilot.pause()
            assert set(app.drawn) <= {*keys(11)}
            app.drawn.clear()
            await pilot.press("down")
            assert set(app.drawn) <= {"k0", "k1"}
            app.drawn.clear()
            await pilot.press("G")
            assert set(app.drawn) <= {*keys(11, first=9_989)}

    run(body())


def test_redraw_shows_what_changed_in_the_cells() -> None:
    async def body() -> None:
        app = Board(keys(3))
        async with app.run_test(size=(40, 8)) as pilot:
            app.cells["k1"] = ("k1", "is done", ".9")
            app.listing.redraw()
            await pilot.pause()
            assert "is done" in screen_text(app)
            assert app.listing.find("DONE") == (1, 1)

    run(body())


def test_find_goes_round_the_rows_that_match_whatever_the_case() -> None:
    async def body() -> None:
        app = Board(keys(30))
        async with app.run_test(size=(40, 8)):
            listing = app.listing
            listing.move_to("k3")
            assert (listing.find("ROW K1"), listing.cursor) == ((2, 11), "k10")
            assert (listing.find("row k1"), listing.cursor) == ((2, 11), "k10"), (
                "counts where it is"
            )
            assert (listing.find("row k1", again=True), listing.cursor) == ((3, 11), "k11")
            assert listing.find("row k1", forward=False, again=True) == (2, 11)
            assert listing.find("row k1", forward=False, again=True) == (1, 11)
            assert (listing.find("row k1", forward=False, again=True), listing.cursor) == (
                (11, 11),
                "k19",
            )
            assert listing.find("row k1", again=True) == (1, 11)
            assert (listing.find("nothing"), listing.find(""), listing.cursor) == (
                None,
                None,
                "k1",
            )
            assert marked(app)[0].startswith(f"{MARK}k1 "), "a match is scrolled to"

    run(body())


def test_rows_that_come_after_a_search_are_found() -> None:
    async def body() -> None:
        app = Board(keys(2))
        async with app.run_test():
            assert app.listing.find("k2") is None
            app.listing.show(keys(3))
            assert app.listing.find("k2") == (1, 1)

    run(body())


@pytest.mark.parametrize("size", [(40, 24), (80, 24), (23, 24)])
def test_hostile_cells_are_inert_and_keep_the_columns_aligned(size: tuple[int, int]) -> None:
    async def body() -> None:
        app = Board([*HOSTILE])
        app.cells = {name: (text, text, Content(".5")) for name, text in HOSTILE.items()}
        async with app.run_test(size=size) as pilot:
            await pilot.press("down")
            for y in range(size[1]):
                strip = app.listing.render_line(y)
                assert all(segment.control is None for segment in strip)
                assert cell_len(strip.text) == size[0]
                hostile = {c for c in strip.text if not (c.isprintable() or c == " ")}
                assert not hostile - {"\ufffd"}, (y, hostile)
                if 1 <= y <= len(HOSTILE):
                    assert strip.text.endswith("    .5")
                    assert len(strip.text) < 20 * size[0], "marks without end are cut as well"
            assert "[red" in screen_text(app)
            assert "␛[31" in screen_text(app)

    run(body())


def test_content_of_our_own_is_inert_as_well() -> None:
    async def body() -> None:
        app = Board(["a"])
        app.cells["a"] = ("a", Content.styled("x\ny\x1b[2J\t\r\nz", "$text-error"), "")
        async with app.run_test(size=(40, 4)):
            text = app.listing.render_line(1).text
            assert "x␊y␛[2J" in text
            assert cell_len(text) == 40

    run(body())


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
@pytest.mark.parametrize("width", [1, 2, 3, 10])
@pytest.mark.parametrize("right", [False, True])
def test_a_cell_takes_exactly_its_width(text: str, width: int, right: bool) -> None:
    assert cell_len(fit(text, width, right=right).plain) == width
    plain = Content(text[:1000])
    assert cell_len(fit(plain, width, right=right).plain) == width


def widths(columns: Sequence[Column], width: int) -> dict[str, int]:
    places = lay_out(columns, width).places
    return {columns[index].title: own for index, own, _ in places}


def test_flexible_columns_share_what_is_left() -> None:
    columns = (Column("a", 5), Column("b"), Column("c", least=10), Column("d", 5))
    assert widths(columns, 60) == {"a": 5, "b": 20, "c": 24, "d": 5}


def test_space_is_given_up_first_and_then_columns_in_their_order() -> None:
    columns = (
        Column("a", 5),
        Column("b", least=10),
        Column("c", 5, drop=1),
        Column("d", 5, drop=2),
    )
    assert lay_out(columns, 31).gap == 2
    assert lay_out(columns, 30).gap == 1
    assert [*widths(columns, 28)] == ["a", "b", "c", "d"]
    assert [*widths(columns, 27)] == ["a", "b", "c"]
    assert [*widths(columns, 17)] == ["a", "b"]


@pytest.mark.parametrize("width", range(26))
def test_a_layout_is_never_wider_than_the_listing(width: int) -> None:
    columns = (Column("a", 5), Column("b", least=10), Column("c", 12))
    layout = lay_out(columns, width)
    assert sum(own for _, own, _ in layout.places) + layout.gap * (len(layout.places) - 1) <= width


def test_a_figure_that_does_not_fit_is_cut_visibly() -> None:
    async def body() -> None:
        app = Board(["a"], columns=(Column("x", 8), Column("y", 8)))
        app.cells["a"] = ("12345678", "12345678")
        async with app.run_test(size=(15, 4)):
            assert screen_text(app).splitlines()[1] == f"{MARK}12345678 1234…"

    run(body())


def test_the_cursor_stays_visible_when_the_terminal_shrinks() -> None:
    async def body() -> None:
        app = Board(keys(50))
        async with app.run_test(size=(40, 40)) as pilot:
            app.listing.move_to("k35")
            await pilot.resize_terminal(30, 8)
            await until(pilot, lambda: len(marked(app)) == 1, "the cursor on the screen")
            assert marked(app)[0].startswith(f"{MARK}k35 ")

    run(body())


@pytest.mark.parametrize("theme", ["textual-dark", "textual-light", "ansi-dark", "ansi-light"])
def test_the_row_under_the_cursor_stands_out_without_focus_too(theme: str) -> None:
    async def body() -> None:
        app = Board(keys(3))
        app.theme = theme
        async with app.run_test(size=(40, 8)) as pilot:
            focused = [*app.listing.render_line(1)]
            app.screen.set_focus(None)
            await pilot.pause()
            blurred = [*app.listing.render_line(1)]
            other = [*app.listing.render_line(2)]
            assert focused[0].text[0] == blurred[0].text[0] == MARK
            assert other[0].text[0] == " "
            assert len({str(line[-1].style) for line in (focused, blurred, other)}) == 3

    run(body())
