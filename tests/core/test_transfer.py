"""Standings, paired differences and cost a point: worked examples, and coverage by simulation."""

import random
from itertools import pairwise

import pytest

from stop_tui.core import events as ev
from stop_tui.core.statistics import estimate
from stop_tui.core.transfer import per_point, standings

# Two materials for shoe soles, one on either foot of ten boys: Box, Hunter and Hunter, Statistics
# for Experimenters (1978), table 4.3. R carries it as MASS::shoes; figures are those of t.test.
MATERIAL_A = [13.2, 8.2, 10.9, 14.3, 10.7, 6.6, 9.5, 10.8, 8.8, 13.3]
MATERIAL_B = [14.0, 8.8, 11.2, 14.2, 11.8, 6.4, 9.8, 11.3, 9.3, 13.6]

DRAWS = 2000


def test_differences_are_paired_as_in_the_example_of_the_shoes():
    scores = {"a": {"shoes": MATERIAL_A}, "b": {"shoes": MATERIAL_B}}
    first, second = standings(scores, ["shoes"], "b")
    assert (first.program, second.program) == ("a", "b")
    assert first.difference is not None
    assert first.difference.mean == pytest.approx(-0.41)
    assert (first.difference.low, first.difference.high) == pytest.approx(
        (-0.6869539, -0.1330461), abs=1e-6
    )
    assert first.chance == pytest.approx(0.008539 / 2, abs=1e-6)
    assert (second.difference, second.chance) == (None, None)


def test_a_mean_over_tasks_needs_all_of_them():
    scores = {"a": {"x": [0.2, 0.4], "y": []}, "b": {"x": [0.1, 0.1], "y": []}}
    assert standings(scores, ["x", "y"], "b") == ()
    assert standings(scores, ["y"], "b") == ()
    assert len(standings(scores, ["x"], "b")) == 2


def test_every_task_weighs_the_same():
    scores = {"a": {"x": [0.2, 0.4], "y": [0.8]}, "b": {"x": [0.1, 0.1], "y": [0.2]}}
    (standing, _) = standings(scores, ["x", "y"], "b")
    assert standing.utility.mean == pytest.approx((0.3 + 0.8) / 2)
    assert standing.difference is not None
    assert standing.difference.mean == pytest.approx((0.2 + 0.6) / 2)


def test_a_point_costs_the_cost_over_the_points():
    found = per_point(24, estimate([0.10, 0.14, 0.12]))
    assert found is not None
    assert found.mean == pytest.approx(2.0)
    gain = estimate([0.10, 0.14, 0.12])
    assert gain.low is not None and gain.high is not None
    assert (found.low, found.high) == pytest.approx((0.24 / gain.high, 0.24 / gain.low))


@pytest.mark.parametrize("gain", [[-0.1, -0.2], [0.0, 0.0]], ids=["loss", "nothing"])
def test_no_point_gained_has_no_cost(gain):
    assert per_point(24, estimate(gain)) is None


def test_a_gain_that_may_be_nothing_has_no_upper_bound_of_its_cost():
    found = per_point(24, estimate([0.0, 0.3]))
    assert found is not None
    assert found.high is None
    assert found.low is not None and found.low < found.mean


def test_a_single_gain_has_a_cost_without_an_interval():
    found = per_point(24, ev.Estimate(mean=0.24, standard_error=None, low=None, high=None, n=1))
    assert found is not None
    assert found.mean == pytest.approx(1.0)
    assert (found.low, found.high) == (None, None)


def simulated(draw, *, gain, repeats, tasks):
    """Two programs on shared instances: how hard they are moves both alike."""
    scores = {"better": {}, "seed": {}}
    for task in range(tasks):
        hard = [draw.gauss(0, 0.15) for _ in range(repeats)]
        scores["seed"][str(task)] = [0.5 + each + draw.gauss(0, 0.04) for each in hard]
        scores["better"][str(task)] = [0.5 + gain + each + draw.gauss(0, 0.08) for each in hard]
    return standings(scores, list(scores["seed"]), "seed")[0]


@pytest.mark.parametrize(
    ("repeats", "tasks"), [(5, 1), (10, 1), (5, 6)], ids=["5 of one", "10 of one", "5 of six"]
)
def test_intervals_of_utilities_and_differences_cover_the_truth_95_times_in_100(repeats, tasks):
    draw = random.Random(20231)
    utility = difference = 0
    for _ in range(DRAWS):
        found = simulated(draw, gain=0.05, repeats=repeats, tasks=tasks)
        utility += found.utility.low <= 0.55 <= found.utility.high
        difference += found.difference.low <= 0.05 <= found.difference.high
    assert 0.93 <= utility / DRAWS <= 0.97
    assert 0.93 <= difference / DRAWS <= 0.97


def test_what_a_point_costs_is_covered_too_as_far_as_it_is_bounded():
    draw = random.Random(20232)
    truth = 24 * 0.01 / 0.05
    covered = 0
    for _ in range(DRAWS):
        difference = simulated(draw, gain=0.05, repeats=8, tasks=1).difference
        found = per_point(24, difference)
        # Where nothing was gained the interval of the cost is all that lies above its least.
        low = 0.24 / difference.high if difference.high > 0 else float("inf")
        high = None if found is None else found.high
        covered += low <= truth and (high is None or truth <= high)
    assert 0.93 <= covered / DRAWS <= 0.97


def test_the_chance_of_being_better_is_right_as_often_as_it_says():
    draw = random.Random(20233)
    told: dict[bool, list[float]] = {True: [], False: []}
    for _ in range(DRAWS):
        gain = draw.uniform(-0.3, 0.3)  # flat beside the noise, as the chance takes it to be
        told[gain > 0].append(simulated(draw, gain=gain, repeats=5, tasks=1).chance)
    for low, high in pairwise([0.0, 0.1, 0.9, 1.0]):
        right = sum(low <= chance <= high for chance in told[True])
        every = right + sum(low <= chance <= high for chance in told[False])
        mean = [c for chances in told.values() for c in chances if low <= c <= high]
        assert right / every == pytest.approx(sum(mean) / len(mean), abs=0.06)


def test_pairing_is_what_makes_the_difference_sharp():
    found = simulated(random.Random(1), gain=0.05, repeats=5, tasks=6)
    assert found.difference is not None
    assert found.difference.standard_error < found.utility.standard_error
