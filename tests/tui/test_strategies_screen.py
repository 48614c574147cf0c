"""The timeline of strategies: bars over versions, one version marked, and what is told of both."""

from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot

from stop_tui.engine.gate import Decision
from stop_tui.store.lineage import Lineage
from stop_tui.store.trailers import Trailers
from stop_tui.tui.app import Explorer
from stop_tui.tui.runs.screen_gate import ProposalQuestion
from stop_tui.tui.screens.lineage import LineageScreen
from stop_tui.tui.screens.lineage_strategies import StrategiesScreen
from stop_tui.tui.widgets.rows.listing import Listing
from stop_tui.tui.widgets.text.lines import Lines
from stop_tui.workspace import Workspace
from tests.tiny import GOOD_SOLUTION, RETURNS_SEED, Scripted, finds, tiny_settings, tiny_workspace
from tests.tui.explorers import answering, bare_explorer
from tests.tui.pilots import run, screen_text, told, until
from tests.tui.specimen import NAME, specimen
from tests.tui.strategic import grow

SIZES = pytest.mark.parametrize("size", [(80, 24), (140, 40)], ids=["80x24", "140x40"])
HOSTILE = "\x1b[31mred\x1b]0;title\x07 [bold]b[/bold] \u202eevil"


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    return tiny_workspace(tmp_path / "w", RETURNS_SEED)


async def opened(app: Explorer, pilot: Pilot[Any], *keys: str) -> StrategiesScreen:
    """The timeline, opened with its key from the lineage screen, on the version that `keys` lead
    to there."""
    below = LineageScreen(app.workspace)
    await app.push_screen(below)
    await until(pilot, lambda: below.listing is not None and below.listing.has_focus, "the list")
    await pilot.press(*keys, "s")
    await until(pilot, lambda: isinstance(app.screen, StrategiesScreen), "the timeline")
    screen = app.screen
    assert isinstance(screen, StrategiesScreen)
    await until(pilot, lambda: screen.shown is not None, "the lineage to be read")
    await pilot.pause()
    return screen


def row(app: Explorer, beginning: str) -> str:
    """The line of the timeline that has this strategy, without its frame."""
    lines = screen_text(app).split("╰")[0].splitlines()
    return next(line for line in lines if beginning in line).strip("│▌ ")


def detail(app: Explorer) -> str:
    return app.screen.query_one("#detail", Lines).plain_text


@SIZES
def test_a_bar_for_each_strategy_stands_over_the_versions_and_one_is_marked(
    workspace: Workspace, size: tuple[int, int]
) -> None:
    grow(workspace)
    app = bare_explorer(workspace)

    async def body() -> None:
        async with app.run_test(size=size) as pilot:
            await opened(app, pilot, "down", "down")
            assert "I0  I1  I2  I3  ▼I4 I5  I6" in row(app, "strategy")
            assert "▆▆▆▆▆▆▆▆·   ·   │   ·   ·" in row(app, "beam search")
            assert "·   ▆▆▆▆▆▆▆▆·   ████▆▆▆▆▆▆▆▆" in row(app, "caching")
            assert row(app, "caching").endswith("5/7")
            assert "I4, 5 of 7" in screen_text(app)
            assert "offline model" in screen_text(app).splitlines()[0]
            await pilot.press("greater_than_sign", "greater_than_sign", "greater_than_sign")
            assert "I5  ▼I6" in row(app, "strategy")
            assert "·   ▆▆▆▆▆▆▆▆·   ▆▆▆▆▆▆▆▆████" in row(app, "caching")
            await pilot.press(*["less_than_sign"] * 9)
            assert "▼I0" in row(app, "strategy") and "I0, 1 of 7" in screen_text(app)

    run(body())


@SIZES
def test_where_the_strategy_under_the_cursor_came_and_went_is_told_with_the_changes(
    workspace: Workspace, size: tuple[int, int]
) -> None:
    grow(workspace)
    app = bare_explorer(workspace)

    async def body() -> None:
        async with app.run_test(size=size) as pilot:
            await opened(app, pilot)
            assert detail(app).startswith("I6 does not have beam search.\nAccepting I6 changed")
            assert "came in I0  there from the start" in detail(app)
            assert "went in I2  +0.025; genetic or evolutionary came too" in detail(app)
            assert "need not have caused it" in detail(app)
            await pilot.press("down", "down")
            assert "caching: in 5 of 7 versions" in detail(app)
            assert "went in I3  +0.025\ncame in I4  +0.025; bandit came too" in detail(app)

    run(body())


def test_the_mark_goes_from_turn_to_turn_of_the_strategy(workspace: Workspace) -> None:
    commits = grow(workspace)
    app = bare_explorer(workspace)

    async def body() -> None:
        async with app.run_test(size=(80, 24)) as pilot:
            screen = await opened(app, pilot)
            await pilot.press("down", "down")
            seen = []
            for _ in range(3):
                await pilot.press("left_parenthesis")
                seen.append(commits.index(screen.marked))
            assert seen == [4, 3, 1]
            await pilot.press("left_parenthesis")
            assert commits.index(screen.marked) == 1
            assert "neither comes nor goes before" in told(app)
            await pilot.press("right_parenthesis")
            assert commits.index(screen.marked) == 3

    run(body())


def test_the_journal_gives_intervals_and_the_source_the_lines(tmp_path: Path) -> None:
    app = bare_explorer(specimen(tmp_path / "w"))

    async def body() -> None:
        async with app.run_test(size=(140, 40)) as pilot:
            await opened(app, pilot)
            await until(pilot, lambda: "(line" in detail(app), "the lines")
            assert detail(app).startswith("I1 has ◆ beam search (line")
            assert "+0.223 [+0.209, +0.238] on validation, +0.223 on test." in detail(app)
            assert NAME in screen_text(app).splitlines()[0]

    run(body())


@SIZES
def test_of_many_versions_those_around_the_marked_one_are_seen(
    workspace: Workspace, size: tuple[int, int]
) -> None:
    labels = tuple(("caching",) if number >= 60 else ("bandit",) for number in range(120))
    grow(workspace, labels=labels)
    app = bare_explorer(workspace)

    async def body() -> None:
        async with app.run_test(size=size) as pilot:
            await opened(app, pilot)
            assert "I119▼" in row(app, "strategy")
            await pilot.press("left_parenthesis")
            assert "▼I60" in row(app, "strategy")
            assert "··█▆▆" in row(app, "caching")
            assert "▆▆│··" in row(app, "bandit")
            assert "I60, 61 of 120" in screen_text(app)

    run(body())


def test_versions_of_other_runs_are_named_with_their_run(workspace: Workspace) -> None:
    commits = grow(workspace, "otter")
    grow(workspace, "newt", (("bandit",),), parent=commits[1], at=1_790_002_000)
    app = bare_explorer(workspace)

    async def body() -> None:
        async with app.run_test(size=(80, 24)) as pilot:
            await opened(app, pilot)
            assert "Strategies · newt · 3 versions" in screen_text(app)
            await pilot.press("less_than_sign")
            assert "otter:I1, 2 of 3" in screen_text(app)
            assert detail(app).startswith("otter:I1 has ◆ beam search")

    run(body())


def test_a_version_that_is_added_appears(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    answering(monkeypatch, Scripted())
    worse = finds("def algorithm(x):\n    return x\n", proposes=finds(GOOD_SOLUTION))
    (workspace.improvers / "seed.py").write_text(worse)
    app = bare_explorer(workspace)

    async def body() -> None:
        async with app.run_test(size=(80, 24)) as pilot:
            app.begin_run(tiny_settings(name="fox", model="scripted", gate="human"))
            session = app.sessions["fox"]
            await until(pilot, lambda: session.question is not None, "the question")
            screen = await opened(app, pilot)
            assert "fox · 1 version" in screen_text(app)
            question = session.question
            assert isinstance(question, ProposalQuestion)
            question.answer(Decision("approve", "ada", "better"))
            await until(pilot, lambda: "fox · 2 versions" in screen_text(app), "the new one")
            assert screen.marked == session.state.versions[1].commit
            await until(pilot, lambda: not session.live, "the end of the run")

    run(body())


def test_the_timeline_can_be_found_in_copied_and_left(workspace: Workspace) -> None:
    grow(workspace)
    app = bare_explorer(workspace)

    async def body() -> None:
        async with app.run_test(size=(80, 24)) as pilot:
            screen = await opened(app, pilot)
            await pilot.press("slash", *"bandit", "enter")
            assert screen.query_one(Listing).cursor == "bandit"
            await pilot.press("escape", "y")
            await pilot.pause()
            assert "beam search                   ▆▆▆▆▆▆▆▆·   ·" in app.clipboard
            assert "bandit: in 2 of 7 versions\ncame in I4" in app.clipboard
            await pilot.press("enter", "y")
            await pilot.pause()
            assert app.clipboard == detail(app)
            await pilot.press("escape")
            assert screen.query_one(Listing).has_focus
            await pilot.press("escape")
            assert isinstance(app.screen, LineageScreen)

    run(body())


def test_what_someone_wrote_into_a_commit_is_inert(workspace: Workspace) -> None:
    grow(workspace, labels=(("caching",), ("caching", HOSTILE)))
    app = bare_explorer(workspace)

    async def body() -> None:
        async with app.run_test(size=(80, 24)) as pilot:
            screen = await opened(app, pilot)
            await pilot.press("end")
            await until(pilot, lambda: "came in I1" in detail(app), "the details")
            shown = screen_text(app)
            for character in ("\x1b", "\x07", "\u202e"):
                assert character not in shown and character not in detail(app)
            assert "[bold]b[/bold]" in detail(app)
            assert screen.query_one(Listing).position == 1

    run(body())


def test_versions_without_strategies_and_a_lineage_that_is_gone_are_told(
    workspace: Workspace,
) -> None:
    Lineage.open(workspace.lineage).commit_version(
        RETURNS_SEED,
        Trailers(run="otter", iteration=0),
        parent=None,
        at=1000,
        author=("Ada", "ada@example.org"),
    )
    app = bare_explorer(workspace)

    async def body() -> None:
        async with app.run_test(size=(80, 24)) as pilot:
            screen = await opened(app, pilot)
            assert "No strategy was found in any of these versions." in screen_text(app)
            await pilot.press("greater_than_sign", "right_parenthesis", "enter")
            workspace.lineage.rename(workspace.lineage.with_name("elsewhere"))
            screen.reload()
            await until(pilot, lambda: screen.query_one("#words").display, "what is wrong")
            assert "otter" in screen_text(app)

    run(body())
