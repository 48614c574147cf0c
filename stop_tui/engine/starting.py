"""Starting and resuming runs: what is asked for is checked, then the run is in the journal."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager

import msgspec

from stop_tui.core import events as ev
from stop_tui.core.budgets import cost_bound
from stop_tui.core.errors import LineageError, TaskError, UsageError
from stop_tui.core.keys import text_hash
from stop_tui.core.run_names import check_run_name
from stop_tui.core.state import State, Status
from stop_tui.engine.gate import Gate
from stop_tui.engine.memory import Memory
from stop_tui.engine.recorder import Listener, Recorder
from stop_tui.engine.run import Run
from stop_tui.engine.sources import find_improver
from stop_tui.language_models.protocol import LanguageModel
from stop_tui.language_models.registry import open_model
from stop_tui.scoring import BrokenTask, Task, load_tasks
from stop_tui.store.isolated_git import identity
from stop_tui.store.journal import Journal
from stop_tui.store.lineage import Lineage
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
    model: LanguageModel | None = None,
) -> Iterator[Run]:
    """A run with `settings`, in the journal and locked against a second host.

    `model` answers instead of the one that the settings name.

    Raises UsageError for settings that cannot be meant, TaskError for a broken task; then nothing
    is journalled.
    """
    check_settings(settings)
    tasks = usable_tasks(workspace, settings.tasks)
    lineage = Lineage(workspace.lineage)
    start = find_improver(workspace, lineage, settings.start)
    workspace.prepare()
    started = ev.RunStarted(
        settings=settings,
        source=text_hash(start.source),
        tasks={name: text_hash(task.utility_text) for name, task in tasks.items()},
        parent=start.commit,
        author=identity(workspace.root),
        responses_at_most=cost_bound(settings).responses,
    )
    journal = Journal.open(workspace.journal)
    try:
        with RunLock(workspace.locks, settings.name):
            recorder = Recorder(journal, settings.name, listeners)
            texts = [start.source, *(task.utility_text for task in tasks.values())]
            recorder.start(started, texts)
            yield _run(workspace, recorder, Memory(), tasks, gate, model)
    finally:
        journal.close()


@contextmanager
def resumed_run(
    workspace: Workspace,
    name: str,
    gate: GateFactory,
    listeners: Iterable[Listener] = (),
    *,
    check: Callable[[ev.Settings], None] = lambda settings: None,
    limits: ev.Limits | None = None,
    model: LanguageModel | None = None,
) -> Iterator[Run]:
    """The run `name` as the journal has it; `limits` replaces its limits when given.

    `check` is called with the recorded settings and may refuse. Raises UsageError for an unknown
    run or one that another host is running, TaskError for a task that changed since.
    """
    journal = Journal.open(workspace.journal, create=False)
    try:
        known = journal.runs()
        if name not in known:
            raise UsageError(
                f"There is no run {name!r} in this workspace.",
                hint="Runs: " + (", ".join(known) or "none yet") + ".",
            )
        with RunLock(workspace.locks, name):
            recorder = Recorder(journal, name, listeners)
            memory = Memory.of(recorder.load())
            state = recorder.state
            check(state.settings)
            tasks: Mapping[str, Task] = {}
            if state.status is not Status.FINISHED:
                tasks = usable_tasks(workspace, state.settings.tasks)
                _check_tasks_unchanged(state, tasks)
                _check_lineage(workspace, state)
                recorder.record(ev.RunResumed(limits=limits))
            yield _run(workspace, recorder, memory, tasks, gate, model)
    finally:
        journal.close()


def check_settings(settings: ev.Settings) -> None:
    """Raise UsageError for settings that cannot be meant."""
    check_run_name(settings.name)
    if not settings.tasks:
        raise UsageError("A run needs at least one task.")
    if len(set(settings.tasks)) != len(settings.tasks):
        raise UsageError("A task is named twice.")
    if not 0 <= settings.seed < 1 << 63:
        raise UsageError(f"--seed must be between 0 and 2**63 - 1, not {settings.seed}.")
    for option, value in (
        ("--iterations", settings.iterations),
        ("--repeats", settings.repeats),
        ("concurrency", settings.concurrency),
        ("the budget's lm_calls", settings.budget.lm_calls),
        ("the budget's responses_per_call", settings.budget.responses_per_call),
        ("the budget's utility_calls", settings.budget.utility_calls),
    ):
        if value < 1:
            raise UsageError(f"{option} must be at least 1, not {value}.")


def usable_tasks(workspace: Workspace, names: Iterable[str]) -> dict[str, Task]:
    """The tasks called `names`; raises for one that is unknown or broken, and for no other."""
    known = load_tasks(workspace.tasks)
    tasks: dict[str, Task] = {}
    for name in names:
        task = known.get(name)
        if task is None:
            raise UsageError(
                f"There is no task {name!r} in {workspace.tasks}.",
                hint="Tasks: " + ", ".join(sorted(known)) + ".",
            )
        if isinstance(task, BrokenTask):
            raise task.error
        tasks[name] = task
    return tasks


def _run(
    workspace: Workspace,
    recorder: Recorder,
    memory: Memory,
    tasks: Mapping[str, Task],
    gate: GateFactory,
    model: LanguageModel | None,
) -> Run:
    settings = recorder.state.settings
    return Run(
        recorder,
        memory,
        lineage=Lineage.open(workspace.lineage),
        tasks=tasks,
        model=model or open_model(settings.model),
        gate=gate(settings, recorder),
        scratch=workspace.scratch,
    )


def _check_tasks_unchanged(state: State, tasks: Mapping[str, Task]) -> None:
    assert state.started is not None, "a journal starts with run-started"
    for name, task in tasks.items():
        if text_hash(task.utility_text) != state.started.tasks[name]:
            raise TaskError(
                f"The utility of the task {name!r} was changed since the run "
                f"{state.settings.name!r} started, so its figures could not be compared.",
                hint=f"Restore {task.folder / 'utility.py'}, or start a new run.",
            )


def _check_lineage(workspace: Workspace, state: State) -> None:
    """Raise LineageError when the versions that the journal knows are not where they should be."""
    if state.head is None:
        return
    name = state.settings.name
    tip = Lineage.open(workspace.lineage, create=False).version(name)
    # A kill between a commit and its event leaves the branch one version ahead; the commit is then
    # made again, with the same id.
    ahead = tip.parent == state.head.commit and state.current is not None and state.current.final
    if tip.commit != state.head.commit and not ahead:
        raise LineageError(
            f"The branch {name} of the lineage ends at {tip.commit[:10]}, but the last version in "
            f"the journal is {state.head.commit[:10]}: someone moved it.",
            hint=f"See `stop-tui git reflog {name}` and put the branch back; nothing was changed.",
        )


def conflicting(settings: ev.Settings, asked: Mapping[str, object]) -> None:
    """Raise UsageError when `asked` (option name to value) differs from the recorded settings."""
    recorded = msgspec.structs.asdict(settings)
    for name, value in asked.items():
        if recorded[name] != value:
            raise UsageError(
                f"The run {settings.name!r} was started with {name} = {recorded[name]!r}; "
                f"it cannot be resumed with {value!r}.",
                hint=f"Leave the option out: `stop-tui run --resume {settings.name}`.",
            )
