"""Runs are stepped and ended by command, versions get notes, and earlier runs tell the cost."""

import json

import pytest

from stop_tui.store.lineage import Lineage
from tests.commands.terminal import stop_tui
from tests.tiny import GOOD_SOLUTION, MIDDLING_SOLUTION, finds, tiny_workspace

BETTER = finds(GOOD_SOLUTION, note="better")
RUN = ("run", "--task", "double", "--repeats", "1", "--gate", "auto")


@pytest.fixture
def workspace(tmp_path):
    return tiny_workspace(tmp_path / "w", finds(MIDDLING_SOLUTION, proposes=BETTER))


def command(workspace, *arguments, code=0):
    done = stop_tui(*arguments, cwd=workspace.root, environment={"LOGNAME": "ada"})
    assert done.returncode == code, done.stderr
    return done.stdout if code == 0 else done.stderr


def test_a_run_is_stepped_from_one_meta_iteration_to_the_next(workspace):
    told = command(workspace, *RUN, "--name", "tiny", "--iterations", "2", "--step")
    assert "tiny: paused" in told
    assert "Go on with: stop-tui run --resume tiny" in told
    told = command(workspace, "run", "--resume", "tiny", "--step")
    assert "tiny: finished" in told


def test_a_run_is_ended_for_good(workspace):
    command(workspace, *RUN, "--name", "tiny", "--iterations", "3", "--step")
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
    command(workspace, *RUN, "--name", "tiny", "--iterations", "1")
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
    assert "see repeat 1" in command(workspace, "git", "log", "-1")

    command(workspace, "note", "I1", "")
    assert "Note" not in command(workspace, "show", "I1")


def test_a_run_says_what_it_is_likely_to_cost_once_there_was_another(workspace):
    first = command(workspace, *RUN, "--iterations", "1").splitlines()[0]
    assert "likely" not in first
    second = command(workspace, *RUN, "--iterations", "1").splitlines()[0]
    assert second.startswith("This run may cost at most")
    assert second.endswith("likely about 0, as 1 earlier meta-iteration went.")
