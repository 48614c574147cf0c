"""The lineage screen: versions as a graph, and what can be done with them, on real git."""

from pathlib import Path
from typing import Any

import pytest
from textual.events import Paste
from textual.pilot import Pilot
from textual.widgets import Input, TextArea

from stop_tui.store.lineage import Lineage
from stop_tui.tui.screens.ask_lines import AskLines
from stop_tui.tui.screens.compare import CompareScreen
from stop_tui.tui.screens.lineage import LineageScreen
from stop_tui.tui.widgets.text.lines import Lines
from stop_tui.workspace import Workspace
from tests.tiny import GOOD_SOLUTION, Scripted, finds, start, tiny_settings, tiny_workspace
from tests.tui.explorers import answering, bare_explorer
from tests.tui.lineages import ADA, HOSTILE, SIZES, git, opened, rows, told, two_runs
from tests.tui.pilots import run, screen_text, until


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    return tiny_workspace(tmp_path / "w", finds(GOOD_SOLUTION))


@SIZES
def test_versions_of_all_runs_are_a_graph_newest_first_which_the_mouse_reaches(
    workspace: Workspace, size: tuple[int, int]
) -> None:
    ids = two_runs(workspace)
    app = bare_explorer(workspace)

    async def body() -> None:
        async with app.run_test(size=size) as pilot:
            screen = await opened(app, pilot, workspace)
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
            assert screen.listing is not None
            await pilot.click(screen.listing, offset=(10, 3))
            assert screen.version is not None and screen.version.run == "otter"
            await pilot.click("TabStrip", offset=(14, 0))
            await until(pilot, lambda: "BEAM = 2" in screen_text(app), "the source")

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
