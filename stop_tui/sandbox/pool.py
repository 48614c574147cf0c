"""The pool of workers: where programs are evaluated and run, a bounded number at once.

One kind of worker serves both solutions and improvers, one program at a time. Whoever stops
waiting for a program ends it.
"""

import asyncio
import functools
from collections.abc import AsyncIterator, Coroutine, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from types import TracebackType
from typing import Any, TypeVar

from stop_tui.core.errors import IsolationError
from stop_tui.core.events import Budget
from stop_tui.core.verdicts import Isolation
from stop_tui.sandbox import (
    hidden_use,
    improver_run,
    launch,
    reach,
    scratch,
    selftest,
    solution_run,
)
from stop_tui.sandbox.inside.messages import ImproverProgram, as_bytes
from stop_tui.sandbox.results import ImproverRun, SolutionRun
from stop_tui.sandbox.worker import Worker

T = TypeVar("T")
_LOOK_SECONDS = 0.25
_BURIERS = 4


class Pool:
    """Sandboxes for generated programs; to be used as `async with Pool(...)`.

    At most `size` solutions and `improvers` improvers run at once, with `memory` bytes each, their
    files below `scratch`. `isolation` and `missing` say what the self-test found.
    """

    def __init__(
        self,
        *,
        size: int,
        scratch: Path,
        unsafe_no_isolation: bool = False,
        memory: int = 1 << 30,
        improvers: int = 64,
    ) -> None:
        self.isolation = Isolation.NONE
        self.missing: tuple[str, ...] = ()
        self._scratch = scratch
        self._unsafe = unsafe_no_isolation
        self._memory = memory
        self._solutions = asyncio.Semaphore(size)
        self._improvers = asyncio.Semaphore(improvers)
        self._sandlock = True
        self._closed = False
        self._all: set[Worker] = set()
        self._starting: set[Worker] = set()
        self._idle: list[Worker] = []
        self._background: set[asyncio.Task[Any]] = set()
        self._watching: asyncio.Task[None] | None = None

    async def __aenter__(self) -> "Pool":
        """Start a first worker and test how well it isolates.

        Raises IsolationError when it does not and `unsafe_no_isolation` was not given.
        """
        scratch.remove_abandoned(self._scratch)
        # A sandboxed process dies with the thread that started it: this one lives as long as we.
        self._starter = ThreadPoolExecutor(1, "sandbox-start")
        self._buriers = ThreadPoolExecutor(_BURIERS, "sandbox-end")
        try:
            found = await selftest.tested(self._new)
            self.isolation, self.missing = found.isolation, found.missing
            self._sandlock = found.sandlock
            if self.isolation is Isolation.NONE and not self._unsafe:
                raise IsolationError(
                    "Generated code cannot be isolated on this machine: " + "; ".join(self.missing),
                    hint="Run `stop-tui doctor`, or accept the risk with --unsafe-no-isolation.",
                )
        except BaseException:
            await self._close()
            raise
        self._layers = (found.worker.landlock, found.worker.filtered)
        self._put_back(found.worker)
        self._watching = self._keep(self._watch())
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Kill every program and process."""
        await self._close()

    def prepare(self, count: int) -> None:
        """Start `count` workers ahead of the programs that will need them."""
        self._keep(self._start_ahead(count))

    async def evaluate(
        self,
        source: str,
        inputs: Sequence[bytes],
        *,
        limit: float,
        seed: int,
        function: str = "algorithm",
    ) -> SolutionRun:
        """Call `function` of the solution `source` on each of `inputs`, encoded argument tuples.

        A call may take `limit` seconds of CPU time. `seed`, in [0, 2**63), is where its chance
        starts.
        """
        solution = solution_run.Solution(source, function, seed, inputs, limit, self._memory)
        async with self._solutions, self._worker() as worker:
            return await solution_run.evaluate(worker, solution)

    async def improve(
        self,
        source: str,
        initial_solution: str,
        *,
        utility_text: str,
        budget: Budget,
        seed: int,
        serve: improver_run.Serve,
    ) -> ImproverRun:
        """Run `improve_algorithm` of the improver `source` on `initial_solution`.

        `serve` answers its requests, several at once; what it raises ends the program and is
        raised here. The budget is shown to the program; keeping to it is up to `serve`.
        """
        program = ImproverProgram(
            as_bytes(source),
            as_bytes(initial_solution),
            as_bytes(utility_text),
            budget.lm_calls,
            budget.responses_per_call,
            budget.utility_calls,
            seed,
        )
        async with self._improvers, self._worker() as worker:
            return await improver_run.improve(worker, program, memory=self._memory, serve=serve)

    @asynccontextmanager
    async def _worker(self) -> AsyncIterator[Worker]:
        worker = self._idle_one() or await self._another()
        try:
            yield worker
        except BaseException:
            worker.kill("its program is not wanted any more")
            raise
        finally:
            self._put_back(worker)

    def _idle_one(self) -> Worker | None:
        while self._idle:
            worker = self._idle.pop()
            if worker.alive():
                return worker
            self._bury(worker)
        return None

    def _put_back(self, worker: Worker) -> None:
        if not self._closed and worker.usable():
            self._idle.append(worker)
        else:
            self._bury(worker)

    async def _another(self) -> Worker:
        worker = await self._new(self._sandlock)
        if (worker.landlock, worker.filtered) != self._layers:
            self._bury(worker)
            raise IsolationError("A sandbox came up with less isolation than the self-test found.")
        return worker

    async def _new(self, sandlock: bool) -> Worker:
        """A new worker; one that is not waited for any more is kept for the next program."""
        starting = self._keep(self._start(sandlock))
        try:
            return await asyncio.shield(starting)
        except asyncio.CancelledError:
            starting.add_done_callback(self._not_wanted)
            raise

    def _not_wanted(self, starting: "asyncio.Task[Worker]") -> None:
        if not starting.cancelled() and starting.exception() is None:
            self._put_back(starting.result())

    async def _start_ahead(self, count: int) -> None:
        # One that does not start is a matter for the program that then has to wait for its own.
        with suppress(IsolationError):
            for _ in range(count):
                self._put_back(await self._start(self._sandlock))

    async def _start(self, sandlock: bool) -> Worker:
        loop = asyncio.get_running_loop()
        worker = await loop.run_in_executor(self._starter, self._launch, sandlock)
        self._all.add(worker)
        self._starting.add(worker)
        try:
            if self._closed:
                raise IsolationError("The sandboxes are closed.")
            await worker.ready()
        except BaseException:
            self._bury(worker)
            raise
        finally:
            self._starting.discard(worker)
        return worker

    def _launch(self, sandlock: bool) -> Worker:
        folder = scratch.Scratch(self._scratch)
        try:
            if sandlock:
                process = launch.sandlocked(folder.folder, self._readable)
            else:
                process = launch.bare(folder.folder)
        except BaseException:
            folder.remove()
            raise
        return Worker(process, folder)

    @functools.cached_property
    def _readable(self) -> list[str]:
        return reach.loading()

    def _bury(self, worker: Worker) -> None:
        if worker in self._all:
            self._all.remove(worker)
            worker.kill("it is not needed any more")
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
                if worker.scratch.overfull():
                    worker.kill("it filled its scratch folder")
                elif (excess := hidden_use.excess(worker.pid, worker.scratch.folder)) is not None:
                    worker.kill(excess)
                await asyncio.sleep(0)  # looking at one takes half a millisecond

    async def _close(self) -> None:
        self._closed = True
        if self._watching is not None:
            self._watching.cancel()
        self._idle.clear()
        for worker in self._starting:
            worker.kill(
                "it is not needed any more"
            )  # whoever waits for it sees that, and buries it
        for worker in self._all - self._starting:
            self._bury(worker)
        while self._background:  # what is still starting ends too, by burying what it started
            await asyncio.wait(self._background)
        self._starter.shutdown()
        self._buriers.shutdown()
