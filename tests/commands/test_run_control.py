"""Runs are stepped and ended by command, versions get notes, and earlier runs tell the cost."""

import json

import pytest

from stop_tui.store.lineage import Lineage
from tests.commands.terminal import here, stop_tui
from tests.copies import copy_of
from tests.tiny import GOOD_SOLUTION, MIDDLING_SOLUTION, finds, tiny_workspace

BETTER = finds(GOOD_SOLUTION, note="better")
RUN = ("run", "--task", "double", "--repeats", "1", "--gate", "auto")


@pytest.fixture(scope="module")
def stepped(tmp_path_factory):
    """A workspace with a run that paused after one of two meta-iterations, and what it said."""
    folder = tmp_path_factory.mktemp("stepped") / "w"
    workspace = tiny_workspace(folder, finds(MIDDLING_SOLUTION, proposes=BETTER))
    return workspace, command(workspace, *RUN, "--name", "tiny", "--iterations", "2", "--step")


@pytest.fixture
def workspace(stepped, tmp_path):
    """A copy of that workspace, to be changed."""
    return copy_of(stepped[0], tmp_path / "w")


def command(workspace, *arguments, code=0, how=here):
    done = how(*arguments, cwd=workspace.root, environment={"LOGNAME": "ada"})
    assert done.returncode == code, done.stderr
    return done.stdout if code == 0 else done.stderr


def test_a_run_is_stepped_from_one_meta_iteration_to_the_next(stepped, workspace):
    _, told = stepped
    assert "tiny: paused" in told
    assert "Go on with: stop-tui run --resume tiny" in told
    told = command(workspace, "run", "--resume", "tiny", "--step")
    assert "tiny: finished" in told


def test_a_run_is_ended_for_good(workspace):
    told = command(workspace, "cancel", "tiny", "--reason", "enough\x1b")
    assert "cannot be resumed" in told

    (run,) = json.loads(command(workspace, "runs", "--json"))["runs"]
    assert run["cancelled_by"] == "ada"
    assert run["reason"] == "cancelled by ada: enough\N{SYMBOL FOR ESCAPE}"
    told = command(workspace, "run", "--resume", "tiny")
    assert "is over already: cancelled by ada" in told
    assert "over already" in command(workspace, "cancel", "tiny", code=2)
    assert "no run 'other'" in command(workspace, "cancel", "other", code=2)


def test_a_version_gets_a_note_that_git_shows_too(workspace):
    assert "There is no note" in command(workspace, "note", "I1")

    command(workspace, "note", "I1", "overfits\x1b[2J to parity\nsee repeat 1")

    clean = "overfits\N{SYMBOL FOR ESCAPE}[2J to parity\nsee repeat 1"
    assert command(workspace, "note", "tiny:I1") == clean + "\n"
    assert json.loads(command(workspace, "note", "I1", "--json")) == {
        "commit": Lineage.open(workspace.lineage).resolve("I1"),
        "note": clean,
    }
    assert "see repeat 1" in command(workspace, "show", "I1")
    assert json.loads(command(workspace, "show", "I1", "--json"))["note"] == clean
    assert "see repeat 1" in command(workspace, "git", "log", "-1", how=stop_tui)

    command(workspace, "note", "I1", "")
    assert "Note" not in command(workspace, "show", "I1")


def test_a_run_says_what_it_is_likely_to_cost_once_there_was_another(stepped, workspace):
    first = stepped[1].splitlines()[0]
    assert "likely" not in first
    second = command(workspace, *RUN, "--iterations", "1").splitlines()[0]
    assert second.startswith("This run may cost at most")
    assert second.endswith("likely about 0, as 1 earlier meta-iteration went.")
