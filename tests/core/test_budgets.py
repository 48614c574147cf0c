"""Budgets as the host keeps them, and the bound on what a run may cost."""

from stop_tui.core.budgets import Account, cost_bound
from stop_tui.core.events import Budget, Settings


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
