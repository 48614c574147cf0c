"""What only running shows of a task: does it make an instance, does it score its own seed solution.

Each task is checked by itself, so that a broken one does not take the others down.
"""

from collections.abc import Mapping
from pathlib import Path

from stop_tui.core.errors import TaskError
from stop_tui.core.events import Settings
from stop_tui.engine.sandboxed import sandboxed
from stop_tui.scoring import BrokenTask, Task


async def faults(tasks: Mapping[str, Task | BrokenTask], scratch: Path) -> dict[str, TaskError]:
    """The faults of `tasks` by name, those found by reading and those found by running.

    Raises IsolationError where the seed solutions cannot be run in isolation.
    """
    found = {name: task.error for name, task in tasks.items() if isinstance(task, BrokenTask)}
    readable = {name: task for name, task in tasks.items() if isinstance(task, Task)}
    async with sandboxed(Settings(name="check"), readable, scratch) as (_, evaluator):
        for name in readable:
            try:
                await evaluator.check(name)
            except TaskError as error:
                found[name] = error
    return found
