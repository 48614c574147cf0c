"""The supply of workers: started ahead or when asked for, lent to one program after the other,
watched while they are lent, and ended.

Who asks gets the first that is there, be it one that another program is done with.
"""

import asyncio
import functools
from collections import deque
from collections.abc import AsyncIterator, Coroutine
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any, TypeVar

from stop_tui.core.errors import IsolationError
from stop_tui.sandbox import hidden_use, launch, reach, scratch
from stop_tui.sandbox.worker import Worker

T = TypeVar("T")
_CLOSED = "The sandboxes are closed."
_ENDED = "See whether this machine has memory left and may start more processes; then go on."
_NOT_NEEDED = "it is not needed any more"
_LOOK_SECONDS = 0.25
_BURIERS = 4


class Workers:
    """Workers with scratch folders below `folder`; `at_once` of them start side by side.

    With as many as there are cores the first is up sooner, and the last no later, than if all
    started together. `close` must be called at the end.
    """

    def __init__(self, folder: Path, at_once: int) -> None:
        self._folder = folder
        self._turns = asyncio.Semaphore(at_once)
        # A sandboxed process dies with the thread that started it: this one lives as long as we.
        self._starter = ThreadPoolExecutor(1, "sandbox-start")
        self._buriers = ThreadPoolExecutor(_BURIERS, "sandbox-end")
        self._sandlock = True
        self._layers = (0, False)
        self._closed = False
        self._all: set[Worker] = set()
        self._starting: set[Worker] = set()
        self._idle: list[Worker] = []
        self._coming = 0
        self._waiting: deque[asyncio.Future[Worker]] = deque()
        self._background: set[asyncio.Task[Any]] = set()
        self._watching: asyncio.Task[None] | None = None

    async def on_trial(self, sandlock: bool) -> Worker:
        """A new worker that is not lent to programs, in sandlock or without. One that is not waited
        for any more ends when all do. Raises IsolationError when it does not start."""
        starting = self._keep(self._start(sandlock))
        try:
            return await asyncio.shield(starting)
        except asyncio.CancelledError:
            starting.add_done_callback(lambda ended: ended.cancelled() or ended.exception())
            raise

    def follow(self, model: Worker, sandlock: bool) -> None:
        """From now on lend `model`, and others that are started and isolated as it is."""
        self._sandlock = sandlock
        self._layers = (model.landlock, model.filtered)
        self._put_back(model)
        self._watching = self._keep(self._watch())

    def have(self, count: int) -> None:
        """Start what is missing to so many, lent or not, ahead of the programs that will need them.
        One that does not start is tried once more, and then told to a program only when no more
        are coming."""
        for _ in range(count - len(self._all - self._starting) - self._coming):
            self._start_another()

    @asynccontextmanager
    async def one(self) -> AsyncIterator[Worker]:
        """A worker for one program; it is killed when the block raises anything.

        Raises IsolationError when there is none to be had."""
        worker = self._idle_one() or await self._next()
        try:
            yield worker
        except BaseException:
            worker.kill("its program is not wanted any more")
            raise
        finally:
            self._put_back(worker)

    async def close(self) -> None:
        """Kill every program and process, also those that are starting."""
        self._closed = True
        if self._watching is not None:
            self._watching.cancel()
        self._idle.clear()
        for worker in self._starting:
            worker.kill(_NOT_NEEDED)  # what starts it sees that, and buries it
        for worker in self._all - self._starting:
            self._bury(worker)
        # What is still starting ends too, by burying what it started and telling who waits for it.
        while self._background:
            await asyncio.wait(self._background)
        self._starter.shutdown()
        self._buriers.shutdown()

    def _idle_one(self) -> Worker | None:
        while self._idle:
            worker = self._idle.pop()
            if worker.alive():
                return worker
            self._bury(worker)
        return None

    async def _next(self) -> Worker:
        """The next worker that is put back or comes up."""
        waiting: asyncio.Future[Worker] = asyncio.get_running_loop().create_future()
        self._waiting.append(waiting)
        if self._too_few():
            self._start_another()
        try:
            return await waiting
        except asyncio.CancelledError:
            if waiting in self._waiting:
                self._waiting.remove(waiting)
            elif not waiting.cancelled() and waiting.exception() is None:
                self._put_back(waiting.result())
            raise

    def _put_back(self, worker: Worker) -> None:
        """Give `worker` to whoever has waited longest, or keep it for the next program."""
        if self._closed or not worker.usable() or not worker.alive():
            self._bury(worker)
        elif (waiting := self._first_waiting()) is not None:
            waiting.set_result(worker)
        else:
            self._idle.append(worker)

    def _first_waiting(self) -> "asyncio.Future[Worker] | None":
        while self._waiting:
            waiting = self._waiting.popleft()
            if not waiting.done():
                return waiting
        return None

    def _too_few(self) -> bool:
        return sum(not waiting.done() for waiting in self._waiting) > self._coming

    def _start_another(self) -> None:
        self._coming += 1
        self._keep(self._bring())

    async def _bring(self) -> None:
        """Start a worker for whoever will have waited longest."""
        try:
            async with self._turns:
                try:
                    worker = await self._another()
                except IsolationError:
                    # A machine that is out of memory may have killed just this one.
                    worker = await self._another()
        except Exception as error:  # noqa: BLE001 - it is for whoever waits to hear
            self._coming -= 1
            if self._too_few() and (waiting := self._first_waiting()) is not None:
                waiting.set_exception(error)
        else:
            self._coming -= 1
            self._put_back(worker)

    async def _another(self) -> Worker:
        """A new worker that is isolated as the first; raises IsolationError."""
        worker = await self._start(self._sandlock)
        if (worker.landlock, worker.filtered) != self._layers:
            self._bury(worker)
            raise IsolationError("A sandbox came up with less isolation than the self-test found.")
        if not worker.alive():
            self._bury(worker)
            raise IsolationError("A sandbox ended as soon as it was up.", hint=_ENDED)
        return worker

    async def _start(self, sandlock: bool) -> Worker:
        if self._closed:
            raise IsolationError(_CLOSED)
        loop = asyncio.get_running_loop()
        worker = await loop.run_in_executor(self._starter, self._launch, sandlock)
        self._all.add(worker)
        self._starting.add(worker)
        try:
            if not self._closed:
                await worker.ready()
            if self._closed:  # it may have come up in the moment in which it was killed
                raise IsolationError(_CLOSED)
        except BaseException:
            self._bury(worker)
            raise
        finally:
            self._starting.discard(worker)
        return worker

    def _launch(self, sandlock: bool) -> Worker:
        own = scratch.Scratch(self._folder)
        try:
            if sandlock:
                process = launch.sandlocked(own.folder, self._readable)
            else:
                process = launch.bare(own.folder)
        except BaseException:
            own.remove()
            raise
        return Worker(process, own)

    @functools.cached_property
    def _readable(self) -> list[str]:
        return reach.loading()

    def _bury(self, worker: Worker) -> None:
        if worker in self._all:
            self._all.remove(worker)
            worker.kill(_NOT_NEEDED)
            self._keep(worker.close(self._buriers))

    def _keep(self, work: Coroutine[None, None, T]) -> "asyncio.Task[T]":
        task = asyncio.create_task(work)
        self._background.add(task)
        task.add_done_callback(self._background.discard)
        return task

    async def _watch(self) -> None:
        while True:
            await asyncio.sleep(_LOOK_SECONDS)
            for worker in self._all.difference(self._idle):
                # What cannot be seen, for want of an open file, is seen the next time.
                with suppress(OSError):
                    _kill_if_it_takes_too_much(worker)
                await asyncio.sleep(0)  # looking at one takes half a millisecond


def _kill_if_it_takes_too_much(worker: Worker) -> None:
    if worker.scratch.overfull():
        worker.kill("it filled its scratch folder")
    elif (excess := hidden_use.excess(worker.pid, worker.scratch.folder)) is not None:
        worker.kill(excess)
