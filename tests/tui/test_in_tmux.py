"""The explorer in a real terminal: keys typed through tmux, the screen read back."""

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from stop_tui.workspace import create_workspace
from tests.tui.specimen import specimen

pytestmark = pytest.mark.skipif(shutil.which("tmux") is None, reason="tmux is not installed")

STOP_TUI = Path(sys.executable).with_name("stop-tui")
PATIENCE = 60.0
"""Seconds until a screen that does not come is a failure."""


class Tmux:
    """A tmux server of its own, with one window."""

    def __init__(self, folder: Path, cwd: Path, columns: int, rows: int) -> None:
        self._socket = str(folder / "tmux")
        self.tmux(
            "-f",
            "/dev/null",
            "new-session",
            "-d",
            "-x",
            str(columns),
            "-y",
            str(rows),
            "-c",
            str(cwd),
            "env",
            "-u",
            "TMUX",
            "sh",
        )

    def tmux(self, *arguments: str) -> str:
        """Run a tmux command; what it printed."""
        environment = {**os.environ, "TERM": "xterm-256color", "LC_ALL": "C.UTF-8"}
        return subprocess.run(
            ["tmux", "-S", self._socket, *arguments],
            check=True,
            capture_output=True,
            text=True,
            env=environment,
        ).stdout

    def press(self, *keys: str) -> None:
        """Press keys, by tmux's names."""
        self.tmux("send-keys", *keys)

    def screen(self) -> str:
        """What the terminal shows."""
        return self.tmux("capture-pane", "-p")

    def until(self, text: str, *, gone: bool = False) -> str:
        """The screen, as soon as it has `text` on it, or has it no more."""
        deadline = time.monotonic() + PATIENCE
        while (text in (screen := self.screen())) is gone:
            what = "never went" if gone else "never came"
            assert time.monotonic() < deadline, f"{text!r} {what}; the screen was:\n{screen}"
            self.tmux("wait-for", "-L", "pace")
            self.tmux("wait-for", "-U", "pace")
        return screen

    def insist(self, key: str, text: str) -> None:
        """Press `key` until the screen has `text` on it."""
        deadline = time.monotonic() + PATIENCE
        while text not in (screen := self.screen()):
            assert time.monotonic() < deadline, f"{text!r} never came; the screen was:\n{screen}"
            self.press(key)

    def kill(self) -> None:
        """End it."""
        subprocess.run(["tmux", "-S", self._socket, "kill-server"], check=False)


@pytest.fixture
def terminal(tmp_path: Path) -> Iterator[Tmux]:
    workspace = specimen(tmp_path / "ein Ordner mit Ümläuten")
    tmux = Tmux(tmp_path, workspace.root, 100, 30)
    yield tmux
    tmux.kill()


def test_a_run_is_opened_read_and_left_and_the_terminal_is_as_before(terminal: Tmux) -> None:
    terminal.press(f"{STOP_TUI}; echo left with $?", "Enter")
    terminal.until("brave-otter")
    terminal.press("Enter")
    terminal.until("Candidates of I3")
    terminal.press("d")
    shown = terminal.until("candidate 2")
    assert "offline model" in shown
    terminal.press("1", "Up", "2")
    terminal.until("Candidates of I2")
    terminal.press("<")
    terminal.until("◷ Event")
    terminal.press("?")
    terminal.until("Keys can be changed")
    terminal.press("Escape")
    terminal.until("Keys can be changed", gone=True)
    terminal.press("C-q")
    after = terminal.until("left with 0")
    assert "Candidates" not in after
    terminal.press("echo still a shell", "Enter")
    terminal.until("\nstill a shell")


def test_a_new_workspace_is_offered_where_there_is_none(tmp_path: Path) -> None:
    empty = tmp_path / "empty"
    empty.mkdir()
    tmux = Tmux(tmp_path, empty, 80, 24)
    try:
        tmux.press(str(STOP_TUI), "Enter")
        tmux.until("workspace")
        tmux.press("Enter")
        tmux.until("New run")
    finally:
        tmux.kill()


def test_a_crash_leaves_the_terminal_sound_and_a_report_without_secrets(tmp_path: Path) -> None:
    workspace = create_workspace(tmp_path / "workspace")
    broken = tmp_path / "broken.py"
    broken.write_text(
        "from stop_tui.tui.screens.home import HomeScreen\n"
        "from stop_tui.cli import main\n"
        "def action_new_run(self):\n"
        "    raise ValueError('sk-proj-abcdefghijklmnop0123456789')\n"
        "HomeScreen.action_new_run = action_new_run\n"
        "raise SystemExit(main([]))\n"
    )
    tmux = Tmux(tmp_path, workspace.root, 100, 30)
    try:
        tmux.press(f"{sys.executable} {broken}; echo left with $?", "Enter")
        tmux.until("New run")
        tmux.press("n")
        told = tmux.until("left with 1")
        assert "it broke: ValueError" in told
        assert "sk-proj" not in told
        tmux.press("echo still a shell", "Enter")
        tmux.until("\nstill a shell")
    finally:
        tmux.kill()
    (report,) = workspace.logs.glob("crash-*.txt")
    assert "action_new_run" in report.read_text()
    assert "sk-proj" not in report.read_text()


def test_leaving_waits_for_no_thread_that_still_reads_a_source(tmp_path: Path) -> None:
    workspace = create_workspace(tmp_path / "workspace")
    stuck = tmp_path / "stuck.py"
    stuck.write_text(
        "import threading\n"
        "from stop_tui.cli import main\n"
        "from stop_tui.engine import proposing\n"
        "proposing.strategies = lambda source: threading.Event().wait()\n"
        "raise SystemExit(main([]))\n"
    )
    tmux = Tmux(tmp_path, workspace.root, 100, 30)
    try:
        tmux.press(f"{sys.executable} {stuck}; echo left with $?", "Enter")
        tmux.until("New run")
        tmux.press("n")
        tmux.until("What it may cost")
        tmux.press("C-s")
        tmux.until("▶ running")
        tmux.press("C-q")
        tmux.until("left with 0")
    finally:
        tmux.kill()


def test_a_version_is_stepped_to_reviewed_and_approved_by_keys_and_found_by_plain_git(
    tmp_path: Path,
) -> None:
    workspace = create_workspace(tmp_path / "workspace")
    workspace.config.write_text("[run]\niterations = 2\nrepeats = 1\ngate = 'human'\n")
    unhurried = tmp_path / "unhurried.py"  # the moments of grace have tests of their own
    unhurried.write_text(
        "from stop_tui.cli import main\n"
        "from stop_tui.tui.deciding import deliberation\n"
        "from stop_tui.tui.screens import dialogs\n"
        "dialogs.GRACE = deliberation.GRACE = deliberation.BURST = 0.0\n"
        "raise SystemExit(main([]))\n"
    )
    tmux = Tmux(tmp_path, workspace.root, 100, 30)
    try:
        tmux.press(f"{sys.executable} {unhurried}; echo left with $?", "Enter")
        tmux.until("New run")
        tmux.press("n")
        tmux.until("What it may cost")
        tmux.press("C-n")
        tmux.until("The run waits for your decision")
        tmux.press("v")
        tmux.until("More repeats")
        tmux.press("a")
        tmux.until("becomes version I1")
        tmux.press("-l", "beyond noise")
        tmux.until("beyond noise")
        tmux.insist("Enter", "‖ paused")  # two that come at once confirm nothing
        tmux.press("C-q")
        tmux.until("left with 0")
        tmux.press(
            f"git --git-dir {workspace.lineage} log --branches --format='%s;%(trailers:key=Reason)'"
            " | cat",
            "Enter",
        )
        tmux.until("Reason: beyond noise")
    finally:
        tmux.kill()
    logged = subprocess.run(
        ["git", "--git-dir", str(workspace.lineage), "log", "--branches", "--format=%s"],
        check=True,
        capture_output=True,
        text=True,
    ).stdout.splitlines()
    assert [line.partition(":")[0] for line in logged] == ["I1", "I0"]
