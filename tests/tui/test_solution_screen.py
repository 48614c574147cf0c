"""A solution's screen: its source, the difference to the seed, and what each instance said."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot

from stop_tui.core import events as ev
from stop_tui.core.keys import text_hash
from stop_tui.presentation.figures import figure
from stop_tui.tui.runs.run_view import RunView
from stop_tui.tui.runs.session import RunSession
from stop_tui.tui.screens.solution import SolutionScreen
from stop_tui.tui.widgets.detail.instance_rows import instance_rows
from stop_tui.tui.widgets.rows.listing import Listing
from stop_tui.tui.widgets.text.diff_view import DiffView
from stop_tui.tui.widgets.text.reader import Reader
from tests.tui.hostile_run import FOUND, before, detail_app, hostile_run, inert_screen
from tests.tui.pilots import run, screen_text, until

SOLUTION = text_hash(FOUND)
WIDE, NARROW = (140, 40), (80, 24)


@pytest.fixture
def session(tmp_path: Path) -> RunSession:
    return hostile_run(tmp_path, iterations=1)


def with_solution(
    session: RunSession,
    body: Callable[[Pilot[Any], SolutionScreen], Any],
    size: tuple[int, int] = WIDE,
    *,
    view: RunView | None = None,
) -> None:
    """Run `body` in an explorer that shows the solution."""

    async def shown() -> None:
        app = detail_app(session.workspace)
        async with app.run_test(size=size) as pilot:
            await until(pilot, lambda: app.workspace is not None, "the first screen")
            screen = SolutionScreen(view or RunView(session), "double", SOLUTION)
            await app.push_screen(screen)
            await pilot.pause()
            await body(pilot, screen)

    run(shown())


@pytest.mark.parametrize("size", [WIDE, NARROW])
def test_source_difference_and_instances_are_a_key_apart(
    session: RunSession, size: tuple[int, int]
) -> None:
    async def body(pilot: Pilot[Any], screen: SolutionScreen) -> None:
        text = inert_screen(pilot)
        assert f"Solution {SOLUTION[:10]} of double" in text
        assert "offline model" in text.splitlines()[0]
        assert "return 2 * x - x % 89" in text
        assert isinstance(pilot.app.focused, Reader)
        assert screen.copied() == (FOUND, "solution.py")
        await pilot.press("d")
        await until(pilot, lambda: "seed of double" in screen_text(pilot.app), "the seed")
        assert isinstance(pilot.app.focused, DiffView)
        copied = screen.copied()
        assert copied is not None
        assert "-    return x\n" in copied[0] and "+    return 2 * x - x % 89\n" in copied[0]
        inert_screen(pilot)
        await pilot.press("i")
        await pilot.pause()
        assert isinstance(pilot.app.focused, Listing)
        text = inert_screen(pilot)
        assert "val, selection" in text and "test, I1 afresh" in text
        await pilot.press("/", *"third", "enter", "escape")
        await pilot.pause()
        assert "ValueError: ␛[31m[red]third[/red] � (line 6)" in inert_screen(pilot)
        await pilot.press("escape")
        await pilot.pause()
        assert not isinstance(pilot.app.screen, SolutionScreen)

    with_solution(session, body, size)


def test_a_seed_that_cannot_be_read_is_told(session: RunSession) -> None:
    (session.workspace.tasks / "double" / "seed.py").write_text("not python \x1b[31m")

    async def body(pilot: Pilot[Any], screen: SolutionScreen) -> None:
        await pilot.press("d")
        await until(pilot, lambda: "cannot be read now" in screen_text(pilot.app), "words")
        inert_screen(pilot)

    with_solution(session, body)


def test_a_task_that_is_gone_is_told(session: RunSession) -> None:
    folder = session.workspace.tasks / "double"
    folder.rename(session.workspace.tasks / "other")

    async def body(pilot: Pilot[Any], screen: SolutionScreen) -> None:
        await pilot.press("d")
        await until(pilot, lambda: "no such task any more" in screen_text(pilot.app), "words")

    with_solution(session, body)


def test_what_the_test_split_says_is_sealed_until_the_decision(session: RunSession) -> None:
    view = RunView(session)
    before(view, ev.DecisionMade)
    tests = [each for each in view.scored(SOLUTION) if each.split == "test"]
    vals = [each for each in view.scored(SOLUTION) if each.split == "val"]
    shown = {figure(i.score) for each in vals for i in each.instances}
    secrets = {figure(i.score) for each in tests for i in each.instances} - shown
    secrets |= {figure(each.utility) for each in tests}
    assert len(secrets) > 1

    async def body(pilot: Pilot[Any], screen: SolutionScreen) -> None:
        await pilot.press("i")
        await pilot.pause()
        text = inert_screen(pilot)
        assert "sealed until the decision on I1" in text
        assert not any(secret in text for secret in secrets)
        copied = screen.copied()
        assert copied is not None and not any(secret in copied[0] for secret in secrets)
        view.now()
        screen.session_changed(session)
        await pilot.pause()
        text = inert_screen(pilot)
        assert all(secret in text for secret in secrets)
        assert "sealed" not in text

    with_solution(session, body, view=view)


def test_a_sealed_scoring_tells_neither_how_many_failed_nor_what_they_said(
    session: RunSession,
) -> None:
    view = RunView(session)
    before(view, ev.DecisionMade)
    rows = [row for row in instance_rows(view, "double", SOLUTION) if row.where.startswith("test")]
    assert [(row.score, row.verdict, row.cpu) for row in rows] == [("sealed", "", "")]
    view.now()
    rows = [row for row in instance_rows(view, "double", SOLUTION) if row.key.startswith("test")]
    assert len(rows) == 1 + 3


def test_a_scoring_of_another_task_is_not_mixed_in(session: RunSession) -> None:
    assert instance_rows(RunView(session), "other", SOLUTION) == []
