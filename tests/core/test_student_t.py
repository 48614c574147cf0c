"""The t distribution against closed forms and published tables."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stop_tui.core import student_t

# Two-sided 95 % points as in common tables (for instance NIST's), to ten digits.
TABLE = {
    1: 12.70620474,
    2: 4.302652730,
    3: 3.182446305,
    4: 2.776445105,
    5: 2.570581836,
    10: 2.228138852,
    20: 2.085963447,
    30: 2.042272456,
    100: 1.983971519,
    120: 1.979930405,
}


@pytest.mark.parametrize(("freedom", "point"), TABLE.items())
def test_quantiles_are_those_of_the_tables(freedom: int, point: float) -> None:
    assert student_t.quantile(0.975, freedom) == pytest.approx(point, rel=1e-9)
    assert student_t.quantile(0.025, freedom) == pytest.approx(-point, rel=1e-9)


@given(st.floats(-1e6, 1e6))
def test_it_has_its_closed_forms_for_one_and_two_degrees(t: float) -> None:
    assert student_t.cdf(t, 1) == pytest.approx(0.5 + math.atan(t) / math.pi, abs=1e-13)
    assert student_t.cdf(t, 2) == pytest.approx(0.5 + t / (2 * math.sqrt(2 + t * t)), abs=1e-13)


@given(st.floats(0.01, 0.99), st.floats(1, 1e6))
def test_the_quantile_undoes_the_distribution_function(p: float, freedom: float) -> None:
    assert student_t.cdf(student_t.quantile(p, freedom), freedom) == pytest.approx(p, abs=1e-9)


def test_with_many_degrees_it_is_the_normal_distribution() -> None:
    assert student_t.quantile(0.975, 1e7) == pytest.approx(1.959963985, abs=1e-6)


def test_it_is_certain_at_infinity() -> None:
    assert student_t.cdf(math.inf, 3) == 1.0
    assert student_t.cdf(-math.inf, 3) == 0.0
    assert student_t.cdf(1e300, 3) == 1.0


def test_what_has_no_meaning_is_refused() -> None:
    with pytest.raises(ValueError, match="degrees of freedom"):
        student_t.cdf(1.0, 0)
    for probability in (0.0, 1.0, math.nan):
        with pytest.raises(ValueError, match="probability"):
            student_t.quantile(probability, 3)
