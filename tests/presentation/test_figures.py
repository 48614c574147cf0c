"""Figures read the same wherever they stand: in a commit, a table, on a page."""

from stop_tui.core.events import Estimate
from stop_tui.presentation.figures import figure, short_with_error, with_error


def test_an_error_is_rounded_as_the_commit_rounds_it():
    # What a computer makes of half the distance between 0.9475 and 0.9825; the commit has 0.0175.
    measured = Estimate(0.965, 0.017499999999999960, 0.743, 1.187, 2)
    assert with_error(measured) == f"{figure(0.965)} ± {figure(0.0175)}" == "0.965 ± 0.018"
    assert short_with_error(measured) == ".965 ±.018"
