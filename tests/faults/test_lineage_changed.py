"""A lineage that is locked, changed or damaged is told, left as it is, and can be put right."""

import pytest

from stop_tui.core.errors import LineageError
from stop_tui.engine.gate import AutoGate, DecisionLeft
from stop_tui.workspace import Workspace
from tests.copies import copy_of
from tests.faults.machine import (
    RESUME,
    git,
    iterations,
    nothing_accepted_is_lost,
    refused,
    stop_tui,
    workspace_in,
)
from tests.tiny import Later, resume, start, tiny_settings


@pytest.fixture(scope="module")
def left(tmp_path_factory) -> Workspace:
    """A workspace with a run whose decision was left for later."""
    workspace = workspace_in(tmp_path_factory.mktemp("left") / "w")
    with pytest.raises(DecisionLeft):
        start(workspace, tiny_settings(repeats=1), gate=Later())
    return workspace


@pytest.fixture
def undecided(left, tmp_path) -> Workspace:
    """A copy of that workspace, to be changed."""
    return copy_of(left, tmp_path / "w")


@pytest.fixture
def finished(undecided) -> Workspace:
    """A workspace with a run that has ended, and two versions."""
    resume(undecided)
    return undecided


def put_back(workspace: Workspace, tip: str, said: str) -> None:
    """Do what the message says."""
    command = f"stop-tui git update-ref refs/heads/tiny {tip}"
    assert f"`{command}`" in said
    assert stop_tui(workspace, *command.split()[1:]).returncode == 0
    assert stop_tui(workspace, *RESUME).returncode == 0
    assert iterations(workspace) == [0, 1]
    nothing_accepted_is_lost(workspace)


@pytest.mark.parametrize(
    "lock", ["refs/heads/tiny.lock", pytest.param("HEAD.lock", marks=pytest.mark.trust)]
)
def test_a_lock_that_git_left_is_named_and_the_accepted_version_kept(undecided, lock, monkeypatch):
    git(undecided, "config", "core.filesRefLockTimeout", "100")
    monkeypatch.setattr("stop_tui.store.lineage._PATIENCE", 0.0)
    (undecided.lineage / lock).touch()
    with pytest.raises(LineageError, match=r"\.lock") as caught:
        resume(undecided)
    assert "delete that file; then resume the run" in caught.value.hint
    assert iterations(undecided) == [0]
    (undecided.lineage / lock).unlink()
    assert stop_tui(undecided, *RESUME).returncode == 0  # the decision is not asked for again
    assert iterations(undecided) == [0, 1]
    nothing_accepted_is_lost(undecided)


def test_a_branch_that_was_deleted_can_be_put_back_as_the_message_says(finished):
    tip = git(finished, "rev-parse", "tiny")
    git(finished, "update-ref", "-d", "refs/heads/tiny")
    done = stop_tui(finished, *RESUME)
    refused(done, "The branch tiny of the lineage is gone", "someone deleted it")
    put_back(finished, tip, done.stderr)


@pytest.mark.trust
def test_a_branch_that_was_moved_back_can_be_put_back_as_the_message_says(finished):
    tip = git(finished, "rev-parse", "tiny")
    git(finished, "update-ref", "refs/heads/tiny", "tiny~1")
    done = stop_tui(finished, *RESUME)
    refused(done, "someone moved it", tip[:10], "nothing was changed")
    put_back(finished, tip, done.stderr)


@pytest.mark.trust
def test_a_version_that_was_rewritten_is_told_and_no_run_builds_on_it(undecided):
    begun = git(undecided, "rev-parse", "tiny")
    foreign = git(undecided, "commit-tree", "tiny^{tree}", "-p", "tiny", "-m", "mine")
    git(undecided, "update-ref", "refs/heads/tiny", foreign)
    done = stop_tui(undecided, *RESUME)
    refused(done, f"Commit {foreign[:12]} of the lineage is not a version that stop-tui made")
    assert git(undecided, "rev-parse", "tiny") == foreign
    git(undecided, "update-ref", "refs/heads/tiny", begun)
    assert stop_tui(undecided, "run", "--resume", "tiny").returncode == 0
    assert iterations(undecided) == [0, 1]


def test_a_branch_that_moves_while_the_run_decides_is_not_overwritten(undecided):
    foreign = git(undecided, "commit-tree", "tiny^{tree}", "-p", "tiny", "-m", "mine")

    class Rewritten(AutoGate):
        async def decide(self, review):
            git(undecided, "update-ref", "refs/heads/tiny", foreign)
            return await super().decide(review)

    with pytest.raises(LineageError, match="was not added") as caught:
        resume(undecided, gate=Rewritten())
    assert "Put the branch back and resume the run" in caught.value.hint
    assert git(undecided, "rev-parse", "tiny") == foreign
    git(undecided, "update-ref", "refs/heads/tiny", "tiny~1")
    assert stop_tui(undecided, *RESUME).returncode == 0
    assert iterations(undecided) == [0, 1]


@pytest.mark.trust
@pytest.mark.parametrize("what", ["HEAD", "refs/heads/tiny", "tip", "objects"])
def test_damage_is_told_by_every_command_and_repaired_by_none(finished, what):
    tip = git(finished, "rev-parse", "tiny")
    place = finished.lineage / (f"objects/{tip[:2]}/{tip[2:]}" if what == "tip" else what)
    kept = place.with_name("kept")
    place.rename(kept)
    if what != "objects":
        place.write_bytes(b"garbage\n")
    for command in (("log",), ("show", "tiny"), RESUME):
        done = stop_tui(finished, *command)
        refused(done, "is damaged or was changed by someone else", "It was left as it is")
    nothing_accepted_is_lost(finished)
    if what != "objects":
        place.unlink()
    kept.rename(place)
    assert stop_tui(finished, *RESUME).returncode == 0
    assert iterations(finished) == [0, 1]
