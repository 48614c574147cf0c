"""Two sources beside each other: figures that may be subtracted are, and it is said how."""

import re
from pathlib import Path

import pytest

from stop_tui.core import events as ev
from stop_tui.core.state import State, fold
from stop_tui.presentation.figures import chance_words
from stop_tui.store.lineage import Lineage
from stop_tui.store.trailers import Score, Trailers
from stop_tui.store.versions import Version
from stop_tui.tui.screens.compare import CompareScreen, scores_text
from stop_tui.tui.screens.lineage import LineageScreen
from stop_tui.tui.versions.side_rows import Row, rows, sentence
from stop_tui.tui.versions.sides import Scores, Side, facts_of, scores_of_both
from stop_tui.tui.widgets.rows.listing import Listing
from stop_tui.tui.widgets.text.diff_view import DiffView
from stop_tui.workspace import Workspace
from tests.copies import copied
from tests.tiny import (
    GOOD_SOLUTION,
    finds,
    journalled,
    start,
    tiny_settings,
    tiny_workspace,
)
from tests.tui.explorers import bare_explorer
from tests.tui.pilots import resize, run, screen_text, until

HALFWAY = "def algorithm(x):\n    return 1.5 * x\n"
HOSTILE = "\x1b[31mred \u202e[bold]b[/bold]"
SIZES = pytest.mark.parametrize("size", [(80, 24), (140, 40)], ids=["80x24", "140x40"])


def _run(folder: Path) -> None:
    third = finds(GOOD_SOLUTION, note="third")
    second = finds(HALFWAY, proposes=third, note="second")
    first = finds("def algorithm(x):\n    return x\n", proposes=second)
    start(tiny_workspace(folder, first), tiny_settings(iterations=2))


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    """A workspace with a run whose first improver proposed one that proposed a third."""
    return copied(tmp_path / "w", _run)


def ran(workspace: Workspace) -> tuple[list[Version], State]:
    """The versions of the run of the workspace, and its state."""
    return Lineage(workspace.lineage).versions("tiny"), fold(journalled(workspace, "tiny"))


def sides(left: Version, right: Version, states: dict[str, State]) -> tuple[Side, Side]:
    scores = scores_of_both(left, right, states)
    return tuple(  # type: ignore[return-value]
        Side(f"{version.run}:I{version.iteration}", "x = 1\n", scored, facts_of(version))
        for version, scored in zip((left, right), scores, strict=True)
    )


def row(found: list[Row], name: str) -> Row:
    return next(row for row in found if row.name == name)


def test_a_version_and_its_parent_are_compared_repeat_by_repeat(workspace: Workspace) -> None:
    versions, state = ran(workspace)
    left, right = sides(versions[0], versions[1], {"tiny": state})
    measured = state.iterations[1].measured[state.versions[1].source]
    found = rows(left, right)
    assert [each.name for each in found][:5] == [
        *["meta-utility", "test", "task double", "repeat 1", "repeat 2"]
    ]
    assert left.scores.val == measured.incumbent_val
    assert right.scores.val == measured.proposal_val
    assert row(found, "meta-utility").difference.startswith(f"{measured.difference.mean:+.3f}")
    assert row(found, "repeat 1").difference == "+0.250"
    words = sentence(left, right)
    assert "Both as measured in I1 of tiny, on the same instances." in words
    assert f"tiny:I1 is better with a chance of {chance_words(measured.chance)}" in words


def test_versions_that_were_never_measured_together_are_compared_with_care(
    workspace: Workspace,
) -> None:
    versions, state = ran(workspace)
    left, right = sides(versions[0], versions[2], {"tiny": state})
    assert left.scores.instances == "I1 of tiny"
    assert right.scores.instances == "I2 of tiny"
    assert "on different instances, so the difference is less sure" in sentence(left, right)
    found = rows(left, right)
    assert row(found, "task double").difference == "+0.500"
    assert row(found, "repeat 1").difference == ""


def test_without_a_journal_the_scores_are_those_of_the_commits(workspace: Workspace) -> None:
    versions, _ = ran(workspace)
    left, right = sides(versions[1], versions[2], {})
    found = rows(left, right)
    assert row(found, "meta-utility")[1:3] == ("0.750 ± 0.000", "1.000 ± 0.000")
    assert row(found, "meta-utility").difference.startswith("+0.250")
    assert row(found, "decision") == Row("decision", "approve", "approve", "")
    assert row(found, "tasks").left == "double"
    assert "from its commit" in sentence(left, right)
    left, right = sides(versions[0], versions[1], {})
    assert row(rows(left, right), "meta-utility")[1:] == ("-", "0.750 ± 0.000", "-", 0)
    assert sentence(left, right) == "No meta-utility is known of tiny:I0."


def test_the_state_of_another_run_of_that_name_is_not_taken(workspace: Workspace) -> None:
    versions, state = ran(workspace)
    state.versions[1] = ev.VersionCommitted(iteration=1, source="0" * 64, commit="1" * 40)
    _, right = sides(versions[0], versions[1], {"tiny": state})
    assert right.scores.origin == "from its commit"


def test_test_figures_that_are_sealed_are_not_shown(workspace: Workspace) -> None:
    events = journalled(workspace, "tiny")
    decided = next(n for n, event in enumerate(events) if isinstance(event, ev.DecisionMade))
    before = events[:decided]
    state = fold(before)
    first = Lineage(workspace.lineage).versions("tiny")[0]
    left, _ = sides(first, first, {"tiny": state})
    assert left.scores.val is not None
    assert left.scores.test is None
    unsealed = fold([*before, ev.TestRevealed(iteration=1, by="ada")])
    left, _ = sides(first, first, {"tiny": unsealed})
    assert left.scores.test is not None


def test_what_differs_beside_the_scores_is_pointed_out(tmp_path: Path) -> None:
    lineage = Lineage.open(tmp_path / "lineage.git")
    versions = []
    for run_name, tasks in (("otter", ("lpn", "qap")), ("newt", ("lpn",))):
        trailers = Trailers(run=run_name, iteration=0, meta_utility=Score(0.5), tasks=tasks, seed=3)
        lineage.commit_version("x", trailers, parent=None, at=0.0, author=("Ada", "a@b"))
        versions += lineage.versions(run_name)
    found = rows(*sides(versions[0], versions[1], {}))
    assert row(found, "tasks") == Row("tasks", "lpn, qap", "lpn", "differs")
    assert row(found, "seed").difference == ""
    assert row(found, "meta-utility").difference == "+0.000"


@SIZES
def test_scores_and_diff_are_beside_each_other(workspace: Workspace, size: tuple[int, int]) -> None:
    app = bare_explorer(workspace)

    async def body() -> None:
        async with app.run_test(size=size) as pilot:
            screen = LineageScreen(workspace)
            await app.push_screen(screen)
            await until(pilot, lambda: screen.listing is not None, "the list")
            await until(pilot, lambda: screen.focused is screen.listing, "the focus")
            await pilot.press("c")
            await until(pilot, lambda: isinstance(app.screen, CompareScreen), "the comparison")
            await pilot.pause()
            text = screen_text(app)
            assert "tiny:I1 → tiny:I2" in text.splitlines()[0]
            assert re.search(r"meta-utility +0\.750 ± 0\.000 +1\.000 ± 0\.000 +\+0\.250", text)
            assert "on the same instances" in text
            assert "second" in text and "third" in text
            await pilot.press("y")
            assert app.clipboard.startswith("--- tiny:I1")
            assert "\n+# third\n" in app.clipboard
            app.screen.query_one("#scores", Listing).focus()
            await pilot.press("end")
            assert "decision" in screen_text(app)
            await pilot.press("y")
            assert re.search(r"repeat 2 +0\.750 +1\.000 +\+0\.250", app.clipboard)
            assert "on the same instances" in app.clipboard
            await pilot.press("escape")
            assert app.screen is screen

    run(body())


def test_layout_and_hunks_have_their_keys(workspace: Workspace) -> None:
    app = bare_explorer(workspace)

    async def body() -> None:
        async with app.run_test(size=(140, 40)) as pilot:
            app.push_screen(CompareScreen(Side("a", "x = 1\n"), Side("b", "x = 2\n")))
            await pilot.pause()
            diff = app.screen.query_one(DiffView)
            assert app.screen.focused is diff and diff.side_by_side
            await pilot.press("vertical_line")
            assert not diff.side_by_side

    run(body())


def test_two_equal_sources_say_so(workspace: Workspace) -> None:
    app = bare_explorer(workspace)

    async def body() -> None:
        async with app.run_test() as pilot:
            app.push_screen(CompareScreen(Side("a", "x = 1\n"), Side("b", "x = 1\n")))
            await pilot.pause()
            for size in ((80, 24), (140, 40)):
                await resize(pilot, size)
                assert "No difference" in screen_text(app), size
                assert "No meta-utility is known of a and b." in screen_text(app), size

    run(body())


def test_hostile_names_and_facts_are_inert(workspace: Workspace) -> None:
    app = bare_explorer(workspace)
    scores = Scores(repeats={HOSTILE: (0.5,)})
    left = Side(HOSTILE, HOSTILE, scores, (("strategy", HOSTILE), (HOSTILE, "x" * 100_000)))
    right = Side("b", "x\n")

    async def body() -> None:
        async with app.run_test() as pilot:
            app.push_screen(CompareScreen(left, right))
            await pilot.pause()
            for size in ((80, 24), (140, 40)):
                await resize(pilot, size)
                text = screen_text(app)
                assert "\x1b" not in text and "\u202e" not in text, size
                assert "[bold]b[/bold]" in text, size

    run(body())
    assert "\x1b" not in scores_text(left, right)
