"""The transfer screen: which tasks and repeats, and what it says where measuring ends early."""

from pathlib import Path
from typing import Any

import pytest

from stop_tui.core import events as ev
from stop_tui.core.errors import ModelError, ModelOutage
from stop_tui.core.spending import Spent
from stop_tui.core.verdicts import Isolation
from stop_tui.presentation.measured import cost_ahead
from stop_tui.tui.screens.dialogs import AskText
from stop_tui.workspace import Workspace
from tests.tiny import UTILITY, Scripted
from tests.tui.explorers import bare_explorer
from tests.tui.measured_specimen import CONFIG, measure
from tests.tui.measured_specimen import REV as MEASURED
from tests.tui.pilots import run, screen_text, until
from tests.tui.specimen import specimen
from tests.tui.transfers import (
    ASKS,
    HOSTILE,
    answer_with,
    explorer,
    journalled,
    measured,
    opened,
    otter_workspace,
    scripted,
)


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    return otter_workspace(tmp_path / "w")


@pytest.fixture
def model(monkeypatch: pytest.MonkeyPatch) -> Scripted:
    return scripted(monkeypatch)


def test_what_was_edited_since_is_known_when_it_is_opened_again(
    workspace: Workspace, model: Scripted
) -> None:
    broken = workspace.tasks / "broken"
    broken.mkdir()
    (broken / "utility.py").write_text("LIMIT = \n")
    (broken / "seed.py").write_text("def algorithm(x):\n    return x\n")
    (workspace.improvers / "best_of_n.py").write_text(ASKS)
    app = explorer(workspace, repeats=1)

    async def body() -> None:
        async with app.run_test(size=(80, 24)) as pilot:
            session = await opened(pilot)
            await measured(pilot, session)
            assert session.tasks == ("double",)
            (broken / "utility.py").write_text(UTILITY)
            (workspace.improvers / "best_of_n.py").unlink()
            await pilot.press("escape")
            assert await opened(pilot) is session
            await until(pilot, lambda: session.tasks == ("broken", "double"), "the task")
            await until(pilot, lambda: "best of n" not in screen_text(app), "the programs")
            assert "are missing: 2 tasks" in screen_text(app)

    run(body())


def test_tasks_and_repeats_are_chosen_and_what_cannot_be_measured_is_named(
    workspace: Workspace, model: Scripted
) -> None:
    for name, text in (("another", UTILITY), ("broken", "LIMIT = \n"), ("silent", UTILITY)):
        (workspace.tasks / name).mkdir()
        (workspace.tasks / name / "utility.py").write_text(text + f"# {name}\n")
        (workspace.tasks / name / "seed.py").write_text("def algorithm(x):\n    return x\n")

    def check_task(utility_text: str, seed_solution: str) -> None:
        if "silent" in utility_text:
            raise ModelError("nothing is known of it")

    model.check_task = check_task  # type: ignore[method-assign]
    app = explorer(workspace)

    async def body() -> None:
        async with app.run_test(size=(80, 24)) as pilot:
            session = await opened(pilot)
            assert session.tasks == ("another", "double")
            await pilot.press("end")
            assert "silent is left out: the model has no answers about it" in screen_text(app)
            await pilot.press("up")
            assert "broken is left out: is broken" in screen_text(app)
            await pilot.press("x")
            await pilot.press("home", "x")
            await until(pilot, lambda: "mean of 0 tasks" in screen_text(app), "none of them")
            assert session.tasks == ()
            await pilot.press("x")  # on the same row
            await until(pilot, lambda: session.tasks == ("another", "double"), "all of them")
            await pilot.press("down", "x")
            await until(pilot, lambda: session.tasks == ("double",), "the choice")
            await pilot.press("r")
            await until(pilot, lambda: isinstance(app.screen, AskText), "the question")
            await pilot.press("home", "delete", "1", "enter")
            await until(pilot, lambda: session.repeats == 1, "the repeats")
            await until(
                pilot, lambda: "1 task, 1 repeat each, 4 meas" in screen_text(app), "the sum"
            )
            await measured(pilot, session)
            finished = [e for e in journalled(workspace) if isinstance(e, ev.RepeatFinished)]
            assert {event.task for event in finished} == {"double"}
            assert len(finished) == 3

    run(body())


def test_an_outage_is_said_with_what_to_do_and_it_goes_on(
    workspace: Workspace, model: Scripted, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Gone(Scripted):
        async def complete(self, request: Any, heard: Any = None) -> Any:
            raise ModelOutage(f"nobody answers {HOSTILE}", hint="Start the server.")

    answer_with(monkeypatch, Gone())
    app = explorer(workspace)

    async def body() -> None:
        async with app.run_test(size=(80, 24)) as pilot:
            session = await opened(pilot)
            await measured(pilot, session)
            text = screen_text(app)
            assert "✗ nobody answers" in text and "Start the server." in text
            assert "\x1b" not in text and "[bold]b[/bold]" in text
            assert "space goes on" in text
            answer_with(monkeypatch, model)
            await measured(pilot, session)
            assert "All is measured" in screen_text(app)

    run(body())


def test_a_limit_that_is_raised_in_the_configuration_holds_at_once(
    workspace: Workspace, model: Scripted
) -> None:
    workspace.config.write_text("[limits]\nlm_calls = 1\n")
    app = explorer(workspace)

    async def body() -> None:
        async with app.run_test(size=(80, 24)) as pilot:
            session = await opened(pilot)
            await measured(pilot, session)
            assert "limit" in screen_text(app)
            workspace.config.write_text("[limits]\nlm_calls = 100\n")
            await measured(pilot, session)
            assert "All is measured" in screen_text(app)

    run(body())
    assert len(model.requests) == 4


def test_without_a_seed_improver_it_says_what_is_missing(
    workspace: Workspace, model: Scripted
) -> None:
    (workspace.improvers / "seed.py").unlink()
    app = explorer(workspace)

    async def body() -> None:
        async with app.run_test(size=(80, 24)) as pilot:
            await opened(pilot)
            assert "There is no improvers/seed.py in this workspace" in screen_text(app)
            assert "Put the improver there that counts as the seed" in screen_text(app)
            assert "space tries again" in screen_text(app)
            (workspace.improvers / "seed.py").write_text(ASKS)
            await pilot.press("space")
            await until(pilot, lambda: "Nothing is measured yet" in screen_text(app), "the rest")

    run(body())


def test_what_the_sandbox_lacked_is_said_as_long_as_the_figures_are(
    tmp_path: Path, model: Scripted
) -> None:
    workspace = specimen(tmp_path / "specimen")
    measure(workspace, isolation=Isolation.DEGRADED)
    app = bare_explorer(workspace, CONFIG)

    async def body() -> None:
        async with app.run_test(size=(80, 24)) as pilot:
            app.open_transfer(MEASURED)
            await until(pilot, lambda: "All is measured" in screen_text(app), "the figures")
            text = screen_text(app)
            assert "WARNING: isolation: degraded: no sandlock here" in text
            assert "offline model" in text.splitlines()[0]
            assert "Offline model: recorded responses" in text
            await pilot.press("down", "down", "tab", "end")
            assert "(failed 1). By validation .665. Paper: .742." in " ".join(
                screen_text(app).split()
            )

    run(body())


@pytest.mark.parametrize(
    ("model", "spent", "measured", "words"),
    [
        ("offline", Spent(), 0, "at most 480 responses of the offline model, which is free"),
        ("big", Spent(), 0, "at most 480 responses of big; what that is in money is unknown"),
        (
            "big",
            Spent(lm_calls=10, responses=60, usd_at_least=0.3),
            10,
            "likely about 120 ($0.60) as 10 repeats before went; at most $2.40, at what a response",
        ),
        (
            "big",
            Spent(lm_calls=10, responses=60, usd_at_least=0.3, unpriced=1),
            10,
            "likely about 120 as 10 repeats before went; what that is in money is unknown",
        ),
    ],
    ids=["offline", "nothing measured", "known", "no price"],
)
def test_what_it_may_cost_is_said_in_money_as_far_as_figures_tell(
    model: str, spent: Spent, measured: int, words: str
) -> None:
    assert words in cost_ahead(model, 480, 20, spent, measured)
