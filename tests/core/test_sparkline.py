"""Small curves."""

import math

from stop_tui.core.sparkline import sparkline


def test_the_least_value_is_lowest_and_the_greatest_highest() -> None:
    assert sparkline([0.1, 0.9, 0.5]) == "▁█▅"


def test_bounds_hold_even_for_values_outside() -> None:
    assert sparkline([0.0, 0.5, 1.0, -3.0, 7.0, math.inf], 0.0, 1.0) == "▁▅█▁██"


def test_what_is_unknown_is_blank() -> None:
    assert sparkline([0.0, None, math.nan, 1.0]) == "▁  █"
    assert sparkline([None]) == " "
    assert sparkline([]) == ""


def test_a_flat_curve_is_drawn_low() -> None:
    assert sparkline([0.5, 0.5]) == "▁▁"
