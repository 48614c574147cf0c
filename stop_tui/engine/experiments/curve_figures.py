"""What runs of a curve and their baselines come to, as far as they are measured."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from stop_tui.core import events as ev
from stop_tui.core.curve import Curve, curve
from stop_tui.core.statistics import Scores
from stop_tui.engine.experiments.curve import CurveRun
from stop_tui.engine.experiments.measurements import Measurements
from stop_tui.engine.transfer import SEED_IMPROVER, Comparison, Programs, compared


class Remarks(NamedTuple):
    """What a reader of a figure should know of the repeats that it rests on: how many failed, how
    many things were verifiably attempted in them, how many found something with a suspicious
    score, how many are not reproducible."""

    failed: int
    attempts: int
    suspicious: int
    not_reproducible: int


@dataclass(frozen=True, slots=True)
class CurveFigures:
    """`runs` are those that count: complete, and measured throughout. `curve` is None while there
    is none; `remarks` go with its points."""

    runs: tuple[CurveRun, ...]
    curve: Curve | None
    remarks: tuple[Remarks, ...]
    baselines: Comparison


def curve_figures(
    measurements: Measurements, tasks: Sequence[str], runs: Sequence[CurveRun], programs: Programs
) -> CurveFigures:
    """The figures of `runs` on `tasks`, and of `programs` beside the seed improver."""
    measured = {task: set(measurements.complete(task)) for task in tasks}
    counting = tuple(
        run
        for run in runs
        if run.complete and all(set(run.repeats) <= measured[task] for task in tasks)
    )
    repeats = [
        [_repeats(measurements, source, tasks, run.repeats) for source in run.sources]
        for run in counting
    ]
    return CurveFigures(
        counting,
        curve([[_scores(each) for each in run] for run in repeats]) if counting else None,
        tuple(
            _remarks(measurements, [repeat for by_task in after for repeat in _all(by_task)])
            for after in zip(*repeats, strict=True)
        ),
        compared(measurements, tasks, programs, SEED_IMPROVER),
    )


_Repeats = Mapping[str, Sequence[ev.RepeatFinished]]


def _repeats(
    measurements: Measurements, source: str, tasks: Sequence[str], numbers: Sequence[int]
) -> _Repeats:
    return {
        task: [
            repeat
            for number in numbers
            if (repeat := measurements.repeat(source, task, number)) is not None
        ]
        for task in tasks
    }


def _all(by_task: _Repeats) -> list[ev.RepeatFinished]:
    return [repeat for repeats in by_task.values() for repeat in repeats]


def _scores(by_task: _Repeats) -> Scores:
    """The utilities on test instances."""
    return {
        task: [0.0 if repeat.test is None else repeat.test for repeat in repeats]
        for task, repeats in by_task.items()
    }


def _remarks(measurements: Measurements, repeats: Sequence[ev.RepeatFinished]) -> Remarks:
    return Remarks(
        failed=sum(repeat.failure is not None for repeat in repeats),
        attempts=measurements.attempts(repeats),
        suspicious=sum(bool(measurements.suspicions(repeat)) for repeat in repeats),
        not_reproducible=sum(bool(repeat.untimely) for repeat in repeats),
    )
