"""Runs in this process, with a model and listeners of our own choice."""

import asyncio
from collections.abc import Iterable
from pathlib import Path

from stop_tui.core.events import Settings
from stop_tui.core.state import State
from stop_tui.engine import starting
from stop_tui.engine.gate import AutoGate
from stop_tui.engine.recorder import Listener
from stop_tui.language_models import LanguageModel
from stop_tui.workspace import create_workspace


def run_in_process(
    folder: Path,
    settings: Settings,
    listeners: Iterable[Listener],
    model: LanguageModel | None = None,
) -> State:
    """The state after a run in a new workspace in `folder`."""
    workspace = create_workspace(folder)
    with starting.new_run(
        workspace, settings, lambda *_: AutoGate(), listeners, model=model
    ) as run:
        asyncio.run(run.execute())
        return run.state
