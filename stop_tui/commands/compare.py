"""`stop-tui compare REV REV`: two improvers on the same instances and seeds, and what a point of
each costs."""

import argparse
from pathlib import Path

from msgspec.structs import replace

from stop_tui.commands import measured as told
from stop_tui.commands.measuring import full_name, measuring_settings
from stop_tui.commands.output import print_json, print_paragraph, print_table
from stop_tui.config import load_config
from stop_tui.core import events as ev
from stop_tui.core.plain_text import one_line
from stop_tui.core.transfer import POINT, UNASKED_REPEATS, PerPoint, per_point
from stop_tui.engine.checks import check_improver, check_settings, usable_tasks
from stop_tui.engine.experiments.measurements import Measurements
from stop_tui.engine.experiments.model_version import model_version
from stop_tui.engine.sources import find_improver
from stop_tui.engine.transfer import SEED_SOLUTION, Comparison, Measured, compared
from stop_tui.presentation import measured as words
from stop_tui.presentation.costs import short_count
from stop_tui.presentation.figures import money
from stop_tui.presentation.lines import model_label
from stop_tui.store.lineage import Lineage
from stop_tui.workspace import find_workspace

FIRST, SECOND = "first", "second"
_LABEL = 24


def main(options: argparse.Namespace) -> int:
    """Measure what is missing of both, and print how the second stands beside the first."""
    workspace = find_workspace(Path.cwd())
    config = load_config(workspace.config)
    settings = replace(
        measuring_settings(workspace, options, unasked_repeats=UNASKED_REPEATS),
        limits=config.limits,
    )
    check_settings(settings)
    tasks = usable_tasks(workspace, settings.tasks)
    lineage = Lineage(workspace.lineage)
    both = [find_improver(workspace, lineage, rev) for rev in (options.old, options.new)]
    for improver in both:
        check_improver(improver.source, improver.label)
    first, second = both
    programs = {SEED_SOLUTION: None, FIRST: first.source, SECOND: second.source}
    measurements = Measurements(
        workspace,
        settings,
        tasks,
        [first.source, second.source],
        version=model_version(config.models, settings.model),
    )
    code = told.measure_missing(measurements, config, settings)
    found = compared(measurements, settings.tasks, programs, FIRST)
    gains = compared(measurements, settings.tasks, programs, SEED_SOLUTION)
    file = str(measurements.path.relative_to(workspace.root))
    labels = {FIRST: first.label, SECOND: second.label}
    if options.json:
        print_json(
            {
                "first": {"improver": first.label, "commit": first.commit},
                "second": {"improver": second.label, "commit": second.commit},
                "same_source": first.source == second.source,
                **told.head_as_json(settings, measurements, file),
                "tasks": {
                    task: _as_json(rows, gains.by_task[task])
                    for task, rows in found.by_task.items()
                },
                "all_tasks": _as_json(found.together, gains.together),
            }
        )
    else:
        what = f"{full_name(lineage, second)} beside {full_name(lineage, first)}"
        _print(settings, what, labels, found, gains)
        if first.source == second.source:
            print("Both have the same source, so whatever is measured is the same.")
        told.print_ending(measurements, settings, file)
    return code


def _print(
    settings: ev.Settings, what: str, labels: dict[str, str], found: Comparison, gains: Comparison
) -> None:
    print_paragraph(
        f"{what} on held-out instances, with {model_label(settings.model)}, seed {settings.seed}\n"
    )
    for task, rows in found.by_task.items():
        done = words.repeats_words(words.complete_repeats(rows), settings.repeats)
        _print_rows(f"{one_line(task, 60)}: {done}", labels, rows, gains.by_task[task])
    if len(found.by_task) > 1 and found.together:
        _print_rows("mean over these tasks", labels, found.together, gains.together)
    print_paragraph(
        "[ ] is a 95 % interval; differences are to the first, paired by repeat.\n"
        "A point is 0.01 of utility above that of the seed solution; what it costs is the cost of "
        "a repeat over its gain."
    )


def _print_rows(
    title: str, labels: dict[str, str], rows: tuple[Measured, ...], gains: tuple[Measured, ...]
) -> None:
    if not rows:
        print(f"{title}\n")
        return
    names = [one_line(labels.get(row.standing.program, SEED_SOLUTION), _LABEL) for row in rows]
    print_table(
        title,
        ("program", "utility", "difference", "better", "notes"),
        [
            (
                name,
                words.utility_words(row.standing.utility),
                words.difference_words(row.standing),
                words.better_words(row.standing),
                words.note_words(row),
            )
            for name, row in zip(names, rows, strict=True)
        ],
        numbers="3",
        least="4",
    )
    print_table(
        None,
        ("program", "gain in points", "responses a point", "tokens", "cost"),
        [
            (name, *_price_words(row, gain))
            for name, row, gain in zip(names, rows, gains, strict=True)
            if gain.standing.difference is not None
        ],
        numbers="34",
    )


def _a_point(row: Measured, gain: Measured, cost: float | None) -> PerPoint | None:
    """What a point costs when all repeats cost `cost`; None where nothing is gained or known."""
    difference = gain.standing.difference
    if difference is None or cost is None:
        return None
    return per_point(cost / row.repeats, difference)


def _price_words(row: Measured, gain: Measured) -> tuple[str, str, str, str]:
    """The gain over the seed solution, and what a point of it costs in responses (with the interval
    that the gain's gives), in tokens and in money; dashes where nothing is gained."""
    difference = gain.standing.difference
    assert difference is not None, "the seed solution gains nothing over itself"
    points = f"{difference.mean / POINT:+.1f}"
    if difference.low is not None and difference.high is not None:
        points += f" [{difference.low / POINT:+.1f}, {difference.high / POINT:+.1f}]"
    responses = _a_point(row, gain, row.spent.responses)
    if responses is None:
        return points, "no gain", "-", "-"
    tokens, usd = _a_point(row, gain, row.spent.tokens), _a_point(row, gain, row.spent.usd)
    return (
        points,
        _range_words(responses),
        "?" if tokens is None else short_count(round(tokens.mean)),
        "?" if usd is None else money(usd.mean),
    )


def _range_words(found: PerPoint) -> str:
    """``1.2 [1.0, 1.5]``, or ``1.2, at least 1.0`` where the gain may be nothing."""
    if found.low is None:
        return f"{found.mean:.1f}"
    if found.high is None:
        return f"{found.mean:.1f}, at least {found.low:.1f}"
    return f"{found.mean:.1f} [{found.low:.1f}, {found.high:.1f}]"


def _as_json(rows: tuple[Measured, ...], gains: tuple[Measured, ...]) -> list[dict[str, object]]:
    return [
        {
            **told.measured_as_json(row),
            "gain": gain.standing.difference,
            "per_point": {
                "responses": _a_point(row, gain, row.spent.responses),
                "tokens": _a_point(row, gain, row.spent.tokens),
                "cost_usd": _a_point(row, gain, row.spent.usd),
            },
        }
        for row, gain in zip(rows, gains, strict=True)
    ]
