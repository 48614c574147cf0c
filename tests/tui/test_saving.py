"""Saving to a file: whole or not at all, never over another file unasked."""

from pathlib import Path

import pytest

from stop_tui.tui.screens.dialogs import AskText, Confirm
from stop_tui.tui.terminal.saving import save, write_whole
from tests.tiny import GOOD_SOLUTION, finds, tiny_workspace
from tests.tui.explorers import BareExplorer
from tests.tui.pilots import run, told, until


def test_a_file_is_written_as_it_is_shown_to_others(tmp_path: Path) -> None:
    target = tmp_path / "a file.txt"
    write_whole(target, "äöü\n\udc80")
    assert target.read_bytes() == "äöü\n".encode() + b"\xed\xb2\x80"
    assert target.stat().st_mode & 0o777 == 0o644
    assert [path.name for path in tmp_path.iterdir()] == ["a file.txt"]


def test_a_failure_leaves_the_old_file_and_nothing_else(tmp_path: Path) -> None:
    target = tmp_path / "folder"
    target.mkdir()
    (target / "inside").write_text("old")
    with pytest.raises(OSError, match=r"folder"):
        write_whole(target, "new")
    assert (target / "inside").read_text() == "old"
    assert [path.name for path in tmp_path.iterdir()] == ["folder"]


def test_another_file_is_replaced_only_when_that_is_confirmed(tmp_path: Path) -> None:
    workspace = tiny_workspace(tmp_path / "workspace", finds(GOOD_SOLUTION))
    target = tmp_path / "there.txt"
    target.write_text("old")

    async def body() -> None:
        app = BareExplorer(workspace, folder=workspace.root)
        async with app.run_test(size=(80, 24)) as pilot:
            await until(pilot, lambda: len(app.screen_stack) > 1, "the first screen")
            for answer, wanted in (("n", "old"), ("y", "new")):
                save(app, "new", str(target))
                await until(pilot, lambda: isinstance(app.screen, AskText), "the name")
                await pilot.press("enter")
                await until(pilot, lambda: isinstance(app.screen, Confirm), "the question")
                dialog = app.screen
                assert isinstance(dialog, Confirm)
                dialog._since = 0.0
                await pilot.press(answer)
                await until(pilot, lambda: not isinstance(app.screen, Confirm), "the answer")
                assert target.read_text() == wanted
            save(app, "new", str(tmp_path / "no such folder" / "file"))
            await until(pilot, lambda: isinstance(app.screen, AskText), "the name")
            await pilot.press("enter")
            await until(pilot, lambda: "could not be written" in told(app), "the reason")

    run(body())
