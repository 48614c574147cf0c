from collections.abc import Callable
from pathlib import Path

import pytest

from stop_tui.scoring import Task, load_tasks

MakeTask = Callable[..., Task]


@pytest.fixture
def write_task(tmp_path: Path) -> Callable[..., Path]:
    """Writes a task's folder into tasks/ and returns tasks/."""

    def write(utility: str | bytes, seed: str | bytes = "", name: str = "mine") -> Path:
        folder = tmp_path / "tasks" / name
        folder.mkdir(parents=True)
        for file, text in (("utility.py", utility), ("seed.py", seed)):
            data = text.encode() if isinstance(text, str) else text
            (folder / file).write_bytes(data)
        return folder.parent

    return write


@pytest.fixture
def make_task(write_task: Callable[..., Path]) -> MakeTask:
    """A usable task with these functions in its utility."""

    def make(
        body: str,
        *,
        seed: str = "def algorithm(x):\n    return x\n",
        limit: float = 2.0,
        instances: int = 3,
        name: str = "mine",
    ) -> Task:
        head = f"LIMIT = {limit}\nINSTANCES = {{'val': {instances}, 'test': {instances}}}\n"
        task = load_tasks(write_task(head + body, seed, name))[name]
        assert isinstance(task, Task), task.error
        return task

    return make
