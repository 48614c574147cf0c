"""What measured improvers are worth beside each other: utilities, paired differences, cost a point.

Pure. Whoever measures gives, for each program, its utilities by task; the n-th value of every
program on a task is of the same repeat, hence on the same instances with the same seeds.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from stop_tui.core.events import Estimate
from stop_tui.core.statistics import Scores, chance_better, meta_utility, paired_difference

UNASKED_REPEATS = 4
"""Repeats of each task at most, unless somebody asks for more: enough for an interval, and few
enough for all six tasks in three minutes on two cores, where many solutions use all the time that
they have."""

POINT = 0.01
"""A point, as the paper counts them: one per cent of utility."""


@dataclass(frozen=True, slots=True)
class Standing:
    """One program, on one task or over several: its utility in [0, 1], and beside the program that
    it is compared with the paired difference and the chance in [0, 1] of being better (None for
    that program itself)."""

    program: str
    utility: Estimate
    difference: Estimate | None
    chance: float | None


@dataclass(frozen=True, slots=True)
class PerPoint:
    """What a point gained costs, in the unit of the cost: `mean`, and `low` to `high` as the 95 %
    interval of the gain has it, taking the cost as known. `high` is None where the gain may be
    nothing, and `low` and `high` are where the gain has no interval."""

    mean: float
    low: float | None
    high: float | None


def standings(
    scores: Mapping[str, Scores], tasks: Sequence[str], against: str
) -> tuple[Standing, ...]:
    """How the programs in `scores` stand on `tasks`, in order, each beside the program `against`.

    Empty where one of `tasks` has no values: a mean over some of them would be another figure.
    Raises ValueError when the programs have not the same repeats.
    """
    kept = {name: {task: of[task] for task in tasks if of[task]} for name, of in scores.items()}
    if any(len(of) < len(tasks) for of in kept.values()) or not tasks:
        return ()
    return tuple(
        Standing(
            name,
            meta_utility(of),
            None if name == against else paired_difference(of, kept[against]),
            None if name == against else chance_better(of, kept[against]),
        )
        for name, of in kept.items()
    )


def per_point(cost: float, gain: Estimate) -> PerPoint | None:
    """What a point of `gain` costs when all of it costs `cost`; None where nothing was gained."""
    if gain.mean <= 0:
        return None
    mean = cost * POINT / gain.mean
    if gain.low is None or gain.high is None:
        return PerPoint(mean, None, None)
    high = cost * POINT / gain.low if gain.low > 0 else None
    return PerPoint(mean, cost * POINT / gain.high, high)
