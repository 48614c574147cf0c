"""How candidates stand: progress, comparison, notes."""

import msgspec

from stop_tui.core import events as ev
from stop_tui.core.state import State, fold
from stop_tui.presentation.standing import Standings
from tests.tiny import tiny_settings

A, B, SEED = "a" * 64, "b" * 64, "c" * 64


def _estimate(mean: float, error: float | None = 0.01) -> ev.Estimate:
    low, high = (None, None) if error is None else (mean - 2 * error, mean + 2 * error)
    return ev.Estimate(mean=mean, standard_error=error, low=low, high=high, n=5)


def _repeat(number: int, **changes: object) -> ev.RepeatFinished:
    repeat = ev.RepeatFinished(
        iteration=1, phase="selection", improver=A, task="double", repeat=number, val=0.5
    )
    return msgspec.structs.replace(repeat, **changes)


def _state(*events: ev.AnyEvent) -> State:
    started = ev.RunStarted(settings=tiny_settings(), source=SEED, tasks={})
    proposed = ev.CandidateProposed(iteration=1, candidate=1, source=A)
    return fold([started, ev.IterationStarted(iteration=1, incumbent=SEED), proposed, *events])


def _standings(state: State) -> Standings:
    return Standings(state, state.iterations[1])


def test_a_candidate_fills_in_repeat_by_repeat() -> None:
    standing = _standings(_state(_repeat(1))).of(A)
    assert (standing.done, standing.total, standing.meta_utility) == (1, 2, None)


def test_repeats_of_another_phase_do_not_count() -> None:
    assert _standings(_state(_repeat(1, phase="measure/I1"))).of(A).done == 0


def test_a_failure_is_said_with_its_reason_and_how_often() -> None:
    standing = _standings(_state(_repeat(1, failure="NameError: x"), _repeat(2))).of(A)
    assert standing.note == "✗ 1 of 2 failed: NameError: x"


def test_an_attempt_of_a_solution_counts_for_the_candidate_that_found_it() -> None:
    attempt = ev.SandboxEvent(
        program="I1/solution", source=B, trust="verified", what="start a process", detail="/bin/sh"
    )
    standing = _standings(_state(_repeat(1, solution=B), attempt)).of(A)
    assert standing.note == "⚠ sandbox: start a process /bin/sh"


def test_hostile_words_become_one_inert_line() -> None:
    standing = _standings(_state(_repeat(1, failure="x\x1b]52;c;aGk=\x07\n\u202e[red]"))).of(A)
    assert "\x1b" not in standing.note
    assert "\n" not in standing.note
    assert "\u202e" not in standing.note


def test_without_a_figure_of_the_incumbent_nothing_is_compared() -> None:
    evaluated = ev.CandidateEvaluated(
        iteration=1, candidate=1, source=A, meta_utility=_estimate(0.9)
    )
    assert _standings(_state(evaluated)).of(A).against is None


def test_once_the_incumbent_is_measured_candidates_are_compared_with_it() -> None:
    evaluated = ev.CandidateEvaluated(
        iteration=1, candidate=1, source=A, meta_utility=_estimate(0.9)
    )
    measured = ev.ProposalMeasured(
        iteration=1,
        source=B,
        incumbent=SEED,
        proposal_val=_estimate(0.9),
        incumbent_val=_estimate(0.7),
        difference=_estimate(0.2),
        chance=0.99,
        proposal_test=_estimate(0.9),
        incumbent_test=_estimate(0.7),
    )
    standing = _standings(_state(evaluated, measured)).of(A)
    assert standing.mark == "▲"
    assert standing.against is not None and standing.against.chance is not None
    assert standing.against.chance > 0.99


def test_the_figure_of_the_incumbent_is_that_of_its_acceptance() -> None:
    measured = ev.ProposalMeasured(
        iteration=1,
        source=A,
        incumbent=SEED,
        proposal_val=_estimate(0.8),
        incumbent_val=_estimate(0.7),
        difference=_estimate(0.1),
        chance=0.99,
        proposal_test=_estimate(0.8),
        incumbent_test=_estimate(0.7),
    )
    state = _state(
        measured,
        ev.DecisionMade(iteration=1, choice="approve", source=A, by="ada"),
        ev.VersionCommitted(iteration=1, source=A, commit="f" * 40),
        ev.IterationStarted(iteration=2, incumbent=A),
    )
    incumbent = Standings(state, state.iterations[2]).incumbent
    assert incumbent is not None and incumbent.mean == 0.8


def test_what_was_measured_afresh_shows_those_figures_and_says_so() -> None:
    measured = ev.ProposalMeasured(
        iteration=1,
        source=A,
        incumbent=SEED,
        proposal_val=_estimate(0.8),
        incumbent_val=_estimate(0.7),
        difference=_estimate(0.1),
        chance=0.99,
        proposal_test=_estimate(0.8),
        incumbent_test=_estimate(0.7),
    )
    standing = _standings(_state(ev.ProposalReturned(iteration=1, source=A), measured)).of(A)
    assert standing.meta_utility is not None and standing.meta_utility.mean == 0.8
    assert standing.note == "◀ proposal, measured afresh"
