"""The find bar: what is typed is found in the panel it was opened on."""

from textual.app import App, ComposeResult
from textual.events import AppBlur, AppFocus, Paste
from textual.widgets import Input

from stop_tui.tui.widgets.find_bar import LONGEST, Findable, FindBar
from stop_tui.tui.widgets.rows.listing import Column, Listing
from tests.tui.pilots import run, screen_text, until

SIZE = (60, 12)


class Shelf(App[None]):
    """Two listings and a find bar."""

    BINDINGS = [("slash", "find", "Find"), ("escape", "back", "Back"), ("n", "new", "New")]  # noqa: RUF012

    def __init__(self) -> None:
        super().__init__()
        self.heard: list[str] = []
        self.left = self.listing("left")
        self.right = self.listing("right")
        self.bar = FindBar()

    def listing(self, id: str) -> Listing:
        return Listing(Column("Row"), draw=lambda key: [f"{id} {key}"], id=id)

    def compose(self) -> ComposeResult:
        for listing in (self.left, self.right):
            listing.show(["apple", "pear", "apricot", "plum"])
            yield listing
        yield self.bar

    def action_find(self) -> None:
        assert isinstance(self.focused, Findable)
        self.bar.open(self.focused)

    def action_back(self) -> None:
        self.heard.append("back")

    def action_new(self) -> None:
        self.heard.append("new")

    def on_input_changed(self) -> None:
        self.heard.append("changed")

    def on_input_submitted(self) -> None:
        self.heard.append("submitted")

    def bottom(self) -> str:
        return screen_text(self).splitlines()[-1]


def test_the_bar_is_hidden_until_it_is_opened() -> None:
    async def body() -> None:
        app = Shelf()
        async with app.run_test(size=SIZE) as pilot:
            assert "Find" not in screen_text(app)
            await pilot.press("slash")
            assert app.bottom().startswith(" Find")
            assert "esc close" in app.bottom()

    run(body())


def test_typing_finds_at_once_and_says_which_of_how_many() -> None:
    async def body() -> None:
        app = Shelf()
        async with app.run_test(size=SIZE) as pilot:
            app.right.focus()
            await pilot.press("slash", "a", "p", "r")
            assert app.right.cursor == "apricot"
            assert "1 of 1" in app.bottom()
            await pilot.press("backspace")
            assert "2 of 2" in app.bottom()
            await pilot.press("x")
            assert "no match" in app.bottom()
            assert (app.right.cursor, app.left.cursor) == ("apricot", "apple")

    run(body())


def test_enter_and_down_go_on_and_up_goes_back() -> None:
    async def body() -> None:
        app = Shelf()
        async with app.run_test(size=SIZE) as pilot:
            await pilot.press("slash", "p", "l")
            for key, row, said in [
                ("enter", "plum", "2 of 2"),
                ("enter", "apple", "1 of 2"),
                ("down", "plum", "2 of 2"),
                ("up", "apple", "1 of 2"),
                ("up", "plum", "2 of 2"),
            ]:
                await pilot.press(key)
                assert app.left.cursor == row
                assert said in app.bottom()

    run(body())


def test_escape_closes_the_bar_and_gives_the_focus_back() -> None:
    async def body() -> None:
        app = Shelf()
        async with app.run_test(size=SIZE) as pilot:
            app.right.focus()
            await pilot.press("slash", "p", "escape")
            assert "Find" not in screen_text(app)
            assert app.focused is app.right
            assert app.heard == []
            await pilot.press("escape")
            assert app.heard == ["back"]

    run(body())


def test_what_is_typed_triggers_no_action_and_stays_in_the_bar() -> None:
    async def body() -> None:
        app = Shelf()
        async with app.run_test(size=SIZE) as pilot:
            await pilot.press("slash", "n", "enter", "down")
            assert app.heard == []
            assert app.bar.text == "n"

    run(body())


def test_going_elsewhere_closes_the_bar_and_leaves_the_focus_there() -> None:
    async def body() -> None:
        app = Shelf()
        async with app.run_test(size=SIZE) as pilot:
            await pilot.press("slash", "p")
            await pilot.click("#right", offset=(3, 2))
            assert "Find" not in screen_text(app)
            assert app.focused is app.right

    run(body())


def test_nothing_in_focus_closes_the_bar() -> None:
    async def body() -> None:
        app = Shelf()
        async with app.run_test(size=SIZE) as pilot:
            await pilot.press("slash", "p")
            app.set_focus(None)
            await until(pilot, lambda: "Find" not in screen_text(app), "the bar to close")
            assert app.focused is None

    run(body())


def test_a_terminal_in_the_background_keeps_the_bar() -> None:
    async def body() -> None:
        app = Shelf()
        async with app.run_test(size=SIZE) as pilot:
            await pilot.press("slash", "p")
            app.post_message(AppBlur())
            await pilot.pause()
            app.post_message(AppFocus())
            await pilot.pause()
            await pilot.press("l")
            assert app.bar.text == "pl"

    run(body())


def test_opened_again_it_offers_the_last_text_to_be_typed_over() -> None:
    async def body() -> None:
        app = Shelf()
        async with app.run_test(size=SIZE) as pilot:
            await pilot.press("slash", *"plum", "escape", "g", "slash")
            assert app.left.cursor == "apple", "opening alone moves nothing"
            assert app.bar.text == "plum"
            await pilot.press("enter")
            assert app.left.cursor == "plum"
            await pilot.press("escape", "slash", *"pear")
            assert (app.bar.text, app.left.cursor) == ("pear", "pear")

    run(body())


def test_the_last_text_is_found_again_with_the_bar_closed_and_in_another_panel() -> None:
    async def body() -> None:
        app = Shelf()
        async with app.run_test(size=SIZE) as pilot:
            await pilot.press("slash", *"pl", "escape")
            app.bar.again(app.right)
            assert app.right.cursor == "plum"
            app.bar.again(app.right, forward=False)
            assert app.right.cursor == "apple"
            assert app.focused is app.left

    run(body())


def test_pasted_text_is_inert_one_line_and_bounded() -> None:
    async def body() -> None:
        app = Shelf()
        async with app.run_test(size=SIZE) as pilot:
            await pilot.press("slash")
            query = app.bar.query_one(Input)
            query.post_message(Paste("a\x1b[31m\u202eb\x00" + "x" * 5_000_000 + "\nsecond"))
            await pilot.pause()
            assert app.bar.text.startswith("a␛[31m\ufffdb␀xxx")
            assert len(app.bar.text) == LONGEST
            assert "\x1b" not in screen_text(app)
            assert "no match" in app.bottom()
            await pilot.press("y")
            assert len(app.bar.text) == LONGEST

    run(body())


def test_an_open_bar_that_nobody_types_in_does_nothing() -> None:
    async def body() -> None:
        app = Shelf()
        async with app.run_test(size=SIZE) as pilot:
            await pilot.press("slash", "p")
            blinking = app.bar.query_one(Input)._blink_timer
            assert blinking is not None
            assert not blinking._active.is_set()

    run(body())
