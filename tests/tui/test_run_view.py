"""A run as it is and as it was: stepping through its events gives the state of every moment."""

from pathlib import Path

import pytest

from stop_tui.core import events as ev
from stop_tui.core.errors import UsageError
from stop_tui.core.state import fold
from stop_tui.tui.runs.run_view import RunView, programs_of
from stop_tui.tui.runs.session import RunSession, open_session
from tests.tiny import GOOD_SOLUTION, finds, start, tiny_settings, tiny_workspace


@pytest.fixture
def session(tmp_path: Path) -> RunSession:
    better = finds(GOOD_SOLUTION)
    workspace = tiny_workspace(
        tmp_path, finds("def algorithm(x):\n    return x\n", proposes=better)
    )
    start(workspace, tiny_settings(iterations=2))
    return open_session(workspace, "tiny", lambda _: None)


def test_every_event_back_shows_the_state_of_that_moment(session: RunSession) -> None:
    view = RunView(session)
    while view.position > 1:
        view.travel(-1)
        expected = fold(session.events[: view.position])
        assert view.state == expected
        assert view.past
    view.travel(-1)
    assert view.position == 1


def test_forward_again_ends_at_now(session: RunSession) -> None:
    view = RunView(session)
    view.travel(-5)
    for _ in range(4):
        view.travel(1)
        assert view.state == fold(session.events[: view.position])
    view.travel(1)
    assert not view.past
    assert view.state is session.state


def test_by_meta_iteration(session: RunSession) -> None:
    view = RunView(session)
    view.travel_far(-1)
    assert isinstance(view.event, ev.IterationStarted)
    assert view.event.iteration == 2
    view.travel_far(-1)
    assert isinstance(view.event, ev.IterationStarted)
    assert view.event.iteration == 1
    view.travel_far(-1)
    assert isinstance(view.event, ev.RunStarted)
    view.travel_far(1)
    view.travel_far(1)
    assert isinstance(view.event, ev.IterationStarted) and view.event.iteration == 2
    view.travel_far(1)
    assert not view.past


def test_the_past_knows_nothing_of_what_came_later(session: RunSession) -> None:
    view = RunView(session)
    scored = next(e for e in session.events if isinstance(e, ev.SolutionScored))
    assert view.scored(scored.source)
    view.travel(1 - len(session.events))
    assert view.scored(scored.source) == []


def test_solutions_are_found_by_the_improver_that_asked_first(session: RunSession) -> None:
    view = RunView(session)
    scored = next(
        e for e in session.events if isinstance(e, ev.SolutionScored) and "/" in e.program
    )
    number, phase, improver = scored.program.split("/")[:3]
    assert scored in view.asked_for(f"{number}/{phase}/{improver}")
    repeat = next(e for e in session.events if isinstance(e, ev.RepeatFinished))
    assert programs_of(repeat.iteration, repeat.phase, repeat.improver).startswith("I1/")
    assert view.repeats(repeat.iteration, repeat.phase, repeat.improver)


def test_a_run_that_is_not_there_is_told(tmp_path: Path) -> None:
    workspace = tiny_workspace(tmp_path, finds(GOOD_SOLUTION))
    with pytest.raises(UsageError, match="no run 'gone'"):
        open_session(workspace, "gone", lambda _: None)
