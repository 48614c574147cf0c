"""A curve over independent runs: held-out meta-utility by meta-iteration, and what became of it.

Pure. Every run is measured on instances of its own, the same for all of its versions. So a run's
gain over its start is paired, runs are independent, and an interval over runs has everything in it:
the run's fortune, the choice of instances and the chance of the model.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from statistics import fmean

from stop_tui.core.events import Estimate
from stop_tui.core.state import State
from stop_tui.core.statistics import Scores, chance_better, estimate
from stop_tui.core.transfer import POINT

POINTS = 3
"""The gain, in points of 0.01, from which on the paper counts a run as one that gained."""

_DIGITS = 9
"""Far finer than a point, far coarser than what rounding does to a difference of means."""


class Direction(StrEnum):
    """What runs do on average from their start to their last meta-iteration."""

    RISES = "rises"
    DEGRADES = "degrades"
    UNCHANGED = "unchanged"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Point:
    """The incumbents after a meta-iteration (0: the starts): their mean held-out meta-utility over
    runs, in [0, 1], their mean gain over the start of the same run, and the chance in [0, 1] that
    the true mean gain is above zero (None for one run)."""

    iteration: int
    utility: Estimate
    gain: Estimate
    chance: float | None


@dataclass(frozen=True, slots=True)
class Curve:
    """Runs together, by meta-iteration, and each by itself: the utilities of its incumbents and
    their gains over its start."""

    points: tuple[Point, ...]
    utilities: tuple[tuple[float, ...], ...]
    gains_by_run: tuple[tuple[float, ...], ...]

    @property
    def gains(self) -> tuple[float, ...]:
        """What each run won from its start to its end."""
        return tuple(gains[-1] for gains in self.gains_by_run)

    @property
    def gained(self) -> int:
        """How many runs gained `POINTS` or more."""
        return sum(gain >= round(POINTS * POINT, _DIGITS) for gain in self.gains)

    @property
    def lost(self) -> int:
        """How many runs lost `POINTS` or more."""
        return sum(gain <= -round(POINTS * POINT, _DIGITS) for gain in self.gains)

    @property
    def direction(self) -> Direction:
        """By the 95 % interval of the last gain, not by its mean: unknown where it has zero in it,
        or where there is one run and no interval."""
        gain = self.points[-1].gain
        if not any(self.gains):
            return Direction.UNCHANGED
        if gain.low is None or gain.high is None:
            return Direction.UNKNOWN
        if gain.low > 0:
            return Direction.RISES
        return Direction.DEGRADES if gain.high < 0 else Direction.UNKNOWN


def curve(runs: Sequence[Sequence[Scores]]) -> Curve:
    """The curve of `runs`; each has the scores of its incumbent after 0, 1, ... meta-iterations.

    Raises ValueError for no run, for runs of different lengths, and where the scores of a run are
    not of the same tasks and repeats throughout.
    """
    if not runs:
        raise ValueError("no run to draw a curve of")
    utilities = tuple(tuple(_mean(scores) for scores in run) for run in runs)
    gains = tuple(tuple(_gain(now, run[0]) for now in run) for run in runs)
    points = [
        Point(
            iteration,
            estimate(after),
            estimate(gained),
            chance_better({"": gained}, {"": [0.0] * len(gained)}),
        )
        for iteration, (after, gained) in enumerate(
            zip(zip(*utilities, strict=True), zip(*gains, strict=True), strict=True)
        )
    ]
    return Curve(tuple(points), utilities, gains)


def _mean(scores: Scores) -> float:
    """Over tasks, of the means over repeats; intervals are over runs, so none is needed here."""
    return fmean(fmean(values) for values in scores.values())


def _gain(now: Scores, start: Scores) -> float:
    """Rounded, so that what differs in its last binary digits alone is the same."""
    shapes = [{task: len(values) for task, values in each.items()} for each in (now, start)]
    if shapes[0] != shapes[1]:
        raise ValueError(f"tasks and repeats differ: {shapes[0]} and {shapes[1]}")
    return round(_mean(now) - _mean(start), _DIGITS)


def incumbents(state: State) -> tuple[str, ...]:
    """The incumbent (its hash) before the first meta-iteration of a run and after each that is
    over; one that failed, or whose proposal was rejected, keeps it."""
    assert state.started is not None, "a journal starts with run-started"
    found = [state.started.source]
    for number in sorted(state.iterations):
        iteration = state.iterations[number]
        if not iteration.over:
            break
        if iteration.commit is not None and number in state.versions:
            found.append(state.versions[number].source)
        else:
            found.append(iteration.stepped_back or found[-1])
    return tuple(found)
