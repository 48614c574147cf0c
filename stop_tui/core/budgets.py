"""Budgets as the host keeps them, and what a run may cost at most."""

from dataclasses import dataclass

from stop_tui.core.events import Budget, Settings


@dataclass(slots=True)
class Account:
    """What one program has spent of its budget. It lives in the host alone."""

    budget: Budget
    lm_calls: int = 0
    utility_calls: int = 0

    def spend_lm_call(self) -> bool:
        """Spend one call of the language model; False when none is left."""
        if self.lm_calls >= self.budget.lm_calls:
            return False
        self.lm_calls += 1
        return True

    def spend_utility_call(self) -> bool:
        """Spend one call of the utility; False when none is left."""
        if self.utility_calls >= self.budget.utility_calls:
            return False
        self.utility_calls += 1
        return True


@dataclass(frozen=True, slots=True)
class CostBound:
    """The most a run can spend on the language model."""

    responses_per_iteration: int
    iterations: int

    @property
    def responses(self) -> int:
        """Responses over all meta-iterations."""
        return self.responses_per_iteration * self.iterations


def cost_bound(settings: Settings) -> CostBound:
    """What `settings` may cost at most: outer run, every candidate, and two fresh measurements.

    Source: the budgets of STOP (Zelikman et al. 2023): a meta-iteration spends at most
    utility calls x tasks x repeats x (model calls x responses a call) on candidates.
    """
    budget = settings.budget
    one_program = budget.lm_calls * budget.responses_per_call
    inner_runs = len(settings.tasks) * settings.repeats
    per_iteration = one_program * (1 + inner_runs * (budget.utility_calls + 2))
    return CostBound(per_iteration, settings.iterations)
