"""The line of keys is laid out again when there are other keys to show, and not else."""

from textual.app import App, ComposeResult
from textual.binding import Binding
from textual.widgets import Button
from textual.widgets._footer import FooterKey

from stop_tui.tui.widgets.steady_footer import SteadyFooter
from tests.tui.pilots import run, screen_text, until


class Plain(Button):
    BINDINGS = [Binding("a", "app.bell", "Ring")]  # noqa: RUF012 - Textual's type


class Special(Button):
    BINDINGS = [Binding("b", "app.bell", "Sound")]  # noqa: RUF012 - Textual's type


class Keys(App[None]):
    """Three things to step through, of which the last has another key."""

    AUTO_FOCUS = "Plain"
    able = True

    def compose(self) -> ComposeResult:
        yield Plain("one")
        yield Plain("two")
        yield Special("three")
        yield SteadyFooter()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        return self.able if action == "bell" else True


def keys_of(app: Keys) -> list[FooterKey]:
    return list(app.query(FooterKey))


def test_moving_between_things_with_the_same_keys_leaves_it_as_it_is() -> None:
    async def body() -> None:
        app = Keys()
        async with app.run_test(size=(80, 24)) as pilot:
            await until(pilot, lambda: "Ring" in screen_text(app), "the first keys")
            before = keys_of(app)
            await pilot.press("tab")
            await pilot.pause()
            assert app.focused is app.query(Plain).last()
            assert keys_of(app) == before

    run(body())


def test_other_keys_and_keys_that_do_nothing_now_are_shown() -> None:
    async def body() -> None:
        app = Keys()
        async with app.run_test(size=(80, 24)) as pilot:
            await until(pilot, lambda: "Ring" in screen_text(app), "the first keys")
            await pilot.press("tab", "tab")
            await until(pilot, lambda: "Sound" in screen_text(app), "the other keys")
            assert "Ring" not in screen_text(app)
            app.able = None  # type: ignore[assignment] - shown, but nothing happens
            app.refresh_bindings()
            await until(
                pilot, lambda: any(key.has_class("-disabled") for key in keys_of(app)), "it"
            )

    run(body())
