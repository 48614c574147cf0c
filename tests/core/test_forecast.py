"""The rest of a meta-iteration: at most what budgets allow, likely what the run has seen so far."""

import pytest

from stop_tui.core import events as ev
from stop_tui.core.forecast import forecast
from stop_tui.core.state import State, fold

SEED, ONE, TWO = "s" * 64, "a" * 64, "b" * 64
SETTINGS = ev.Settings(
    name="run",
    model="fast",
    repeats=2,
    budget=ev.Budget(lm_calls=2, responses_per_call=3, utility_calls=4),
)
A_PROGRAM = 2 * 3
BEGUN = [
    ev.RunStarted(settings=SETTINGS, source=SEED, tasks={"lpn": "u"}),
    ev.IterationStarted(iteration=1, incumbent=SEED),
]


def proposed(source: str, number: int = 1, iteration: int = 1) -> ev.CandidateProposed:
    return ev.CandidateProposed(iteration=iteration, candidate=number, source=source)


def called(program: str, usd: float | None = 1.0, responses: int = 1) -> ev.ModelCalled:
    return ev.ModelCalled(
        program=program,
        request="q",
        occurrence=0,
        prompt="p",
        responses=("r",) * responses,
        model="m",
        n=1,
        temperature=0.7,
        prompt_tokens=40,
        completion_tokens=60,
        cost_usd=usd,
    )


def repeat(source: str, number: int, phase: str = "selection") -> ev.RepeatFinished:
    return ev.RepeatFinished(
        iteration=1, phase=phase, improver=source, task="lpn", repeat=number, val=0.5
    )


def name(source: str, number: int, phase: str = "selection") -> str:
    return f"I1/{phase}/{source[:16]}/lpn/r{number}"


def after(*events: ev.AnyEvent) -> State:
    return fold([*BEGUN, *events])


def test_at_the_start_there_is_a_bound_and_nothing_is_likely() -> None:
    coming = forecast(after())
    assert coming is not None
    # The incumbent on itself, four candidates and two fresh measurements of two repeats each.
    assert coming.responses_at_most == A_PROGRAM * (1 + 2 * (4 + 2))
    assert (coming.repeats, coming.tokens, coming.usd) == (4, None, None)


def test_what_is_likely_is_the_mean_of_the_repeats_so_far() -> None:
    coming = forecast(after(proposed(ONE), called(name(ONE, 1), 3.0), repeat(ONE, 1)))
    assert coming is not None
    # Its other repeat, and two each of proposal and incumbent.
    assert (coming.repeats, coming.tokens, coming.usd) == (5, 500, 15.0)
    # The answer above belongs to a repeat that is over.
    assert coming.responses_at_most == A_PROGRAM * (1 + 1 + 3 * 2 + 4)


def test_what_a_repeat_under_way_has_used_is_not_to_come_any_more() -> None:
    known = (proposed(ONE), called(name(ONE, 1), 3.0), repeat(ONE, 1))
    before, later = forecast(after(*known)), forecast(after(*known, called(name(ONE, 2), 2.0)))
    assert before is not None and later is not None
    assert (before.usd, later.usd) == (15.0, 13.0)
    assert later.responses_at_most == before.responses_at_most - 1


def test_an_improver_is_expected_to_go_on_as_it_went() -> None:
    coming = forecast(
        after(
            proposed(ONE),
            called(name(ONE, 1), 4.0),
            repeat(ONE, 1),
            called(name(ONE, 2), 4.0),
            repeat(ONE, 2),
            proposed(TWO, 2),
            called(name(TWO, 1), 1.0),
            repeat(TWO, 1),
            ev.ProposalReturned(iteration=1, source=ONE),
        )
    )
    assert coming is not None
    # TWO is given up; ONE is measured at 4 a repeat, the incumbent at the mean of all, 3.
    assert (coming.repeats, coming.usd) == (4, 2 * 4.0 + 2 * 3.0)
    assert coming.responses_at_most == A_PROGRAM * 4


def test_as_many_candidates_are_expected_as_there_were_before() -> None:
    first = (
        proposed(ONE),
        called(name(ONE, 1)),
        repeat(ONE, 1),
        proposed(TWO, 2),
        ev.IterationFailed(iteration=1, reason="it returned nothing"),
    )
    coming = forecast(after(*first, ev.IterationStarted(iteration=2, incumbent=SEED)))
    assert coming is not None
    assert (coming.repeats, coming.usd) == (2 * 2 + 2 * 2, 8.0)


def test_an_unknown_price_makes_the_forecast_unknown_and_not_nothing() -> None:
    coming = forecast(after(proposed(ONE), called(name(ONE, 1), None), repeat(ONE, 1)))
    assert coming is not None
    assert (coming.tokens, coming.usd) == (500, None)


def test_more_repeats_that_were_asked_for_are_to_come() -> None:
    more = ev.DecisionMade(iteration=1, choice="more-repeats", source=ONE, by="h", repeats=3)
    returned = (proposed(ONE), ev.ProposalReturned(iteration=1, source=ONE))
    before, later = forecast(after(*returned)), forecast(after(*returned, more))
    assert before is not None and later is not None
    assert (before.repeats, later.repeats) == (2 * 2, 2 * 5)


def test_a_candidate_that_may_not_run_costs_nothing_more() -> None:
    refused = ev.ExecutionDecided(iteration=1, source=ONE, allowed=False, by="h")
    before, later = forecast(after(proposed(ONE))), forecast(after(proposed(ONE), refused))
    assert before is not None and later is not None
    assert later.repeats == before.repeats - 2


def test_an_unchanged_proposal_is_not_measured() -> None:
    coming = forecast(after(ev.ProposalReturned(iteration=1, source=SEED)))
    assert coming is not None
    assert (coming.responses_at_most, coming.repeats, coming.usd) == (0, 0, 0.0)


@pytest.mark.parametrize(
    "end",
    [
        ev.IterationFailed(iteration=1, reason=""),
        ev.DecisionMade(iteration=1, choice="reject", source=ONE, by="h"),
        ev.RunFinished(by="h"),
    ],
    ids=["failed", "rejected", "cancelled"],
)
def test_nothing_is_to_come_when_it_is_over(end: ev.AnyEvent) -> None:
    assert forecast(after(end)) is None
    assert forecast(fold(BEGUN[:1])) is None
