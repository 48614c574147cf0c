"""Comparing two independent estimates."""

import pytest

from stop_tui.core.comparison import compare
from stop_tui.core.events import Estimate
from stop_tui.core.statistics import estimate


def test_welch_interval_and_degrees_of_freedom_match_a_worked_example() -> None:
    # The first example of Wikipedia's article on Welch's t-test: t = -2.46 with 25.0 degrees of
    # freedom, two-sided p = 0.021; 2.0595 is the tabulated 97.5 % point for 25 degrees.
    a = [27.5, 21.0, 19.0, 23.6, 17.0, 17.9, 16.9, 20.1, 21.9, 22.6, 23.1, 19.6, 19.0, 21.7, 21.4]
    b = [27.1, 22.0, 20.8, 23.4, 23.4, 23.5, 25.8, 22.0, 24.8, 20.2, 21.9, 22.1, 22.9, 20.5, 24.4]
    difference, chance = compare(estimate(a), estimate(b))
    assert difference.mean == pytest.approx(-2.1666667, abs=1e-6)
    assert difference.standard_error is not None and difference.low is not None
    assert difference.mean / difference.standard_error == pytest.approx(-2.46, abs=0.005)
    reach = difference.mean - difference.low
    assert reach / difference.standard_error == pytest.approx(2.0595, abs=1e-3)
    assert chance is not None
    assert 2 * chance == pytest.approx(0.021, abs=0.0005)


def test_a_single_value_gives_a_difference_without_an_interval() -> None:
    one = Estimate(mean=0.5, standard_error=None, low=None, high=None, n=1)
    difference, chance = compare(one, estimate([0.2, 0.4]))
    assert difference.mean == pytest.approx(0.2)
    assert difference.low is None
    assert chance is None


@pytest.mark.parametrize(("first", "chance"), [(0.5, 0.5), (0.6, 1.0), (0.4, 0.0)])
def test_estimates_without_spread_are_certain(first: float, chance: float) -> None:
    compared = compare(estimate([first, first]), estimate([0.5, 0.5]))
    assert compared.chance == chance
    assert compared.difference.low == compared.difference.high == pytest.approx(first - 0.5)
