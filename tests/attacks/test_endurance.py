"""A host that has evaluated thousands of hostile programs is as small as before."""

import asyncio
import gc
import re
import threading
from pathlib import Path

import pytest

from stop_tui.sandbox import Pool
from stop_tui.sandbox.inside import wire

EVALUATIONS = 5_000
SETTLED = 500
"""By then every kind of program has been met, and what is kept for good is there."""
MAY_GROW = 8 << 20

HOSTILE = [
    "def algorithm(:",
    "import nothing_of_the_kind",
    "def algorithm(): raise SystemExit('x' * 10**6)",
    "def algorithm(): return 'x' * 100_000",
    "def algorithm(): return [[[0] * 100] * 100]",
    "def algorithm(): return algorithm()",
    "def algorithm(): return {1: algorithm}",
    "import os\ndef algorithm(): os._exit(3)",
    "import os\ndef algorithm(): return open('/etc/passwd').read()",
    "import os\ndef algorithm(): os.fork()",
    "import socket\ndef algorithm(): socket.create_connection(('127.0.0.1', 9))",
    "import os, signal\ndef algorithm(): os.kill(os.getppid(), 9)",
    "import os\ndef algorithm(): os.abort()",
    "def algorithm(): bytearray(1 << 40)",
    "import sys\ndef algorithm():\n    for n in range(99): sys.audit('os.system', str(n))",
    "import os\ndef algorithm():\n    for n in range(20): open(str(n), 'w').close()",
    "import numpy\nnumpy.sum = len\ndef algorithm(): return numpy.zeros(1000)",
    "def algorithm(): return float('nan')",
    "import threading\ndef algorithm(): threading.Thread(target=threading.Event().wait).start()",
    "class E(Exception):\n    def __str__(self): return 5\ndef algorithm(): raise E",
]


@pytest.mark.trust
def test_the_host_does_not_grow_over_thousands_of_hostile_evaluations(tmp_path: Path) -> None:
    async def body() -> tuple[tuple[int, int, int, int], tuple[int, int, int, int]]:
        async with Pool(size=2, scratch=tmp_path, memory=256 << 20) as pool:
            await evaluate(pool, SETTLED)
            before = used(tmp_path)
            await evaluate(pool, EVALUATIONS - SETTLED)
            return before, used(tmp_path)

    (memory, *before), (memory_after, *after) = asyncio.run(body())
    assert after == before
    assert memory_after - memory < MAY_GROW


async def evaluate(pool: Pool, count: int) -> None:
    """`count` hostile evaluations, two at a time."""

    async def some(numbers: range) -> None:
        for number in numbers:
            source = f"{HOSTILE[number % len(HOSTILE)]}\n# {number}\n"
            await pool.evaluate(source, [wire.encode(())], limit=1.0, seed=number)

    await asyncio.gather(some(range(0, count, 2)), some(range(1, count, 2)))


def used(scratch: Path) -> tuple[int, int, int, int]:
    """This process's memory in bytes, open files and threads, and the folders of sandboxes."""
    gc.collect()
    match = re.search(r"VmRSS:\s*(\d+) kB", Path("/proc/self/status").read_text())
    assert match is not None
    files = len(list(Path("/proc/self/fd").iterdir()))
    return int(match[1]) * 1024, files, threading.active_count(), len(list(scratch.iterdir()))
