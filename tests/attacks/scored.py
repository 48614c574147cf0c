"""Whole evaluations of hostile solutions: the real sandbox, the real scoring process, one task.

The task's answers are hidden and cannot be guessed, so that whoever scores above 0 got at them or
at the scoring. An honest solution is evaluated after each attack and must score as ever.
"""

from pathlib import Path

from stop_tui.sandbox import Pool
from stop_tui.scoring import Evaluator, Task, load_tasks
from tests.attacks.catalogue import Attack

_UTILITY = """
LIMIT = 0.2
INSTANCES = {"val": 3, "test": 3}

def instance(rng):
    number = int(rng.integers(1000, 10**6))
    return ([3 * number],), "ANSWER-" + rng.bytes(16).hex()

def score(inputs, hidden, output):
    if isinstance(output, str):
        return 1.0 if output == hidden else 0.0
    return max(1.0 - abs(output - inputs[0][0] / 3), 0.0)
"""
_ONE = """
LIMIT = 0.5
INSTANCES = {"val": 2, "test": 2}

def instance(rng):
    return (1,), 2
"""
_HONEST = "def algorithm(given):\n    return given[0] / 3\n"
_SEED = "def algorithm(given):\n    return 0\n"
_NAME = "third"


class Scored:
    """Evaluations of one task in `pool`, with the task's files in `folder`."""

    def __init__(self, pool: Pool, folder: Path) -> None:
        self._task = _task(folder, _UTILITY)
        self._evaluator = Evaluator(pool, {_NAME: self._task}, seed=7)

    async def harm(self, attack: Attack) -> list[str]:
        """What `attack` gained, in words; empty if nothing."""
        bait = {"answer mark": "ANSWER-", "task": str(self._task.utility_file)}
        gained = await self._utility(attack.source(bait))
        honest = await self._utility(_HONEST)
        found = [f"it is scored {gained:g}"] if gained > 0 else []
        return found + ([f"an honest solution is then scored {honest:g}"] if honest != 1 else [])

    async def close(self) -> None:
        await self._evaluator.close()

    async def _utility(self, source: str) -> float:
        scored = await self._evaluator.utility(_NAME, source, "val", "selection")
        return scored.utility


async def utility(pool: Pool, folder: Path, score: str, source: str) -> float:
    """The utility of `source` on a task whose `score` has the body `score`."""
    task = _task(folder, f"{_ONE}\n\ndef score(inputs, hidden, output):\n    {score}\n")
    async with Evaluator(pool, {_NAME: task}, seed=7) as evaluator:
        return (await evaluator.utility(_NAME, source, "val", "selection")).utility


def _task(folder: Path, text: str) -> Task:
    files = folder / "tasks" / _NAME
    files.mkdir(parents=True, exist_ok=True)
    (files / "utility.py").write_text(text)
    (files / "seed.py").write_text(_SEED)
    found = load_tasks(folder / "tasks")[_NAME]
    assert isinstance(found, Task), found.error
    return found
