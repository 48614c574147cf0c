"""A run at a glance: where it stands, how its meta-utility went, when it began."""

from datetime import UTC, datetime

from stop_tui.core.state import State, Status
from stop_tui.presentation import conditions
from stop_tui.store.run_lock import is_locked
from stop_tui.workspace import Workspace


def condition(workspace: Workspace, state: State) -> str:
    """Where a run stands, in a word; one that nobody is running any more was interrupted."""
    if state.status is Status.RUNNING and is_locked(workspace.locks, state.settings.name):
        return conditions.RUNNING.word
    return conditions.condition(state, "nobody").word


def curve(state: State) -> list[float]:
    """Meta-utility of every version after the first, as measured before it was accepted."""
    values = []
    for iteration in state.iterations.values():
        final = iteration.final
        if final is not None and final.choice == "approve":
            values.append(iteration.measured[final.source].proposal_val.mean)
    return values


def iterations_done(state: State) -> int:
    """How many meta-iterations are over."""
    return sum(iteration.over for iteration in state.iterations.values())


def began(state: State) -> datetime:
    """When the run was started, in UTC."""
    assert state.started is not None, "a journal starts with run-started"
    return datetime.fromtimestamp(state.started.at, UTC)
