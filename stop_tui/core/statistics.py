"""What a handful of measured utilities says: means, intervals, and the chance of being better.

Repeats of a task are a sample; tasks are fixed, not sampled: what is estimated is the mean over
exactly these tasks. Intervals are two-sided 95 % t intervals. They are not cut to [0, 1] even
where utilities are: one that sticks out says that the normal model is rough there.
"""

import math
from collections.abc import Mapping, Sequence
from statistics import NormalDist

from stop_tui.core import student_t
from stop_tui.core.events import Estimate

Scores = Mapping[str, Sequence[float]]
"""Utilities, or differences of such, by task and repeat."""

_CONFIDENCE = 0.95
_DIGITS = 12


def estimate(values: Sequence[float]) -> Estimate:
    """The mean of `values` with its standard error s / sqrt(n) and its interval.

    A single value has no standard error and no interval. Raises ValueError for no values and for
    NaN or infinity.
    """
    return meta_utility({"": values})


def meta_utility(scores: Scores) -> Estimate:
    """The mean over tasks of the mean over repeats; for one task the same as `estimate`.

    The standard error is that of a stratified sample: sqrt(sum of the tasks' squared standard
    errors) / number of tasks. None if a task has a single repeat. `n` is the number of all
    values. Source of the degrees of freedom: B. L. Welch, Biometrika 34 (1947) 28;
    F. E. Satterthwaite, Biometrics Bulletin 2 (1946) 110. Raises ValueError for no task, a task
    without values, and NaN or infinity.
    """
    mean, count = _mean(scores), sum(map(len, scores.values()))
    spread = _spread(scores)
    if spread is None:
        return Estimate(mean=mean, standard_error=None, low=None, high=None, n=count)
    error, freedom = spread
    reach = error * student_t.quantile((1 + _CONFIDENCE) / 2, freedom)
    return Estimate(mean=mean, standard_error=error, low=mean - reach, high=mean + reach, n=count)


def paired_difference(first: Scores, second: Scores) -> Estimate:
    """The mean of `first` minus `second`, paired by task and repeat.

    Raises ValueError when the two do not have the same tasks with as many repeats each.
    """
    return meta_utility(_differences(first, second))


def chance_better(first: Scores, second: Scores) -> float | None:
    """The probability, in [0, 1], that the true mean of `first` minus `second` is above zero.

    It is the posterior under a flat prior: the t distribution function at mean / standard error.
    Where all differences are equal it is 1, 0.5 or 0 by their sign; None where a task has a
    single repeat. Raises ValueError as `paired_difference` does.
    """
    differences = _differences(first, second)
    mean, spread = _mean(differences), _spread(differences)
    if spread is None:
        return None
    error, freedom = spread
    if error == 0:
        return 0.5 if mean == 0 else float(mean > 0)
    return student_t.cdf(mean / error, freedom)


def wilson(successes: int, n: int) -> tuple[float, float]:
    """The 95 % score interval, within [0, 1], of a proportion with `successes` of `n` trials.

    (0, 1) for no trial. Source: E. B. Wilson, Journal of the American Statistical Association 22
    (1927) 209. Raises ValueError unless 0 <= successes <= n.
    """
    if not 0 <= successes <= n:
        raise ValueError(f"{successes} successes in {n} trials")
    if n == 0:
        return 0.0, 1.0
    z = NormalDist().inv_cdf((1 + _CONFIDENCE) / 2)
    share = successes / n
    centre = share + z * z / (2 * n)
    reach = z * math.sqrt(share * (1 - share) / n + z * z / (4 * n * n))
    scale = 1 + z * z / n
    low = 0.0 if successes == 0 else (centre - reach) / scale
    high = 1.0 if successes == n else (centre + reach) / scale
    return low, high


def _mean(scores: Scores) -> float:
    if not scores:
        raise ValueError("no task to take the mean over")
    for task, values in scores.items():
        if not values:
            raise ValueError(f"no value to take the mean over (task {task!r})")
        if not all(map(math.isfinite, values)):
            raise ValueError(f"a value is not a finite number (task {task!r})")
    return _average([_average(values) for values in scores.values()])


def _spread(scores: Scores) -> tuple[float, float] | None:
    """Standard error of the mean over tasks and its degrees of freedom; None where unknown."""
    if any(len(values) < 2 for values in scores.values()):
        return None
    squares = [_squared_error(values) for values in scores.values()]
    total = math.fsum(squares)
    most_freedom = float(sum(len(values) - 1 for values in scores.values()))
    if total == 0:
        return 0.0, most_freedom
    # Shares, not squares, go into the formula: squares of tiny errors would underflow.
    shares = [square / total for square in squares]
    inverse = math.fsum(
        share * share / (len(values) - 1)
        for share, values in zip(shares, scores.values(), strict=True)
    )
    return math.sqrt(total) / len(scores), min(1 / inverse, most_freedom)


def _squared_error(values: Sequence[float]) -> float:
    centre, count = _average(values), len(values)
    return math.fsum((value - centre) ** 2 for value in values) / (count - 1) / count


def _average(values: Sequence[float]) -> float:
    """The mean; of equal values exactly their value, so that they have no spread at all."""
    return values[0] if min(values) == max(values) else math.fsum(values) / len(values)


def _differences(first: Scores, second: Scores) -> dict[str, list[float]]:
    """Differences by task, rounded: equal steps of utilities differ in their last binary digits,
    and such noise must not look like a spread, nor like an improvement."""
    if first.keys() != second.keys():
        raise ValueError(f"tasks differ: {sorted(first)} and {sorted(second)}")
    for task, values in first.items():
        if len(values) != len(second[task]):
            raise ValueError(f"task {task!r}: {len(values)} repeats and {len(second[task])}")
    return {
        task: [round(a - b, _DIGITS) for a, b in zip(values, second[task], strict=True)]
        for task, values in first.items()
    }
