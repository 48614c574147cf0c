"""Scoring: tasks, the process that runs their own code, and the utility of a solution.

The floor below the engine; nothing here may know of runs, improvers or journals.
"""

from stop_tui.scoring.evaluator import Evaluator, Scored
from stop_tui.scoring.task import BrokenTask, Task, load_tasks

__all__ = ["BrokenTask", "Evaluator", "Scored", "Task", "load_tasks"]
