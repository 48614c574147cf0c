"""Scoring: tasks, the process that runs their own code, and the utility of a solution.

The floor below the engine; nothing here may know of runs, improvers or journals.
"""

from typing import TYPE_CHECKING

from stop_tui.scoring.task import BrokenTask, Task, load_tasks

if TYPE_CHECKING:
    from stop_tui.scoring.evaluator import Evaluator, Scored

__all__ = ["BrokenTask", "Evaluator", "Scored", "Task", "load_tasks"]


def __getattr__(name: str) -> object:
    """Loads the evaluator when it is first asked for: the scoring process starts without."""
    if name in ("Evaluator", "Scored"):
        from stop_tui.scoring import evaluator

        return getattr(evaluator, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
