"""Utilities to try, and how to ask the scoring process about them."""

import asyncio

import pytest

from stop_tui.core.errors import TaskError
from stop_tui.sandbox.inside import wire
from stop_tui.scoring.process import ScoringProcess

ECHO = """
def instance(rng):
    return (int(rng.integers(1 << 40)),), None

def score(inputs, hidden, output):
    return 1.0 if output == inputs[0] else 0.0
"""


def with_score(body: str) -> str:
    made = "def instance(rng):\n    return ([1, 2],), [3]\n\n"
    return f"{made}def score(inputs, hidden, output):\n{body}"


def with_instance(body: str) -> str:
    return f"def instance(rng):\n{body}\n\ndef score(inputs, hidden, output):\n    return 1.0\n"


def line_of(task, text: str) -> str:
    lines = task.utility_text.splitlines()
    return f"{task.utility_file}:{1 + next(i for i, line in enumerate(lines) if text in line)}"


async def instances_of(process, task, *, split="val", phase="selection", seed=7, indexes=(0, 1, 2)):
    made = await process.instances(task, split, phase, seed, indexes)
    return [wire.decode(data) for data in made]


async def scores_of(process, task, *outputs):
    encoded = {index: wire.encode(output) for index, output in enumerate(outputs)}
    scores = await process.score(task, "val", "selection", 7, encoded)
    assert list(scores) == list(encoded)
    return list(scores.values())


def run(main, **options):
    async def with_process():
        async with ScoringProcess(**options) as process:
            return await main(process)

    return asyncio.run(with_process())


def fault(main, **options) -> str:
    with pytest.raises(TaskError) as caught:
        run(main, **options)
    assert "Traceback" not in caught.value.message
    return caught.value.message
