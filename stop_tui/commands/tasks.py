"""`stop-tui tasks`: what this workspace has, broken tasks with their reason."""

import argparse
import asyncio
from pathlib import Path

from stop_tui.commands.output import print_json, print_table
from stop_tui.core.errors import TaskError
from stop_tui.engine.task_checks import faults
from stop_tui.scoring import BrokenTask, Task, load_tasks
from stop_tui.workspace import find_workspace


def main(options: argparse.Namespace) -> int:
    """List the tasks; a broken one is listed as such and is no error of this command."""
    workspace = find_workspace(Path.cwd())
    tasks = load_tasks(workspace.tasks)
    workspace.prepare()
    found = asyncio.run(faults(tasks, workspace.scratch))
    if options.json:
        print_json({"tasks": [_as_json(task, found.get(name)) for name, task in tasks.items()]})
        return 0
    rows = [_row(task, found.get(name)) for name, task in tasks.items()]
    print_table(None, ("task", "form", "limit", "val", "test", "note"), rows, numbers="234")
    return 0


def _row(task: Task | BrokenTask, fault: TaskError | None) -> tuple[str, ...]:
    if isinstance(task, BrokenTask) or fault is not None:
        return (task.name, "broken", "", "", "", "" if fault is None else fault.message)
    note = "" if task.form == "instances" else "its score can be tampered with by the solution"
    return (
        task.name,
        task.form,
        f"{task.limit:g} s",
        str(task.instances["val"]),
        str(task.instances["test"]),
        note,
    )


def _as_json(task: Task | BrokenTask, fault: TaskError | None) -> dict[str, object]:
    if isinstance(task, BrokenTask):
        return {"name": task.name, "broken": task.error.message}
    return {
        "name": task.name,
        "form": task.form,
        "limit_seconds": task.limit,
        "instances": dict(task.instances),
        "broken": None if fault is None else fault.message,
    }
