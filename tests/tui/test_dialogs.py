"""Dialogs: their keys come from the registry, and nothing is answered by accident."""

import itertools
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from textual.pilot import Pilot
from textual.screen import Screen
from textual.widgets import Input

from stop_tui.tui.keys.keymap import read_keymap
from stop_tui.tui.screens import deciding, dialogs
from stop_tui.tui.screens.ask_lines import AskLines
from stop_tui.tui.screens.deciding import Decide
from stop_tui.tui.screens.dialog import Dialog
from stop_tui.tui.screens.dialogs import AskText, Choice, Choose, Confirm
from stop_tui.tui.screens.help import HelpScreen
from stop_tui.tui.screens.step_back import StepBackDialog
from stop_tui.tui.terminal.edges import GuardedApp
from stop_tui.tui.widgets.rows.listing import Column
from stop_tui.workspace import create_workspace
from tests.tui.explorers import BareExplorer
from tests.tui.pilots import run, screen_text, until
from tests.tui.staged import attentive

__all__ = ["attentive"]

REMAPS = {
    "answer.accept": "z, f6",
    "dialog.leave": "q, f7",
    "confirm.yes": "o",
    "confirm.no": "p",
    "confirm.other": "ctrl+o",
    "list.choose": "f8",
    "note.keep": "f9",
    "app.help": "f2",
}


class Asked:
    """An explorer with a dialog before an empty screen, and what the dialog gave."""

    def __init__(self, app: BareExplorer, pilot: Pilot[Any]) -> None:
        self.app = app
        self.pilot = pilot
        self.given: list[object] = []

    async def ask(self, dialog: Any) -> str:
        """Open `dialog`; what the screen shows."""
        self.given = []
        self.app.push_screen(dialog, self.given.append)
        await until(
            self.pilot,
            lambda: dialog.focused is not None and dialog._title in screen_text(self.app),
            "the dialog",
        )
        await self.pilot.pause()
        return screen_text(self.app)

    async def press(self, *keys: str) -> None:
        """Press keys, and let them have their effect."""
        await self.pilot.press(*keys)
        await self.pilot.pause()


def asked(tmp_path: Path, body: Any, remaps: dict[str, str] | None = None) -> None:
    """Run `body` on an explorer whose keys are remapped."""
    workspace = create_workspace(tmp_path / "workspace")
    keymap = read_keymap(remaps or {})

    async def main() -> None:
        app = BareExplorer(workspace, folder=workspace.root, keymap=keymap)
        async with app.run_test(size=(80, 24)) as pilot:
            await until(pilot, lambda: len(app.screen_stack) > 1, "the first screen")
            await body(Asked(app, pilot))

    run(main())


def rows() -> Choose:
    """A choice of two rows."""
    choices = [Choice(name, (name,)) for name in ("first", "second")]
    return Choose("Which?", (Column("name", least=10),), choices)


@pytest.mark.parametrize("dialog", [Confirm, Decide, AskText, AskLines, Choose, StepBackDialog])
def test_every_key_of_a_dialog_can_be_remapped(dialog: type[Dialog[Any]]) -> None:
    textuals = {*Screen._merged_bindings.key_to_bindings}  # moves the focus, copies
    found = dialog._merged_bindings.key_to_bindings
    own = [each for key, bindings in found.items() if key not in textuals for each in bindings]
    assert {"app.help", "dialog.leave"} <= {each.id for each in own}
    assert all(each.id for each in own)


@pytest.mark.usefixtures("attentive")
def test_remapped_keys_answer_and_the_old_ones_do_not(tmp_path: Path) -> None:
    async def body(on: Asked) -> None:
        text = await on.ask(Confirm("Sure?", "It happens."))
        assert "Yes (o)" in text
        assert "No (p)" in text
        await on.press("y", "n", "escape", "enter")
        assert on.given == []
        await on.press("o")
        assert on.given == [""]
        await on.ask(Confirm("Sure?", "It happens."))
        await on.press("p")
        assert on.given == [None]
        await on.ask(Confirm("Sure?", "It happens."))
        await on.press("ctrl+o", "f6")
        assert on.given == [""]
        text = await on.ask(rows())
        assert "F8 chooses, q leaves." in text
        await on.press("enter", "down", "f8")
        assert on.given == ["second"]
        await on.ask(rows())
        await on.press("q")
        assert on.given == [None]
        text = await on.ask(AskLines("Note"))
        assert "F9 keeps it, f7 leaves." in text
        await on.press("a", "enter", "b", "ctrl+s")
        assert on.given == []
        await on.press("f9")
        assert on.given == ["a\nb"]

    asked(tmp_path, body, REMAPS)


@pytest.mark.usefixtures("attentive")
def test_a_letter_that_means_something_is_a_letter_where_one_types(tmp_path: Path) -> None:
    async def body(on: Asked) -> None:
        text = await on.ask(AskText("How many?"))
        assert "F6 accepts, f7 leaves." in text
        await on.press(*"qzop?", "enter")
        assert on.given == []
        await on.press("f6")
        assert on.given == ["qzop?"]
        text = await on.ask(Confirm("Sure?", "It happens.", ask_reason=True))
        await on.press(*"zoo", "q", "enter")
        assert on.given == []
        assert on.app.screen.query_one(Input).value == "zooq"
        await on.press("f6", "f6")
        assert on.given == ["zooq"]

    asked(tmp_path, body, REMAPS)


@pytest.mark.usefixtures("attentive")
def test_the_arrows_go_from_button_to_button(tmp_path: Path) -> None:
    async def body(on: Asked) -> None:
        for keys, given in ((["enter"], None), (["left", "enter"], ""), (["left", "right"], ...)):
            await on.ask(Confirm("Sure?", "It happens."))
            await on.press(*keys)
            assert on.given == ([] if given is ... else [given])

    asked(tmp_path, body)


@pytest.mark.parametrize(
    ("dialog", "titles"),
    [
        (lambda: Confirm("Sure?", "It happens."), ["In a confirmation", "In a question"]),
        (lambda: AskText("How many?"), ["In a question", "In a dialog"]),
        (lambda: AskLines("Note"), ["In a note", "In a dialog"]),
        (rows, ["In a list", "In a dialog"]),
    ],
    ids=["confirm", "text", "lines", "choose"],
)
def test_help_in_a_dialog_shows_its_keys_and_goes_back_to_it(
    tmp_path: Path, dialog: Any, titles: list[str]
) -> None:
    async def body(on: Asked) -> None:
        await on.ask(dialog())
        before = on.app.screen
        await on.press("f2")
        await until(on.pilot, lambda: isinstance(on.app.screen, HelpScreen), "the help")
        await on.pilot.pause()
        words = on.app.screen.query_one("#keys").plain_text  # type: ignore[attr-defined]
        assert all(title in words for title in titles)
        assert "q or f7" in words
        await on.press("f2")
        assert on.app.screen is before
        assert on.given == []

    asked(tmp_path, body, REMAPS)


@pytest.mark.usefixtures("attentive")
def test_a_key_that_means_nothing_makes_a_confirmation_deaf_and_its_own_do_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = [100.0]
    for module in (dialogs, deciding):  # the event loop keeps its own clock
        monkeypatch.setattr(module, "time", SimpleNamespace(monotonic=lambda: clock[0]))
    typed_at = property(lambda app: clock[0], lambda app, at: None)
    monkeypatch.setattr(GuardedApp, "typed_at", typed_at)
    monkeypatch.setattr(dialogs, "GRACE", 0.4)

    async def body(on: Asked) -> None:
        await on.ask(Decide("Reveal?", "It is kept in the history."))
        clock[0] += 1.0
        await on.press("x", "y")
        assert on.given == []
        clock[0] += 1.0
        await on.press("left", "right", "y")
        assert on.given == [""]

    asked(tmp_path, body)


@pytest.mark.usefixtures("attentive")
def test_keys_that_waited_while_the_program_was_busy_confirm_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    slow = itertools.count(100.0)  # a second passes between any two things it does
    monkeypatch.setattr(dialogs, "time", SimpleNamespace(monotonic=lambda: next(slow)))
    typed_at = property(lambda app: 100.0, lambda app, at: None)  # all at once
    monkeypatch.setattr(GuardedApp, "typed_at", typed_at)
    monkeypatch.setattr(dialogs, "GRACE", 0.4)

    async def body(on: Asked) -> None:
        await on.ask(Confirm("Approve?", "It becomes a version.", ask_reason=True))
        await on.press("enter", "enter")
        assert on.given == []

    asked(tmp_path, body)
