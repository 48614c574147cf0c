"""Who asks for a worker gets the first that is there, and hears of it when there is none."""

import asyncio
import errno
import gc
import os
import select
import signal
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import pytest

from stop_tui.core.errors import IsolationError
from stop_tui.sandbox import launch
from stop_tui.sandbox.launch import Process
from stop_tui.sandbox.scratch import Scratch
from stop_tui.sandbox.worker import Worker
from stop_tui.sandbox.workers import Workers


class Launching:
    """Counts the processes that are started; those whose numbers are `broken` do not start."""

    def __init__(self, *broken: int) -> None:
        self.count = 0
        self._broken = broken

    def __call__(self, scratch: Path, *_: object) -> Process:
        self.count += 1
        if self.count in self._broken:
            raise IsolationError(f"number {self.count} does not start")
        return launch.bare(scratch)


@asynccontextmanager
async def workers(
    folder: Path, monkeypatch: pytest.MonkeyPatch, launching: Launching, at_once: int = 2
) -> AsyncIterator[Workers]:
    monkeypatch.setattr(launch, "sandlocked", launching)
    supply = Workers(folder, at_once)
    try:
        supply.follow(await supply.on_trial(True), True)
        yield supply
    finally:
        await supply.close()


async def turns(count: int = 20) -> None:
    """Let everything that can go on do so."""
    for _ in range(count):
        await asyncio.sleep(0)


def test_workers_that_were_started_ahead_are_taken_before_any_other_is_started(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    launching = Launching()

    async def run() -> None:
        async with workers(tmp_path, monkeypatch, launching) as supply, AsyncExitStack() as stack:
            supply.have(3)
            supply.have(4)
            lent = await asyncio.gather(
                *(stack.enter_async_context(supply.one()) for _ in range(5))
            )
            assert len({worker.pid for worker in lent}) == 5

    asyncio.run(run())
    assert launching.count == 5


def test_who_waits_gets_what_another_program_is_done_with(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    launching = Launching()

    async def run() -> None:
        async with workers(tmp_path, monkeypatch, launching) as supply:

            async def pid() -> int:
                async with supply.one() as worker:
                    return worker.pid

            async with supply.one() as first:
                waiting = asyncio.create_task(pid())
                await turns()
            assert await waiting == first.pid
            # What was started for who waited is there for the next two.
            async with supply.one(), supply.one():
                assert launching.count == 2

    asyncio.run(run())


def test_who_stops_waiting_leaves_the_worker_to_the_next(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    launching = Launching()

    async def run() -> None:
        async with workers(tmp_path, monkeypatch, launching) as supply, supply.one():
            stack = AsyncExitStack()
            impatient = asyncio.create_task(stack.enter_async_context(supply.one()))
            patient = asyncio.create_task(stack.enter_async_context(supply.one()))
            await turns()
            impatient.cancel()
            await patient
            async with supply.one():  # the one that was started for the impatient
                assert impatient.cancelled()
            await stack.aclose()

    asyncio.run(run())
    assert launching.count == 3


def test_who_is_given_a_worker_and_cancelled_at_once_passes_it_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def run() -> None:
        async with workers(tmp_path, monkeypatch, Launching()) as supply:
            stack = AsyncExitStack()
            async with supply.one() as first:
                waiting = asyncio.create_task(stack.enter_async_context(supply.one()))
                await turns()
            waiting.cancel()
            with pytest.raises(asyncio.CancelledError):
                await waiting
            async with supply.one() as next_one:
                assert next_one is first

    asyncio.run(run())


def test_one_that_is_killed_while_it_starts_is_started_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    launching = Launching()
    ready = Worker.ready

    async def but_the_second(worker: Worker) -> None:
        if launching.count == 2:
            os.kill(worker.pid, signal.SIGKILL)
        await ready(worker)

    monkeypatch.setattr(Worker, "ready", but_the_second)

    async def run() -> None:
        async with (
            workers(tmp_path, monkeypatch, launching) as supply,
            supply.one(),
            supply.one() as another,
        ):
            assert another.alive()

    asyncio.run(run())
    assert launching.count == 3


def test_one_that_does_not_start_twice_is_told_to_who_waits_for_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def run() -> None:
        async with (
            workers(tmp_path, monkeypatch, Launching(2, 3)) as supply,
            supply.one(),
        ):
            with pytest.raises(IsolationError, match="number 3 does not start"):
                async with supply.one():
                    pass
            async with supply.one() as another:
                assert another.alive()

    asyncio.run(run())


def test_one_that_does_not_start_is_told_to_nobody_while_others_are_coming(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def run() -> None:
        async with (
            workers(tmp_path, monkeypatch, Launching(2, 3), at_once=1) as supply,
            supply.one(),
        ):
            supply.have(3)
            async with supply.one() as another:
                assert another.alive()

    asyncio.run(run())


def test_who_has_stopped_waiting_does_not_count_when_one_does_not_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def run() -> None:
        async with workers(tmp_path, monkeypatch, Launching()) as supply, supply.one():
            failing: asyncio.Future[Worker] = asyncio.get_running_loop().create_future()
            usual = supply._start
            starts = iter((failing, None, failing))

            async def start(sandlock: bool) -> Worker:
                return await (next(starts, None) or usual(sandlock))

            monkeypatch.setattr(supply, "_start", start)
            stack = AsyncExitStack()
            impatient = asyncio.create_task(stack.enter_async_context(supply.one()))
            patient = asyncio.create_task(stack.enter_async_context(supply.one()))
            await turns()
            failing.set_exception(IsolationError("the first does not start"))
            impatient.cancel()
            assert (await patient).alive(), "the second does"
            await stack.aclose()

    asyncio.run(run())


def test_one_that_is_gone_as_soon_as_it_is_up_counts_as_one_that_did_not_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    launching = Launching()
    ready = Worker.ready

    async def and_gone(worker: Worker) -> None:
        await ready(worker)
        if launching.count > 1:
            worker.kill("the machine is out of memory")

    monkeypatch.setattr(Worker, "ready", and_gone)

    async def run() -> None:
        async with workers(tmp_path, monkeypatch, launching) as supply, supply.one():
            with pytest.raises(IsolationError, match="ended as soon as it was up"):
                async with supply.one():
                    pass

    asyncio.run(run())
    assert launching.count == 3


def test_one_that_comes_up_while_all_are_closed_is_ended_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def run() -> None:
        monkeypatch.setattr(launch, "sandlocked", Launching())
        supply = Workers(tmp_path, 1)
        starting = asyncio.create_task(supply.on_trial(True))
        while not supply._starting:
            await asyncio.to_thread(lambda: None)
        (worker,) = supply._starting
        # Its word that it is up has come, and nobody has heard it yet.
        select.select([worker.control._fd], [], [])
        starting.cancel()
        await supply.close()
        assert starting.cancelled()

    asyncio.run(run())
    assert list(tmp_path.iterdir()) == []


def test_one_with_less_isolation_than_was_tested_is_not_lent(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def run() -> None:
        async with workers(tmp_path, monkeypatch, Launching()) as supply, supply.one():
            supply._layers = (supply._layers[0] + 1, True)  # as if the first had had more
            with pytest.raises(IsolationError, match="less isolation"):
                async with supply.one():
                    pass

    asyncio.run(run())


def test_closing_is_told_to_all_who_wait_and_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[dict[str, object]] = []

    async def run() -> None:
        asyncio.get_running_loop().set_exception_handler(lambda _, what: told.append(what))
        async with workers(tmp_path, monkeypatch, Launching()) as supply:
            stack = AsyncExitStack()
            await stack.enter_async_context(supply.one())
            waiting = [
                asyncio.create_task(stack.enter_async_context(supply.one())) for _ in range(3)
            ]
            await turns()
        ended = await asyncio.gather(*waiting, return_exceptions=True)
        assert [type(error) for error in ended] == [IsolationError] * 3
        await stack.aclose()
        with pytest.raises(IsolationError, match="closed"):
            async with supply.one():
                pass

    asyncio.run(run())
    gc.collect()  # an error that nobody heard of would be told now
    assert told == []
    assert list(tmp_path.iterdir()) == []


def test_the_watch_goes_on_where_it_cannot_look_for_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    faults = [OSError(errno.EMFILE, "too many open files")]

    def overfull(_: Scratch) -> bool:
        if faults:
            raise faults.pop()
        return True

    monkeypatch.setattr(Scratch, "overfull", overfull)
    monkeypatch.setattr("stop_tui.sandbox.workers._LOOK_SECONDS", 0)

    async def run() -> None:
        async with (
            asyncio.timeout(60),
            workers(tmp_path, monkeypatch, Launching()) as supply,
            supply.one() as worker,
        ):
            killed: asyncio.Future[str] = asyncio.get_running_loop().create_future()
            monkeypatch.setattr(worker, "kill", killed.set_result)
            assert await killed == "it filled its scratch folder"
            monkeypatch.undo()

    asyncio.run(run())


def test_a_process_that_cannot_be_reaped_leaves_no_folder(tmp_path: Path) -> None:
    own = Scratch(tmp_path)
    process = launch.bare(own.folder)
    reap = process.reap

    def and_fail() -> None:
        reap()
        raise TimeoutError("it does not end")

    process.reap = and_fail  # type: ignore[method-assign]

    async def run() -> None:
        with ThreadPoolExecutor(1) as buriers, pytest.raises(TimeoutError, match="does not end"):
            await Worker(process, own).close(buriers)

    asyncio.run(run())
    assert list(tmp_path.iterdir()) == []
