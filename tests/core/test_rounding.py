"""Figures read the same wherever they stand: in a reason, a table or a commit."""

import pytest

from stop_tui.core.rounding import figure, signed


@pytest.mark.parametrize(
    ("value", "told", "difference"),
    [
        (0.81249, "0.812", "+0.812"),
        (-0.02652, "-0.026", "-0.026"),  # by way of the -0.0265 that a commit keeps
        (-0.0003, "0.000", "+0.000"),
        (0.0, "0.000", "+0.000"),
        (None, "-", "-"),
    ],
)
def test_what_is_told_follows_from_what_a_commit_keeps(value, told, difference):
    assert (figure(value), signed(value)) == (told, difference)


def test_more_digits_can_be_asked_for():
    assert (figure(0.81249, 4), signed(-0.02652, 4)) == ("0.8125", "-0.0265")
