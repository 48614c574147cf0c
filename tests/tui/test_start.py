"""Opening the explorer from the command line: on a terminal, without one, and what is loaded."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from stop_tui.store.journal import Journal
from stop_tui.workspace import Workspace
from tests.commands.terminal import Terminal as LineTerminal
from tests.commands.terminal import stop_tui
from tests.tiny import RETURNS_SEED, start, tiny_settings, tiny_workspace

CTRL_Q = "\x11"

HEAVY = ("openai", "git", "numpy", "pygments", "plotext", "textual_plotext", "sandlock")

PAINTED = """
import asyncio, json, sys
from pathlib import Path
from stop_tui.tui.app import Explorer
from stop_tui.workspace import Workspace

class Painted(Explorer):
    def loaded(self):
        print(json.dumps(sorted(sys.modules)))
        self.exit(0)

async def body():
    workspace = Workspace(Path(sys.argv[1]))
    app = Painted(workspace, folder=workspace.root)
    async with app.run_test(size=(120, 30)) as pilot:
        await pilot.pause()
        home = app.screen
        while not (home.list.listed and all(run.read for run in home.list.runs.values())):
            await pilot.pause()
        app.loaded()

asyncio.run(body())
"""


class Terminal(LineTerminal):
    """A terminal that a program draws on."""

    def press(self, keys: str) -> None:
        """Press keys, and no return."""
        os.write(self._master, keys.encode())


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    return tiny_workspace(tmp_path, RETURNS_SEED)


def test_painting_the_runs_loads_neither_models_nor_sandboxes_nor_the_engine(
    workspace: Workspace,
) -> None:
    start(workspace, tiny_settings())
    finished = subprocess.run(
        [sys.executable, "-c", PAINTED, str(workspace.root)],
        capture_output=True,
        text=True,
        check=True,
    )
    loaded = json.loads(finished.stdout)
    assert "stop_tui.tui.screens.home" in loaded
    assert [name for name in loaded if name.split(".")[0] in HEAVY] == []
    # The gate is a module of plain values; what it decides about is far away.
    engine = {name for name in loaded if name.startswith("stop_tui.engine")}
    assert engine <= {"stop_tui.engine", "stop_tui.engine.gate"}
    assert "stop_tui.scoring" not in loaded
    assert "stop_tui.sandbox" not in loaded


def test_the_command_line_alone_does_not_load_textual() -> None:
    code = "import sys, stop_tui.cli; print('textual' in sys.modules)"
    finished = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert finished.stdout.strip() == "False"


def test_without_a_terminal_there_is_help_and_nothing_is_drawn(workspace: Workspace) -> None:
    finished = stop_tui(cwd=workspace.root)
    assert finished.returncode == 0
    assert finished.stdout.startswith("usage: stop-tui")
    assert "\x1b[?1049h" not in finished.stdout


def test_opening_without_a_terminal_is_refused_with_what_to_use(workspace: Workspace) -> None:
    finished = stop_tui("open", "tiny", cwd=workspace.root)
    assert finished.returncode == 2
    assert "there is none here" in finished.stderr
    assert "stop-tui runs" in finished.stderr


def test_on_a_terminal_the_explorer_opens_and_is_left_with_a_key(workspace: Workspace) -> None:
    start(workspace, tiny_settings(name="brave-otter"))
    terminal = Terminal(cwd=workspace.root)
    terminal.wait_for("brave-otter")
    terminal.press(CTRL_Q)
    assert terminal.end() == 0
    assert "\x1b[?1049l" in terminal.shown  # the terminal is as it was
    assert (workspace.logs / "stop-tui.log").is_file()


def test_a_run_can_be_opened_at_once(workspace: Workspace) -> None:
    start(workspace, tiny_settings(name="brave-otter"))
    terminal = Terminal("open", "brave-otter", cwd=workspace.root)
    terminal.wait_for("Versions")
    terminal.press(CTRL_Q)
    assert terminal.end() == 0


def test_where_there_is_no_workspace_one_is_offered(tmp_path: Path) -> None:
    terminal = Terminal(cwd=tmp_path)
    terminal.wait_for("Create the workspace")
    terminal.press(CTRL_Q)
    assert terminal.end() == 0
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("[screen]\ntheme = 'pink'\n", "theme"),
        ("[keys]\n'run.fly' = 'z'\n", "run.fly"),
        ("[keys]\n'home.new' = 'q'\n", "home.quit"),
        ("not toml at all", "cannot be read"),
    ],
)
def test_a_configuration_that_cannot_be_meant_is_told_before_anything_is_drawn(
    workspace: Workspace, text: str, complaint: str
) -> None:
    workspace.config.write_text(text)
    terminal = Terminal(cwd=workspace.root)
    assert terminal.end() == 2
    assert complaint in terminal.shown
    assert "\x1b[?1049h" not in terminal.shown


def test_a_run_that_is_not_there_is_told_on_the_screen(workspace: Workspace) -> None:
    with Journal.open(workspace.journal):
        pass
    terminal = Terminal("open", "nobody", cwd=workspace.root)
    terminal.wait_for("There is no run nobody")
    terminal.press(CTRL_Q)
    assert terminal.end() == 0


def test_make_run_opens_the_explorer_on_a_terminal_and_only_there() -> None:
    makefile = (Path(__file__).parents[2] / "Makefile").read_text()
    rule = makefile.split("\nrun: ", 1)[1].split("\n\n", 1)[0]
    on_terminal, off_terminal = rule.split("then", 1)[1].split("else", 1)
    assert on_terminal.strip().rstrip("; \\") == "$(BIN)/stop-tui"
    assert "stop-tui run --iterations 3 --gate auto" in off_terminal
