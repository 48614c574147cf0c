"""Measuring outside a run: the meta-utility of one improver, the utility of one solution.

The same code as in a run does the work, with a journal that lives as long as the question.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from stop_tui.core import events as ev
from stop_tui.core.keys import text_hash
from stop_tui.core.statistics import meta_utility as mean_over_tasks
from stop_tui.core.verdicts import Isolation
from stop_tui.engine.memory import Memory
from stop_tui.engine.meta_utility import (
    SELECTION,
    MetaUtility,
    by_task,
    tests_by_task,
)
from stop_tui.engine.model_calls import ModelCalls
from stop_tui.engine.recorder import Listener, Recorder
from stop_tui.engine.sandboxed import sandboxed
from stop_tui.engine.utilities import Utilities
from stop_tui.language_models.protocol import LanguageModel
from stop_tui.scoring import Scored, Task
from stop_tui.store.journal import Journal

EVALUATION: ev.Phase = "evaluation"
"""Instances of its own: on those that a run selected with, a selected improver looks too good."""


@dataclass(frozen=True, slots=True)
class Evaluation:
    """The meta-utility of an improver, on both splits, with every repeat and its solution."""

    meta_utility: ev.Estimate
    test_meta_utility: ev.Estimate
    repeats: tuple[ev.RepeatFinished, ...]
    solutions: Mapping[str, str]
    """Source by hash, for every solution that was returned."""
    isolation: Isolation
    attempts: tuple[ev.SandboxEvent, ...]


async def evaluate_improver(
    scratch: Path,
    settings: ev.Settings,
    tasks: Mapping[str, Task],
    model: LanguageModel,
    source: str,
    listeners: tuple[Listener, ...] = (),
) -> Evaluation:
    """Measure the improver `source` as a meta-iteration measures a candidate, and on test too."""
    with (
        TemporaryDirectory(prefix="stop-tui-") as folder,
        Journal.open(Path(folder) / "journal.db") as journal,
    ):
        recorder = Recorder(journal, settings.name, listeners)
        started = ev.RunStarted(
            settings=settings,
            source=text_hash(source),
            tasks={name: text_hash(task.utility_text) for name, task in tasks.items()},
        )
        recorder.start(started, [source, *(task.utility_text for task in tasks.values())])
        async with sandboxed(settings, tasks, scratch) as (pool, evaluator):
            memory = Memory()
            calls = ModelCalls(model, recorder, memory)
            utilities = Utilities(evaluator, recorder, memory)
            measure = MetaUtility(settings, tasks, pool, calls, utilities, recorder)
            measure.prepare(measured=1)  # while the tasks are checked
            try:
                for task in tasks:
                    await evaluator.check(task)
                repeats = await measure.repeats(
                    0, EVALUATION, source, count=settings.repeats, test=True
                )
            finally:
                await calls.cancel()
                await utilities.cancel()
            isolation = pool.isolation
        returned = {repeat.solution for repeat in repeats if repeat.solution is not None}
        return Evaluation(
            meta_utility=mean_over_tasks(by_task(repeats)),
            test_meta_utility=mean_over_tasks(tests_by_task(repeats)),
            repeats=tuple(repeats),
            solutions={name: recorder.text(name) for name in returned},
            isolation=isolation,
            attempts=tuple(
                {
                    (event.trust, event.what, event.detail): event
                    for _, event in journal.events_of(settings.name, ev.SandboxEvent)
                }.values()
            ),
        )


async def score_solution(
    scratch: Path, settings: ev.Settings, task: Task, source: str, split: ev.Split
) -> Scored:
    """The utility of the solution `source` on `split`, instance by instance."""
    async with sandboxed(settings, {task.name: task}, scratch) as (_, evaluator):
        return await evaluator.utility(task.name, source, split, SELECTION)
