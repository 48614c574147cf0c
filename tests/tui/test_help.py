"""Help and the palette: every action is in them, wherever one is."""

from pathlib import Path

import pytest
from textual.command import CommandPalette
from textual.widgets import Input

from stop_tui.tui.keys.actions import PLACES, SCOPES
from stop_tui.tui.screens.help import ABOUT, TITLES, HelpScreen
from stop_tui.tui.screens.run import RunScreen
from stop_tui.tui.widgets.text.lines import Lines
from tests.tui.explorers import bare_explorer
from tests.tui.pilots import run, screen_text, until
from tests.tui.specimen import NAME, specimen


@pytest.mark.parametrize("place", [place for place in PLACES if place != "find"])
def test_every_place_has_words_about_it_and_a_title_for_each_of_its_scopes(place: str) -> None:
    assert ABOUT[place]
    assert all(TITLES[scope] for scope in PLACES[place])


def test_help_lists_the_keys_of_the_focused_panel_first(tmp_path: Path) -> None:
    workspace = specimen(tmp_path / "workspace")

    async def body() -> None:
        app = bare_explorer(workspace)
        async with app.run_test(size=(140, 40)) as pilot:
            await until(pilot, lambda: len(app.screen_stack) > 1, "the first screen")
            app.open_run(NAME)
            await until(pilot, lambda: isinstance(app.screen, RunScreen), "the run")
            await pilot.press("question_mark")
            await until(pilot, lambda: isinstance(app.screen, HelpScreen), "the help")
            await pilot.pause()
            words = app.screen.query_one("#keys", Lines).plain_text
            assert words.index("In a list") < words.index("In a difference")
            for scope in PLACES["run"]:
                for action in SCOPES[scope]:
                    assert action.help in words
            await pilot.press("escape")
            await until(pilot, lambda: isinstance(app.screen, RunScreen), "the run again")

    run(body())


def test_the_palette_finds_an_action_by_its_words_and_takes_it(tmp_path: Path) -> None:
    workspace = specimen(tmp_path / "workspace")

    async def body() -> None:
        app = bare_explorer(workspace)
        async with app.run_test(size=(140, 40)) as pilot:
            await until(pilot, lambda: len(app.screen_stack) > 1, "the first screen")
            app.open_run(NAME)
            await until(pilot, lambda: isinstance(app.screen, RunScreen), "the run")
            screen = app.screen
            assert isinstance(screen, RunScreen)
            await pilot.press("ctrl+p")
            await until(pilot, lambda: isinstance(app.screen, CommandPalette), "the palette")
            await until(pilot, lambda: "What the keys here do." in screen_text(app), "all of them")
            app.screen.query_one(Input).value = "Event back"
            await until(pilot, lambda: "Event back  (<)" in screen_text(app), "the action")
            await pilot.press("down", "enter")
            await until(pilot, lambda: app.screen is screen, "the run again")
            await until(pilot, lambda: screen.view.past, "the past")

    run(body())
