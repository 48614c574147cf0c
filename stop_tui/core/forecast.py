"""What the rest of a meta-iteration may still cost, by what the run has cost so far. Pure."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from statistics import fmean

from stop_tui.core.spending import Spent, total
from stop_tui.core.state import Iteration, RepeatKey, State, Status


@dataclass(frozen=True, slots=True)
class Forecast:
    """What may still come in a meta-iteration."""

    responses_at_most: int
    """As budgets allow, with every candidate that the incumbent may still ask about."""
    repeats: int
    """Program runs on tasks that are likely to come or to end: those of the candidates by now, of
    as many more as the meta-iterations before had, and of the fresh measurement."""
    tokens: int | None
    usd: float | None
    """What these are likely to use more, at the mean of this run's repeats so far (of the same
    improver, where it has any); None while that is unknown."""


def forecast(state: State) -> Forecast | None:
    """What the meta-iteration begun last may still cost; None where none is under way."""
    current = state.current
    if current is None or current.over or state.status is Status.FINISHED:
        return None
    settings = state.settings
    a_program = settings.budget.lm_calls * settings.budget.responses_per_call
    a_candidate = settings.repeats * len(settings.tasks)
    left = [key for key in _known_to_come(state, current) if key not in state.repeats]
    begun = [current.programs.get(program_name(key), Spent()) for key in left]
    at_most = sum(max(0, a_program - spent.responses) for spent in begun)
    more = 0
    if current.proposal is None:
        itself = current.programs.get(f"I{current.number}", Spent())
        further = max(0, settings.budget.utility_calls - len(current.candidates))
        at_most += max(0, a_program - itself.responses) + further * a_candidate * a_program
        more = min(further, _more_candidates(state, current)) * a_candidate
    means = _Means(state)
    return Forecast(
        at_most,
        len(left) + more,
        tokens=means.tokens(left, begun, more),
        usd=means.usd(left, begun, more),
    )


def program_name(key: RepeatKey) -> str:
    """The name of the program run that is the repeat `key`."""
    iteration, phase, improver, task, repeat = key
    return f"I{iteration}/{phase.split('/')[0]}/{improver[:16]}/{task}/r{repeat}"


def _known_to_come(state: State, current: Iteration) -> Iterator[RepeatKey]:
    """Repeats of the candidates that are being evaluated, and of the fresh measurement; the
    improver is empty where nobody knows it yet. Those that are done are among them."""
    number, settings = current.number, state.settings
    for candidate in current.candidates.values():
        execution = current.executions.get(candidate.source)
        refused = execution is not None and not execution.allowed
        if candidate.meta_utility is None and not candidate.abandoned and not refused:
            for task in settings.tasks:
                for repeat in range(1, settings.repeats + 1):
                    yield number, "selection", candidate.source, task, repeat
    reviewed = current.under_review
    if reviewed == current.incumbent:  # unchanged: there is nothing to measure
        return
    for improver in (reviewed or "", current.incumbent):
        for task in settings.tasks:
            for repeat in range(1, settings.repeats + current.extra_repeats + 1):
                yield number, f"measure/I{number}", improver, task, repeat


def _more_candidates(state: State, current: Iteration) -> int:
    """How many more candidates there will be, as in the meta-iterations that are over."""
    before = [len(each.candidates) for each in state.iterations.values() if each.over]
    return max(0, round(fmean(before)) - len(current.candidates)) if before else 0


class _Means:
    """What a repeat has cost in this run."""

    def __init__(self, state: State) -> None:
        self._of: dict[str, list[Spent]] = defaultdict(list)
        for key in state.repeats:
            iteration = state.iterations.get(key[0])
            if iteration is not None:
                self._of[key[2]].append(iteration.programs.get(program_name(key), Spent()))
        self._all = [spent for found in self._of.values() for spent in found]
        self._sum = total(self._all)

    def tokens(self, left: list[RepeatKey], begun: list[Spent], more: int) -> int | None:
        """What the repeats `left`, of which some have `begun`, and `more` will use."""
        if self._sum.uncounted:
            return None
        expected = self._expected(left, more, "tokens_at_least", begun)
        return None if expected is None else round(expected)

    def usd(self, left: list[RepeatKey], begun: list[Spent], more: int) -> float | None:
        """The same in US dollars."""
        if self._sum.unpriced:
            return None
        return self._expected(left, more, "usd_at_least", begun)

    def _expected(
        self, left: list[RepeatKey], more: int, figure: str, begun: list[Spent]
    ) -> float | None:
        if not self._all:
            return None if left or more else 0.0
        overall = fmean(getattr(spent, figure) for spent in self._all)
        means = {
            improver: fmean(getattr(spent, figure) for spent in found)
            for improver, found in self._of.items()
        }
        expected = more * overall
        for key, spent in zip(left, begun, strict=True):
            expected += max(0.0, means.get(key[2], overall) - getattr(spent, figure))
        return float(expected)
