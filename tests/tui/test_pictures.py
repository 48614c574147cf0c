"""What the screens look like: pictures of a run that is the same every time, at both sizes, dark
and light. After a change that is meant, look at them and keep them
with ``make pictures``."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from textual.app import App
from textual.pilot import Pilot
from textual.widgets import Input

from stop_tui.config import Config, ScreenSettings
from stop_tui.core.keys import text_hash
from stop_tui.tui.deciding import deliberation
from stop_tui.tui.measuring.session import TransferSession
from stop_tui.tui.runs.run_view import RunView
from stop_tui.tui.runs.screen_gate import ExecutionQuestion
from stop_tui.tui.screens.compare import CompareScreen
from stop_tui.tui.screens.create_workspace import CreateWorkspaceScreen
from stop_tui.tui.screens.dialogs import Confirm
from stop_tui.tui.screens.execution import ExecutionScreen
from stop_tui.tui.screens.home import HomeScreen
from stop_tui.tui.screens.lineage import LineageScreen
from stop_tui.tui.screens.new_run import NewRunScreen
from stop_tui.tui.screens.questions import open_question
from stop_tui.tui.screens.solution import SolutionScreen
from stop_tui.workspace import Workspace
from tests.tui.explorers import BareExplorer
from tests.tui.measured_specimen import CONFIG, REV, measure
from tests.tui.pilots import screen_text, until
from tests.tui.specimen import BEGAN, BETTER_SOLUTION, NAME, ask, specimen
from tests.tui.strategic import grow

Show = Callable[[Pilot[Any]], Awaitable[object]]
Compare = Callable[..., bool]


@pytest.fixture
def workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Workspace]:
    """The specimen in a home folder, an hour after it began, in Greenwich."""
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("TZ", "UTC")
    monkeypatch.setattr(deliberation, "GRACE", 0.0)
    time.tzset()
    made = specimen(tmp_path / "workspace")
    monkeypatch.setattr(time, "time", lambda: BEGAN + 3600)
    yield made
    monkeypatch.undo()
    time.tzset()


async def _home(pilot: Pilot[Any]) -> None:
    pilot.app.push_screen(HomeScreen(pilot.app.workspace))
    await until(pilot, lambda: "waits for your" in screen_text(pilot.app), "the details")


async def _run(pilot: Pilot[Any], *keys: str) -> None:
    pilot.app.open_run(NAME)
    await until(pilot, lambda: "Candidates of I3" in screen_text(pilot.app), "the run")
    await pilot.press(*keys)


async def _diff(pilot: Pilot[Any]) -> None:
    await _run(pilot, "1", "up", "up", "2", "down", "down", "d")


async def _scores(pilot: Pilot[Any]) -> None:
    await _run(pilot, "1", "up", "up", "2", "s")


async def _sandbox(pilot: Pilot[Any]) -> None:
    await _run(pilot, "2", "up", "b")


async def _past(pilot: Pilot[Any]) -> None:
    await _run(pilot, "left_parenthesis", *["greater_than_sign"] * 9)


async def _review(pilot: Pilot[Any]) -> None:
    session = pilot.app.session(NAME)
    ask(session)
    open_question(pilot.app, session, RunView(session))
    await until(pilot, lambda: "approve" in screen_text(pilot.app).lower(), "the review")


async def _lineage(pilot: Pilot[Any]) -> None:
    pilot.app.push_screen(LineageScreen(pilot.app.workspace))
    await until(pilot, lambda: "I1: beam search" in screen_text(pilot.app), "the version")


async def _strategies(pilot: Pilot[Any]) -> None:
    workspace = pilot.app.workspace
    grow(workspace, sources={1: (workspace.improvers / "beam_search.py").read_text()})
    pilot.app.push_screen(LineageScreen(workspace))
    await until(pilot, lambda: "newt:I6" in screen_text(pilot.app), "the version")
    await pilot.press("s")
    await until(pilot, lambda: "I6, 7 of 7" in screen_text(pilot.app), "the timeline")
    await pilot.press(*["less_than_sign"] * 5)
    await until(pilot, lambda: "(line" in screen_text(pilot.app), "the lines")


async def _help(pilot: Pilot[Any]) -> None:
    await _run(pilot, "question_mark")


async def _new_run(pilot: Pilot[Any]) -> None:
    screen = NewRunScreen(pilot.app.workspace)
    screen._made_up = "quiet-lynx"  # it is another name every time
    pilot.app.push_screen(screen)
    await until(pilot, lambda: "t most" in screen_text(pilot.app), "what it may cost")
    await until(pilot, lambda: "val instances" in screen_text(pilot.app), "the tasks")


async def _create(pilot: Pilot[Any]) -> None:
    pilot.app.push_screen(CreateWorkspaceScreen(Path("/home/ada/research")))
    await until(pilot, lambda: "Create a workspace" in screen_text(pilot.app), "the offer")


async def _execution(pilot: Pilot[Any]) -> None:
    session = pilot.app.session(NAME)
    candidate = session.state.iterations[3].candidates
    source = session.text(next(iter(candidate)))
    warnings = next(iter(candidate.values())).warnings
    session.question = question = ExecutionQuestion(source=source, warnings=warnings)
    pilot.app.push_screen(ExecutionScreen(session, question))
    await until(pilot, lambda: "waits for your decision" in screen_text(pilot.app), "the gate")


async def _compare(pilot: Pilot[Any]) -> None:
    await _lineage(pilot)
    await pilot.press("home", "c")
    await until(pilot, lambda: isinstance(pilot.app.screen, CompareScreen), "the comparison")
    await until(pilot, lambda: "Scores" in screen_text(pilot.app), "the scores")


async def _solution(pilot: Pilot[Any]) -> None:
    pilot.app.push_screen(
        SolutionScreen(RunView(pilot.app.session(NAME)), "lpn", text_hash(BETTER_SOLUTION))
    )
    await until(pilot, lambda: "lstsq" in screen_text(pilot.app), "the solution")


async def _transcript(pilot: Pilot[Any]) -> None:
    await _run(pilot, "2", "t")
    await until(pilot, lambda: "812" in screen_text(pilot.app), "the calls")


async def _dialog(pilot: Pilot[Any]) -> None:
    await _review(pilot)
    await pilot.press("x")
    await until(pilot, lambda: isinstance(pilot.app.screen, Confirm), "the confirmation")
    await until(pilot, lambda: "ends the reason" in screen_text(pilot.app), "its keys")
    # Reading its words drew it without the screen behind it, and what was drawn is kept.
    pilot.app.screen.refresh()


async def _transfer(pilot: Pilot[Any]) -> TransferSession:
    pilot.app.config = CONFIG
    pilot.app.open_transfer(REV)
    await until(pilot, lambda: "seed improver" in screen_text(pilot.app), "the programs")
    await until(pilot, lambda: "95 % interval" in screen_text(pilot.app), "all of the screen")
    return pilot.app.screen.transfer


async def _transfer_half(pilot: Pilot[Any]) -> None:
    measure(pilot.app.workspace, made=44)
    session = await _transfer(pilot)
    # As if this process were measuring: what it has begun is in the journal.
    session._measuring = asyncio.get_running_loop().create_future()
    pilot.app.screen.transfers_changed()
    await pilot.press("down", "down")
    await until(pilot, lambda: "maxcut ·" in screen_text(pilot.app), "the task")


async def _transfer_done(pilot: Pilot[Any]) -> None:
    measure(pilot.app.workspace)
    await _transfer(pilot)
    await pilot.press("down", "down", "tab", "end")
    await until(pilot, lambda: "Repeats:" in screen_text(pilot.app), "the repeats")


def _painted(app: App[Any]) -> bool:
    """Whether nothing is left to colour."""
    return not any(worker.group == "colours" and worker.is_running for worker in app.workers)


SCREENS: dict[str, Show] = {
    "home": _home,
    "run": _run,
    "diff": _diff,
    "scores": _scores,
    "sandbox": _sandbox,
    "past": _past,
    "review": _review,
    "lineage": _lineage,
    "strategies": _strategies,
    "help": _help,
    "new-run": _new_run,
    "create": _create,
    "execution": _execution,
    "compare": _compare,
    "solution": _solution,
    "transcript": _transcript,
    "dialog": _dialog,
    "transfer": _transfer,
    "transfer-half": _transfer_half,
    "transfer-done": _transfer_done,
}


SIZES = pytest.mark.parametrize("size", [(80, 24), (140, 40)], ids=["80x24", "140x40"])


@pytest.mark.parametrize("theme", ["dark", "light"])
@SIZES
@pytest.mark.parametrize("screen", SCREENS)
def test_looks_as_it_did(
    workspace: Workspace, snap_compare: Compare, screen: str, size: tuple[int, int], theme: str
) -> None:
    _compare_picture(workspace, snap_compare, screen, size, theme)


@pytest.mark.parametrize("theme", ["ansi", "ansi-light"])
@SIZES
def test_the_colours_of_the_terminal_show_the_run_as_they_did(
    workspace: Workspace, snap_compare: Compare, size: tuple[int, int], theme: str
) -> None:
    _compare_picture(workspace, snap_compare, "run", size, theme)


def _compare_picture(
    workspace: Workspace, snap_compare: Compare, screen: str, size: tuple[int, int], theme: str
) -> None:
    config = Config(screen=ScreenSettings(theme=theme))  # type: ignore[arg-type]
    app = BareExplorer(workspace, folder=workspace.root, config=config)

    async def show(pilot: Pilot[Any]) -> None:
        await until(pilot, lambda: len(app.screen_stack) > 1, "the first screen")
        await SCREENS[screen](pilot)
        for line in app.screen.query(Input):
            line.cursor_blink = False
        await until(pilot, lambda: _painted(app), "all colours")
        await pilot.pause()

    assert snap_compare(app, terminal_size=size, run_before=show)
