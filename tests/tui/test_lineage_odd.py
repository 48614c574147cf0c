"""The lineage screen where there is no version, where git is damaged, and where text is hostile."""

from pathlib import Path

import pytest

from stop_tui.store.lineage import Lineage
from stop_tui.tui.widgets.text.lines import Lines
from stop_tui.tui.widgets.version_detail import VersionDetail
from stop_tui.workspace import Workspace
from tests.tiny import GOOD_SOLUTION, finds, start, tiny_settings, tiny_workspace
from tests.tui.explorers import bare_explorer
from tests.tui.lineages import ADA, HOSTILE, SIZES, commit, git, opened, rows, told, two_runs
from tests.tui.pilots import run, screen_text, until


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    return tiny_workspace(tmp_path / "w", finds(GOOD_SOLUTION))


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
