"""The meta-utility: how good are the solutions that an improver finds for downstream tasks?

Every task and repeat is a program run of its own with a fresh budget. The same repeat has the same
seeds for every improver (common random numbers), so that differences are paired.
"""

import asyncio
from collections.abc import Mapping, Sequence

from stop_tui.core.analysis.untimely import untimely
from stop_tui.core.budgets import Account
from stop_tui.core.events import Estimate, Phase, RepeatFinished, RepeatStarted, Settings
from stop_tui.core.keys import seed_from, text_hash
from stop_tui.core.plain_text import one_line
from stop_tui.core.statistics import meta_utility as mean_over_tasks
from stop_tui.engine.attempts import LONGEST_REASON, sandbox_events
from stop_tui.engine.broker import Broker
from stop_tui.engine.concurrently import concurrently
from stop_tui.engine.model_calls import ModelCalls
from stop_tui.engine.recorder import Recorder
from stop_tui.engine.suspecting import program_run, suspected_gap
from stop_tui.engine.utilities import Utilities
from stop_tui.sandbox import ImproverRun, Pool
from stop_tui.scoring import Task

SELECTION: Phase = "selection"


def measuring(iteration: int) -> Phase:
    """The phase in which proposal and incumbent of a meta-iteration are measured afresh."""
    return f"measure/I{iteration}"


class MetaUtility:
    """Measures improvers on the downstream tasks of one run."""

    def __init__(
        self,
        settings: Settings,
        tasks: Mapping[str, Task],
        pool: Pool,
        calls: ModelCalls,
        utilities: Utilities,
        recorder: Recorder,
    ) -> None:
        self._settings = settings
        self._tasks = tasks
        self._pool = pool
        self._calls = calls
        self._utilities = utilities
        self._recorder = recorder
        self._slots = asyncio.Semaphore(settings.concurrency)

    def prepare(self, measured: int, beside: int = 0) -> None:
        """See that there are sandboxes, once they are started, for so many improvers that are
        measured at once and so many programs beside their repeats."""
        repeats = measured * self._settings.repeats * len(self._settings.tasks)
        at_once = min(self._settings.concurrency, repeats)
        self._pool.prepare(improvers=beside + at_once, solutions=at_once)

    async def repeats(
        self, iteration: int, phase: Phase, source: str, *, count: int, test: bool
    ) -> list[RepeatFinished]:
        """`count` repeats of the improver `source` on every task, in the order of the tasks.

        `test` says whether the solutions are also scored on the test split. Repeats that the
        journal holds are taken from there.
        """
        return await concurrently(
            self._repeat(iteration, phase, source, task, repeat, test)
            for task in self._settings.tasks
            for repeat in range(1, count + 1)
        )

    async def _repeat(
        self, iteration: int, phase: Phase, source: str, task: str, repeat: int, test: bool
    ) -> RepeatFinished:
        name = text_hash(source)
        key = (iteration, phase, name, task, repeat)
        known = self._recorder.state.repeats.get(key)
        if known is not None:
            return known
        async with self._slots:
            self._recorder.record(
                RepeatStarted(
                    iteration=iteration, phase=phase, improver=name, task=task, repeat=repeat
                )
            )
            return await self._run(iteration, phase, source, task, repeat, test)

    async def _run(
        self, iteration: int, phase: Phase, source: str, task: str, repeat: int, test: bool
    ) -> RepeatFinished:
        name = text_hash(source)
        program = program_run(iteration, phase, name, task, repeat)
        seed_words = (self._settings.seed, iteration, phase, task, repeat)
        account = Account(self._settings.budget)
        marks = set(untimely(source))

        async def utility(solution: str) -> float:
            scored = await self._utilities.utility(task, solution, "val", phase, program)
            marks.update(scored.untimely)
            return scored.utility

        run = await self._pool.improve(
            source,
            self._tasks[task].seed_solution,
            utility_text=self._tasks[task].utility_text,
            budget=self._settings.budget,
            seed=seed_from(*seed_words, "program"),
            serve=Broker(
                account,
                utility,
                self._calls.of(program, seed_words),
                self._calls.refusal(self._tasks[task]),
            ).serve,
        )
        val, tested, returned_marks = await self._score(run, task, phase, program, test)
        finished = RepeatFinished(
            iteration=iteration,
            phase=phase,
            improver=name,
            task=task,
            repeat=repeat,
            val=val,
            test=tested,
            solution=None if run.returned is None else text_hash(run.returned),
            lm_calls=account.lm_calls,
            utility_calls=account.utility_calls,
            failure=None if run.failure is None else one_line(run.failure, LONGEST_REASON),
            cpu_seconds=run.cpu_seconds,
            beyond_budget=account.beyond,
            untimely=tuple(sorted({*marks, *run.untimely, *returned_marks})),
        )
        texts = [] if run.returned is None else [run.returned]
        self._recorder.record(finished, *sandbox_events(program, name, run.attempts), texts=texts)
        return finished

    async def _score(
        self, run: ImproverRun, task: str, phase: Phase, program: str, test: bool
    ) -> tuple[float, float | None, tuple[str, ...]]:
        """Utility of what an improver returned, on validation and (if asked for) test, and what
        makes it not reproducible."""
        if run.returned is None:
            return 0.0, 0.0 if test else None, ()
        val = await self._utilities.utility(task, run.returned, "val", phase, program)
        if not test:
            return val.utility, None, val.untimely
        tested = await self._utilities.utility(task, run.returned, "test", phase, program)
        suspected = suspected_gap(val, tested, program)
        if suspected:
            self._recorder.record(*suspected)
        return val.utility, tested.utility, val.untimely + tested.untimely


def by_task(repeats: Sequence[RepeatFinished]) -> dict[str, list[float]]:
    """Validation utilities of `repeats`, by task."""
    values: dict[str, list[float]] = {}
    for repeat in repeats:
        values.setdefault(repeat.task, []).append(repeat.val)
    return values


def tests_by_task(repeats: Sequence[RepeatFinished]) -> dict[str, list[float]]:
    """Test utilities of `repeats`, by task; they must have been measured."""
    values: dict[str, list[float]] = {}
    for repeat in repeats:
        assert repeat.test is not None, "this phase measures the test split"
        values.setdefault(repeat.task, []).append(repeat.test)
    return values


def validation(repeats: Sequence[RepeatFinished]) -> Estimate:
    """The meta-utility on the validation split that `repeats` amount to."""
    return mean_over_tasks(by_task(repeats))
