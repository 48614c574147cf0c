"""Budgets as the host keeps them, what a run may cost at most, and what it is likely to cost."""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean

from stop_tui.core.events import Budget, Settings
from stop_tui.core.spending import total
from stop_tui.core.state import State


@dataclass(slots=True)
class Account:
    """What one program has spent of its budget, and how often it asked for more than that. It
    lives in the host alone."""

    budget: Budget
    lm_calls: int = 0
    utility_calls: int = 0
    beyond: int = 0

    def spend_lm_call(self) -> bool:
        """Spend one call of the language model; False when none is left."""
        if self.lm_calls >= self.budget.lm_calls:
            self.beyond += 1
            return False
        self.lm_calls += 1
        return True

    def spend_utility_call(self) -> bool:
        """Spend one call of the utility; False when none is left."""
        if self.utility_calls >= self.budget.utility_calls:
            self.beyond += 1
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


TELLING = 5
"""Earlier runs that a likely cost rests on: the latest ones say enough."""


@dataclass(frozen=True, slots=True)
class LikelyCost:
    """What a run will probably spend on the language model, as earlier ones went."""

    responses: int
    """Over all meta-iterations."""
    seen: int
    """How many earlier meta-iterations it rests on."""
    tokens: int | None = None
    usd: float | None = None
    """The same in tokens and US dollars; None where a call of these has no known price or count.
    Tries that did not say what they used are too few to change a mean."""
    usd_at_most: float | None = None
    """What the most that the run may spend would cost, at what a response cost in them."""


def likely_cost(settings: Settings, earlier: Sequence[State]) -> LikelyCost | None:
    """What a run with `settings` will probably cost; None where `earlier` says nothing about it.

    The mean over the meta-iterations that are over of runs with the same model, tasks and budget,
    in proportion to the repeats; never more than `cost_bound` allows. `earlier` is newest first,
    and the latest `TELLING` of them that are comparable count.
    """
    alike = [state for state in earlier if comparable(state.settings, settings)]
    seen = [
        (iteration.spent, settings.repeats / state.settings.repeats)
        for state in alike[:TELLING]
        for iteration in state.iterations.values()
        if iteration.over
    ]
    if not seen:
        return None
    spent = total(each for each, _ in seen)
    bound = cost_bound(settings).responses
    responses = fmean(each.responses * more for each, more in seen) * settings.iterations
    part = min(1.0, bound / responses) if responses else 1.0  # of it that the budget allows
    scale = settings.iterations * part
    tokens = usd = at_most = None
    if not spent.uncounted:
        tokens = round(fmean(each.tokens_at_least * more for each, more in seen) * scale)
    if not spent.unpriced:
        usd = fmean(each.usd_at_least * more for each, more in seen) * scale
        at_most = bound * spent.usd_at_least / spent.responses if spent.responses else None
    return LikelyCost(round(responses * part), len(seen), tokens, usd, at_most)


def comparable(one: Settings, other: Settings) -> bool:
    """Whether what one run cost says something about the other."""
    same_tasks = sorted(one.tasks) == sorted(other.tasks)
    return one.model == other.model and same_tasks and one.budget == other.budget
