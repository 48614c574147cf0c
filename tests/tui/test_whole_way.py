"""The way a newcomer walks, on the real engine with the offline model: a new run, one step, the
review, an approval, the lineage, and plain git at its end."""

import subprocess
from pathlib import Path

import pytest

from stop_tui.config import load_config
from stop_tui.core.state import Status
from stop_tui.store.journal import Journal
from stop_tui.tui.app import Explorer
from stop_tui.tui.deciding import deliberation
from stop_tui.tui.screens import dialogs
from stop_tui.tui.screens.dialogs import Confirm
from stop_tui.tui.screens.home import HomeScreen
from stop_tui.tui.screens.lineage import LineageScreen
from stop_tui.tui.screens.new_run import NewRunScreen
from stop_tui.tui.screens.review import ReviewScreen
from stop_tui.tui.screens.run import RunScreen
from stop_tui.workspace import create_workspace
from tests.tui.pilots import run, screen_text, until


@pytest.fixture
def no_grace(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keys that decide are heard at once: what the moments of grace do has tests of its own."""
    monkeypatch.setattr(deliberation, "GRACE", 0.0)
    monkeypatch.setattr(deliberation, "BURST", 0.0)
    monkeypatch.setattr(dialogs, "GRACE", 0.0)


@pytest.mark.usefixtures("no_grace")
@pytest.mark.parametrize("size", [(140, 40), (80, 24)])
def test_from_the_first_screen_to_a_commit(tmp_path: Path, size: tuple[int, int]) -> None:
    workspace = create_workspace(tmp_path / "a workspace")
    workspace.config.write_text("[run]\niterations = 2\nrepeats = 2\ngate = 'human'\n")

    async def body() -> None:
        config = load_config(workspace.config, {})
        app = Explorer(workspace, folder=workspace.root, config=config)
        async with app.run_test(size=size) as pilot:
            await until(pilot, lambda: isinstance(app.screen, HomeScreen), "the first screen")
            await until(pilot, lambda: "offline model" in screen_text(app), "what answers")
            await pilot.press("n")
            await until(pilot, lambda: isinstance(app.screen, NewRunScreen), "the form")
            await until(pilot, lambda: "At most" in screen_text(app), "what it may cost")
            await pilot.press("ctrl+s")
            await until(pilot, lambda: isinstance(app.screen, RunScreen), "the run")
            screen = app.screen
            assert isinstance(screen, RunScreen)
            session = screen.session
            await until(pilot, lambda: session.question is not None, "the proposal")
            await until(pilot, lambda: "waits for your decision" in screen_text(app), "the bar")
            assert "test" not in screen.query_one("#plot").plt.build()  # sealed
            await pilot.press("v")
            await until(pilot, lambda: isinstance(app.screen, ReviewScreen), "the review")
            await pilot.press("a")
            await until(pilot, lambda: isinstance(app.screen, Confirm), "the confirmation")
            assert "becomes version I1" in " ".join(screen_text(app).replace("│", " ").split())
            await pilot.press(*"good", "enter", "enter")
            await until(pilot, lambda: 1 in session.state.versions, "the version")
            await until(pilot, lambda: app.screen is screen, "the run again")
            await pilot.press("u")
            await session.pause()
            assert session.state.status is Status.PAUSED
            await pilot.press("l")
            await until(pilot, lambda: isinstance(app.screen, LineageScreen), "the lineage")
            commit = session.state.versions[1].commit
            await until(pilot, lambda: commit[:7] in screen_text(app), "the commit")

    run(body())
    name = _only_run(workspace.journal)
    shown = subprocess.run(
        ["git", "--git-dir", str(workspace.lineage), "log", "-1", "--format=%s%n%b"],
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    assert shown.startswith("I1: ")
    assert f"Run: {name}" in shown
    assert "Decision: approve" in shown
    assert "Reason: good" in shown


def _only_run(journal: Path) -> str:
    with Journal.open(journal, create=False) as opened:
        (name,) = opened.runs()
    return name
