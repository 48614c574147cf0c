"""`stop-tui score FILE --task T`: the utility of one solution, instance by instance."""

import argparse
import asyncio
from pathlib import Path

from stop_tui.commands.measuring import measuring_settings
from stop_tui.commands.output import print_json, print_table
from stop_tui.core.plain_text import one_line
from stop_tui.engine.checks import check_settings, usable_tasks
from stop_tui.engine.evaluating import score_solution
from stop_tui.engine.sources import read_source
from stop_tui.presentation.figures import figure
from stop_tui.workspace import find_workspace


def main(options: argparse.Namespace) -> int:
    """Score the solution and print a line for each instance."""
    workspace = find_workspace(Path.cwd())
    settings = measuring_settings(workspace, options, tasks=(options.task,))
    check_settings(settings)
    task = usable_tasks(workspace, settings.tasks)[options.task]
    source = read_source(Path(options.file))
    workspace.prepare()
    scored = asyncio.run(score_solution(workspace.scratch, settings, task, source, options.split))
    if options.json:
        print_json(
            {
                "task": task.name,
                "split": options.split,
                "seed": settings.seed,
                "utility": scored.utility,
                "instances": [
                    {
                        "score": instance.score,
                        "verdict": instance.verdict,
                        "cpu_seconds": instance.cpu_seconds,
                        "error": instance.error,
                    }
                    for instance in scored.instances
                ],
                "not_reproducible": list(scored.untimely),
                "attempts": [
                    {"trust": a.trust, "what": a.what, "detail": a.detail} for a in scored.attempts
                ],
            }
        )
        return 0
    print_table(
        f"{options.file} on {task.name}, {options.split}, seed {settings.seed}",
        ("instance", "score", "verdict", "CPU s", "error"),
        [
            (
                str(number),
                figure(instance.score),
                instance.verdict.value,
                f"{instance.cpu_seconds:.4f}",
                instance.error or "",
            )
            for number, instance in enumerate(scored.instances, 1)
        ],
        numbers="013",
    )
    for attempt in scored.attempts:
        print(one_line(f"{attempt.trust}: {attempt.what} {attempt.detail}", 200))
    print(f"utility {scored.utility:.3f}")
    return 0
