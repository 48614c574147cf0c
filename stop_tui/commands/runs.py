"""`stop-tui runs`: the runs of this workspace and where they stand."""

import argparse
from datetime import UTC, datetime
from pathlib import Path

from stop_tui.commands.output import figure, print_json, print_table
from stop_tui.core.sparkline import sparkline
from stop_tui.core.state import State, Status, fold
from stop_tui.store.journal import Journal
from stop_tui.store.run_lock import is_locked
from stop_tui.workspace import Workspace, find_workspace


def main(options: argparse.Namespace) -> int:
    """List the runs, newest first."""
    workspace = find_workspace(Path.cwd())
    states = _states(workspace)
    if options.json:
        print_json({"runs": [_as_json(workspace, state) for state in states]})
        return 0
    if not states:
        print("No run yet: `stop-tui run` starts one.")
        return 0
    print_table(
        None,
        ("run", "state", "iterations", "best", "curve", "LM calls", "tokens", "USD", "started"),
        [_row(workspace, state) for state in states],
        numbers="235678",
        least="867542",
    )
    return 0


def _states(workspace: Workspace) -> list[State]:
    if not workspace.journal.exists():
        return []
    journal = Journal.open(workspace.journal, create=False)
    try:
        return [
            fold(event for _, event in journal.events(name)) for name in reversed(journal.runs())
        ]
    finally:
        journal.close()


def condition(workspace: Workspace, state: State) -> str:
    """Where a run stands; one that nobody is running any more was interrupted."""
    if state.status is Status.RUNNING and not is_locked(workspace.locks, state.settings.name):
        return "interrupted"
    return state.status.value


def curve(state: State) -> list[float]:
    """Meta-utility of every version after the first, as measured before it was accepted."""
    values = []
    for iteration in state.iterations.values():
        final = iteration.final
        if final is not None and final.choice == "approve":
            values.append(iteration.measured[final.source].proposal_val.mean)
    return values


def _row(workspace: Workspace, state: State) -> tuple[str, ...]:
    values = curve(state)
    done = sum(iteration.over for iteration in state.iterations.values())
    return (
        state.settings.name,
        condition(workspace, state),
        f"{done}/{state.settings.iterations}",
        figure(max(values, default=None)),
        sparkline(values, 0.0, 1.0),
        f"{state.spent.lm_calls:,}",
        f"{state.spent.tokens:,}",
        "unknown" if state.spent.usd is None else f"{state.spent.usd:.2f}",
        _started(state).strftime("%Y-%m-%d %H:%M"),
    )


def _as_json(workspace: Workspace, state: State) -> dict[str, object]:
    return {
        "name": state.settings.name,
        "state": condition(workspace, state),
        "reason": state.reason,
        "settings": state.settings,
        "iterations_done": sum(iteration.over for iteration in state.iterations.values()),
        "meta_utility": curve(state),
        "lm_calls": state.spent.lm_calls,
        "responses": state.spent.responses,
        "tokens": state.spent.tokens,
        "cost_usd": state.spent.usd,
        "isolation": state.isolation,
        "not_reproducible": sorted(state.untimely),
        "started": _started(state).isoformat(),
    }


def _started(state: State) -> datetime:
    assert state.started is not None, "a journal starts with run-started"
    return datetime.fromtimestamp(state.started.at, UTC)
