"""Workspaces with real runs of before: one that finished, and one that was left at a proposal."""

from pathlib import Path

import pytest

from stop_tui.engine.gate import DecisionLeft
from stop_tui.workspace import Workspace
from tests.copies import copied
from tests.tiny import (
    GOOD_SOLUTION,
    MIDDLING_SOLUTION,
    RETURNS_SEED,
    Later,
    finds,
    start,
    tiny_settings,
    tiny_workspace,
)

BETTER = finds(MIDDLING_SOLUTION, proposes=finds(GOOD_SOLUTION, proposes=RETURNS_SEED))
"""An improver that proposes one that finds a better solution than itself."""


def finished(folder: Path) -> Workspace:
    """The run `done`, with the versions I0 and I1."""
    return copied(folder, _finish)


def finished_and_left(folder: Path) -> Workspace:
    """The run `done`, and after it `left`, whose first proposal waits for a decision."""
    return copied(folder, _leave)


def _finish(folder: Path) -> None:
    start(tiny_workspace(folder, BETTER), tiny_settings(name="done"))


def _leave(folder: Path) -> None:
    workspace = finished(folder)
    with pytest.raises(DecisionLeft):
        start(workspace, tiny_settings(name="left", gate="human"), gate=Later())
