"""How `stop-tui experiment curve` tells what it found: tables and words for people, or JSON.

The answer is in the last lines, with what it rests on, so that whoever reads no more than those
gets it right.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from textwrap import fill

from stop_tui.commands import measured as told
from stop_tui.commands.output import print_json, print_table
from stop_tui.core import curve_paper as paper
from stop_tui.core import events as ev
from stop_tui.core.curve import Curve
from stop_tui.core.plain_text import one_line
from stop_tui.core.sparkline import sparkline
from stop_tui.core.spending import Spent, total
from stop_tui.engine.experiments.curve import CurveRun
from stop_tui.engine.experiments.curve_figures import CurveFigures
from stop_tui.engine.experiments.measurements import Measurements
from stop_tui.presentation import curves
from stop_tui.presentation import measured as words
from stop_tui.presentation.costs import cost_as_json, cost_words
from stop_tui.presentation.figures import (
    chance_words,
    counted,
    short,
    short_signed,
    short_with_error,
)
from stop_tui.presentation.lines import model_label
from stop_tui.presentation.shares import share_as_json

_WIDTH = 79
"""Columns of the answer, which is to be read whole on any terminal."""


def print_found(
    settings: ev.Settings,
    runs: Sequence[CurveRun],
    found: CurveFigures,
    measurements: Measurements,
    file: str,
) -> None:
    """Tables, then cost and places, then the answer."""
    print(
        f"Meta-utility on held-out instances of {one_line(', '.join(settings.tasks), 60)}, with\n"
        f"{model_label(settings.model)}, seed {settings.seed}\n"
        f"gate {settings.gate}: {curves.GATES[settings.gate]}\n"
    )
    if found.curve is None:
        print(f"0 of {counted(len(runs), 'run')} so far: there is no curve yet.\n")
    else:
        _print_curve(settings, len(runs), found, found.curve)
    _print_baselines(settings, found)
    print("± is a standard error, [ ] a 95 % interval. Gains are paired within each run and")
    print("differences by repeat, on the same instances. All programs have the same budget.")
    if _comparable(settings):
        print(paper.SOURCE)
    print(f"\nThe runs have cost {cost_words(_spent(runs))}.")
    print(f"All that is measured in this file has cost {cost_words(measurements.spent)}:")
    print(f"  {one_line(file, 200)}")
    names = [run.settings.name for run in runs if run.state is not None]
    if names:
        print(f"Each run is one of this workspace: stop-tui log {names[0]}")
        print("They are the latest runs now: name a version of another as RUN:I1.")
    for name in _cancelled(runs):
        print(f"The run {name} was cancelled and is left out.")
    _print_answer(settings, len(runs), found)


def _print_curve(settings: ev.Settings, wanted: int, found: CurveFigures, curve: Curve) -> None:
    done = len(found.runs)
    of = counted(done, "run") if done == wanted else f"{done} of {counted(wanted, 'run')} so far"
    print_table(
        f"{of}, {counted(settings.repeats, 'repeat')} each",
        ("after", "mean", "95 % interval", "gain over I0", "accepted"),
        [
            (
                f"I{point.iteration}",
                short_with_error(point.utility),
                curves.interval_words(point),
                curves.gain_words(point),
                _accepted_words(found.runs, point.iteration),
            )
            for point in curve.points
        ],
    )
    _print_notes((f"I{number}", words.note_words(of)) for number, of in enumerate(found.remarks))
    print_table(
        None,
        ("run", "curve", "I0", f"I{settings.iterations}", "gain"),
        [
            (
                run.settings.name,
                sparkline(utilities, *_bounds(curve)),
                short(utilities[0]),
                short(utilities[-1]),
                short_signed(gain),
            )
            for run, utilities, gain in zip(found.runs, curve.utilities, curve.gains, strict=True)
        ],
        numbers="234",
    )


def _bounds(curve: Curve) -> tuple[float, float]:
    """The least and the greatest utility of any run, so that all are drawn alike."""
    every = [utility for utilities in curve.utilities for utility in utilities]
    return min(every), max(every)


def _accepted_words(runs: Sequence[CurveRun], iteration: int) -> str:
    """``2/3``, or ``2/3, 1 failed``; a dash for the start."""
    if iteration == 0:
        return "-"
    accepted, failed = _accepted(runs, iteration), _failed(runs, iteration)
    return f"{accepted}/{len(runs)}" + (f", {failed} failed" if failed else "")


def _print_baselines(settings: ev.Settings, found: CurveFigures) -> None:
    rows = found.baselines.together
    if not rows:
        return
    reported = _reported(settings)
    columns = ["program", "utility", "to seed improver", "better"]
    cells = [
        [
            row.standing.program,
            words.utility_words(row.standing.utility),
            words.difference_words(row.standing),
            words.better_words(row.standing),
        ]
        for row in rows
    ]
    if found.curve is not None:
        cells.append(_last_row(found.curve))
    if reported:
        columns.insert(2, "paper")
        for line in cells:
            figures = reported.get(line[0])
            line.insert(
                2, "-" if figures is None else f"{short(figures.utility)} ±{short(figures.error)}"
            )
    print_table(
        f"baselines, {counted(rows[0].repeats, 'repeat')}, and where the runs ended",
        columns,
        cells,
        numbers="4" if reported else "3",
        least="4" if reported else "3",
    )
    _print_notes((row.standing.program, words.note_words(row)) for row in rows)


def _last_row(curve: Curve) -> list[str]:
    """The runs' last incumbents as a row beside the baselines; its intervals are over runs."""
    last = curve.points[-1]
    better = "-" if last.chance is None else chance_words(last.chance)
    return [
        f"I{last.iteration} of the runs",
        words.utility_words(last.utility),
        curves.gain_words(last),
        better,
    ]


def _print_notes(notes: Iterable[tuple[str, str]]) -> None:
    """What a reader should know of rows of the table above, if anything."""
    lines = [f"  {name}: {note}" for name, note in notes if note]
    if lines:
        print("\n".join((*lines, "")))


def _print_answer(settings: ev.Settings, wanted: int, found: CurveFigures) -> None:
    print()
    if found.curve is None:
        lines = ["CANNOT BE TOLD: no run is done and measured yet."]
    else:
        lines = [
            curves.line_words(found.curve),
            *curves.share_lines(found.curve),
            *curves.verdict_lines(found.curve, settings, wanted),
        ]
    lines.append(f"  paper: {paper.COURSE}, on lpn.")
    if settings.model == "offline":
        lines.append(told.offline_words())
    for line in lines:
        print(fill(line, _WIDTH, subsequent_indent="  ", break_long_words=False))


def print_found_as_json(
    settings: ev.Settings,
    runs: Sequence[CurveRun],
    found: CurveFigures,
    measurements: Measurements,
    file: str,
) -> None:
    """One object with all of it."""
    curve, reported = found.curve, _reported(settings)
    print_json(
        {
            "experiment": "curve",
            **told.head_as_json(settings, measurements, file),
            "tasks": settings.tasks,
            "gate": settings.gate,
            "iterations": settings.iterations,
            "wanted": len(runs),
            "complete": len(found.runs),
            "points": [] if curve is None else list(_points(found, curve)),
            "runs": [_run_as_json(run, found) for run in runs],
            "gained": None if curve is None else share_as_json(curve.gained, len(curve.gains)),
            "lost": None if curve is None else share_as_json(curve.lost, len(curve.gains)),
            "direction": None if curve is None else curve.direction,
            "baselines": [
                {**told.measured_as_json(row), "paper": reported.get(row.standing.program)}
                for row in found.baselines.together
            ],
            "cost_of_runs": cost_as_json(_spent(runs)),
            "paper": {
                "source": paper.SOURCE,
                "course": paper.COURSE,
                "gained": {"model": paper.GAINED_MODEL, "share": paper.GAINED},
            },
        }
    )


def _points(found: CurveFigures, curve: Curve) -> Iterator[dict[str, object]]:
    for point, remarks in zip(curve.points, found.remarks, strict=True):
        yield {
            "iteration": point.iteration,
            "meta_utility": point.utility,
            "gain": point.gain,
            "chance_better": point.chance,
            "accepted": _accepted(found.runs, point.iteration),
            "failed_iterations": _failed(found.runs, point.iteration),
            "failed": remarks.failed,
            "suspicious": remarks.suspicious,
            "not_reproducible": remarks.not_reproducible,
            "sandbox_attempts": remarks.attempts,
        }


def _run_as_json(run: CurveRun, found: CurveFigures) -> dict[str, object]:
    counts = found.curve is not None and run in found.runs
    index = found.runs.index(run) if counts else 0
    curve = found.curve if counts else None
    return {
        "run": run.settings.name,
        "seed": run.settings.seed,
        "complete": run.complete,
        "cancelled": run.over and not run.complete,
        "iterations_done": run.settings.iterations - run.iterations_left,
        "meta_utilities": None if curve is None else curve.utilities[index],
        "gains": None if curve is None else curve.gains_by_run[index],
        "cost": cost_as_json(_spent([run])),
    }


def _comparable(settings: ev.Settings) -> bool:
    """Whether the paper has figures of the same tasks."""
    return settings.tasks == paper.TASKS


def _reported(settings: ev.Settings) -> Mapping[str, paper.Reported]:
    return paper.BASELINES if _comparable(settings) else {}


def _accepted(runs: Sequence[CurveRun], iteration: int) -> int:
    return sum(
        run.state is not None and run.state.iterations[iteration].commit is not None
        for run in runs
        if iteration
    )


def _failed(runs: Sequence[CurveRun], iteration: int) -> int:
    return sum(
        run.state is not None and run.state.iterations[iteration].failure is not None
        for run in runs
        if iteration
    )


def _spent(runs: Sequence[CurveRun]) -> Spent:
    return total(run.state.spent for run in runs if run.state is not None)


def _cancelled(runs: Sequence[CurveRun]) -> list[str]:
    return [run.settings.name for run in runs if run.over and not run.complete]
