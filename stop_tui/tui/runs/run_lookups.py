"""What the form of a new run looks up: how tasks measure, what the model knows, where to start.

It loads the engine where it needs it, so that the form is painted first.
"""

from typing import TYPE_CHECKING

from stop_tui.core.errors import ModelError, StopError
from stop_tui.language_models.registry import KNOWN_MODELS, open_model

if TYPE_CHECKING:
    from stop_tui.scoring import Task
    from stop_tui.workspace import Workspace


def task_note(task: "Task") -> str:
    """How a task measures, in a few words."""
    return f"{task.instances['val']} val instances, up to {task.limit:g} s each"


def answered(model: str, task: "Task") -> bool:
    """Whether `model` has answers about `task`."""
    if model not in KNOWN_MODELS:
        return True
    try:
        open_model(model).check_task(task.utility_text, task.seed_solution)
    except ModelError:
        return False
    return True


def start_problem(workspace: "Workspace", name: str) -> str | None:
    """Why no run can start from `name`; None when one can."""
    from stop_tui.engine.checks import check_improver
    from stop_tui.engine.sources import find_improver
    from stop_tui.store.lineage import Lineage

    try:
        improver = find_improver(workspace, Lineage(workspace.lineage), name)
        check_improver(improver.source, improver.label)
    except StopError as error:
        return error.message
    return None
