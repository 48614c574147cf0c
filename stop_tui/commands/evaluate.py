"""`stop-tui evaluate FILE|REV`: the meta-utility of one improver, with every repeat."""

import argparse
import asyncio
from pathlib import Path

from stop_tui.commands.measuring import full_name, measuring_settings
from stop_tui.commands.output import print_json, print_table
from stop_tui.config import load_config
from stop_tui.core import events as ev
from stop_tui.core.plain_text import one_line
from stop_tui.engine.checks import check_settings, usable_tasks
from stop_tui.engine.evaluating import Evaluation, evaluate_improver
from stop_tui.engine.sources import Improver, find_improver
from stop_tui.language_models.registry import open_model
from stop_tui.presentation.figures import figure
from stop_tui.presentation.lines import model_label
from stop_tui.store.lineage import Lineage
from stop_tui.workspace import find_workspace


def main(options: argparse.Namespace) -> int:
    """Measure the improver on validation and test and print the figures."""
    workspace = find_workspace(Path.cwd())
    settings = measuring_settings(workspace, options)
    check_settings(settings)
    tasks = usable_tasks(workspace, settings.tasks)
    lineage = Lineage(workspace.lineage)
    improver = find_improver(workspace, lineage, options.improver)
    config = load_config(workspace.config)
    model = open_model(settings.model, config.models, config.prices)
    workspace.prepare()
    result = asyncio.run(
        evaluate_improver(workspace.scratch, settings, tasks, model, improver.source)
    )
    if options.json:
        print_json(_as_json(settings, improver, result))
    else:
        _print(settings, full_name(lineage, improver), result)
    return 0


def _print(settings: ev.Settings, name: str, result: Evaluation) -> None:
    print_table(
        f"{name} with {model_label(settings.model)}, seed {settings.seed}",
        ("task", "repeat", "validation", "test", "LM calls", "utility calls", "failure"),
        [
            (
                repeat.task,
                str(repeat.repeat),
                figure(repeat.val),
                figure(repeat.test),
                str(repeat.lm_calls),
                str(repeat.utility_calls),
                repeat.failure or "",
            )
            for repeat in result.repeats
        ],
        numbers="12345",
    )
    for event in result.attempts:
        print(one_line(f"{event.trust}: {event.what} {event.detail}", 200))
    print(f"meta-utility {with_interval(result.meta_utility)}")
    print(f"test         {with_interval(result.test_meta_utility)}")


def with_interval(estimate: ev.Estimate) -> str:
    """A mean with its standard error and 95 % interval, where it has them."""
    if estimate.standard_error is None:
        return f"{estimate.mean:.3f} (one repeat: no interval)"
    return (
        f"{estimate.mean:.3f} ± {estimate.standard_error:.3f}, "
        f"95 % [{estimate.low:.3f}, {estimate.high:.3f}]"
    )


def _as_json(settings: ev.Settings, improver: Improver, result: Evaluation) -> dict[str, object]:
    repeats: dict[str, list[dict[str, object]]] = {task: [] for task in settings.tasks}
    for repeat in result.repeats:
        repeats[repeat.task].append(
            {
                "repeat": repeat.repeat,
                "val": repeat.val,
                "test": repeat.test,
                "solution": None if repeat.solution is None else result.solutions[repeat.solution],
                "lm_calls": repeat.lm_calls,
                "utility_calls": repeat.utility_calls,
                "failure": repeat.failure,
                "not_reproducible": list(repeat.untimely),
            }
        )
    return {
        "improver": improver.label,
        "model": settings.model,
        "seed": settings.seed,
        "isolation": result.isolation,
        "meta_utility": result.meta_utility.mean,
        "standard_error": result.meta_utility.standard_error,
        "test_meta_utility": result.test_meta_utility.mean,
        "test_standard_error": result.test_meta_utility.standard_error,
        "tasks": repeats,
        "attempts": [
            {"trust": event.trust, "what": event.what, "detail": event.detail}
            for event in result.attempts
        ],
    }
