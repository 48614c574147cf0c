"""The run screen: what it shows, live and of the past, and what its keys do to the run."""

import asyncio
import multiprocessing
from pathlib import Path

import pytest
from textual.app import App
from textual.pilot import Pilot

from stop_tui.core import events as ev
from stop_tui.core.state import Status
from stop_tui.engine.gate import AutoGate
from stop_tui.engine.pace import Pace
from stop_tui.engine.starting import cancel_run, new_run
from stop_tui.language_models import Completion, Request
from stop_tui.store.run_lock import RunLock
from stop_tui.tui.app import Explorer
from stop_tui.tui.runs.session import RunSession
from stop_tui.tui.screens.dialogs import AskText, Choose, Confirm
from stop_tui.tui.screens.review import ReviewScreen
from stop_tui.tui.screens.run import RunScreen
from stop_tui.workspace import Workspace
from tests.copies import copied
from tests.tiny import GOOD_SOLUTION, Scripted, finds, start, tiny_settings, tiny_workspace
from tests.tui.explorers import answering, bare_explorer, journal_of, last_of
from tests.tui.pilots import resize, run, screen_text, told, until

BAD = "def algorithm(x):\n    return x\n"
WIDE, NARROW = (140, 40), (80, 24)

ASKS_THE_MODEL = """\
def improve_algorithm(initial_solution, utility, language_model):
    language_model.batch_prompt("expertise", ["message", "another"], temperature=0.7)
    return initial_solution
"""

SPINS = """\
def improve_algorithm(initial_solution, utility, language_model):
    while True:
        pass
"""


class Hanging(Scripted):
    """A language model that never answers, and notices when the connection is dropped."""

    def __init__(self) -> None:
        super().__init__()
        self.asked = asyncio.Event()
        self.dropped = False

    async def complete(self, request: Request, heard: object = None) -> Completion:
        self.asked.set()
        try:
            return await asyncio.Future()
        except asyncio.CancelledError:
            self.dropped = True
            raise


def improving(tmp_path: Path, *, good: str = GOOD_SOLUTION) -> Workspace:
    """A workspace whose seed proposes an improver that finds `good`."""
    return tiny_workspace(tmp_path, finds(BAD, proposes=finds(good, note="the better one")))


def _finish(folder: Path) -> None:
    start(improving(folder), tiny_settings(iterations=2))


def _step(folder: Path) -> None:
    with new_run(
        improving(folder), tiny_settings(iterations=3), lambda *_: AutoGate(), model=Scripted()
    ) as begun:
        asyncio.run(begun.execute(Pace(stop_after_iteration=True)))


@pytest.fixture
def finished(tmp_path: Path) -> Workspace:
    """A workspace with a run that is over."""
    return copied(tmp_path, _finish)


@pytest.fixture
def stepped(tmp_path: Path) -> Workspace:
    """A workspace with a run that was stopped after the first of three meta-iterations."""
    return copied(tmp_path, _step)


def shown(app: App[int]) -> bool:
    """Whether the run screen is there with all its panels."""
    return isinstance(app.screen, RunScreen) and bool(app.screen.query("#log"))


async def opened(pilot: Pilot[int], name: str = "tiny") -> RunScreen:
    app = pilot.app
    assert isinstance(app, Explorer)
    await until(pilot, lambda: app.workspace is not None, "the first screen")
    app.open_run(name)
    await until(pilot, lambda: shown(app), "the run screen")
    assert isinstance(app.screen, RunScreen)
    return app.screen


async def begun(pilot: Pilot[int], settings: ev.Settings, *, step: bool = False) -> RunSession:
    app = pilot.app
    assert isinstance(app, Explorer)
    app.begin_run(settings, step=step)
    await until(pilot, lambda: shown(app), "the run screen")
    return app.sessions[settings.name]


def test_a_finished_run_shows_what_it_is_and_with_room_for_one_pane_the_others_a_key_away(
    finished: Workspace,
) -> None:
    async def body() -> None:
        async with bare_explorer(finished).run_test(size=WIDE) as pilot:
            screen = await opened(pilot)
            await pilot.press("1", "up", "2")
            await until(pilot, lambda: "Candidates of I1" in screen_text(pilot.app), "I1")
            for size in (WIDE, NARROW):
                await resize(pilot, size)
                text = screen_text(pilot.app)
                assert "Candidates of I1" in text, size
                assert "tiny · double · offline model" in text, size
                assert "■ finished" in text, size
                assert "1/1 candidate evaluated" in text, size
                assert screen.iteration is not None and screen.iteration.number == 1, size
            assert screen.query_one("#candidates").display
            assert not screen.query_one("#detail").display
            await pilot.press("3")
            assert screen.query_one("#detail").display
            assert not screen.query_one("#candidates").display
            await pilot.press("escape")
            assert screen.query_one("#candidates").display
            await pilot.press("1")
            assert screen.query_one("#versions").display
            assert screen.query_one("#plot").display
            await pilot.click("#tabs", offset=(16, 0))
            assert screen.query_one("#candidates").display

    run(body())


def test_step_runs_one_meta_iteration_and_stops(tmp_path: Path) -> None:
    workspace = improving(tmp_path)

    async def body() -> None:
        async with bare_explorer(workspace).run_test(size=WIDE) as pilot:
            session = await begun(pilot, tiny_settings(iterations=3), step=True)
            await until(pilot, lambda: not session.live, "the first meta-iteration")
            assert session.state.reason == "stopped after I1, as asked"
            await pilot.press("n")
            await until(pilot, lambda: 2 in session.state.iterations, "the second to begin")
            await until(pilot, lambda: not session.live, "the second meta-iteration")
            assert session.state.reason == "stopped after I2, as asked"
            assert 3 not in session.state.iterations
            await pilot.press("space")
            await until(pilot, lambda: session.state.status is Status.FINISHED, "the end")
            await until(pilot, lambda: "■ finished" in screen_text(pilot.app), "the word for it")

    run(body())


def test_pause_drops_the_call_that_is_under_way(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    workspace = tiny_workspace(tmp_path, ASKS_THE_MODEL)

    async def body() -> None:
        model = Hanging()
        answering(monkeypatch, model)
        async with bare_explorer(workspace).run_test(size=WIDE) as pilot:
            session = await begun(pilot, tiny_settings())
            await until(pilot, model.asked.is_set, "the call")
            await until(pilot, lambda: session.state.calls_in_flight, "the call on record")
            await pilot.press("space")
            await until(pilot, lambda: not session.live, "the pause")
            assert model.dropped
            assert session.state.status is Status.PAUSED
            assert session.state.cause == "user"
            await until(pilot, lambda: "‖ paused" in screen_text(pilot.app), "the word for it")

    run(body())


def test_pause_ends_a_program_that_spins(tmp_path: Path) -> None:
    workspace = tiny_workspace(tmp_path, SPINS)

    async def body() -> None:
        async with bare_explorer(workspace).run_test(size=WIDE) as pilot:
            session = await begun(pilot, tiny_settings())
            await until(pilot, lambda: session.state.current is not None, "the meta-iteration")
            await pilot.press("space")
            await until(pilot, lambda: not session.live, "the pause")
            assert session.state.status is Status.PAUSED

    run(body())


def test_stop_after_this_one_can_be_asked_for_and_taken_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    workspace = tiny_workspace(tmp_path, ASKS_THE_MODEL)

    async def body() -> None:
        model = Hanging()
        answering(monkeypatch, model)
        async with bare_explorer(workspace).run_test(size=WIDE) as pilot:
            session = await begun(pilot, tiny_settings(iterations=2))
            await until(pilot, model.asked.is_set, "the call")
            await pilot.press("u")
            assert session.stopping
            await until(pilot, lambda: "stops after this one" in screen_text(pilot.app), "words")
            await pilot.press("u")
            assert not session.stopping
            await session.pause()

    run(body())


def test_cancel_ends_a_run_for_good_after_a_confirmation(stepped: Workspace) -> None:
    async def body() -> None:
        async with bare_explorer(stepped).run_test(size=WIDE) as pilot:
            session = (await opened(pilot)).session
            await pilot.press("ctrl+x")
            await until(pilot, lambda: isinstance(pilot.app.screen, Confirm), "the confirmation")
            await pilot.press("n", "y", "escape")
            assert session.state.status is Status.PAUSED
            await pilot.press("ctrl+x")
            await until(pilot, lambda: isinstance(pilot.app.screen, Confirm), "the confirmation")
            dialog = pilot.app.screen
            assert isinstance(dialog, Confirm)
            await pilot.press("enter")
            await pilot.pause()
            dialog._since = 0.0  # the moment of grace is over
            await pilot.press("enter")
            await until(pilot, lambda: session.state.status is Status.FINISHED, "the end")
            await until(pilot, lambda: "cancelled by" in screen_text(pilot.app), "who did it")

    run(body())
    assert isinstance(last_of(stepped, "tiny", ev.RunFinished), ev.RunFinished)


def test_the_past_is_stepped_through_on_the_same_screen(finished: Workspace) -> None:
    async def body() -> None:
        async with bare_explorer(finished).run_test(size=WIDE) as pilot:
            screen = await opened(pilot)
            events = len(screen.session.events)
            await pilot.press("less_than_sign")
            text = screen_text(pilot.app)
            assert f"◷ Event {events - 1} of {events}" in text
            assert "■ finished" not in text
            await pilot.press("left_parenthesis", "left_parenthesis")
            assert "Candidates of I1" in screen_text(pilot.app)
            assert "● I1" not in screen_text(pilot.app)
            assert list(screen.query_one("#versions").keys) == ["0", "1"]
            await pilot.press("greater_than_sign")
            assert screen.view.position < events
            await pilot.press("0")
            assert "■ finished" in screen_text(pilot.app)
            assert not screen.query_one("#past").display

    run(body())


def test_the_test_split_is_not_on_the_screen_before_the_decision(finished: Workspace) -> None:
    async def body() -> None:
        async with bare_explorer(finished).run_test(size=WIDE) as pilot:
            screen = await opened(pilot)
            screen.view.travel(1 - len(screen.session.events))
            while not isinstance(screen.view.event, ev.ProposalMeasured):
                screen.view.travel(1)
            screen.refresh_run(follow=True)
            await pilot.pause()
            assert "test" not in screen.query_one("#plot").plt.build()
            while not isinstance(screen.view.event, ev.DecisionMade):
                assert "test" not in screen.query_one("#plot").plt.build()
                screen.view.travel(1)
                screen.refresh_run(follow=True)
                await pilot.pause()
            assert "test" in screen.query_one("#plot").plt.build()

    run(body())


def test_a_limit_pauses_the_run_which_goes_on_with_a_larger_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    workspace = tiny_workspace(tmp_path, ASKS_THE_MODEL)

    async def body() -> None:
        answering(monkeypatch, Scripted())
        async with bare_explorer(workspace).run_test(size=WIDE) as pilot:
            session = await begun(pilot, tiny_settings(limits=ev.Limits(lm_calls=1)))
            await until(pilot, lambda: session.state.cause == "limit", "the limit")
            await until(pilot, lambda: not session.live, "the pause")
            await until(pilot, lambda: "paused: The limit" in screen_text(pilot.app), "why")
            await until(pilot, lambda: "larger --max-calls" in told(pilot.app), "what to do")
            await pilot.press("M")
            await until(pilot, lambda: isinstance(pilot.app.screen, Choose), "the limits")
            dialog = pilot.app.screen
            assert isinstance(dialog, Choose)
            dialog._since = 0.0
            await pilot.press("enter")
            await until(pilot, lambda: isinstance(pilot.app.screen, AskText), "the question")
            await pilot.press("backspace", *"none", "enter")
            await until(pilot, lambda: "is no number" in told(pilot.app), "the refusal")
            await pilot.press("M")
            await until(pilot, lambda: isinstance(pilot.app.screen, Choose), "the limits")
            dialog = pilot.app.screen
            assert isinstance(dialog, Choose)
            dialog._since = 0.0
            await pilot.press("enter")
            await until(pilot, lambda: isinstance(pilot.app.screen, AskText), "the question")
            await pilot.press("backspace", *"500", "enter")
            await until(pilot, lambda: isinstance(pilot.app.screen, Confirm), "the confirmation")
            assert "changes from 1 to 500" in screen_text(pilot.app)
            asked = pilot.app.screen
            assert isinstance(asked, Confirm)
            asked._since = 0.0
            await pilot.press("y")
            await until(pilot, lambda: session.state.status is Status.FINISHED, "the end")
            assert session.state.limits == ev.Limits(lm_calls=500)

    run(body())


def _hold(folder: Path, held: "multiprocessing.Event", done: "multiprocessing.Event") -> None:
    with RunLock(folder, "tiny"):
        held.set()
        done.wait()


def test_a_run_that_another_process_drives_is_shown_and_left_alone(stepped: Workspace) -> None:
    context = multiprocessing.get_context("spawn")
    held, done = context.Event(), context.Event()

    async def body() -> None:
        async with bare_explorer(stepped).run_test(size=WIDE) as pilot:
            await opened(pilot)
            other = context.Process(target=_hold, args=(stepped.locks, held, done))
            other.start()
            try:
                held.wait()
                await pilot.press("space")
                await until(pilot, lambda: "another stop-tui" in told(pilot.app), "who has it")
            finally:
                done.set()
                other.join()

    run(body())


def test_a_run_that_cannot_begin_leaves_no_screen_behind(tmp_path: Path) -> None:
    async def body() -> None:
        async with bare_explorer(improving(tmp_path)).run_test(size=WIDE) as pilot:
            app = pilot.app
            assert isinstance(app, Explorer)
            app.begin_run(tiny_settings(tasks=("no-such-task",)))
            await until(pilot, lambda: "no-such-task" in told(app), "the error")
            await until(pilot, lambda: not isinstance(app.screen, RunScreen), "the screen below")
            assert "tiny" not in app.sessions

    run(body())


def test_leaving_pauses_what_runs_and_loses_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    workspace = tiny_workspace(tmp_path, ASKS_THE_MODEL)

    async def body() -> None:
        model = Hanging()
        answering(monkeypatch, model)
        async with bare_explorer(workspace).run_test(size=WIDE) as pilot:
            await begun(pilot, tiny_settings())
            await until(pilot, model.asked.is_set, "the call")
            await pilot.press("ctrl+q")
            await until(pilot, lambda: model.dropped, "the call to be dropped")

    run(body())
    paused = last_of(workspace, "tiny", ev.RunPaused)
    assert isinstance(paused, ev.RunPaused) and paused.cause == "user"


def test_a_question_is_announced_opens_nothing_by_itself_and_is_asked_again_by_a_key(
    tmp_path: Path,
) -> None:
    workspace = improving(tmp_path)

    async def body() -> None:
        async with bare_explorer(workspace).run_test(size=WIDE) as pilot:
            session = await begun(pilot, tiny_settings(gate="human"))
            focused = pilot.app.screen.focused
            await until(pilot, lambda: session.question is not None, "the question")
            await until(
                pilot, lambda: "waits for your decision: v" in screen_text(pilot.app), "the bar"
            )
            assert isinstance(pilot.app.screen, RunScreen)
            assert pilot.app.screen.focused is focused
            await session.pause()
            await until(pilot, lambda: "‖ paused" in screen_text(pilot.app), "the pause")
            assert "waits for your decision: v" not in screen_text(pilot.app)
            await resize(pilot, NARROW)
            await until(pilot, lambda: "space goes on with" in screen_text(pilot.app), "the bar")
            await pilot.press("v")
            await until(pilot, lambda: "stands still at a proposal" in told(pilot.app), "words")
            await pilot.press("space")
            await until(pilot, lambda: session.question is not None, "the question again")
            await session.pause()

    run(body())
    assert not any(isinstance(event, ev.DecisionMade) for event in journal_of(workspace, "tiny"))


def test_in_the_past_a_key_that_runs_leads_to_now_first(stepped: Workspace) -> None:
    async def body() -> None:
        async with bare_explorer(stepped).run_test(size=WIDE) as pilot:
            session = (await opened(pilot)).session
            events = len(session.events)
            await pilot.press("less_than_sign", "n")
            screen = pilot.app.screen
            assert isinstance(screen, RunScreen)
            assert not screen.view.past
            assert not session.live
            assert len(session.events) == events

    run(body())


def test_keys_of_decisions_lead_to_the_review_and_decide_nothing(tmp_path: Path) -> None:
    workspace = improving(tmp_path)

    async def body() -> None:
        async with bare_explorer(workspace).run_test(size=WIDE) as pilot:
            session = await begun(pilot, tiny_settings(gate="human"))
            await until(pilot, lambda: session.question is not None, "the question")
            question = session.question
            assert question is not None
            for key in ("a", "x", "e", "R"):
                await pilot.press(key)
                await until(
                    pilot, lambda: isinstance(pilot.app.screen, ReviewScreen), f"a review by {key}"
                )
                await pilot.pause()
                assert isinstance(pilot.app.screen, ReviewScreen), key
                assert session.question is question and not question.future.done(), key
                await pilot.press("escape")
                await until(pilot, lambda: shown(pilot.app), "the way back")
            await session.pause()

    run(body())
    assert not any(isinstance(event, ev.DecisionMade) for event in journal_of(workspace, "tiny"))


def test_what_another_process_wrote_is_there_when_a_run_is_opened_again(stepped: Workspace) -> None:
    async def body() -> None:
        async with bare_explorer(stepped).run_test(size=WIDE) as pilot:
            await opened(pilot)
            await pilot.press("escape")
            cancel_run(stepped, "tiny", by="someone else")
            await opened(pilot)
            await until(pilot, lambda: "cancelled by someone" in screen_text(pilot.app), "it")

    run(body())
