"""The execute gate in the explorer: code is shown before it first runs; only a confirmed key
allows or refuses it."""

from pathlib import Path

import pytest

from stop_tui.core import events as ev
from stop_tui.core.keys import text_hash
from stop_tui.tui.screens.dialogs import Confirm
from stop_tui.tui.screens.execution import ExecutionScreen
from tests.tiny import GOOD_SOLUTION, MIDDLING_SOLUTION, finds, tiny_workspace
from tests.tui.pilots import resize, run
from tests.tui.staged import attentive, hasty, staged

__all__ = ["attentive", "hasty"]

HOSTILE = "[red]\x1b]0;owned\x07\u202e\x1b[2J"
BETTER = finds(GOOD_SOLUTION, note=f"better {HOSTILE}".replace("\x1b", "\\x1b")) + (
    "\n\ndef never(run):\n    import os\n    os.system('true')\n"
)
SEED = finds(MIDDLING_SOLUTION, proposes=BETTER)


@pytest.mark.usefixtures("attentive")
def test_the_code_is_shown_with_its_warnings_before_it_runs_and_as_long_as_it_is_asked_about(
    tmp_path: Path,
) -> None:
    async def body() -> None:
        workspace = tiny_workspace(tmp_path, SEED)
        async with staged(workspace, execute_gate=True) as stage:
            await stage.question()
            for size in ((80, 24), (140, 40)):
                await resize(stage.pilot, size)
                assert "would run for the first time" in stage.text, size
                assert "leaves the sandbox" in stage.text, size
                assert "def improve_algorithm" in stage.text or size[0] == 80
                assert not stage.recorded(ev.RepeatFinished)
                assert "\x1b" not in stage.text and "\u202e" not in stage.text, size
            await stage.session.pause()
            await stage.until(lambda: "no longer waits" in stage.text, "the screen says so")
            await stage.pilot.press("a")
            assert not isinstance(stage.app.screen, Confirm)
            await stage.pilot.press("escape")
            await stage.until(
                lambda: not isinstance(stage.app.screen, ExecutionScreen), "the way back"
            )
            assert not stage.recorded(ev.ExecutionDecided)

    run(body())


@pytest.mark.usefixtures("attentive")
def test_what_is_allowed_runs_and_the_reason_is_kept(tmp_path: Path) -> None:
    async def body() -> None:
        workspace = tiny_workspace(tmp_path, SEED)
        async with staged(workspace, execute_gate=True) as stage:
            await stage.question()
            assert "in the sandbox" in await stage.confirm("a", reason="looks fine [b]")
            await stage.until(lambda: stage.recorded(ev.ProposalMeasured), "it is measured")
            (decided,) = stage.recorded(ev.ExecutionDecided)
            assert decided.allowed and decided.source == text_hash(BETTER)
            assert decided.reason == "looks fine [b]"
            assert not isinstance(stage.app.screen, ExecutionScreen)

    run(body())


@pytest.mark.usefixtures("attentive")
def test_what_is_refused_never_runs(tmp_path: Path) -> None:
    async def body() -> None:
        workspace = tiny_workspace(tmp_path, SEED)
        async with staged(workspace, execute_gate=True) as stage:
            await stage.question()
            await stage.confirm("x", reason="it leaves the sandbox")
            await stage.ended()
            (decided,) = stage.recorded(ev.ExecutionDecided)
            assert not decided.allowed and decided.reason == "it leaves the sandbox"
            assert not [
                repeat
                for repeat in stage.recorded(ev.RepeatFinished)
                if repeat.improver == text_hash(BETTER)
            ]

    run(body())


@pytest.mark.usefixtures("hasty")
def test_hasty_keys_decide_nothing(tmp_path: Path) -> None:
    async def body() -> None:
        workspace = tiny_workspace(tmp_path, SEED)
        async with staged(workspace, execute_gate=True) as stage:
            await stage.question()
            await stage.pilot.press("a", "y", "x", "y", "enter")
            assert isinstance(stage.app.screen, ExecutionScreen)
            assert stage.session.question is not None
            assert not stage.recorded(ev.ExecutionDecided)
            assert "heard in a moment" in stage.text

    run(body())
