"""Leaving the explorer and coming back: a run goes on where it was, and pays for nothing twice."""

from pathlib import Path

import pytest

from stop_tui.core import events as ev
from stop_tui.tui.app import Explorer
from stop_tui.tui.runs.session import RunSession
from stop_tui.tui.screens.home import HomeScreen
from stop_tui.tui.screens.run import RunScreen
from stop_tui.workspace import Workspace
from tests.tiny import GOOD_SOLUTION, Scripted, finds, tiny_settings, tiny_workspace
from tests.tui.explorers import answering, journal_of
from tests.tui.pilots import run, screen_text, until

BAD = "def algorithm(x):\n    return x\n"
BEGINS = "def improve_algorithm(initial_solution, utility, language_model):\n"
ASKS = "    language_model.batch_prompt('e', ['m'])\n"


def _calls(workspace: Workspace) -> list[ev.AnyEvent]:
    return [each for each in journal_of(workspace, "tiny") if isinstance(each, ev.ModelCalled)]


def _question(session: RunSession) -> tuple[int, str]:
    awaited = session.state.awaited
    assert awaited is not None
    return awaited.iteration, awaited.source


def test_a_run_that_was_left_at_a_review_asks_the_same_again_and_calls_no_model_for_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    better = finds(GOOD_SOLUTION, note="better")
    head, body = finds(BAD, proposes=better).split(BEGINS)
    workspace = tiny_workspace(tmp_path, f"{head}{BEGINS}{ASKS}{body}")
    answering(monkeypatch, Scripted())
    asked: list[tuple[int, str]] = []
    figures: list[object] = []

    async def leave() -> None:
        app = Explorer(workspace, folder=workspace.root)
        async with app.run_test(size=(100, 30)) as pilot:
            await until(pilot, lambda: isinstance(app.screen, HomeScreen), "the first screen")
            app.begin_run(tiny_settings(gate="human"))
            session = app.sessions["tiny"]
            await until(pilot, lambda: session.question is not None, "the question")
            asked.append(_question(session))
            figures.append(session.state.iterations[1].measured)
            await pilot.press("ctrl+q")
            await until(pilot, lambda: not session.live, "the pause")

    async def come_back() -> None:
        app = Explorer(workspace, folder=workspace.root)
        async with app.run_test(size=(100, 30)) as pilot:
            await until(pilot, lambda: "‖ paused" in screen_text(app), "the run in the list")
            await pilot.press("r")
            await until(pilot, lambda: isinstance(app.screen, RunScreen), "the run")
            session = app.sessions["tiny"]
            await until(pilot, lambda: session.question is not None, "the question again")
            asked.append(_question(session))
            figures.append(session.state.iterations[1].measured)
            await until(
                pilot, lambda: "The run waits for your decision" in screen_text(app), "the bar"
            )
            await pilot.press("ctrl+q")
            await until(pilot, lambda: not session.live, "the pause")

    run(leave())
    paid = _calls(workspace)
    assert paid
    run(come_back())
    assert asked[0] == asked[1]
    assert figures[0] == figures[1]
    assert _calls(workspace) == paid
