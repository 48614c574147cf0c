"""Measuring improvers on instances that no run selected with, in a journal that experiments share.

A repeat has instances and seeds of its own, the same for every program, so differences are paired
by repeat and an interval covers the choice of instances too. What was measured once is read again:
an experiment only measures what is missing, whichever experiment measured the rest.
"""

import asyncio
import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import NamedTuple, Self

from msgspec.structs import replace

from stop_tui.core import events as ev
from stop_tui.core.errors import LimitReached, ModelOutage, StopError
from stop_tui.core.keys import digest, text_hash
from stop_tui.core.spending import Spent
from stop_tui.engine.concurrently import concurrently
from stop_tui.engine.experiments.facts import NAME, Facts
from stop_tui.engine.meta_utility import MetaUtility
from stop_tui.engine.model_calls import ModelCalls
from stop_tui.engine.recorder import Listener, Recorder
from stop_tui.engine.sandboxed import sandboxed
from stop_tui.engine.suspecting import program_run
from stop_tui.engine.utilities import Utilities
from stop_tui.language_models.protocol import LanguageModel
from stop_tui.scoring import Task
from stop_tui.store.journal import Journal
from stop_tui.store.run_lock import RunLock, is_locked
from stop_tui.workspace import Workspace

SEED_SOLUTION_RUN = "I0/seed-solution"
"""Stands for the program run that asks about a task's own seed solution; there is none."""


class Missing(NamedTuple):
    """One thing to measure: an improver's source, or None for the task's seed solution."""

    task: str
    repeat: int
    improver: str | None


class Measurements:
    """The measurements of `improvers` (sources) on `tasks`. Use as a context manager.

    `settings` name the model, the seed, the budget, the repeats of each task, how much goes at
    once, and the limits, which count what this file has spent. `version` tells models of the same
    name apart that answer differently. Without the context they only read: `facts`, which may be
    shared, and what `read` adds to them. `listeners` are told of what is measured. `only` names
    the repeats of a program (None: the seed solutions) that is not to have all of them.
    """

    def __init__(
        self,
        workspace: Workspace,
        settings: ev.Settings,
        tasks: Mapping[str, Task],
        improvers: Sequence[str],
        *,
        version: str = "",
        facts: Facts | None = None,
        listeners: Sequence[Listener] = (),
        only: Mapping[str | None, Collection[int]] | None = None,
    ) -> None:
        self._workspace = workspace
        self._settings = replace(settings, name=NAME, tasks=tuple(tasks))
        self._tasks = tasks
        self._improvers = tuple(dict.fromkeys(improvers))
        self._marks = {
            name: digest(task.utility_text, task.seed_solution)[:8] for name, task in tasks.items()
        }
        self._only = only or {}
        budget = settings.budget
        same = digest(
            settings.model,
            version,
            *(budget.lm_calls, budget.responses_per_call, budget.utility_calls),
        )
        model = re.sub(r"[^A-Za-z0-9]+", "-", settings.model).strip("-")[-30:]
        self._stem = f"{NAME}-{model}-{settings.seed}-{same[:8]}"
        self.facts = facts or Facts()
        self._listeners = listeners

    def __enter__(self) -> Self:
        self._workspace.prepare()
        folder = self._workspace.experiments
        folder.mkdir(exist_ok=True)
        (folder / ".gitignore").write_text("*\n", encoding="utf-8")
        with ExitStack() as stack:
            called = f"The file {self.path.name}"
            stack.enter_context(RunLock(self._workspace.locks, self._stem, called=called))
            self._journal = stack.enter_context(Journal.open(self.path))
            self.facts.catch_up(self._journal)
            first = [lambda event, state: self.facts.take(event)]
            self._recorder = Recorder(self._journal, NAME, [*first, *self._listeners])
            self._recorder.state = self.facts.state
            self._stack = stack.pop_all()
        return self

    def __exit__(self, *exc: object) -> None:
        self._stack.close()

    def read(self) -> None:
        """Take what the file holds by now, whoever is adding to it; raises JournalError when it
        cannot be read."""
        if self.path.exists():
            with Journal.open(self.path, create=False) as journal:
                self.facts.catch_up(journal)

    @property
    def is_locked(self) -> bool:
        """Whether somebody, of this process or another, is measuring into the file right now."""
        return is_locked(self._workspace.locks, self._stem)

    @property
    def tasks(self) -> tuple[str, ...]:
        """The tasks it is about."""
        return self._settings.tasks

    @property
    def path(self) -> Path:
        """The file with everything that was asked, answered and measured."""
        return self._workspace.experiments / f"{self._stem}.db"

    @property
    def isolation(self) -> ev.IsolationTested | None:
        """What programs ran in the last time that something was measured."""
        state = self.facts.state
        if state.isolation is None:
            return None
        return ev.IsolationTested(level=state.isolation, missing=state.missing)

    @property
    def spent(self) -> Spent:
        """What all calls in this file have cost, those of other experiments included."""
        return self.facts.state.spent

    def suspicions(self, repeat: ev.RepeatFinished) -> tuple[ev.ScoreSuspected, ...]:
        """Why the scores of what was returned in `repeat` deserve a second look."""
        found = self.facts.state.suspicions.get(repeat.solution or "", ())
        return tuple(each for each in found if each.phase == repeat.phase)

    def attempts(self, repeats: Iterable[ev.RepeatFinished]) -> int:
        """How many different things the improvers of `repeats` and what they returned attempted,
        as host or kernel saw it."""
        return self.facts.attempts(
            program
            for each in repeats
            for program in (
                program_run(each.iteration, each.phase, each.improver, each.task, each.repeat),
                each.solution or "",
            )
        )

    def missing(self) -> list[Missing]:
        """What has not been measured, in the order in which it will be: repeat by repeat, so that
        what is there at any moment is even."""
        return [
            each
            for repeat in range(1, self._settings.repeats + 1)
            for task in self._tasks
            for each in self._parts(task, repeat)
            if not self._is_known(each)
        ]

    def under_way(self) -> list[Missing]:
        """What is being measured at the moment, as far as it is an improver's."""
        running = self.facts.state.repeats_in_flight
        return [
            each
            for each in (self.missing() if running else ())
            if each.improver is not None
            and (0, self._phase(each.task, each.repeat), text_hash(each.improver), each.task, 1)
            in running
        ]

    def responses_at_most(self) -> int:
        """How many responses of the model what is missing may cost."""
        budget = self._settings.budget
        runs = sum(each.improver is not None for each in self.missing())
        return runs * budget.lm_calls * budget.responses_per_call

    def repeat(self, improver: str, task: str, number: int) -> ev.RepeatFinished | None:
        """One repeat of an improver, with its utilities on both splits; None while missing."""
        phase = self._phase(task, number)
        return self.facts.state.repeats.get((0, phase, text_hash(improver), task, 1))

    def seed_solution(self, task: str, number: int) -> float | None:
        """The utility of the task's seed solution on the test instances of a repeat."""
        source = text_hash(self._tasks[task].seed_solution)
        scored = self.facts.memory.utilities.get((task, "test", self._phase(task, number), source))
        return None if scored is None else scored.utility

    def complete(self, task: str) -> list[int]:
        """The repeats of `task` of which nothing is missing."""
        return [
            number
            for number in range(1, self._settings.repeats + 1)
            if (parts := list(self._parts(task, number))) and all(map(self._is_known, parts))
        ]

    def spent_on(self, improver: str, task: str, repeats: Sequence[int]) -> Spent:
        """What these repeats of an improver have cost, interrupted tries included."""
        name = text_hash(improver)
        return self.facts.costs.of(
            program_run(0, self._phase(task, number), name, task, 1) for number in repeats
        )

    async def measure(
        self, model: LanguageModel, told: Callable[[Missing], None] = lambda done: None
    ) -> None:
        """Measure what is missing; `told` is called after each. Whatever ends this early, what was
        measured and answered is kept.

        Raises StopError for a task or a model that cannot be used, a limit, and an outage.
        """
        self._begin()
        ending: tuple[str, ev.PauseCause] = ("ended by an error", "error")
        try:
            await self._in_sandboxes(model, told)
            ending = "all that was asked for is measured", ""
        except asyncio.CancelledError:
            ending = "interrupted", "user"
            raise
        except StopError as error:
            ending = error.message, _cause(error)
            raise
        finally:
            self._recorder.record(ev.RunPaused(reason=ending[0], cause=ending[1]))

    def _begin(self) -> None:
        hashes = {name: text_hash(task.utility_text) for name, task in self._tasks.items()}
        texts = [*self._improvers, *(task.utility_text for task in self._tasks.values())]
        if NAME not in self._journal.runs():
            first = self._improvers[0]
            started = ev.RunStarted(settings=self._settings, source=text_hash(first), tasks=hashes)
            self._recorder.start(started, texts)
        else:
            every = {**self.facts.state.tasks, **hashes}
            resumed = ev.RunResumed(limits=self._settings.limits, tasks=every)
            self._recorder.record(resumed, texts=texts)

    async def _in_sandboxes(self, model: LanguageModel, told: Callable[[Missing], None]) -> None:
        recorder, limits = self._recorder, self._settings.limits
        async with sandboxed(self._settings, self._tasks, self._workspace.scratch) as (
            pool,
            scorer,
        ):
            recorder.record(ev.IsolationTested(level=pool.isolation, missing=pool.missing))
            calls = ModelCalls(model, recorder, self.facts.memory)
            utilities = Utilities(scorer, recorder, self.facts.memory)
            measures = {
                task: MetaUtility(
                    replace(self._settings, tasks=(task,)),
                    *(self._tasks, pool, calls, utilities, recorder),
                )
                for task in self._tasks
            }
            missing = self.missing()
            at_once = min(self._settings.concurrency, len(missing))
            pool.prepare(improvers=at_once, solutions=at_once)
            left = iter(missing)
            clock = asyncio.timeout(
                None if limits.seconds is None else max(0.0, limits.seconds - self._seconds)
            )
            try:
                async with clock:
                    for task in self._tasks:
                        await scorer.check(task)
                    await concurrently(
                        self._work(left, measures, utilities, told)
                        for _ in range(self._settings.concurrency)
                    )
            except LimitReached as error:
                await calls.finish_in_flight()
                error.hint = error.configured
                raise
            except TimeoutError:
                if not clock.expired():
                    raise
                await calls.finish_in_flight()
                raise LimitReached(
                    f"The limit of {limits.seconds:,g} s of wall time is reached; what was "
                    "measured is kept.",
                    hint="Go on with a larger limit in [limits] of .stop/config.toml.",
                ) from None
            finally:
                await calls.cancel()
                await utilities.cancel()

    async def _work(
        self,
        left: Iterator[Missing],
        measures: Mapping[str, MetaUtility],
        utilities: Utilities,
        told: Callable[[Missing], None],
    ) -> None:
        """Measure one after the other of what is `left`, beside others who do the same."""
        for each in left:
            phase = self._phase(each.task, each.repeat)
            if each.improver is None:
                seed_solution = self._tasks[each.task].seed_solution
                await utilities.utility(each.task, seed_solution, "test", phase, SEED_SOLUTION_RUN)
            else:
                await measures[each.task].repeats(0, phase, each.improver, count=1, test=True)
            told(each)

    @property
    def _seconds(self) -> float:
        return self.facts.state.seconds

    def _parts(self, task: str, repeat: int) -> Iterator[Missing]:
        """What is measured in a repeat of a task, of every program that has it."""
        for improver in (None, *self._improvers):
            if repeat in self._only.get(improver, (repeat,)):
                yield Missing(task, repeat, improver)

    def _is_known(self, each: Missing) -> bool:
        if each.improver is None:
            return self.seed_solution(each.task, each.repeat) is not None
        return self.repeat(each.improver, each.task, each.repeat) is not None

    def _phase(self, task: str, repeat: int) -> ev.Phase:
        """Instances and seeds derive from it: another repeat has others, and so has a task whose
        text was edited. It has no slash, so that program runs are named apart."""
        return f"held-out-{self._marks[task]}-{repeat}"


def _cause(error: StopError) -> ev.PauseCause:
    match error:
        case LimitReached():
            return "limit"
        case ModelOutage():
            return "outage"
        case _:
            return "error"
