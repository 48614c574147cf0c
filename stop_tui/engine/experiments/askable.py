"""Which tasks of a workspace can be measured with a language model, and why the others cannot."""

from stop_tui.core.errors import ModelError
from stop_tui.language_models.protocol import LanguageModel
from stop_tui.scoring import BrokenTask, Task
from stop_tui.scoring.task import load_tasks
from stop_tui.workspace import Workspace


def askable_tasks(
    workspace: Workspace, model: LanguageModel
) -> tuple[dict[str, Task], dict[str, str]]:
    """The tasks that are sound and that `model` can be asked about, and by name why others are
    left out. Raises WorkspaceError where tasks/ cannot be listed."""
    tasks: dict[str, Task] = {}
    left_out: dict[str, str] = {}
    for name, task in load_tasks(workspace.tasks).items():
        if isinstance(task, BrokenTask):
            left_out[name] = "is broken: " + task.error.message.replace(f"{workspace.tasks}/", "")
            continue
        try:
            model.check_task(task.utility_text, task.seed_solution)
        except ModelError:
            left_out[name] = "the model has no answers about it"
        else:
            tasks[name] = task
    return tasks, left_out
