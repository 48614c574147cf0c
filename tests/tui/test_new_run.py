"""The form of a new run: what it offers, what it says of what is typed, and what it starts."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from textual.pilot import Pilot

from stop_tui.config import Config, RunDefaults
from stop_tui.core.budgets import cost_bound
from stop_tui.core.events import Budget, Limits, RunStarted, Settings
from stop_tui.store.journal import Journal
from stop_tui.tui.screens.home import HomeScreen
from stop_tui.tui.screens.new_run import NewRunScreen
from stop_tui.tui.widgets.choices import Choices
from stop_tui.tui.widgets.form_row import FormInput
from stop_tui.workspace import Workspace
from tests.tiny import tiny_settings, tiny_workspace
from tests.tui.explorers import Starting, begun
from tests.tui.pilots import resize, run, screen_text, until
from tests.tui.ran import BETTER, finished

SIZES = [(80, 24), (140, 40)]
DEFAULTS = Config(run=RunDefaults(tasks=("double",), iterations=2, repeats=3))


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    return tiny_workspace(tmp_path, BETTER)


@asynccontextmanager
async def form(
    workspace: Workspace,
    size: tuple[int, int] = (140, 40),
    config: Config = DEFAULTS,
    start: str = "seed",
    made_up: str | None = None,
) -> AsyncIterator[tuple[Pilot[int], NewRunScreen]]:
    """The form, loaded, above the list of runs."""
    app = Starting(workspace, folder=workspace.root, config=config)
    async with app.run_test(size=size) as pilot:
        screen = NewRunScreen(workspace, start=start)
        screen._made_up = made_up or screen._made_up
        app.push_screen(screen)
        await until(pilot, lambda: app.screen is screen and screen._loaded.is_set(), "the tasks")
        await app.workers.wait_for_complete()
        await pilot.pause()
        yield pilot, screen


def words(pilot: Pilot[int]) -> str:
    """What is on the screen, in one line."""
    return " ".join(screen_text(pilot.app).replace("│", " ").split())


def beside(pilot: Pilot[int], label: str) -> str:
    """The line of the form that begins with `label`."""
    lines = screen_text(pilot.app).splitlines()
    return next(line for line in lines if line.strip().startswith(label))


async def type_into(pilot: Pilot[int], field: str, text: str) -> None:
    """Replace what stands in a field, as by hand."""
    pilot.app.screen.query_one(f"#{field}", FormInput).focus()
    await pilot.press("home", "ctrl+k", *text)
    await pilot.pause()


def test_the_defaults_of_the_workspace_start_a_run(workspace: Workspace) -> None:
    config = Config(
        run=RunDefaults(
            tasks=("double",), iterations=2, repeats=3, gate="policy", seed=9, concurrency=3
        ),
        budget=Budget(2, 3, 4),
        limits=Limits(lm_calls=500, usd=2.5),
    )

    async def body() -> None:
        async with form(workspace, config=config) as (pilot, screen):
            name = screen.query_one("#name", FormInput).value
            await pilot.press("ctrl+s")
            await until(pilot, lambda: begun(pilot), "the run")
            assert begun(pilot) == [
                (
                    Settings(
                        name=name,
                        tasks=("double",),
                        iterations=2,
                        repeats=3,
                        model="offline",
                        gate="policy",
                        seed=9,
                        budget=Budget(2, 3, 4),
                        limits=Limits(lm_calls=500, usd=2.5),
                        concurrency=3,
                    ),
                    False,
                )
            ]

    run(body())


def test_a_start_before_the_tasks_are_read_is_heard(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    begin_loading = NewRunScreen._begin_loading
    monkeypatch.setattr(NewRunScreen, "_begin_loading", lambda _: None)

    async def body() -> None:
        app = Starting(workspace, folder=workspace.root, config=DEFAULTS)
        async with app.run_test() as pilot:
            screen = NewRunScreen(workspace)
            await app.push_screen(screen)
            await pilot.press("ctrl+n")
            await pilot.pause()
            assert not begun(pilot)
            begin_loading(screen)
            await until(pilot, lambda: begun(pilot), "the run")
            ((settings, step),) = begun(pilot)
            assert (settings.tasks, step) == (("double",), True)

    run(body())


def test_everything_typed_and_chosen_is_in_the_settings(workspace: Workspace) -> None:
    async def body() -> None:
        async with form(workspace) as (pilot, screen):
            for field, text in {
                "name": "my-run",
                "iterations": "4",
                "repeats": "1",
                "seed": "77",
                "budget-lm_calls": "3",
                "budget-responses_per_call": "5",
                "budget-utility_calls": "9",
                "limits-lm_calls": "100",
                "limits-tokens": "20000",
                "limits-usd": "1.25",
                "limits-seconds": "60",
            }.items():
                await type_into(pilot, field, text)
            screen.query_one("#gate", Choices).focus()
            await pilot.press("down", "down", "space")
            screen.query_one("#execute", Choices).focus()
            await pilot.press("enter")
            await pilot.press("ctrl+n")
            await until(pilot, lambda: begun(pilot), "the run")
            assert begun(pilot) == [
                (
                    Settings(
                        name="my-run",
                        tasks=("double",),
                        iterations=4,
                        repeats=1,
                        gate="auto",
                        execute_gate=True,
                        seed=77,
                        budget=Budget(3, 5, 9),
                        limits=Limits(lm_calls=100, tokens=20000, usd=1.25, seconds=60.0),
                    ),
                    True,
                )
            ]

    run(body())


WRONG = [
    ("name", "Name", "I3", "✗ 'I3' cannot name a run"),
    ("name", "Name", "", "✗ '' cannot name a run: it is empty."),
    ("iterations", "Iterations", "0", "✗ iterations must be at least 1, not 0."),
    ("iterations", "Iterations", "six", "✗ A whole number is needed here"),
    ("seed", "Seed", "-1", "✗ seed must be between 0"),
    ("limits-usd", "US dollars", "nan", "✗ A limit must be a number above zero"),
    ("limits-seconds", "Seconds", "1,5", "✗ A number is needed here"),
]
"""A field, its label, what is typed there, and what is said of it."""


def test_what_is_wrong_is_said_beside_the_field_and_nothing_starts(workspace: Workspace) -> None:
    narrow, wide = SIZES

    async def body() -> None:
        async with form(workspace, narrow) as (pilot, screen):
            for field, label, text, complaint in WRONG:
                case = f"{text!r} as {field}"
                await type_into(pilot, field, text)
                await until(pilot, lambda c=complaint, at=label: c[:12] in beside(pilot, at), case)
                assert complaint.split()[-1] in words(pilot), case
                assert "Known once what is marked with ✗ is set right." in words(pilot), case
                await resize(pilot, wide)
                assert complaint[:12] in beside(pilot, label), case
                assert complaint.split()[-1] in words(pilot), case
                assert "Known once what is marked with ✗ is set right." in words(pilot), case
                await resize(pilot, narrow)
                screen.query_one("#tasks").focus()
                await pilot.press("ctrl+s")
                wrong = screen.query_one(f"#{field}")
                await until(pilot, lambda w=wrong: screen.focused is w, f"the focus on {case}")
                assert begun(pilot) == [], case
                await type_into(pilot, field, "ok" if field == "name" else "3")
                await until(pilot, lambda: "At most" in words(pilot), f"the cost, after {case}")
                assert "✗" not in words(pilot), case

    run(body())


def test_a_name_that_is_taken_is_refused_and_never_made_up(workspace: Workspace) -> None:
    with Journal.open(workspace.journal) as journal:
        theirs = tiny_settings(name="brave-otter")
        journal.create_run(theirs.name, RunStarted(settings=theirs, source="0" * 64, tasks={}))

    async def body() -> None:
        async with form(workspace, made_up="brave-otter") as (pilot, screen):
            field = screen.query_one("#name", FormInput)
            assert field.value != "brave-otter"
            await type_into(pilot, "name", "brave-otter")
            await until(pilot, lambda: "There is a run of this name" in words(pilot), "the words")
            field.value = "a\x1b[31mb\u202ec"
            await pilot.pause()
            assert field.value == "a␛[31mb\ufffdc"

    run(body())


def test_a_start_that_is_nothing_is_told_and_a_version_is_accepted(tmp_path: Path) -> None:
    workspace = finished(tmp_path)

    async def body() -> None:
        async with form(workspace, start="nobody") as (pilot, screen):
            await until(pilot, lambda: "'nobody' is no file" in words(pilot), "the complaint")
            await pilot.press("ctrl+s")
            await until(pilot, lambda: screen.focused is screen.query_one("#start"), "the focus")
            assert begun(pilot) == []
            await type_into(pilot, "start", "done:I1")
            await until(pilot, lambda: "Likely about 0, as 1 earlier" in words(pilot), "earlier")
            await pilot.press("ctrl+s")
            await until(pilot, lambda: begun(pilot), "the run")
            assert begun(pilot)[0][0].start == "done:I1"

    run(body())


def test_a_broken_task_is_shown_with_its_reason_and_a_run_needs_a_sound_one(
    workspace: Workspace,
) -> None:
    broken = workspace.tasks / "hurt"
    broken.mkdir()
    (broken / "utility.py").write_text("def (:\n")
    (broken / "seed.py").write_text("")

    async def body() -> None:
        async with form(workspace) as (pilot, screen):
            assert "✗ hurt" in words(pilot)
            assert "utility.py:1: invalid syntax" in words(pilot)
            tasks = screen.query_one("#tasks", Choices)
            tasks.focus()
            await pilot.press("end", "space")
            await pilot.pause()
            assert tasks.chosen == ["double"]
            await pilot.press("home", "space", "ctrl+s")
            await until(pilot, lambda: "A run needs at least one task." in words(pilot), "why not")
            assert begun(pilot) == []

    run(body())


def test_a_click_chooses(workspace: Workspace) -> None:
    async def body() -> None:
        async with form(workspace) as (pilot, screen):
            gate = screen.query_one("#gate", Choices)
            await pilot.click(gate, offset=(8, 1))
            await pilot.pause()
            assert gate.chosen == ["policy"]
            await pilot.click("#go")
            await until(pilot, lambda: begun(pilot), "the run")
            assert begun(pilot)[0][0].gate == "policy"

    run(body())


def test_what_a_run_may_cost_who_decides_and_what_the_model_knows_is_said(
    workspace: Workspace,
) -> None:
    async def body() -> None:
        async with form(workspace) as (pilot, _):
            assert "(•) human" in words(pilot)
            assert "( ) auto" in words(pilot)
            assert "⚠ the model has no answers about it" in beside(pilot, "Tasks")
            most = cost_bound(tiny_settings(iterations=2, repeats=3)).responses
            assert f"At most {most:,} responses" in words(pilot)
            assert "The offline model costs nothing." in words(pilot)
            assert "Likely" not in words(pilot)
            await type_into(pilot, "iterations", "20")
            await until(pilot, lambda: f"At most {10 * most:,} responses" in words(pilot), "more")

    run(body())


def test_a_model_that_is_unknown_cannot_be_started_with(workspace: Workspace) -> None:
    config = Config(run=RunDefaults(tasks=("double",), model="gpt-9"))

    async def body() -> None:
        async with form(workspace, config=config) as (pilot, screen):
            assert "The model 'gpt-9' of .stop/config.toml is not known" in words(pilot)
            await pilot.press("ctrl+s")
            await pilot.pause()
            assert begun(pilot) == []
            screen.query_one("#models").focus()
            await pilot.press("home", "space", "ctrl+s")
            await until(pilot, lambda: begun(pilot), "the run on the offline model")
            assert begun(pilot)[0][0].model == "offline"

    run(body())


@pytest.mark.parametrize("size", SIZES)
def test_every_field_can_be_reached_by_tab_and_is_then_on_the_screen(
    workspace: Workspace, size: tuple[int, int]
) -> None:
    async def body() -> None:
        async with form(workspace, size) as (pilot, screen):
            seen = []
            for _ in range(30):
                assert screen.focused is not None
                if screen.focused.id in seen:
                    break
                seen.append(screen.focused.id)
                middle = screen.query_one("#form").region
                inside = screen.focused.region
                if screen.focused.id not in ("go", "go-step"):
                    assert middle.contains_region(inside), screen.focused
                await pilot.press("tab")
                await pilot.pause()
            assert {"name", "start", "tasks", "gate", "limits-seconds", "go", "go-step"} <= {*seen}
            assert len(seen) == 18

    run(body())


def test_the_way_back_from_a_run_that_was_started_leads_past_the_form(
    workspace: Workspace,
) -> None:
    async def body() -> None:
        async with form(workspace) as (pilot, _):
            await pilot.press("ctrl+s")
            await until(pilot, lambda: begun(pilot), "the run")
            pilot.app.pop_screen()
            await until(pilot, lambda: isinstance(pilot.app.screen, HomeScreen), "the runs")

    run(body())


def test_a_run_that_never_came_to_be_keeps_what_was_typed(workspace: Workspace) -> None:
    async def body() -> None:
        async with form(workspace) as (pilot, screen):
            await type_into(pilot, "name", "my-run")
            await pilot.press("ctrl+s")
            await until(pilot, lambda: begun(pilot), "the run")
            pilot.app.sessions.pop("my-run")  # type: ignore[attr-defined]
            pilot.app.pop_screen()
            await until(pilot, lambda: pilot.app.screen is screen, "the form")
            await pilot.pause()
            assert screen.query_one("#name", FormInput).value == "my-run"
            await pilot.press("escape")
            await until(pilot, lambda: isinstance(pilot.app.screen, HomeScreen), "the runs")

    run(body())


def test_leaving_while_the_form_is_being_filled_in_breaks_nothing(workspace: Workspace) -> None:
    async def body() -> None:
        app = Starting(workspace, folder=workspace.root, config=DEFAULTS)
        async with app.run_test(size=(80, 24)) as pilot:
            await pilot.press("n", "escape")
            await pilot.pause()
            await pilot.press("n", "ctrl+q")
            await pilot.pause()
        assert app.failure is None

    for _ in range(3):
        run(body())
