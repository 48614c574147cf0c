"""What goes wrong around the program ends in a message and loses nothing."""

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from stop_tui.core.state import Status, fold
from stop_tui.store.journal import Journal
from stop_tui.store.lineage import Lineage
from stop_tui.workspace import Workspace
from tests.commands.terminal import STOP_TUI, Terminal, here, stop_tui
from tests.copies import copy_of
from tests.tiny import GOOD_SOLUTION, MIDDLING_SOLUTION, finds, journalled, tiny_workspace

BETTER = finds(GOOD_SOLUTION, note="better")
RUN = ("run", "--name", "tiny", "--task", "double", "--iterations", "1")
AUTO = (*RUN, "--repeats", "2", "--gate", "auto")
HUMAN = (*RUN, "--repeats", "1")


@pytest.fixture
def workspace(tmp_path):
    return tiny_workspace(tmp_path, finds(MIDDLING_SOLUTION, proposes=BETTER))


HOSTILE_GIT = (
    "[core]\n\thooksPath = /nonexistent\n[commit]\n\tgpgsign = true\n[user]\n\tname = Ada\n"
)


@dataclass
class Odd:
    """A run that went well in a repository of the user's, with settings of git that would break
    it, at a terminal without UTF-8; what was in the repository before; and what it printed."""

    workspace: Workspace
    before: list[Path]
    done: subprocess.CompletedProcess[str]


@pytest.fixture(scope="module")
def odd(tmp_path_factory):
    folder = tmp_path_factory.mktemp("odd")
    (folder / "home").mkdir()
    (folder / "home" / ".gitconfig").write_text(HOSTILE_GIT)
    workspace = tiny_workspace(folder / "w", finds(MIDDLING_SOLUTION, proposes=BETTER))
    subprocess.run(["git", "init", "-q", str(workspace.root)], check=True)
    before = sorted((workspace.root / ".git").iterdir())
    environment = {
        "HOME": str(folder / "home"),
        "PYTHONIOENCODING": "ascii",
        "PYTHONUTF8": "0",
    }
    return Odd(workspace, before, stop_tui(*AUTO, cwd=workspace.root, environment=environment))


def test_what_is_typed_ahead_decides_nothing(workspace):
    terminal = Terminal(*HUMAN, cwd=workspace.root)
    terminal.wait_for("the incumbent improves its own source")
    for typed in ("approve", "", "yes", "approve", "", "yes"):
        terminal.type(typed)
    terminal.wait_for("decision (")
    terminal.type("pause")
    assert terminal.end() == 3
    assert len(Lineage.open(workspace.lineage).versions("tiny")) == 1


def test_a_lineage_that_is_gone_is_told_and_never_made_anew(odd, tmp_path):
    workspace = copy_of(odd.workspace, tmp_path / "copy")
    shutil.rmtree(workspace.lineage)
    for command in (
        ("log",),
        ("show", "I1"),
        ("run", "--resume", "tiny"),
        ("run", "--name", "other", "--task", "double", "--gate", "auto"),
        ("doctor",),
    ):
        done = here(*command, cwd=workspace.root)
        assert done.returncode == 1, command
        assert "Traceback" not in done.stderr
        assert not workspace.lineage.exists(), command
    with Journal.open(workspace.journal) as journal:
        assert journal.runs() == ["tiny"]


def test_without_git_nothing_starts(workspace, tmp_path):
    nowhere = {"PATH": str(Path(sys.executable).parent)}
    done = stop_tui(*AUTO, cwd=workspace.root, environment=nowhere)
    assert done.returncode == 1
    assert "git cannot be started" in done.stderr
    with Journal.open(workspace.journal) as journal:
        assert journal.runs() == []


def test_a_workspace_that_cannot_be_written_is_named(tmp_path):
    workspace = tiny_workspace(tmp_path / "w", finds(MIDDLING_SOLUTION, proposes=BETTER))
    shutil.rmtree(workspace.private)
    workspace.private.write_text("a file where a folder should be")
    for command in (AUTO, ("tasks",), ("evaluate", "seed", "--task", "double")):
        done = here(*command, cwd=workspace.root)
        assert done.returncode == 1, command
        assert "cannot be written" in done.stderr


def test_a_terminal_without_utf_8_is_written_to_all_the_same(odd):
    assert odd.done.returncode == 0, odd.done.stderr
    assert "1.000 ? 0.000" in odd.done.stdout


@pytest.mark.parametrize("unbuffered", ["", "1"])
@pytest.mark.parametrize("options", [(), ("--json",)])
def test_a_reader_that_goes_away_pauses_the_run(workspace, options, unbuffered):
    running = subprocess.Popen(
        [STOP_TUI, *AUTO, *options],
        cwd=workspace.root,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env={**os.environ, "PYTHONUNBUFFERED": unbuffered},
    )
    running.stdout.readline()
    running.stdout.close()
    with running.stderr:
        complaint = running.stderr.read().decode()
    assert running.wait() == 3
    assert "stop-tui run --resume tiny" in complaint
    assert fold(journalled(workspace, "tiny")).status is Status.PAUSED


def test_a_limit_that_is_reached_has_an_exit_code_of_its_own(workspace):
    asks = (
        "def improve_algorithm(initial_solution, utility, language_model):\n"
        "    language_model.prompt('expert', initial_solution)\n"
        "    language_model.prompt('expert', initial_solution)\n"
        "    return initial_solution\n"
    )
    (workspace.improvers / "seed.py").write_text(asks)
    done = here(*AUTO, "--max-calls", "1", cwd=workspace.root)
    assert done.returncode == 3
    assert "--max-calls" in done.stderr


@pytest.mark.parametrize("limit", ["nan", "inf", "-1", "0"])
def test_a_limit_must_be_a_number_above_zero(workspace, limit):
    assert here(*AUTO, "--max-usd", limit, cwd=workspace.root).returncode == 2


def test_json_and_a_human_gate_exclude_each_other(workspace):
    terminal = Terminal(*HUMAN, "--json", cwd=workspace.root)
    assert terminal.end() == 2
    assert "--json" in terminal.shown


@pytest.mark.parametrize("name", ["/dev/null", "/dev/zero", "."])
def test_what_is_no_file_is_no_source(workspace, name):
    done = here("score", name, "--task", "double", cwd=workspace.root)
    assert done.returncode == 2
    assert "regular file" in done.stderr


def test_the_users_own_git_is_never_touched(odd):
    assert odd.done.returncode == 0, odd.done.stderr
    assert sorted((odd.workspace.root / ".git").iterdir()) == odd.before
    assert (odd.workspace.root.parent / "home" / ".gitconfig").read_text() == HOSTILE_GIT
