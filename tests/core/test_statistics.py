"""Estimates against published worked examples and against simulation."""

import math
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stop_tui.core.statistics import (
    chance_better,
    estimate,
    meta_utility,
    paired_difference,
    wilson,
)

# Extra hours of sleep under two drugs: Student (W. S. Gosset), The probable error of a mean,
# Biometrika 6 (1908) 1, table on p. 20. R carries it as `sleep`; the results are those of t.test.
FIRST_DRUG = [0.7, -1.6, -0.2, -1.2, -0.1, 3.4, 3.7, 0.8, 0.0, 2.0]
SECOND_DRUG = [1.9, 0.8, 1.1, 0.1, -0.1, 4.4, 5.5, 1.6, 4.6, 3.4]

utilities = st.lists(st.floats(0, 1), min_size=2, max_size=8)


def test_the_mean_has_its_standard_error_and_interval() -> None:
    found = estimate([2.0, 4.0, 4.0, 5.0])
    assert found.mean == 3.75
    assert found.standard_error == pytest.approx(math.sqrt(4.75 / 3 / 4))
    assert found.high == pytest.approx(3.75 + 3.182446305 * math.sqrt(4.75 / 12))
    assert found.n == 4


def test_a_single_value_has_no_interval() -> None:
    found = estimate([0.5])
    assert (found.mean, found.standard_error, found.low, found.high, found.n) == (
        (0.5, None, None, None, 1)
    )


def test_equal_values_have_no_spread_whatever_their_digits() -> None:
    found = estimate([0.1] * 3)
    assert (found.mean, found.standard_error, found.low, found.high) == (0.1, 0.0, 0.1, 0.1)


@pytest.mark.parametrize("values", [[], [0.5, math.nan], [math.inf, 0.0]])
def test_what_has_no_mean_is_refused(values: list[float]) -> None:
    with pytest.raises(ValueError, match="value"):
        estimate(values)


def test_no_task_is_refused() -> None:
    with pytest.raises(ValueError, match="no task"):
        meta_utility({})


def test_paired_differences_are_those_of_students_sleep_data() -> None:
    found = paired_difference({"sleep": SECOND_DRUG}, {"sleep": FIRST_DRUG})
    assert found.mean == pytest.approx(1.58)
    assert (found.low, found.high) == pytest.approx((0.7001142, 2.4598858), abs=1e-7)
    chance = chance_better({"sleep": SECOND_DRUG}, {"sleep": FIRST_DRUG})
    assert chance == pytest.approx(1 - 0.002833 / 2, abs=1e-6)


def test_tasks_are_combined_as_welch_and_satterthwaite_do() -> None:
    """Welch's test of two samples is the interval of twice the mean of one and minus the other."""
    found = meta_utility({"one": FIRST_DRUG, "other": [-value for value in SECOND_DRUG]})
    assert found.low is not None
    assert found.high is not None
    assert (2 * found.low, 2 * found.high) == pytest.approx((-3.3654832, 0.2054832), abs=1e-7)


def test_every_task_weighs_the_same() -> None:
    assert meta_utility({"a": [0.0, 0.2, 0.1, 0.1], "b": [1.0, 0.8]}).mean == pytest.approx(0.5)
    assert meta_utility({"a": [0.0, 0.2, 0.1, 0.1], "b": [1.0, 0.8]}).n == 6


def test_a_task_with_one_repeat_leaves_the_spread_unknown() -> None:
    scores = {"a": [0.5, 0.6], "b": [0.5]}
    assert meta_utility(scores).standard_error is None
    assert chance_better(scores, {"a": [0.4, 0.4], "b": [0.4]}) is None


def test_a_task_without_spread_adds_none() -> None:
    alone, together = estimate([0.2, 0.4, 0.3]), meta_utility({"a": [0.2, 0.4, 0.3], "b": [1, 1]})
    assert alone.standard_error is not None
    assert together.standard_error == pytest.approx(alone.standard_error / 2)


@pytest.mark.parametrize(
    ("step", "chance"), [(0.1, 1.0), (0.0, 0.5), (-0.1, 0.0)], ids=["better", "same", "worse"]
)
def test_the_same_step_everywhere_is_certain(step: float, chance: float) -> None:
    before = [0.1, 0.2, 0.7]
    after = [value + step for value in before]
    assert chance_better({"a": after}, {"a": before}) == chance
    assert paired_difference({"a": after}, {"a": before}).standard_error == 0.0


def test_rounding_noise_is_no_improvement() -> None:
    assert chance_better({"a": [0.1 + 0.2] * 3}, {"a": [0.3] * 3}) == 0.5


def test_only_equal_tasks_and_repeats_can_be_paired() -> None:
    with pytest.raises(ValueError, match="tasks differ"):
        paired_difference({"a": [0.5, 0.5]}, {"b": [0.5, 0.5]})
    with pytest.raises(ValueError, match="task 'a': 1 repeats and 2"):
        paired_difference({"a": [0.5]}, {"a": [0.5, 0.5]})


@given(utilities, utilities)
def test_chance_and_difference_agree(first: list[float], second: list[float]) -> None:
    count = min(len(first), len(second))
    a, b = {"t": first[:count]}, {"t": second[:count]}
    difference, chance, reverse = (
        paired_difference(a, b),
        chance_better(a, b),
        chance_better(b, a),
    )
    assert chance is not None
    assert reverse is not None
    assert difference.low is not None
    assert chance + reverse == pytest.approx(1.0, abs=1e-9)
    assert (difference.low > 0) <= (chance > 0.974)


def covered(draw: random.Random, tasks: dict[str, tuple[float, float, int]]) -> bool:
    found = meta_utility(
        {
            task: [draw.gauss(mean, spread) for _ in range(repeats)]
            for task, (mean, spread, repeats) in tasks.items()
        }
    )
    truth = sum(mean for mean, _, _ in tasks.values()) / len(tasks)
    assert found.low is not None
    assert found.high is not None
    return found.low <= truth <= found.high


@pytest.mark.parametrize(
    "tasks",
    [
        {"one": (0.6, 0.1, 5)},
        {"one": (0.6, 0.1, 5), "other": (0.2, 0.02, 5), "third": (0.9, 0.05, 3)},
    ],
    ids=["one task", "three tasks"],
)
def test_the_interval_covers_the_truth_95_times_in_100(
    tasks: dict[str, tuple[float, float, int]],
) -> None:
    draw = random.Random(20230)
    share = sum(covered(draw, tasks) for _ in range(4000)) / 4000
    assert 0.94 <= share <= 0.97


# Unsandboxing in 10,000 improvements each: Zelikman et al. 2023, table 1, in percent.
@pytest.mark.parametrize(
    ("successes", "low", "high"),
    [(42, 0.31, 0.57), (46, 0.35, 0.61), (12, 0.07, 0.21), (17, 0.11, 0.27)],
)
def test_wilsons_interval_is_that_of_the_paper(successes: int, low: float, high: float) -> None:
    found = wilson(successes, 10_000)
    assert (round(100 * found[0], 2), round(100 * found[1], 2)) == (low, high)


def test_wilsons_interval_stays_within_its_bounds() -> None:
    assert wilson(0, 0) == (0.0, 1.0)
    assert wilson(0, 5)[0] == 0.0
    assert wilson(5, 5)[1] == 1.0
    with pytest.raises(ValueError, match="6 successes in 5 trials"):
        wilson(6, 5)
