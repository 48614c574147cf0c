"""Where there is no workspace one is offered, made, and shown."""

import os
from pathlib import Path

import pytest
from textual.pilot import Pilot

from stop_tui.tui.app import Explorer
from stop_tui.tui.screens.create_workspace import CreateWorkspaceScreen, proposed
from stop_tui.tui.screens.home import HomeScreen
from stop_tui.tui.widgets.form_row import FormInput
from stop_tui.workspace import Workspace
from tests.tui.pilots import run, screen_text, until

SIZES = [(80, 24), (140, 40)]


def words(pilot: Pilot[int]) -> str:
    lines = (line.strip(" │") for line in screen_text(pilot.app).splitlines())
    return " ".join(" ".join(lines).split())


async def name(pilot: Pilot[int], folder: str) -> None:
    """Type `folder` and accept it."""
    pilot.app.screen.query_one(FormInput).value = folder
    await pilot.press("enter")
    await pilot.pause()


def test_an_empty_folder_is_proposed_itself_and_another_gets_a_folder_in_it(tmp_path: Path) -> None:
    assert proposed(tmp_path) == tmp_path
    (tmp_path / "notes.txt").touch()
    assert proposed(tmp_path) == tmp_path / "stop-workspace"


@pytest.mark.parametrize("size", SIZES)
def test_the_offer_says_what_will_be_made_and_where(tmp_path: Path, size: tuple[int, int]) -> None:
    (tmp_path / "notes.txt").touch()

    async def body() -> None:
        async with Explorer(None, folder=tmp_path).run_test(size=size) as pilot:
            await pilot.pause()
            text = words(pilot)
            assert "is in no workspace" in text
            assert "seed improver" in text
            assert "Create the workspace (ctrl+s)" in text
            assert "recorded responses, no language model" in text
            value = pilot.app.screen.query_one(FormInput).value
            assert value == str(tmp_path / "stop-workspace")

    run(body())


@pytest.mark.parametrize("by", ["ctrl+s", "enter", "click"])
def test_it_is_made_and_shown_in_place_of_the_offer(tmp_path: Path, by: str) -> None:
    (tmp_path / "notes.txt").touch()

    async def body() -> None:
        app = Explorer(None, folder=tmp_path)
        async with app.run_test(size=(80, 24)) as pilot:
            await pilot.pause()
            await (pilot.click("#create") if by == "click" else pilot.press(by))
            await until(pilot, lambda: isinstance(app.screen, HomeScreen), "the runs")
            await until(pilot, lambda: "No run yet." in words(pilot), "the welcome")
            assert app.workspace == Workspace((tmp_path / "stop-workspace").resolve())
            assert (app.workspace.improvers / "seed.py").is_file()
            kinds = [type(screen) for screen in app.screen_stack]
            assert CreateWorkspaceScreen not in kinds

    run(body())


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_folder_that_cannot_be_written_is_told_with_permissions(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)

    async def body() -> None:
        async with Explorer(None, folder=tmp_path).run_test(size=(80, 24)) as pilot:
            await pilot.pause()
            await name(pilot, "here")
            assert "could not be made" in words(pilot)

    run(body())
    tmp_path.chmod(0o700)


@pytest.mark.parametrize(
    ("folder", "complaint"),
    [
        ("", "✗ Name a folder."),
        ("taken", "exists and is not an empty folder; nothing was changed."),
        ("taken/file/below", "could not be made: Not a directory."),
        ("/proc/no-such-place", "could not be made"),
        ("x" * 300, "✗"),
        ("~nobody-of-this-name/x", "✗ This cannot be a folder"),
    ],
)
def test_what_cannot_be_made_is_told_and_can_be_typed_again(
    tmp_path: Path, folder: str, complaint: str
) -> None:
    (tmp_path / "taken").mkdir()
    (tmp_path / "taken" / "file").touch()

    async def body() -> None:
        app = Explorer(None, folder=tmp_path)
        async with app.run_test(size=(80, 24)) as pilot:
            await pilot.pause()
            await name(pilot, folder)
            await until(pilot, lambda: complaint.split(":")[0] in words(pilot), "the complaint")
            await name(pilot, "new")
            await until(pilot, lambda: isinstance(app.screen, HomeScreen), "the runs")

    run(body())
    assert sorted(entry.name for entry in tmp_path.iterdir()) == ["new", "taken"]


def test_a_relative_folder_is_meant_from_where_stop_tui_was_started(tmp_path: Path) -> None:
    async def body() -> None:
        app = Explorer(None, folder=tmp_path)
        async with app.run_test(size=(80, 24)) as pilot:
            await pilot.pause()
            await name(pilot, "a/b")
            await until(pilot, lambda: isinstance(app.screen, HomeScreen), "the runs")
            assert app.workspace == Workspace((tmp_path / "a" / "b").resolve())

    run(body())


def test_the_keys_of_the_offer_are_explained(tmp_path: Path) -> None:
    async def body() -> None:
        async with Explorer(None, folder=tmp_path).run_test(size=(80, 24)) as pilot:
            await pilot.pause()
            await pilot.press("f1")
            await until(pilot, lambda: "Make the workspace." in words(pilot), "the help")

    run(body())


def test_nothing_is_offered_that_leads_nowhere(tmp_path: Path) -> None:
    async def body() -> None:
        app = Explorer(None, folder=tmp_path)
        async with app.run_test() as pilot:
            await until(pilot, lambda: "Quit" in screen_text(app), "the footer")
            assert "Back" not in screen_text(app)

    run(body())
