"""What a run that is driven has spent stays in view on screens that are about other things."""

from pathlib import Path

import pytest

from stop_tui.core.keys import text_hash
from stop_tui.tui.runs.run_view import RunView
from stop_tui.tui.screens.compare import CompareScreen
from stop_tui.tui.screens.explorer_screen import ExplorerScreen
from stop_tui.tui.screens.lineage import LineageScreen
from stop_tui.tui.screens.solution import SolutionScreen
from stop_tui.tui.versions.sides import Side
from stop_tui.tui.widgets.live_spending import live_words
from tests.tiny import GOOD_SOLUTION, finds, tiny_workspace
from tests.tui.pilots import run
from tests.tui.staged import Staged, staged


def _screen(name: str, on: Staged) -> ExplorerScreen:
    if name == "lineage":
        return LineageScreen(on.session.workspace)
    if name == "solution":
        return SolutionScreen(RunView(on.session), "double", text_hash(GOOD_SOLUTION))
    sides = [Side(each, "x = 1\n") for each in ("left", "right")]
    return CompareScreen(*sides)


@pytest.mark.parametrize("size", [(80, 24), (140, 40)], ids=["80x24", "140x40"])
def test_calls_and_money_are_in_the_title_while_a_run_is_driven_and_only_then(
    tmp_path: Path, size: tuple[int, int]
) -> None:
    async def body() -> None:
        async with staged(tiny_workspace(tmp_path / "workspace", finds(1)), size=size) as on:
            await on.until(lambda: on.session.question is not None, "a question")
            spent = on.session.state.spent
            screens = {name: _screen(name, on) for name in ("lineage", "solution", "compare")}
            for name, screen in screens.items():
                on.app.push_screen(screen)
                await on.until(lambda s=screen: on.app.screen is s, f"the {name}")
                await on.until(
                    lambda: f"{spent.lm_calls:,} LM calls" in on.text.split("\n")[0],
                    f"what was spent, over the {name}",
                )
                assert "? " in on.text.split("\n")[0], name
            await on.session.pause()
            for name in reversed(screens):
                await on.until(
                    lambda: "LM calls" not in on.text.split("\n")[0],
                    f"that it is gone over the {name}",
                )
                on.app.pop_screen()
                await on.pilot.pause()

    run(body())


def test_nothing_is_said_where_nothing_is_driven() -> None:
    assert live_words([], roomy=True) == ""
