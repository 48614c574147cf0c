"""Deciding, pausing and interrupting at a terminal."""

import os
import signal
from pathlib import Path

import pytest

from stop_tui.core import events as ev
from stop_tui.core.state import Status, fold
from stop_tui.store.lineage import Lineage
from tests.commands.terminal import Terminal, stop_tui
from tests.copies import copy_of
from tests.tiny import GOOD_SOLUTION, MIDDLING_SOLUTION, finds, journalled, tiny_workspace

BETTER = finds(GOOD_SOLUTION, note="better")
RUN = ["run", "--name", "tiny", "--task", "double", "--iterations", "1", "--repeats", "1"]
RESUME = ["run", "--resume", "tiny"]
ENDLESS = """\
def improve_algorithm(initial_solution, utility, language_model):
    while True:
        pass
"""


@pytest.fixture(scope="module")
def left(tmp_path_factory):
    """A workspace with a run whose decision was left for later, and the terminal of it."""
    folder = tmp_path_factory.mktemp("left") / "w"
    workspace = tiny_workspace(folder, finds(MIDDLING_SOLUTION, proposes=BETTER))
    terminal = Terminal(*RUN, cwd=folder)
    terminal.wait_for("decision (")
    terminal.type("pause")
    terminal.end()
    return workspace, terminal


@pytest.fixture
def undecided(left, tmp_path):
    """A copy of that workspace, to go on in."""
    return copy_of(left[0], tmp_path / "w")


def test_a_human_sees_diff_and_figures_and_approves(tmp_path):
    workspace = tiny_workspace(tmp_path, finds(MIDDLING_SOLUTION, proposes=BETTER))
    terminal = Terminal(*RUN, cwd=tmp_path)
    shown = terminal.wait_for("decision (")
    assert "# better" in shown
    assert "difference +0.2" in shown
    assert "test figures are sealed" in shown
    terminal.type("approve")
    terminal.wait_for("reason")
    terminal.type("clearly better")
    terminal.wait_for("Approve: this source becomes version I1 of tiny. Sure?")
    terminal.type("yes")
    assert terminal.end() == 0
    version = Lineage.open(workspace.lineage).versions("tiny")[-1]
    assert version.trailers.reason == "clearly better"
    assert version.trailers.decision == "approve"


def test_nothing_but_a_confirmed_word_decides(undecided):
    terminal = Terminal(*RESUME, cwd=undecided.root)
    terminal.wait_for("decision (")
    for typed in ("", "y", "yes", "a", "approve it"):
        terminal.type(typed)
        terminal.wait_for("decision (")
    terminal.type("approve")
    terminal.wait_for("reason")
    terminal.type("")
    terminal.wait_for("Sure?")
    terminal.type("y")
    terminal.wait_for("decision (")
    terminal.type("reject")
    terminal.wait_for("reason")
    terminal.type("")
    terminal.wait_for("Reject: the incumbent stays. Sure?")
    terminal.type("yes")
    assert terminal.end() == 0
    assert len(Lineage.open(undecided.lineage).versions("tiny")) == 1


def test_a_decision_can_be_left_for_later(left, undecided):
    workspace, first = left
    assert first.process.returncode == 3
    assert "stop-tui run --resume tiny" in first.shown
    assert fold(journalled(workspace, "tiny")).status is Status.PAUSED

    second = Terminal(*RESUME, cwd=undecided.root)
    second.wait_for("decision (")
    second.type("approve")
    second.wait_for("reason")
    second.type("")
    second.wait_for("Sure?")
    second.type("yes")
    assert second.end() == 0
    measured = [e for e in journalled(undecided, "tiny") if isinstance(e, ev.ProposalMeasured)]
    assert len(measured) == 1


def test_a_human_gate_is_not_resumed_without_a_terminal(undecided):
    done = stop_tui(*RESUME, cwd=undecided.root)
    assert done.returncode == 2
    assert "no terminal" in done.stderr


def test_ctrl_c_pauses_cleanly_and_says_how_to_go_on(tmp_path):
    workspace = tiny_workspace(tmp_path, ENDLESS)
    terminal = Terminal(*RUN, "--gate", "auto", cwd=tmp_path)
    terminal.wait_for("the incumbent improves its own source")
    os.killpg(terminal.process.pid, signal.SIGINT)
    assert terminal.end() == 130
    assert "stop-tui run --resume tiny" in terminal.shown
    state = fold(journalled(workspace, "tiny"))
    assert (state.status, state.reason) == (Status.PAUSED, "interrupted")
    assert not _processes_in(tmp_path)


def test_ctrl_c_twice_ends_at_once_and_nothing_is_lost(tmp_path):
    workspace = tiny_workspace(tmp_path, ENDLESS)
    terminal = Terminal(*RUN, "--gate", "auto", cwd=tmp_path)
    terminal.wait_for("the incumbent improves its own source")
    os.killpg(terminal.process.pid, signal.SIGINT)
    os.killpg(terminal.process.pid, signal.SIGINT)
    assert terminal.end() == 130
    kinds = [type(event) for event in journalled(workspace, "tiny")]
    assert ev.IterationStarted in kinds
    (workspace.improvers / "seed.py").write_text("changed since, but the journal has the source")
    again = Terminal(*RESUME, cwd=tmp_path)
    again.wait_for("I1, attempt 2: the incumbent improves its own source")
    os.killpg(again.process.pid, signal.SIGINT)
    assert again.end() == 130


def _processes_in(folder: Path) -> list[str]:
    """Processes whose command line mentions `folder`."""
    found = []
    for process in Path("/proc").iterdir():
        try:
            command = (process / "cmdline").read_bytes()
        except OSError:
            continue
        if process.name.isdecimal() and os.fsencode(folder) in command:
            found.append(process.name)
    return found
