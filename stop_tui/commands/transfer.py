"""`stop-tui transfer REV`: what an improver is worth on tasks, beside controls and the paper."""

import argparse
import sys
from pathlib import Path

from msgspec.structs import replace

from stop_tui.commands import measured as told
from stop_tui.commands.measuring import full_name, measuring_settings
from stop_tui.commands.output import print_json, print_paragraph, print_table
from stop_tui.config import load_config
from stop_tui.core import events as ev
from stop_tui.core.plain_text import one_line
from stop_tui.core.transfer import UNASKED_REPEATS
from stop_tui.core.transfer_paper import REPORTED, SOURCE
from stop_tui.engine.checks import check_improver, check_settings, usable_tasks
from stop_tui.engine.experiments.askable import askable_tasks
from stop_tui.engine.experiments.measurements import Measurements
from stop_tui.engine.experiments.model_version import model_version
from stop_tui.engine.sources import Improver, find_improver
from stop_tui.engine.transfer import (
    BEST_OF_N,
    IMPROVER,
    SEED_IMPROVER,
    Comparison,
    Measured,
    compared,
    trained_on,
    transfer_programs,
)
from stop_tui.language_models.registry import open_model
from stop_tui.presentation import measured as words
from stop_tui.presentation.costs import short_tokens, short_usd
from stop_tui.presentation.figures import short
from stop_tui.presentation.lines import model_label
from stop_tui.scoring.task import BrokenTask, load_tasks
from stop_tui.store.lineage import Lineage
from stop_tui.workspace import Workspace, find_workspace

_LABEL = 24


def main(options: argparse.Namespace) -> int:
    """Measure what is missing, and print each task's table with the paper's figures."""
    workspace = find_workspace(Path.cwd())
    config = load_config(workspace.config)
    names = tuple(options.task or _all_tasks(workspace, options.model or config.run.model))
    settings = replace(
        measuring_settings(workspace, options, tasks=names, unasked_repeats=UNASKED_REPEATS),
        limits=config.limits,
    )
    check_settings(settings)
    tasks = usable_tasks(workspace, settings.tasks)
    lineage = Lineage(workspace.lineage)
    improver = find_improver(workspace, lineage, options.rev)
    check_improver(improver.source, improver.label)
    programs = transfer_programs(workspace, improver)
    if BEST_OF_N not in programs:
        print("No improvers/best_of_n.py here, so best of n is left out.", file=sys.stderr)
    measurements = Measurements(
        workspace,
        settings,
        tasks,
        [source for source in programs.values() if source is not None],
        version=model_version(config.models, settings.model),
    )
    code = told.measure_missing(measurements, config, settings)
    found = compared(measurements, names, programs, SEED_IMPROVER)
    trained = trained_on(lineage, improver)
    file = str(measurements.path.relative_to(workspace.root))
    if options.json:
        print_json(
            {
                "experiment": "transfer",
                "improver": improver.label,
                "commit": improver.commit,
                "trained_on": trained,
                **told.head_as_json(settings, measurements, file),
                "tasks": {task: _rows_as_json(task, found) for task in names},
                "all_tasks": [told.measured_as_json(row) for row in found.together],
                "paper": SOURCE,
            }
        )
    else:
        _print(settings, full_name(lineage, improver), improver, found, trained)
        told.print_ending(measurements, settings, file)
    return code


def _all_tasks(workspace: Workspace, model: str) -> list[str]:
    """Every task that can be measured with `model`; the others are named on standard error. Where
    the offline model has answers about none, they are tried: not every improver asks."""
    loaded = load_tasks(workspace.tasks)
    sound = [name for name, task in loaded.items() if not isinstance(task, BrokenTask)]
    left_out = {name: "is broken and" for name in loaded if name not in sound}
    names = sound
    if model == "offline":  # the only one that knows beforehand
        askable, _ = askable_tasks(workspace, open_model(model))
        names = list(askable) or sound
        left_out |= {
            name: "is unknown to the offline model and" for name in sound if name not in names
        }
    for name, why in left_out.items():
        print(f"The task {one_line(name, 60)} {why} left out.", file=sys.stderr)
    return names


def _print(
    settings: ev.Settings,
    name: str,
    improver: Improver,
    found: Comparison,
    trained: tuple[str, ...],
) -> None:
    print_paragraph(
        f"{name} on held-out instances, with {model_label(settings.model)}, seed {settings.seed}\n"
    )
    for task, rows in found.by_task.items():
        done = words.repeats_words(words.complete_repeats(rows), settings.repeats)
        title = f"{one_line(task, 60)}{' (trained on)' if task in trained else ''}: {done}"
        _print_rows(title, improver, rows, task)
    if len(found.by_task) > 1 and found.together:
        _print_rows("mean over these tasks", improver, found.together, None)
    print_paragraph(
        "[ ] is a 95 % interval; differences are to the seed improver, paired by repeat.\n"
        "All have the same budget. The sham is the seed improver, lengthened by code that nothing "
        "runs: what it gains is chance."
    )
    if any(task in REPORTED for task in found.by_task):
        print_paragraph(SOURCE)


def _print_rows(
    title: str, improver: Improver, rows: tuple[Measured, ...], task: str | None
) -> None:
    if not rows:
        print(f"{title}\n")
        return
    reported = any(words.paper_figure(task, row.standing.program) is not None for row in rows)
    columns = ["program", "utility", "difference", "better", "responses", "tokens", "cost", "notes"]
    cells = [
        [
            _named(row, improver),
            words.utility_words(row.standing.utility),
            words.difference_words(row.standing),
            words.better_words(row.standing),
            f"{row.spent.responses:,}",
            short_tokens(row.spent),
            short_usd(row.spent),
            words.note_words(row),
        ]
        for row in rows
    ]
    if reported:
        columns.insert(2, "paper")
        for row, line in zip(rows, cells, strict=True):
            line.insert(2, short(words.paper_figure(task, row.standing.program)))
    least = "8567" if reported else "7456"
    print_table(title, columns, cells, numbers="4567" if reported else "3456", least=least)


def _named(row: Measured, improver: Improver) -> str:
    program = row.standing.program
    return one_line(improver.label, _LABEL) if program == IMPROVER else program


def _rows_as_json(task: str, found: Comparison) -> list[dict[str, object]]:
    return [
        {**told.measured_as_json(row), "paper": words.paper_figure(task, row.standing.program)}
        for row in found.by_task[task]
    ]
