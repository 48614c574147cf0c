"""After a failed meta-iteration: what failed is said, and a version is chosen to go on from."""

from pathlib import Path

import pytest

from stop_tui.core import events as ev
from stop_tui.core.keys import text_hash
from stop_tui.presentation.people import user_name
from stop_tui.tui.screens.dialogs import Confirm
from stop_tui.tui.screens.step_back import StepBackDialog
from stop_tui.workspace import Workspace
from tests.tiny import MIDDLING_SOLUTION, finds, tiny_workspace
from tests.tui.pilots import resize, run
from tests.tui.staged import Staged, attentive, hasty, staged

__all__ = ["attentive", "hasty"]

FAILING = """\
def improve_algorithm(initial_solution, utility, language_model):
    if "improve_algorithm" in initial_solution:
        raise ValueError("[b]gone\\x1b[2J\\u202e wrong")
    return initial_solution
"""
SEED = finds(MIDDLING_SOLUTION, proposes=FAILING)


def failing(path: Path) -> Workspace:
    """A workspace whose improver proposes one that fails on itself."""
    return tiny_workspace(path, SEED)


async def failed(stage: Staged) -> None:
    """Approve the improver that will fail, and wait until it has."""
    from stop_tui.engine.gate import Decision

    await stage.until(lambda: stage.session.question is not None, "a review")
    question = stage.session.question
    assert question is not None
    assert question.answer(Decision("approve", "test"))  # type: ignore[arg-type]
    await stage.until(lambda: stage.recorded(ev.IterationFailed), "a failure")
    await stage.question()
    assert isinstance(stage.app.screen, StepBackDialog)


@pytest.mark.usefixtures("attentive")
def test_staying_is_the_default_and_is_not_asked_again(tmp_path: Path) -> None:
    async def body() -> None:
        async with staged(failing(tmp_path), iterations=2) as stage:
            await failed(stage)
            assert "The incumbent I1 stays." in await stage.confirm("enter")
            await stage.ended()
            (step,) = stage.recorded(ev.SteppedBack)
            assert step.source == text_hash(FAILING) and step.by == user_name()
            assert stage.session.state.status.value == "finished"

    run(body())


@pytest.mark.usefixtures("attentive")
def test_what_failed_is_shown_and_an_earlier_version_becomes_the_incumbent(
    tmp_path: Path,
) -> None:
    async def body() -> None:
        async with staged(failing(tmp_path), iterations=3) as stage:
            await failed(stage)
            for size in ((80, 24), (140, 40)):
                await resize(stage.pilot, size)
                text = stage.text
                assert "I2 failed" in text and "ValueError" in text and "[b]gone" in text, size
                assert "\x1b" not in text and "\u202e" not in text, size
                assert "▌I1" in text and "the incumbent; it stays" in text and "I0" in text, size
            await stage.pilot.press("down")
            assert "goes on from I0" in await stage.confirm("enter", reason="it worked")
            await stage.until(lambda: len(stage.recorded(ev.IterationStarted)) == 3, "I3")
            (step,) = stage.recorded(ev.SteppedBack)
            assert (step.source, step.reason) == (text_hash(SEED), "it worked")
            assert stage.recorded(ev.IterationStarted)[-1].incumbent == text_hash(SEED)

    run(body())


@pytest.mark.usefixtures("hasty")
def test_hasty_keys_decide_nothing_and_leaving_decides_later(tmp_path: Path) -> None:
    async def body() -> None:
        async with staged(failing(tmp_path), iterations=3) as stage:
            await failed(stage)
            await stage.pilot.press("enter", "y")
            assert not isinstance(stage.app.screen, Confirm)
            await stage.pilot.press("escape")
            await stage.until(
                lambda: not isinstance(stage.app.screen, StepBackDialog), "the way back"
            )
            assert stage.session.question is not None
            assert not stage.recorded(ev.SteppedBack)

    run(body())
