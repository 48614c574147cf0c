"""`stop-tui runs`: the runs of this workspace and where they stand."""

import argparse
from pathlib import Path

from stop_tui.commands.output import print_json, print_table
from stop_tui.core.sparkline import sparkline
from stop_tui.core.state import State, fold
from stop_tui.presentation.costs import cost_as_json, short_tokens, short_usd
from stop_tui.presentation.figures import figure
from stop_tui.presentation.overview import began, condition, curve, iterations_done
from stop_tui.store.journal import Journal
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
        ("run", "state", "iterations", "best", "curve", "LM calls", "tokens", "cost", "started"),
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


def _row(workspace: Workspace, state: State) -> tuple[str, ...]:
    values = curve(state)
    done = iterations_done(state)
    return (
        state.settings.name,
        condition(workspace, state),
        f"{done}/{state.settings.iterations}",
        figure(max(values, default=None)),
        sparkline(values, 0.0, 1.0),
        f"{state.spent.lm_calls:,}",
        short_tokens(state.spent),
        short_usd(state.spent),
        began(state).strftime("%Y-%m-%d %H:%M"),
    )


def _as_json(workspace: Workspace, state: State) -> dict[str, object]:
    return {
        "name": state.settings.name,
        "state": condition(workspace, state),
        "reason": state.reason,
        "cause": state.cause,
        "cancelled_by": state.cancelled_by,
        "settings": state.settings,
        "iterations_done": iterations_done(state),
        "meta_utility": curve(state),
        **cost_as_json(state.spent),
        "isolation": state.isolation,
        "not_reproducible": sorted(state.untimely),
        "started": began(state).isoformat(),
    }
