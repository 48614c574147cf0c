"""The lineage screen: versions as a graph, and what can be done with them, on real git."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from textual.drivers.headless_driver import HeadlessDriver
from textual.events import Paste
from textual.pilot import Pilot
from textual.widgets import Input, TextArea

from stop_tui.config import Config, ScreenSettings
from stop_tui.store.isolated_git import environment
from stop_tui.store.lineage import Lineage
from stop_tui.store.trailers import Score, Trailers
from stop_tui.tui.app import Explorer
from stop_tui.tui.screens.ask_lines import AskLines
from stop_tui.tui.screens.compare import CompareScreen
from stop_tui.tui.screens.lineage import LineageScreen
from stop_tui.tui.widgets.text.lines import Lines
from stop_tui.tui.widgets.version_detail import VersionDetail
from stop_tui.workspace import Workspace
from tests.tiny import GOOD_SOLUTION, Scripted, finds, start, tiny_settings, tiny_workspace
from tests.tui.explorers import BareExplorer, answering, bare_explorer
from tests.tui.pilots import run, screen_text, until

ADA = ("Ada", "ada@example.org")
HOSTILE = "\x1b[31mred\x1b]0;title\x07 [bold]b[/bold] [@click=app.quit]x[/] \u202eevil\u2066"
SIZES = pytest.mark.parametrize("size", [(80, 24), (140, 40)], ids=["80x24", "140x40"])


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    return tiny_workspace(tmp_path / "w", finds(GOOD_SOLUTION))


def commit(
    workspace: Workspace,
    run: str,
    iteration: int,
    parent: str | None,
    *,
    at: float = 1000.0,
    idea: str = "Keep several.",
    title: str | None = None,
    **trailers: Any,
) -> str:
    values: dict[str, Any] = {
        "meta_utility": Score(0.9 + iteration / 100, 0.01),
        "test_meta_utility": Score(0.87, 0.02),
        "strategy": ("beam search",),
        "model": "offline",
        "decision": "approve",
        **trailers,
    }
    return Lineage.open(workspace.lineage).commit_version(
        f"# {run} I{iteration}\nBEAM = {iteration}\n",
        Trailers(run=run, iteration=iteration, **values),
        idea=idea,
        title=title,
        parent=parent,
        at=at + iteration,
        author=ADA,
    )


def two_runs(workspace: Workspace) -> dict[str, str]:
    """otter with three versions, and newt that starts from its second; commit ids by name."""
    ids: dict[str, str] = {}
    for iteration in range(3):
        parent = ids.get(f"otter:I{iteration - 1}")
        ids[f"otter:I{iteration}"] = commit(workspace, "otter", iteration, parent)
    ids["newt:I0"] = commit(workspace, "newt", 0, ids["otter:I1"], at=2000)
    ids["newt:I1"] = commit(workspace, "newt", 1, ids["newt:I0"], at=2000)
    return ids


def git(workspace: Workspace, *arguments: str) -> str:
    done = subprocess.run(
        ["git", *arguments],
        env=environment(workspace.lineage),
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout


async def opened(app: Explorer, pilot: Pilot[Any], workspace: Workspace) -> LineageScreen:
    """The lineage screen, once it has read the lineage."""
    screen = LineageScreen(workspace)
    await app.push_screen(screen)
    await until(pilot, lambda: "being read" not in screen_text(app), "the lineage to be read")
    if screen.view.versions:
        await until(pilot, lambda: screen.focused is screen.listing, "the list to have the focus")
    return screen


def told(app: Explorer) -> str:
    """All notifications so far."""
    return "\n".join(f"{note.message}" for note in app._notifications)


def rows(app: Explorer) -> list[str]:
    """The lines of the screen that show a version in the list."""
    return [line for line in screen_text(app).splitlines() if "●" in line]


@SIZES
def test_versions_of_all_runs_are_a_graph_newest_first(
    workspace: Workspace, size: tuple[int, int]
) -> None:
    ids = two_runs(workspace)
    app = bare_explorer(workspace)

    async def body() -> None:
        async with app.run_test(size=size) as pilot:
            await opened(app, pilot, workspace)
            found = rows(app)
            for row, graph, name in zip(
                found,
                ["●   ", "●   ", "│ ● ", "╰─● ", "  ● "],
                ["newt:I1", "newt:I0", "otter:I2", "otter:I1", "otter:I0"],
                strict=True,
            ):
                assert f"{graph} {name}" in row
                assert ids[name][:8] in row
            assert ".910 ±.010" in found[0]
            assert ".870" in found[0] and "beam" in found[0] and "approve" in found[0]
            text = screen_text(app)
            assert "5 versions of 2 runs" in text
            assert "offline model" in text.splitlines()[0]

    run(body())


@SIZES
def test_the_version_under_the_cursor_is_told_in_full(
    workspace: Workspace, size: tuple[int, int]
) -> None:
    ids = two_runs(workspace)
    app = bare_explorer(workspace)

    async def body() -> None:
        async with app.run_test(size=size) as pilot:
            screen = await opened(app, pilot, workspace)
            await pilot.press("down", "down")
            assert "I2: beam search, 0.920 ± 0.010" in screen_text(app)
            assert "Keep several." in screen_text(app)
            await pilot.press("d")
            message = screen.query_one("#message", Lines)
            assert screen.focused is message
            for written in (ids["otter:I2"], "(otter:I1)", "Test-Meta-Utility", "0.8700 ± 0.0200"):
                assert written in message.plain_text
            await pilot.press("o")
            await until(pilot, lambda: "BEAM = 2" in screen_text(app), "the source")
            await pilot.press("y")
            assert app.clipboard == "# otter I2\nBEAM = 2\n"
            await pilot.press("escape")
            assert screen.focused is screen.listing
            await pilot.press("down")
            await until(pilot, lambda: "BEAM = 1" in screen_text(app), "the other source")
            await pilot.press("y")
            name, subject = "newt:I1", "I1: beam search, 0.910 ± 0.010"
            assert app.clipboard.splitlines()[0] == f"●    {ids[name]}  {name}  {subject}"
            await pilot.press("escape")
            assert app.screen is not screen

    run(body())


@SIZES
def test_the_marked_version_is_compared_with_the_one_under_the_cursor(
    workspace: Workspace, size: tuple[int, int]
) -> None:
    two_runs(workspace)
    app = bare_explorer(workspace)

    async def body() -> None:
        async with app.run_test(size=size) as pilot:
            await opened(app, pilot, workspace)
            await pilot.press("space")
            assert "»" in rows(app)[0]
            await pilot.press("c")
            assert "is the marked version" in told(app)
            await pilot.press("end", "c")
            await until(pilot, lambda: isinstance(app.screen, CompareScreen), "the comparison")
            await pilot.pause()
            text = screen_text(app)
            assert "newt:I1 → otter:I0" in text
            assert "0.910 ± 0.010" in text and "0.900 ± 0.010" in text and "-0.010" in text
            assert "offline model" in text.splitlines()[0]
            await pilot.press("escape")
            await pilot.press("home", "space")
            assert "»" not in screen_text(app)

    run(body())


def test_with_no_mark_a_version_is_compared_with_its_parent(workspace: Workspace) -> None:
    two_runs(workspace)
    app = bare_explorer(workspace)

    async def body() -> None:
        async with app.run_test(size=(140, 40)) as pilot:
            await opened(app, pilot, workspace)
            await pilot.press("end", "c")
            assert "otter:I0 has no parent" in told(app)
            await pilot.press("home", "down", "c")
            await until(pilot, lambda: isinstance(app.screen, CompareScreen), "the comparison")
            assert "otter:I1 → newt:I0" in screen_text(app)

    run(body())


def test_a_note_is_kept_where_plain_git_shows_it(workspace: Workspace) -> None:
    ids = two_runs(workspace)
    app = bare_explorer(workspace)

    async def note(pilot: Pilot[Any], text: str) -> None:
        await pilot.press("n")
        await until(pilot, lambda: isinstance(app.screen, AskLines), "the question")
        app.screen.query_one(TextArea).text = text
        await pilot.press("ctrl+s")

    async def body() -> None:
        async with app.run_test(size=(140, 40)) as pilot:
            screen = await opened(app, pilot, workspace)
            await pilot.press("down")
            await note(pilot, "It overfits.")
            await until(pilot, lambda: "✎" in rows(app)[1], "the mark of the note")
            assert "It overfits." in screen_text(app)
            assert "Notes:\n    It overfits.\n" in git(workspace, "log", "-1", ids["newt:I0"])
            assert screen.listing is not None and screen.listing.cursor == ids["newt:I0"]
            await note(pilot, f"Better: {HOSTILE}")
            await until(pilot, lambda: "Better" in screen_text(app), "the other note")
            assert "overfits" not in screen_text(app)
            assert "\x1b" not in git(workspace, "log", "--all")
            await note(pilot, "")
            await until(pilot, lambda: "✎" not in screen_text(app), "no note any more")
            assert "Notes:" not in git(workspace, "log", "-1", ids["newt:I0"])

    run(body())


def test_a_note_of_several_lines_keeps_them(workspace: Workspace) -> None:
    ids = two_runs(workspace)
    kept = Lineage(workspace.lineage)
    kept.add_note(ids["newt:I1"], "one\n\n  two", ADA)
    app = bare_explorer(workspace)

    async def body() -> None:
        async with app.run_test(size=(80, 24)) as pilot:
            await opened(app, pilot, workspace)
            before = kept.note(ids["newt:I1"])
            for leave in ("ctrl+s", "escape"):
                await pilot.press("n")
                await until(pilot, lambda: isinstance(app.screen, AskLines), "the question")
                await pilot.pause()
                assert app.screen.query_one(TextArea).text == "one\n\n  two"
                await pilot.press(leave)
                await pilot.pause()
                assert kept.note(ids["newt:I1"]) == before
            await pilot.press("n")
            await until(pilot, lambda: isinstance(app.screen, AskLines), "the question")
            await pilot.press("enter", *"three", "ctrl+s")
            await until(pilot, lambda: "three" in screen_text(app), "the note")
            assert kept.note(ids["newt:I1"]).rstrip() == "one\n\n  two\nthree"

    run(body())


def test_lines_that_are_pasted_into_a_note_stay_lines_and_are_inert(workspace: Workspace) -> None:
    two_runs(workspace)
    app = bare_explorer(workspace)

    async def body() -> None:
        async with app.run_test(size=(140, 40)) as pilot:
            await opened(app, pilot, workspace)
            await pilot.press("n")
            await until(pilot, lambda: isinstance(app.screen, AskLines), "the question")
            app.post_message(Paste("one\r\ntwo \x1b[31mred"))
            lines = app.screen.query_one(TextArea)
            await until(pilot, lambda: "two" in lines.text, "what was pasted")
            assert lines.text == "one\ntwo \u241b[31mred"
            app.copy_to_clipboard("\nthree \x1b[2J")
            await pilot.press("ctrl+v")
            await until(pilot, lambda: "three" in lines.text, "what was copied")
            assert "\x1b" not in lines.text

    run(body())


def test_commit_id_and_message_are_copied(workspace: Workspace) -> None:
    ids = two_runs(workspace)
    app = bare_explorer(workspace)

    async def body() -> None:
        async with app.run_test(size=(80, 24)) as pilot:
            await opened(app, pilot, workspace)
            await pilot.press("i")
            assert app.clipboard == ids["newt:I1"]
            await pilot.press("m")
            assert app.clipboard == git(workspace, "log", "-1", "--format=%B", "HEAD")[:-1]

    run(body())


def test_a_run_can_start_from_the_version(workspace: Workspace) -> None:
    two_runs(workspace)
    app = bare_explorer(workspace)

    async def body() -> None:
        async with app.run_test(size=(140, 40)) as pilot:
            await opened(app, pilot, workspace)
            await pilot.press("down", "down", "f")
            await until(pilot, lambda: "new run" in screen_text(app), "the form")
            assert any("otter:I2" in field.value for field in app.screen.query(Input))

    run(body())


def test_text_can_be_found_in_the_list(workspace: Workspace) -> None:
    ids = two_runs(workspace)
    app = bare_explorer(workspace)

    async def body() -> None:
        async with app.run_test(size=(80, 24)) as pilot:
            screen = await opened(app, pilot, workspace)
            await pilot.press("slash", *"otter:I1", "enter")
            assert screen.listing is not None and screen.listing.cursor == ids["otter:I1"]

    run(body())


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


def test_new_versions_of_an_open_run_appear(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    answering(monkeypatch, Scripted())
    two_runs(workspace)
    app = bare_explorer(workspace)

    async def body() -> None:
        async with app.run_test(size=(140, 40)) as pilot:
            app.begin_run(tiny_settings(name="fox", model="scripted"))
            screen = await opened(app, pilot, workspace)
            await until(pilot, lambda: "fox:I0" in screen_text(app), "the first version of fox")
            session = app.sessions["fox"]
            await until(pilot, lambda: not session.live, "the end of the run")
            count = len(session.state.versions)
            await until(pilot, lambda: len(screen.view.versions) == 5 + count, "all of fox")

    run(body())


def test_what_happened_meanwhile_is_seen_on_coming_back(workspace: Workspace) -> None:
    two_runs(workspace)
    start(workspace, tiny_settings(name="fox"))
    app = bare_explorer(workspace)

    async def body() -> None:
        async with app.run_test(size=(140, 40)) as pilot:
            screen = await opened(app, pilot, workspace)
            before = screen.view
            app.session("fox")
            await app.push_screen(LineageScreen(workspace))
            app.pop_screen()
            await until(pilot, lambda: screen.view is not before, "the lineage to be read anew")

    run(body())


@SIZES
def test_a_workspace_without_versions_says_so(workspace: Workspace, size: tuple[int, int]) -> None:
    app = bare_explorer(workspace)

    async def body() -> None:
        async with app.run_test(size=size) as pilot:
            screen = await opened(app, pilot, workspace)
            assert "There is no version yet." in screen_text(app)
            for key in ("space", "c", "f", "n", "s", "i", "m", "t", "y", "d", "o"):
                await pilot.press(key)
            await pilot.pause()
            assert app.screen is screen
            assert "There is no lineage yet" in told(app)
            assert not workspace.lineage.exists()

    run(body())


def test_a_lineage_that_is_gone_is_told(workspace: Workspace) -> None:
    start(workspace, tiny_settings())
    workspace.lineage.rename(workspace.lineage.with_name("elsewhere"))
    app = bare_explorer(workspace)

    async def body() -> None:
        async with app.run_test(size=(80, 24)) as pilot:
            await opened(app, pilot, workspace)
            await until(
                pilot,
                lambda: (
                    "thejournalknowsversions" in "".join(screen_text(app).replace("│", "").split())
                ),
                "the words",
            )

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


def test_damage_that_comes_later_leaves_what_was_read(workspace: Workspace) -> None:
    two_runs(workspace)
    app = bare_explorer(workspace)

    async def body() -> None:
        async with app.run_test(size=(140, 40)) as pilot:
            screen = await opened(app, pilot, workspace)
            (workspace.lineage / "HEAD").unlink()
            screen.reload()
            await until(pilot, lambda: "HEAD is missing" in screen_text(app), "the damage")
            assert "otter:I2" in screen_text(app)
            await pilot.press("o")
            failure = screen.query_one("#failure", Lines)
            await until(pilot, lambda: "was changed by" in failure.plain_text, "no source")
            assert screen.focused is failure
            await pilot.press("c")
            await until(pilot, lambda: "damaged" in told(app), "no comparison")
            assert app.screen is screen

    run(body())


def test_a_commit_of_someone_else_is_told(workspace: Workspace) -> None:
    ids = two_runs(workspace)
    tree = git(workspace, "rev-parse", f"{ids['otter:I0']}^{{tree}}").strip()
    command = ["-c", "user.name=x", "-c", "user.email=y", "commit-tree", tree, "-m", "mine"]
    foreign = git(workspace, *command).strip()
    git(workspace, "update-ref", "refs/heads/mine", foreign)
    app = bare_explorer(workspace)

    async def body() -> None:
        async with app.run_test(size=(80, 24)) as pilot:
            await opened(app, pilot, workspace)
            text = " ".join(screen_text(app).replace("│", " ").split())
            assert f"Commit {foreign[:12]}" in text and "not a version" in text

    run(body())


@SIZES
def test_hostile_text_is_shown_inert(workspace: Workspace, size: tuple[int, int]) -> None:
    first = commit(workspace, "otter", 0, None, idea=HOSTILE, title=HOSTILE, reason=HOSTILE)
    long = "x" * 100_000
    second = commit(
        workspace, "otter", 1, first, idea=long, title=long, strategy=(HOSTILE,), decision=HOSTILE
    )
    Lineage(workspace.lineage).add_note(second, f"{HOSTILE}\n{HOSTILE}", ADA)
    app = bare_explorer(workspace)

    async def body() -> None:
        async with app.run_test(size=size) as pilot:
            screen = await opened(app, pilot, workspace)
            for key in ("d", "escape", "down", "d", "escape", "c"):
                await pilot.press(key)
                text = screen_text(app)
                assert not set(text) & set("\x1b\x07\u202e\u2066")
            await pilot.press("home", "d")
            detail = screen.query_one(VersionDetail)
            assert "[bold]b[/bold]" in detail.query_one("#message", Lines).plain_text
            await pilot.press("m")
            assert not set(app.clipboard) & set("\x1b\x07\u202e\u2066")

    run(body())


def test_a_message_that_someone_changed_is_shown_as_it_is(workspace: Workspace) -> None:
    first = commit(workspace, "otter", 0, None)
    message = git(workspace, "log", "-1", "--format=%B", first)
    changed = message.replace("0.9000 ± 0.0100", "a lot").replace("Repeats: unknown", "no trailer")
    command = ["-c", "user.name=x", "-c", "user.email=y", "commit-tree", f"{first}^{{tree}}"]
    other = git(workspace, *command, "-m", changed).strip()
    git(workspace, "update-ref", "refs/heads/otter", other)
    app = bare_explorer(workspace)

    async def body() -> None:
        async with app.run_test(size=(140, 40)) as pilot:
            await opened(app, pilot, workspace)
            assert "a lot" in rows(app)[0]
            assert "no trailer" in screen_text(app)

    run(body())


@SIZES
def test_the_mouse_reaches_versions_and_tabs(workspace: Workspace, size: tuple[int, int]) -> None:
    two_runs(workspace)
    app = bare_explorer(workspace)

    async def body() -> None:
        async with app.run_test(size=size) as pilot:
            screen = await opened(app, pilot, workspace)
            assert screen.listing is not None
            await pilot.click(screen.listing, offset=(10, 3))
            assert screen.version is not None and screen.version.run == "otter"
            await pilot.click("TabStrip", offset=(14, 0))
            await until(pilot, lambda: "BEAM = 2" in screen_text(app), "the source")

    run(body())
