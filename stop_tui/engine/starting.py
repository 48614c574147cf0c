"""Starting, resuming and ending runs: what is asked for is checked, then it is in the journal."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager

from stop_tui.config import load_config
from stop_tui.core import events as ev
from stop_tui.core.budgets import cost_bound
from stop_tui.core.errors import UsageError
from stop_tui.core.keys import text_hash
from stop_tui.core.plain_text import one_line
from stop_tui.core.state import Status
from stop_tui.engine import checks
from stop_tui.engine.attempts import LONGEST_REASON
from stop_tui.engine.gate import Gate
from stop_tui.engine.limits_here import take_what_is_needed
from stop_tui.engine.memory import Memory
from stop_tui.engine.recorder import Hearer, Listener, Recorder
from stop_tui.engine.run import FinishedRun, Run
from stop_tui.engine.sources import find_improver
from stop_tui.language_models.protocol import LanguageModel
from stop_tui.language_models.registry import open_model
from stop_tui.scoring import Task
from stop_tui.store.isolated_git import identity
from stop_tui.store.journal import Journal
from stop_tui.store.run_lock import RunLock
from stop_tui.workspace import Workspace

GateFactory = Callable[[ev.Settings, Recorder], Gate]


@contextmanager
def new_run(
    workspace: Workspace,
    settings: ev.Settings,
    gate: GateFactory,
    listeners: Iterable[Listener] = (),
    *,
    hear: Iterable[Hearer] = (),
    model: LanguageModel | None = None,
) -> Iterator[Run]:
    """A run with `settings`, in the journal and locked against a second host.

    `hear` is told of text of the model as it arrives. `model` answers instead of the one that the
    settings name. Raises StopError for what cannot be
    meant and for what is broken; then nothing is journalled.
    """
    checks.check_settings(settings)
    take_what_is_needed()
    tasks = checks.usable_tasks(workspace, settings.tasks)
    answering = model or _configured(workspace, settings.model)
    workspace.prepare()
    with Journal.open(workspace.journal) as journal, RunLock(workspace.locks, settings.name):
        lineage = checks.sound_lineage(workspace, journal)
        start = find_improver(workspace, lineage, settings.start)
        checks.check_improver(start.source, start.label)
        if settings.name in lineage.runs():
            raise UsageError(
                f"The lineage has a branch {settings.name!r} already.", hint="Choose another name."
            )
        recorder = Recorder(journal, settings.name, listeners, hear)
        deciding = gate(settings, recorder)
        started = ev.RunStarted(
            settings=settings,
            source=text_hash(start.source),
            tasks=_utilities(tasks),
            seed_solutions=_seed_solutions(tasks),
            parent=start.commit,
            author=identity(workspace.root),
            responses_at_most=cost_bound(settings).responses,
        )
        recorder.start(started, [start.source, *(task.utility_text for task in tasks.values())])
        yield Run(
            recorder,
            Memory(),
            lineage=lineage,
            tasks=tasks,
            model=answering,
            gate=deciding,
            scratch=workspace.scratch,
        )


@contextmanager
def resumed_run(
    workspace: Workspace,
    name: str,
    gate: GateFactory,
    listeners: Iterable[Listener] = (),
    *,
    hear: Iterable[Hearer] = (),
    check: Callable[[ev.Settings], None] = lambda settings: None,
    limits: Callable[[ev.Limits], ev.Limits | None] = lambda recorded: None,
    model: LanguageModel | None = None,
) -> Iterator[Run | FinishedRun]:
    """The run `name` as the journal has it.

    `hear` and `model` are as in `new_run`. `check` is called with the recorded settings and may
    refuse; `limits` with the limits in force, and gives others or None. Raises UsageError for an
    unknown run or one that another host is running, TaskError for a task that changed since,
    LineageError for versions that are gone.
    """
    with Journal.open(workspace.journal, create=False) as journal:
        _check_known(journal, name)
        with RunLock(workspace.locks, name):
            recorder = Recorder(journal, name, listeners, hear)
            memory = Memory.of(recorder.load())
            state = recorder.state
            settings = state.settings
            check(settings)
            lineage = checks.sound_lineage(workspace, journal)
            checks.check_branch(lineage, state)
            if state.status is Status.FINISHED:
                yield FinishedRun(state)
                return
            take_what_is_needed()
            answering = model or _configured(workspace, settings.model)
            deciding = gate(settings, recorder)
            workspace.prepare()
            tasks = checks.usable_tasks(workspace, settings.tasks)
            checks.check_tasks_unchanged(state, tasks)
            recorder.record(
                ev.RunResumed(
                    limits=limits(state.limits),
                    tasks=_utilities(tasks),
                    seed_solutions=_seed_solutions(tasks),
                ),
                texts=[task.utility_text for task in tasks.values()],
            )
            yield Run(
                recorder,
                memory,
                lineage=lineage,
                tasks=tasks,
                model=answering,
                gate=deciding,
                scratch=workspace.scratch,
            )


def cancel_run(workspace: Workspace, name: str, *, by: str, reason: str = "") -> None:
    """End the run `name` for good; its versions and everything measured stay.

    Raises UsageError for an unknown run, one that is over, and one that a host is running.
    """
    with Journal.open(workspace.journal, create=False) as journal:
        _check_known(journal, name)
        with RunLock(workspace.locks, name):
            recorder = Recorder(journal, name)
            recorder.load()
            state = recorder.state
            if state.status is Status.FINISHED:
                raise UsageError(
                    f"The run {name!r} is over already ({one_line(state.reason, 100)}), so there "
                    "is nothing to end."
                )
            who, why = one_line(by, 100), one_line(reason, LONGEST_REASON)
            recorder.record(
                ev.RunFinished(reason=f"cancelled by {who}" + (f": {why}" if why else ""), by=who)
            )


def _configured(workspace: Workspace, name: str) -> LanguageModel:
    """The model called `name` in this workspace."""
    config = load_config(workspace.config)
    return open_model(name, config.models, config.prices)


def _check_known(journal: Journal, name: str) -> None:
    known = journal.runs()
    if name not in known:
        raise UsageError(
            f"There is no run {name!r} in this workspace.",
            hint="Runs: " + (", ".join(known) or "none yet") + ".",
        )


def _utilities(tasks: Mapping[str, Task]) -> dict[str, str]:
    return {name: text_hash(task.utility_text) for name, task in tasks.items()}


def _seed_solutions(tasks: Mapping[str, Task]) -> dict[str, str]:
    return {name: text_hash(task.seed_solution) for name, task in tasks.items()}
