"""Meta-iterations as rows and points: what is shown of the test split, and when."""

from pathlib import Path

import pytest

from stop_tui.core import events as ev
from stop_tui.core.state import State, fold
from stop_tui.presentation.history import points, steps
from tests.tiny import GOOD_SOLUTION, finds, start, tiny_settings, tiny_workspace


@pytest.fixture
def journalled(tmp_path: Path) -> list[ev.AnyEvent]:
    seed = finds("def algorithm(x):\n    return x\n", proposes=finds(GOOD_SOLUTION))
    return start(tiny_workspace(tmp_path, seed), tiny_settings(iterations=2))


def _until(events: list[ev.AnyEvent], kind: type[ev.Event]) -> State:
    last = next(number for number, event in enumerate(events) if isinstance(event, kind))
    return fold(events[: last + 1])


def test_an_accepted_version_and_a_meta_iteration_that_changed_nothing(
    journalled: list[ev.AnyEvent],
) -> None:
    rows = steps(fold(journalled))
    assert [(row.number, row.word) for row in rows][:2] == [(0, "start"), (1, "accepted")]
    assert rows[1].meta_utility is not None


def test_the_test_split_stays_sealed_until_the_decision(journalled: list[ev.AnyEvent]) -> None:
    before = points(_until(journalled, ev.ProposalMeasured))
    assert [(point.iteration, point.test) for point in before] == [(0, None)]
    after = points(_until(journalled, ev.DecisionMade))
    assert [point.iteration for point in after] == [0, 1]
    assert all(point.test is not None for point in after)


def test_revealing_unseals_it(journalled: list[ev.AnyEvent]) -> None:
    state = _until(journalled, ev.ProposalMeasured)
    state.fold(ev.TestRevealed(iteration=1, by="ada"))
    assert points(state)[0].test is not None


def test_a_run_that_has_not_begun_has_no_rows() -> None:
    assert steps(State()) == []
    assert points(State()) == []
