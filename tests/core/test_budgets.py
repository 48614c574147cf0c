"""Budgets as the host keeps them, and the bound on what a run may cost."""

import pytest

from stop_tui.core import events as ev
from stop_tui.core.budgets import Account, cost_bound, likely_cost
from stop_tui.core.events import Budget, Settings
from stop_tui.core.state import State, fold


def test_the_bound_is_that_of_the_paper_with_the_default_budget():
    bound = cost_bound(Settings(name="run", iterations=1))
    # 25 meta-utility calls x 5 repeats x 24 responses, the outer 24, two fresh measurements.
    assert bound.responses_per_iteration == 3000 + 24 + 2 * 5 * 24


def test_the_bound_grows_with_tasks_and_iterations():
    one = cost_bound(Settings(name="run", iterations=1))
    more = cost_bound(Settings(name="run", iterations=4, tasks=("a", "b")))
    assert more.responses == 4 * (2 * (one.responses_per_iteration - 24) + 24)


def test_an_account_gives_no_more_than_its_budget():
    account = Account(Budget(lm_calls=2, responses_per_call=6, utility_calls=1))
    assert [account.spend_lm_call() for _ in range(4)] == [True, True, False, False]
    assert [account.spend_utility_call() for _ in range(3)] == [True, False, False]
    assert (account.lm_calls, account.utility_calls) == (2, 1)


def spent(*responses: int, over: bool = True, **changes: object) -> State:
    """A run whose meta-iterations spent so many responses."""
    settings = Settings(name="earlier", **changes)  # type: ignore[arg-type]
    history: list[ev.AnyEvent] = [ev.RunStarted(settings=settings, source="s", tasks={})]
    for number, count in enumerate(responses, start=1):
        history += [
            ev.IterationStarted(iteration=number, incumbent="s"),
            ev.ModelCalled(
                program=f"I{number}/selection/s/lpn/r1",
                request="q",
                occurrence=0,
                prompt="p",
                responses=("r",) * count,
                model="m",
                n=count,
                temperature=0.7,
            ),
        ]
        if over:
            history.append(ev.IterationFailed(iteration=number, reason=""))
    return fold(history)


def test_a_run_is_likely_to_cost_what_earlier_meta_iterations_did():
    likely = likely_cost(
        Settings(name="run", iterations=10, repeats=10),
        [spent(100, 200, repeats=5), spent(60, repeats=2)],
    )
    assert likely is not None
    assert (likely.responses, likely.seen) == (round(10 * (200 + 400 + 300) / 3), 3)


@pytest.mark.parametrize(
    "earlier",
    [
        [],
        [spent()],
        [spent(100, over=False)],
        [spent(100, model="other")],
        [spent(100, tasks=("maxcut",))],
        [spent(100, budget=Budget(lm_calls=9))],
    ],
    ids=["none", "empty", "not over", "model", "tasks", "budget"],
)
def test_what_cannot_be_compared_says_nothing_about_the_cost(earlier: list[State]):
    assert likely_cost(Settings(name="run"), earlier) is None


def test_the_order_of_the_tasks_makes_no_difference_to_the_cost():
    settings = Settings(name="run", tasks=("a", "b"), iterations=1)
    likely = likely_cost(settings, [spent(100, tasks=("b", "a"))])
    assert likely is not None and likely.responses == 100


def paid(tokens: int | None, usd: float | None) -> State:
    """A run whose meta-iteration had 10 responses for so much."""
    call = ev.ModelCalled(
        program="I1",
        request="q",
        occurrence=0,
        prompt="p",
        responses=("r",) * 10,
        model="m",
        n=10,
        temperature=0.7,
        prompt_tokens=tokens,
        completion_tokens=0,
        cost_usd=usd,
    )
    settings = Settings(name="earlier", repeats=5)
    return fold(
        [
            ev.RunStarted(settings=settings, source="s", tasks={}),
            ev.IterationStarted(iteration=1, incumbent="s"),
            call,
            ev.IterationFailed(iteration=1, reason=""),
        ]
    )


def test_tokens_and_money_are_likely_to_be_what_they_were():
    settings = Settings(name="run", iterations=3, repeats=10)
    likely = likely_cost(settings, [paid(1000, 1.0), paid(3000, 2.0)])
    assert likely is not None
    assert (likely.responses, likely.tokens) == (3 * 10 * 2, 3 * 2000 * 2)
    assert likely.usd == pytest.approx(3 * 1.5 * 2)
    assert likely.usd_at_most == pytest.approx(cost_bound(settings).responses * 3.0 / 20)


def test_what_was_partly_unknown_does_not_become_a_likely_figure():
    likely = likely_cost(Settings(name="run"), [paid(None, 1.0), paid(1000, None)])
    assert likely is not None
    assert (likely.tokens, likely.usd, likely.usd_at_most) == (None, None, None)


def test_nothing_is_likely_to_cost_more_than_it_may():
    settings = Settings(name="run", iterations=2)
    likely = likely_cost(settings, [spent(10**6)])
    assert likely is not None and likely.responses == cost_bound(settings).responses
