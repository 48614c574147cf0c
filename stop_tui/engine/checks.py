"""What must hold before a run starts or goes on; each check raises with a message for the user."""

import math
from collections.abc import Iterable, Mapping

import msgspec

from stop_tui.core import events as ev
from stop_tui.core.analysis.source_warnings import source_warnings
from stop_tui.core.errors import LineageError, TaskError, UsageError
from stop_tui.core.keys import text_hash
from stop_tui.core.run_names import check_run_name
from stop_tui.core.state import State
from stop_tui.scoring import BrokenTask, Task, load_tasks
from stop_tui.store.journal import Journal
from stop_tui.store.lineage import Lineage
from stop_tui.workspace import Workspace

_OPTIONS = {
    "name": "--name",
    "tasks": "--task",
    "iterations": "--iterations",
    "repeats": "--repeats",
    "model": "--model",
    "gate": "--gate",
    "execute_gate": "--execute-gate",
    "seed": "--seed",
    "start": "--from",
    "unsafe_no_isolation": "--unsafe-no-isolation",
}


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
    check_limits(settings.limits)


def check_limits(limits: ev.Limits) -> None:
    """Raise UsageError for a limit that is no number above zero."""
    for name, value in msgspec.structs.asdict(limits).items():
        if value is not None and not (math.isfinite(value) and value > 0):
            raise UsageError(f"A limit must be a number above zero; that of {name} is {value:g}.")


def check_improver(source: str, label: str) -> None:
    """Raise UsageError for a source that no run can start from."""
    for warning in source_warnings(source, ev.Budget()):
        if warning.label in ("syntax error", "no improve_algorithm"):
            line = f", line {warning.lines[0]}" if warning.lines else ""
            raise UsageError(
                f"{label} is no improver ({warning.label}{line}).",
                hint="An improver defines improve_algorithm(initial_solution, utility, "
                "language_model).",
            )


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


def check_tasks_unchanged(state: State, tasks: Mapping[str, Task]) -> None:
    """Raise TaskError when figures were measured with another text of a task's utility, or with
    another seed solution."""
    for name, task in tasks.items():
        changed = changed_since(state, name, task)
        if state.iterations and changed is not None:
            what, file = changed
            raise TaskError(
                f"The {what} of the task {name!r} was changed since the run "
                f"{state.settings.name!r} measured with it, so figures could not be compared.",
                hint=f"Restore {task.folder / file}, or start a new run.",
            )


def changed_since(state: State, name: str, task: Task) -> tuple[str, str] | None:
    """What of a task is another than the run knew, and the file with it; None where nothing is."""
    if text_hash(task.utility_text) != state.tasks[name]:
        return "utility", "utility.py"
    seed_solution = text_hash(task.seed_solution)
    if state.seed_solutions.get(name, seed_solution) != seed_solution:
        return "seed solution", "seed.py"
    return None


def sound_lineage(workspace: Workspace, journal: Journal) -> Lineage:
    """The lineage, made if there has been none; raises LineageError when it is gone or damaged."""
    if not workspace.lineage.exists():
        for run in journal.runs():
            if next(journal.events_of(run, ev.VersionCommitted), None) is not None:
                raise LineageError(
                    f"The lineage {workspace.lineage} is gone, but the journal knows versions in "
                    f"it, the first of them of the run {run!r}.",
                    hint="Restore the folder from a backup; the journal was left as it is.",
                )
    lineage = Lineage.open(workspace.lineage)
    lineage.runs()  # asks git, so that a missing git is told before anything is journalled
    return lineage


def check_branch(lineage: Lineage, state: State) -> None:
    """Raise LineageError when the run's last version is not where the journal says."""
    if state.head is None:
        return
    name = state.settings.name
    put_back = f"`stop-tui git update-ref refs/heads/{name} {state.head.commit}` puts it back"
    if name not in lineage.runs():
        raise LineageError(
            f"The branch {name} of the lineage is gone, but the journal knows versions in it, the "
            f"last of them {state.head.commit[:10]}: someone deleted it.",
            hint=f"{put_back}, if the version is still there; nothing was changed.",
        )
    tip = lineage.version(name)
    # A kill between a commit and its event leaves the branch one version ahead; the commit is then
    # made again, with the same id.
    ahead = tip.parent == state.head.commit and state.current is not None and state.current.final
    if tip.commit != state.head.commit and not ahead:
        raise LineageError(
            f"The branch {name} of the lineage ends at {tip.commit[:10]}, but the last version in "
            f"the journal is {state.head.commit[:10]}: someone moved it.",
            hint=f"{put_back}; nothing was changed.",
        )


def check_same(settings: ev.Settings, asked: Mapping[str, object]) -> None:
    """Raise UsageError when `asked` (field to value) differs from the recorded settings."""
    recorded = msgspec.structs.asdict(settings)
    for name, value in asked.items():
        if recorded[name] != value:
            raise UsageError(
                f"The run {settings.name!r} was started with {_shown(name, recorded[name])}; "
                f"it cannot be resumed with {_shown(name, value)}.",
                hint=f"Leave the option out: `stop-tui run --resume {settings.name}`.",
            )


def _shown(name: str, value: object) -> str:
    """A setting as one writes it on the command line."""
    option = _OPTIONS[name]
    if isinstance(value, bool):
        return option if value else f"no {option}"
    if isinstance(value, tuple):
        return " ".join(f"{option} {item}" for item in value)
    return f"{option} {value}"
