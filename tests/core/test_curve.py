"""Curves over runs: a worked example, what counts as rising, and coverage by simulation."""

import random

import pytest

from stop_tui.core import events as ev
from stop_tui.core.curve import Curve, Direction, curve, incumbents
from stop_tui.core.state import fold

# Extra hours of sleep of ten patients under two drugs: Student (W. S. Gosset), The probable error
# of a mean, Biometrika 6 (1908) 1. R carries it as `sleep`; the results are those of t.test.
FIRST_DRUG = [0.7, -1.6, -0.2, -1.2, -0.1, 3.4, 3.7, 0.8, 0.0, 2.0]
SECOND_DRUG = [1.9, 0.8, 1.1, 0.1, -0.1, 4.4, 5.5, 1.6, 4.6, 3.4]

DRAWS = 2000


def of(*runs: list[float]) -> Curve:
    """Runs with one repeat of one task."""
    return curve([[{"t": [utility]} for utility in run] for run in runs])


def test_gains_are_paired_within_the_run_as_the_drugs_are_within_the_patient():
    found = of(*map(list, zip(FIRST_DRUG, SECOND_DRUG, strict=True)))
    start, end = found.points
    assert (start.utility.mean, end.utility.mean) == pytest.approx((0.75, 2.33))
    assert end.utility.standard_error == pytest.approx(0.6331666, abs=1e-6)
    assert end.gain.mean == pytest.approx(1.58)
    assert (end.gain.low, end.gain.high) == pytest.approx((0.7001142, 2.4598858), abs=1e-7)
    assert end.chance == pytest.approx(1 - 0.002833 / 2, abs=1e-6)
    assert (start.gain.mean, start.gain.standard_error) == (0.0, 0.0)


def test_a_run_is_the_mean_over_its_tasks_of_the_mean_over_its_repeats():
    start = {"x": [0.2, 0.4], "y": [0.5]}
    end = {"x": [0.4, 0.6], "y": [0.9]}
    found = curve([[start, end]])
    assert found.utilities == (pytest.approx((0.4, 0.7)),)
    assert found.gains == pytest.approx((0.3,))


def test_three_points_are_enough_and_a_hair_less_is_not():
    found = of([0.5, 0.53], [0.6, 0.57], [0.5, 0.5299], [0.5, 0.4701], [0.1, 0.4])
    assert (found.gained, found.lost) == (2, 1)


@pytest.mark.parametrize(
    ("runs", "direction"),
    [
        ([[0.5, 0.6], [0.5, 0.62], [0.4, 0.52]], Direction.RISES),
        ([[0.5, 0.4], [0.5, 0.38], [0.4, 0.28]], Direction.DEGRADES),
        ([[0.5, 0.9], [0.5, 0.3], [0.4, 0.5]], Direction.UNKNOWN),
        ([[0.5, 0.9]], Direction.UNKNOWN),
        ([[0.5, 0.5], [0.4, 0.4]], Direction.UNCHANGED),
        ([[0.5, 0.9, 0.5], [0.4, 0.8, 0.4]], Direction.UNCHANGED),
    ],
    ids=["better", "worse", "wide", "one run", "same", "back again"],
)
def test_the_direction_is_that_of_the_last_interval_and_not_of_a_bare_mean(runs, direction):
    assert of(*runs).direction is direction


def test_one_run_has_no_interval():
    (point, _) = of([0.5, 0.6]).points
    assert (point.utility.standard_error, point.gain.low, point.chance) == (None, None, None)


@pytest.mark.parametrize(
    "runs",
    [
        [],
        [[{"t": [0.5]}], [{"t": [0.5]}, {"t": [0.6]}]],
        [[{"t": [0.5]}, {"u": [0.5]}]],
        [[{"t": [0.5]}, {"t": [0.5, 0.6]}]],
    ],
    ids=["none", "lengths", "tasks", "repeats"],
)
def test_what_cannot_be_paired_is_refused(runs):
    with pytest.raises(ValueError):
        curve(runs)


def simulated(draw: random.Random, gain: float, runs: int) -> Curve:
    """Runs that differ, on instances of their own that differ, answered by chance."""

    def run():
        hard = [draw.gauss(0, 0.1) for _ in range(5)]
        fortune = draw.gauss(0, 0.06)
        return [
            {"t": [0.6 + gained + each + draw.gauss(0, 0.08) for each in hard]}
            for gained in (0.0, gain + fortune)
        ]

    return curve([run() for _ in range(runs)])


@pytest.mark.parametrize("runs", [3, 8])
def test_intervals_cover_the_truth_95_times_in_100(runs):
    draw = random.Random(20234)
    utility = gained = 0
    for _ in range(DRAWS):
        last = simulated(draw, 0.04, runs).points[-1]
        utility += last.utility.low <= 0.64 <= last.utility.high
        gained += last.gain.low <= 0.04 <= last.gain.high
    assert 0.93 <= utility / DRAWS <= 0.97
    assert 0.93 <= gained / DRAWS <= 0.97


def test_a_model_that_does_nothing_is_rarely_said_to_do_something():
    draw = random.Random(20235)
    found = [simulated(draw, 0.0, 5).direction for _ in range(DRAWS)]
    assert 0.03 <= 1 - found.count(Direction.UNKNOWN) / DRAWS <= 0.07


def events_of(*outcomes: str) -> list[ev.AnyEvent]:
    """A run whose meta-iterations were accepted (a version's name), rejected or failed."""
    started = ev.RunStarted(settings=ev.Settings(name="run"), source="seed", tasks={})
    events: list[ev.AnyEvent] = [started]
    for number, outcome in enumerate(outcomes, start=1):
        events.append(ev.IterationStarted(iteration=number, incumbent="?"))
        if outcome == "failed":
            events.append(ev.IterationFailed(iteration=number, reason=""))
            continue
        choice = "reject" if outcome == "rejected" else "approve"
        events.append(ev.DecisionMade(iteration=number, choice=choice, source=outcome, by="all"))
        if choice == "approve":
            events.append(ev.VersionCommitted(iteration=number, source=outcome, commit="c"))
    return events


def test_what_fails_or_is_rejected_keeps_the_incumbent():
    state = fold(events_of("a", "failed", "rejected", "b"))
    assert incumbents(state) == ("seed", "a", "a", "a", "b")


def test_a_meta_iteration_under_way_has_no_incumbent_yet():
    begun = ev.IterationStarted(iteration=2, incumbent="a")
    assert incumbents(fold([*events_of("a"), begun])) == ("seed", "a")
