"""Where programs are evaluated and run, a bounded number at once.

One kind of worker serves both solutions and improvers. Whoever stops waiting for a program ends it.
"""

import asyncio
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType

from stop_tui.core.errors import IsolationError
from stop_tui.core.events import Budget
from stop_tui.core.verdicts import Isolation
from stop_tui.sandbox import improver_run, scratch, selftest, solution_run
from stop_tui.sandbox.inside.messages import ImproverProgram, as_bytes
from stop_tui.sandbox.results import ImproverRun, SolutionRun
from stop_tui.sandbox.workers import Workers


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
        self._size = size
        self._solutions = asyncio.Semaphore(size)
        self._improvers = asyncio.Semaphore(improvers)
        self._workers = Workers(scratch, at_once=size)

    async def __aenter__(self) -> "Pool":
        """Start a first worker and test how well it isolates.

        Raises IsolationError when it does not and `unsafe_no_isolation` was not given.
        """
        scratch.remove_abandoned(self._scratch)
        try:
            found = await selftest.tested(self._workers.on_trial)
            self.isolation, self.missing = found.isolation, found.missing
            if self.isolation is Isolation.NONE and not self._unsafe:
                raise IsolationError(
                    "Generated code cannot be isolated on this machine: " + "; ".join(self.missing),
                    hint="Run `stop-tui doctor`, or accept the risk with --unsafe-no-isolation.",
                )
        except BaseException:
            await self._workers.close()
            raise
        self._workers.follow(found.worker, found.sandlock)
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Kill every program and process."""
        await self._workers.close()

    def prepare(self, *, improvers: int, solutions: int) -> None:
        """Start what is missing for so many improvers and solutions to run at once."""
        self._workers.have(improvers + min(solutions, self._size))

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
        async with self._solutions, self._workers.one() as worker:
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
        async with self._improvers, self._workers.one() as worker:
            return await improver_run.improve(worker, program, memory=self._memory, serve=serve)
