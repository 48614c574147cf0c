"""Comparing two measured meta-utilities that are not paired by instances. Pure.

Candidates of a meta-iteration are measured on its selection instances, incumbents on those of a
fresh measurement; where the engine pairs them, `statistics.paired_difference` is sharper.
"""

import math
from typing import NamedTuple

from stop_tui.core import student_t
from stop_tui.core.events import Estimate


class Comparison(NamedTuple):
    """A difference with its 95 % interval, and the chance in [0, 1] that the first is better."""

    difference: Estimate
    chance: float | None


def compare(first: Estimate, second: Estimate) -> Comparison:
    """`first` minus `second`, two independent estimates.

    The interval is Welch's, with the degrees of freedom of Welch and Satterthwaite from the numbers
    of values; both it and the chance are missing when a standard error is.
    Source: B. L. Welch, Biometrika 34 (1947) 28.
    """
    mean, count = first.mean - second.mean, first.n + second.n
    if first.standard_error is None or second.standard_error is None or min(first.n, second.n) < 2:
        return Comparison(
            Estimate(mean=mean, standard_error=None, low=None, high=None, n=count), None
        )
    squares = [(e.standard_error or 0.0) ** 2 for e in (first, second)]
    error = math.sqrt(sum(squares))
    if error == 0:
        chance = 0.5 if mean == 0 else float(mean > 0)
        return Comparison(
            Estimate(mean=mean, standard_error=0.0, low=mean, high=mean, n=count), chance
        )
    shares = [square / sum(squares) for square in squares]
    freedom = 1 / (shares[0] ** 2 / (first.n - 1) + shares[1] ** 2 / (second.n - 1))
    reach = error * student_t.quantile(0.975, freedom)
    estimate = Estimate(
        mean=mean, standard_error=error, low=mean - reach, high=mean + reach, n=count
    )
    return Comparison(estimate, student_t.cdf(mean / error, freedom))
