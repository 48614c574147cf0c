"""A clock that jumps changes dates, and nothing else."""

import math
from itertools import count
from types import SimpleNamespace

import pytest

from stop_tui.core.state import Status, fold
from stop_tui.engine.carrying import export_run, import_run
from stop_tui.store.lineage import Lineage
from tests.faults.small_run import (
    NAME,
    SETTINGS,
    commits_of,
    lineage_of,
    model,
    scores_of,
    small_workspace,
)
from tests.faults.soak import accepted_in
from tests.tiny import start

NOW = 1_800_000_000.0


def backwards(number: int) -> float:
    return NOW - 86_400.0 * number


def to_the_epoch(number: int) -> float:
    return NOW if number < 20 else 0.25


def to_the_year_9999(number: int) -> float:
    return NOW if number < 20 else 253_402_300_000.0


@pytest.mark.parametrize(
    "clock",
    [
        backwards,
        *(pytest.param(c, marks=pytest.mark.trust) for c in (to_the_epoch, to_the_year_9999)),
    ],
)
def test_a_run_whose_clock_jumps_ends_with_the_same_lineage(
    tmp_path, monkeypatch, undisturbed, clock
):
    ticks = count()
    monkeypatch.setattr(
        "stop_tui.engine.recorder.time", SimpleNamespace(time=lambda: clock(next(ticks)))
    )
    workspace = small_workspace(tmp_path / "w")
    events = start(workspace, SETTINGS, model=model())

    assert (lineage_of(workspace), scores_of(events)) == undisturbed
    state = fold(events)
    assert state.status is Status.FINISHED
    assert math.isfinite(state.seconds) and state.seconds >= 0
    versions = Lineage.open(workspace.lineage).versions(NAME)
    assert [version.iteration for version in versions] == [0, 1, 2]
    assert [version.parent for version in versions] == [None, *commits_of(workspace)[:-1]]
    assert len(accepted_in(events)) == 2
    Lineage.open(workspace.lineage).check()

    export_run(workspace, NAME, tmp_path / "a.run")
    other = small_workspace(tmp_path / "other")
    assert import_run(other, tmp_path / "a.run").versions == 3
    assert commits_of(other) == commits_of(workspace)
