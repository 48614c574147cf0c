"""Workspaces with real runs of before: one that finished, and one that was left at a proposal."""

from pathlib import Path

import pytest

from stop_tui.engine.gate import AutoGate, Decision, DecisionLeft, Review
from stop_tui.workspace import Workspace
from tests.tiny import (
    GOOD_SOLUTION,
    MIDDLING_SOLUTION,
    RETURNS_SEED,
    finds,
    start,
    tiny_settings,
    tiny_workspace,
)
from tests.tui.kept import copied

BETTER = finds(MIDDLING_SOLUTION, proposes=finds(GOOD_SOLUTION, proposes=RETURNS_SEED))
"""An improver that proposes one that finds a better solution than itself."""


class Later(AutoGate):
    """A human who decides some other day."""

    waits = True

    async def decide(self, review: Review) -> Decision:
        raise DecisionLeft("the decision was left for later")


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
