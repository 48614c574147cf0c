"""A run's meta-iterations as rows, and its meta-utility over them as points to plot."""

from typing import NamedTuple

from stop_tui.core import events as ev
from stop_tui.core.analysis.strategies import main_strategy
from stop_tui.core.state import Iteration, State, Status
from stop_tui.presentation.conditions import condition


class Step(NamedTuple):
    """A meta-iteration (0 is the start) in a line: a sign and a word for how it stands, the
    strategy of what it led to, and the figure that goes with it."""

    number: int
    sign: str
    word: str
    strategy: str
    meta_utility: ev.Estimate | None


class Point(NamedTuple):
    """An accepted version's meta-utility; the test split is None while it is sealed."""

    iteration: int
    val: ev.Estimate
    test: ev.Estimate | None


def steps(state: State) -> list[Step]:
    """The start and every meta-iteration that has begun, in order."""
    if state.started is None:
        return []
    start = points(state)
    first = start[0].val if start and start[0].iteration == 0 else None
    rows = [Step(0, "●", "start", state.settings.start, first)]
    return rows + [_step(state, state.iterations[number]) for number in sorted(state.iterations)]


def points(state: State) -> list[Point]:
    """The start, as it was measured beside the first proposal, and every accepted version."""
    found: list[Point] = []
    for number in sorted(state.iterations):
        iteration = state.iterations[number]
        final = iteration.final
        unsealed = final is not None or iteration.test_revealed is not None
        started = state.started
        for measured in iteration.measured.values():
            if not found and started is not None and measured.incumbent == started.source:
                test = measured.incumbent_test if unsealed else None
                found.append(Point(0, measured.incumbent_val, test))
        if final is not None and final.choice == "approve":
            accepted = iteration.measured.get(final.source)
            if accepted is not None:
                found.append(Point(number, accepted.proposal_val, accepted.proposal_test))
    return found


def _step(state: State, iteration: Iteration) -> Step:
    source = iteration.under_review
    candidate = None if source is None else iteration.candidates.get(source)
    strategy = "" if candidate is None else main_strategy(candidate.strategies)
    measured = None if source is None else iteration.measured.get(source)
    figure = None if measured is None else measured.proposal_val
    sign, word = _standing(state, iteration)
    return Step(iteration.number, sign, word, strategy, figure)


def _standing(state: State, iteration: Iteration) -> tuple[str, str]:
    final = iteration.final
    if iteration.failure is not None:
        return "✗", "failed"
    if final is not None:
        if final.choice == "reject":
            unchanged = iteration.proposal == iteration.incumbent == final.source
            return ("=", "unchanged") if unchanged else ("○", "rejected")
        return "●", "accepted"
    if state.awaited is not None and state.awaited.iteration == iteration.number:
        return "?", "your turn"
    if state.status is Status.RUNNING:
        return "◌", "running"
    return condition(state, "nobody")
