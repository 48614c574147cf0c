"""Tasks: a utility and a seed solution in a folder of the workspace, found and checked by reading.

A task that cannot be used becomes a `BrokenTask` with a message that names file and line, and the
others stay usable. Nothing here may run a task's code: what only running can show is checked by
`Evaluator.check`.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from stop_tui.core.errors import TaskError, WorkspaceError
from stop_tui.core.events import Split
from stop_tui.scoring.reading import Form, read_seed, read_utility

_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_-]{0,63}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Task:
    """A utility plus a seed solution.

    `form` is ``instances`` (the utility defines `instance` and `score`) or ``original`` (it defines
    `utility(algorithm_str) -> float` and runs in the solution's sandbox, where the solution can
    tamper with it). `limit` is in seconds of CPU time for one call; `instances` says how many an
    evaluation has in each split (always one for the original's form).
    """

    name: str
    folder: Path
    form: Form
    utility_text: str
    seed_solution: str
    limit: float
    instances: Mapping[Split, int]

    @property
    def utility_file(self) -> Path:
        """Where the utility was read from, for messages and as its `__file__`."""
        return self.folder / "utility.py"


@dataclass(frozen=True, slots=True)
class BrokenTask:
    """A folder in tasks/ that is no usable task, and why. `name` is fit to be printed."""

    name: str
    folder: Path
    error: TaskError


def load_tasks(folder: Path) -> dict[str, Task | BrokenTask]:
    """The tasks in the folders of `folder`, by name in alphabetical order.

    Raises WorkspaceError where `folder` itself cannot be listed.
    """
    try:
        folders = sorted(
            entry for entry in folder.iterdir() if not _ignored(entry.name) and entry.is_dir()
        )
    except OSError as error:
        raise WorkspaceError(
            f"The tasks cannot be listed: {folder}: {error.strerror}.",
            hint="A task is a folder in tasks/; `stop-tui init` creates a workspace that has some.",
        ) from error
    tasks = [_load(entry) for entry in folders]
    return {task.name: task for task in tasks}


def _ignored(name: str) -> bool:
    return name.startswith(".") or name == "__pycache__"


def _load(folder: Path) -> Task | BrokenTask:
    if not _NAME.fullmatch(folder.name):
        printable = ascii(folder.name)
        error = TaskError(
            f"The folder {printable} in tasks/ cannot be the name of a task.",
            hint="Use at most 64 letters, digits, underscores and hyphens, no hyphen first.",
        )
        return BrokenTask(printable, folder, error)
    try:
        utility = read_utility(folder / "utility.py")
        seed_solution = read_seed(folder / "seed.py", needs_algorithm=utility.form == "instances")
    except TaskError as error:
        return BrokenTask(folder.name, folder, error)
    return Task(
        name=folder.name,
        folder=folder,
        form=utility.form,
        utility_text=utility.text,
        seed_solution=seed_solution,
        limit=utility.limit,
        instances=utility.instances,
    )
