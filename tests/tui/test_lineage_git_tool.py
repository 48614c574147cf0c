"""The user's own git tool, started from the lineage screen in its repository."""

import sys
from pathlib import Path

import pytest
from textual.drivers.headless_driver import HeadlessDriver

from stop_tui.config import Config, ScreenSettings
from stop_tui.workspace import Workspace
from tests.tiny import GOOD_SOLUTION, finds, tiny_workspace
from tests.tui.explorers import BareExplorer, bare_explorer
from tests.tui.lineages import opened, told, two_runs
from tests.tui.pilots import run, screen_text, until


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    return tiny_workspace(tmp_path / "w", finds(GOOD_SOLUTION))


class Tools:
    """Git tools of the user, which write down how they were started."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.seen = folder / "seen"
        self.lent: list[str] = []
        self._script = folder / "a tool.py"
        monkeypatch.setattr(HeadlessDriver, "can_suspend", True)
        for done in ("suspend", "resume"):
            monkeypatch.setattr(
                HeadlessDriver,
                f"{done}_application_mode",
                lambda driver, done=done: self.lent.append(done),
            )

    def command(self, code: int = 0) -> str:
        self._script.write_text(
            "import os, sys\n"
            f"with open({str(self.seen)!r}, 'w') as seen:\n"
            "    print(os.getcwd(), os.environ['GIT_DIR'], os.environ.get('GIT_INDEX_FILE'),\n"
            "          *sys.argv[1:], sep='\\n', file=seen)\n"
            f"sys.exit({code})\n"
        )
        return f"'{sys.executable}' '{self._script}' --one 'two words'"


@pytest.fixture
def tools(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Tools:
    return Tools(tmp_path, monkeypatch)


def with_tool(workspace: Workspace, command: str) -> BareExplorer:
    return bare_explorer(workspace, Config(screen=ScreenSettings(git_tool=command)))


def test_the_git_tool_has_the_terminal_and_the_lineage(
    workspace: Workspace, tools: Tools, monkeypatch: pytest.MonkeyPatch
) -> None:
    two_runs(workspace)
    monkeypatch.setenv("GIT_INDEX_FILE", "/elsewhere")
    app = with_tool(workspace, tools.command())

    async def body() -> None:
        async with app.run_test(size=(80, 24)) as pilot:
            screen = await opened(app, pilot, workspace)
            before = screen.view
            await pilot.press("t")
            await until(pilot, lambda: tools.lent == ["suspend", "resume"], "the tool to end")
            assert tools.seen.read_text().splitlines() == [
                *[str(workspace.lineage)] * 2,
                *["None", "--one", "two words"],
            ]
            await until(pilot, lambda: screen.view is not before, "the lineage to be read anew")
            assert "newt:I1" in screen_text(app)
            assert not told(app)

    run(body())


@pytest.mark.parametrize(
    ("command", "words"),
    [
        ("no-such-tool --x", "The git tool no-such-tool cannot be started: No such file"),
        ("'open", "The setting git_tool cannot be read as a command"),
        ("with\0nul", "cannot be started"),
    ],
)
def test_a_git_tool_that_cannot_start_is_told_and_the_terminal_taken_back(
    workspace: Workspace, tools: Tools, command: str, words: str
) -> None:
    two_runs(workspace)
    app = with_tool(workspace, command)

    async def body() -> None:
        async with app.run_test(size=(80, 24)) as pilot:
            await opened(app, pilot, workspace)
            await pilot.press("t")
            await until(pilot, lambda: words in told(app), "the error")
            assert tools.lent in ([], ["suspend", "resume"])
            await pilot.press("down")
            assert "newt:I0" in screen_text(app)

    run(body())


def test_the_exit_code_of_a_git_tool_is_told(workspace: Workspace, tools: Tools) -> None:
    two_runs(workspace)
    app = with_tool(workspace, tools.command(code=3))

    async def body() -> None:
        async with app.run_test(size=(80, 24)) as pilot:
            await opened(app, pilot, workspace)
            await pilot.press("t")
            await until(pilot, lambda: "ended with exit code 3" in told(app), "the exit code")

    run(body())


def test_without_a_git_tool_it_is_git_log_from_the_version_on(
    workspace: Workspace, tools: Tools, capfd: pytest.CaptureFixture[str]
) -> None:
    two_runs(workspace)
    app = bare_explorer(workspace)

    async def body() -> None:
        async with app.run_test(size=(80, 24)) as pilot:
            await opened(app, pilot, workspace)
            await pilot.press("end", "up", "t")
            await until(pilot, lambda: tools.lent == ["suspend", "resume"], "git to end")

    run(body())
    shown = capfd.readouterr().out
    assert "I1: beam search" in shown and "+BEAM = 1" in shown and "I0: beam search" in shown
    assert "I2" not in shown


def test_where_the_terminal_cannot_be_lent_it_is_told(workspace: Workspace) -> None:
    two_runs(workspace)
    app = bare_explorer(workspace)

    async def body() -> None:
        async with app.run_test(size=(80, 24)) as pilot:
            await opened(app, pilot, workspace)
            await pilot.press("t")
            await until(pilot, lambda: "cannot be lent" in told(app), "the error")

    run(body())


def test_a_damaged_lineage_is_told_and_git_can_look_at_it(
    workspace: Workspace, tools: Tools
) -> None:
    ids = two_runs(workspace)
    broken = workspace.lineage / "objects" / ids["otter:I0"][:2] / ids["otter:I0"][2:]
    broken.chmod(0o600)
    broken.write_bytes(b"rubbish")
    app = with_tool(workspace, tools.command())

    async def body() -> None:
        async with app.run_test(size=(80, 24)) as pilot:
            await opened(app, pilot, workspace)
            text = " ".join(screen_text(app).replace("│", " ").split())
            assert "is damaged or was changed by someone else" in text and "git fsck" in text
            await pilot.press("t")
            await until(pilot, tools.seen.exists, "the tool")

    run(body())
