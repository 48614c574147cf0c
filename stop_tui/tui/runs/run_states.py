"""The state of a run that is not open here, folded from its journal beside the screen."""

import asyncio
import time

from stop_tui.core.state import State
from stop_tui.store.journal import Journal
from stop_tui.workspace import Workspace

SLICE = 0.006
"""Seconds of folding between two looks at what else there is to do."""


async def run_state(workspace: Workspace, name: str) -> State | None:
    """The run `name` as its journal has it; None where there is none. Raises StopError for a
    journal that cannot be read."""
    if not workspace.journal.exists():
        return None
    state, began = State(), time.perf_counter()
    with Journal.open(workspace.journal, create=False) as journal:
        if name not in journal.runs():
            return None
        for _, event in journal.events(name):
            state.fold(event)
            if time.perf_counter() - began > SLICE:
                await asyncio.sleep(0)
                began = time.perf_counter()
    return state
