"""What isolating a program costs, against starting a bare interpreter for it.

The two are measured in turns, so that a change in the machine's load meets both.
"""

import asyncio
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from bench.row import Row
from stop_tui.sandbox import Pool
from stop_tui.sandbox.inside import wire

ROUNDS = 60
EVALUATIONS = 200
INSTANCES = 20
SOLUTION = """
import numpy as np

def algorithm(train_samples, train_parity, test_samples):
    return np.random.randint(0, 2, len(test_samples))
"""


def measure() -> list[Row]:
    with tempfile.TemporaryDirectory() as folder:
        return asyncio.run(_measured(Path(folder)))


async def _measured(scratch: Path) -> list[Row]:
    inputs = _instances()
    started = time.perf_counter()
    async with Pool(size=1, scratch=scratch) as pool:
        ready = time.perf_counter() - started
        bare, twenty, one = [], [], []
        for _ in range(ROUNDS):
            bare.append(await asyncio.to_thread(_bare_interpreter))
            twenty.append(await _evaluation(pool, inputs))
            one.append(await _evaluation(pool, inputs[:1]))
        begun = time.perf_counter()
        await asyncio.gather(*(_evaluation(pool, inputs) for _ in range(EVALUATIONS)))
        rate = EVALUATIONS / (time.perf_counter() - begun)
        level = pool.isolation
    base, many, single = (statistics.median(times) for times in (bare, twenty, one))
    against = f"bare interpreter: {base * 1000:.1f} ms, isolation: {level}"
    return [
        Row(
            "evaluation of 20 instances / bare interpreter",
            many / base,
            0.75,
            "x",
            f"{many * 1000:.1f} ms; {against}",
        ),
        Row(
            "evaluation of one instance / bare interpreter",
            single / base,
            0.5,
            "x",
            f"{single * 1000:.1f} ms",
        ),
        Row(
            "evaluations of 20 instances through one zygote",
            rate,
            150,
            "a second",
            f"pool and self-test: {ready * 1000:.0f} ms",
            at_least=True,
        ),
    ]


def _bare_interpreter() -> float:
    begun = time.perf_counter()
    subprocess.run([sys.executable, "-I", "-c", "pass"], check=True)
    return time.perf_counter() - begun


async def _evaluation(pool: Pool, inputs: Sequence[bytes]) -> float:
    begun = time.perf_counter()
    run = await pool.evaluate(SOLUTION, inputs, limit=2.0, seed=0)
    assert all(call.value is not None for call in run.calls)
    return time.perf_counter() - begun


def _instances() -> list[bytes]:
    """Inputs of the shapes that lpn has."""
    rng = np.random.default_rng(0)
    return [
        wire.encode(tuple(rng.integers(0, 2, shape) for shape in ((100, 10), 100, (20, 10))))
        for _ in range(INSTANCES)
    ]
