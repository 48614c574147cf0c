"""Programs and their processes live no longer than someone waits for them."""

import asyncio
import os
import select
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from stop_tui.core.events import Budget
from stop_tui.core.verdicts import Verdict
from stop_tui.sandbox import Answer, Pool, Reply, Request
from stop_tui.sandbox.inside import wire

pytestmark = pytest.mark.skipif(not hasattr(os, "pidfd_open"), reason="processes are watched so")
PATIENCE = 60_000
"""Milliseconds until a test gives up; nothing here takes long when it works."""
FOREVER = "def algorithm():\n    while True: pass"
ASKING = """
def improve_algorithm(initial_solution, utility, language_model):
    utility(initial_solution)
    while True: pass
"""
Started = Callable[[], list[int]]
NOTHING = wire.encode(())


def children(pid: int) -> list[int]:
    """The processes that `pid` has started."""
    found: list[int] = []
    with suppress(FileNotFoundError):
        for thread in Path(f"/proc/{pid}/task").iterdir():
            with suppress(FileNotFoundError, ProcessLookupError):
                found += map(int, (thread / "children").read_text().split())
    return found


def descendants(pid: int) -> list[int]:
    """All processes below `pid`."""
    found = children(pid)
    return found + [below for child in found for below in descendants(child)]


@pytest.fixture
def started() -> Started:
    """The processes that this one has started since the test began."""
    before = set(descendants(os.getpid()))
    return lambda: [pid for pid in descendants(os.getpid()) if pid not in before]


@contextmanager
def all_gone(pids: list[int]) -> Iterator[None]:
    """What happens in the block must end every process of `pids`."""
    watched = []
    for pid in pids:
        with suppress(ProcessLookupError):
            watched.append(os.pidfd_open(pid))
    yield
    poll = select.poll()
    for watch in watched:
        poll.register(watch, select.POLLIN)
    left = set(watched)
    while left:
        ready = poll.poll(PATIENCE)
        assert ready, "some processes go on"
        for watch, _ in ready:
            poll.unregister(watch)
            left.discard(watch)
    for watch in watched:
        os.close(watch)


class Served:
    """Serves one request and tells when it came; answers at once or never."""

    def __init__(self, *, answers: bool) -> None:
        self.asked = asyncio.Event()
        self._answers = answers

    async def __call__(self, request: Request) -> Reply:
        self.asked.set()
        if not self._answers:
            await asyncio.Event().wait()
        return Answer(0.0)


def improving(pool: Pool, serve: Served) -> "asyncio.Task[object]":
    return asyncio.create_task(
        pool.improve(ASKING, "", utility_text="", budget=Budget(), seed=0, serve=serve)
    )


def test_a_pool_ends_what_it_started_where_no_thread_can_be_had(
    tmp_path: Path, started: Started
) -> None:
    class NoThreads(ThreadPoolExecutor):
        def submit(self, *args: object, **kwargs: object) -> Future:
            raise RuntimeError("can't start new thread")

    async def run() -> None:
        async with Pool(size=1, scratch=tmp_path) as pool:
            await pool.evaluate("def algorithm(): return 1", [NOTHING], limit=1.0, seed=0)
            assert started()
            pool._workers._starter = NoThreads()

    asyncio.run(run())
    assert not started()


@pytest.mark.parametrize("answers", [True, False])
def test_cancelling_ends_a_program_at_once(tmp_path: Path, started: Started, answers: bool) -> None:
    async def run() -> None:
        async with Pool(size=1, scratch=tmp_path) as pool:
            serve = Served(answers=answers)
            task = improving(pool, serve)
            await serve.asked.wait()
            with all_gone(started()):
                task.cancel()
                with pytest.raises(asyncio.CancelledError):
                    await task
            solution = await pool.evaluate(
                "def algorithm(): return 1", [NOTHING], limit=1.0, seed=0
            )
            assert solution.calls[0].verdict is Verdict.OK

    asyncio.run(run())


def test_leaving_the_pool_ends_everything_and_removes_the_folders(
    tmp_path: Path, started: Started
) -> None:
    async def run() -> None:
        pool = Pool(size=1, scratch=tmp_path)
        async with pool:
            serve = Served(answers=True)
            improver = improving(pool, serve)
            solution = asyncio.create_task(pool.evaluate(FOREVER, [NOTHING], limit=1000.0, seed=0))
            await serve.asked.wait()
            running = started()
            assert len(running) >= 2
            leaving = all_gone(running)
            leaving.__enter__()
        leaving.__exit__(None, None, None)
        for task in (improver, solution):
            task.cancel()
        await asyncio.gather(improver, solution, return_exceptions=True)

    asyncio.run(run())
    assert list(tmp_path.iterdir()) == []


def test_a_worker_that_dies_is_replaced(tmp_path: Path, started: Started) -> None:
    async def run() -> None:
        async with Pool(size=1, scratch=tmp_path) as pool:
            with all_gone(started()):
                for worker in started():
                    os.kill(worker, signal.SIGKILL)
            run = await pool.evaluate("def algorithm(): return 1", [NOTHING], limit=1, seed=0)
            assert run.calls[0].verdict is Verdict.OK

    asyncio.run(run())


def test_no_more_solutions_run_at_once_than_there_is_room_for(tmp_path: Path) -> None:
    before = set(children(os.getpid()))

    async def run() -> None:
        async with Pool(size=2, scratch=tmp_path) as pool:
            runs = [
                pool.evaluate(f"def algorithm(): return {n}", [NOTHING], limit=5.0, seed=0)
                for n in range(30)
            ]
            done = await asyncio.gather(*runs)
            assert [wire.decode(r.calls[0].value or b"") for r in done] == list(range(30))
            assert len(set(children(os.getpid())) - before) <= 2

    asyncio.run(run())


HOST = """
import asyncio, sys
from pathlib import Path
from stop_tui.core.events import Budget
from stop_tui.sandbox import Answer, Pool

IMPROVER = '''
import threading
def improve_algorithm(initial_solution, utility, language_model):
    threading.Thread(target=threading.Event().wait).start()
    utility("both are up")
    while True: pass
'''
LOOP = "import time\\ndef algorithm(): time.sleep(10**6)"

async def serve(request):
    print("up", flush=True)
    return Answer(0.0)

async def main():
    async with Pool(size=1, scratch=Path(sys.argv[1])) as pool:
        loop = pool.evaluate(LOOP, [b"\\xc7\\x01\\x02\\x90"], limit=10**6, seed=0)
        more = pool.improve(IMPROVER, "", utility_text="", budget=Budget(), seed=0, serve=serve)
        await asyncio.gather(loop, more)

asyncio.run(main())
"""


def test_no_process_outlives_a_host_that_is_killed(tmp_path: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", HOST, str(tmp_path)], stdout=subprocess.PIPE
    ) as host:
        assert host.stdout is not None
        assert host.stdout.readline() == b"up\n"
        running = descendants(host.pid)
        assert len(running) >= 3
        with all_gone(running):
            host.kill()
            host.wait()


def test_folders_of_a_host_that_was_killed_are_removed_by_the_next(tmp_path: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", HOST, str(tmp_path)], stdout=subprocess.PIPE
    ) as host:
        assert host.stdout is not None
        host.stdout.readline()
        host.kill()
        host.wait()
    left = set(tmp_path.iterdir())
    assert left

    async def run() -> None:
        async with Pool(size=1, scratch=tmp_path):
            assert not left & set(map(Path, os.scandir(tmp_path)))

    asyncio.run(run())


def test_a_pool_that_is_left_while_it_is_starting_ends_its_workers_and_does_not_wait_for_them(
    tmp_path: Path,
) -> None:
    async def left_after(turns: int) -> None:
        """Enter a pool and leave it after so many turns of the loop."""

        async def enter() -> None:
            async with Pool(size=1, scratch=tmp_path):
                await asyncio.Event().wait()

        entering = asyncio.create_task(enter())
        for _ in range(turns):
            await asyncio.to_thread(lambda: None)
        entering.cancel()
        # A worker's own deadline for starting is longer than this.
        async with asyncio.timeout(15):
            await asyncio.gather(entering, return_exceptions=True)

    for turns in (1, 30, 100, 300, 1000):
        asyncio.run(left_after(turns))
        assert list(tmp_path.iterdir()) == []
