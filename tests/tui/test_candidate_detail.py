"""The detail of a candidate: what each tab says, what it hides, and that nothing in it acts."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot

from stop_tui.core import events as ev
from stop_tui.core.keys import text_hash
from stop_tui.language_models import Completion, Heard, Request, Response
from stop_tui.presentation.figures import figure
from stop_tui.tui.runs.run_view import RunView
from stop_tui.tui.runs.session import RunSession
from stop_tui.tui.screens.solution import SolutionScreen
from stop_tui.tui.widgets.detail import CandidateDetail
from stop_tui.tui.widgets.detail.call_rows import Section, assembled
from stop_tui.tui.widgets.rows.listing import Listing
from stop_tui.tui.widgets.text.diff_view import DiffView
from stop_tui.tui.widgets.text.reader import Reader
from tests.tiny import Scripted, tiny_settings, tiny_workspace
from tests.tui.explorers import answering
from tests.tui.hostile_run import (
    FAILING,
    PROPOSAL,
    SEED,
    START,
    Revealing,
    before,
    candidate,
    detail_app,
    hostile_run,
    inert_screen,
    show_detail,
)
from tests.tui.pilots import run, screen_text, until

WIDE, NARROW = (140, 40), (80, 24)


@pytest.fixture(scope="module")
def session(tmp_path_factory: pytest.TempPathFactory) -> RunSession:
    """The proposal of I1 was measured and rejected."""
    return hostile_run(tmp_path_factory.mktemp("rejected"))


@pytest.fixture(scope="module")
def accepted(tmp_path_factory: pytest.TempPathFactory) -> RunSession:
    """The proposal of I1 was accepted by someone who looked at the test figures first."""
    return hostile_run(tmp_path_factory.mktemp("accepted"), gate=Revealing)


def with_detail(
    session: RunSession,
    body: Callable[[Pilot[Any], CandidateDetail, RunView], Any],
    size: tuple[int, int] = WIDE,
    **options: Any,
) -> None:
    """Run `body` in an explorer that shows a detail."""

    async def shown() -> None:
        app = detail_app(session.workspace)
        async with app.run_test(size=size, notifications=True) as pilot:
            detail = await show_detail(pilot, **options)
            await body(pilot, detail, RunView(session))

    run(shown())


def measured(session: RunSession) -> ev.ProposalMeasured:
    return next(e for e in session.events if isinstance(e, ev.ProposalMeasured))


async def opened(pilot: Pilot[Any], detail: CandidateDetail, tab: str) -> str:
    """Go to a tab; what is on the screen then, which is inert."""
    detail.open_tab(tab, focus=True)
    await pilot.pause()
    return inert_screen(pilot)


# The tabs together


@pytest.mark.parametrize("size", [WIDE, NARROW])
def test_every_tab_shows_hostile_text_as_text(session: RunSession, size: tuple[int, int]) -> None:
    async def body(pilot: Pilot[Any], detail: CandidateDetail, view: RunView) -> None:
        for source in (PROPOSAL, FAILING, START):
            detail.show(view, 1, source)
            for tab in detail.pages:
                await opened(pilot, detail, tab)
        detail.show(view, 1, PROPOSAL)
        for tab in ("source", "diff", "idea", "transcript"):
            assert "[red]markup[/red]" in await opened(pilot, detail, tab)
        assert "[red]passwd[/red]" in await opened(pilot, detail, "sandbox")
        detail.show(view, 1, FAILING)
        assert "ValueError" in await opened(pilot, detail, "scores")

    with_detail(session, body, size)


def test_the_tabs_are_reached_by_key_and_by_mouse(session: RunSession) -> None:
    async def body(pilot: Pilot[Any], detail: CandidateDetail, view: RunView) -> None:
        detail.show(view, 1, PROPOSAL)
        detail.focus_content()
        await pilot.press("right_curly_bracket")
        assert detail.current == "diff"
        assert isinstance(pilot.app.focused, DiffView)
        await pilot.press("left_curly_bracket", "left_curly_bracket")
        assert detail.current == "idea"
        await pilot.pause()
        line = screen_text(pilot.app).splitlines()[1]
        await pilot.click(offset=(line.index("Scores"), 1))
        assert detail.current == "scores"
        assert "[s Scores]" in screen_text(pilot.app)

    with_detail(session, body)


def test_without_room_for_words_the_strip_keeps_the_keys(session: RunSession) -> None:
    async def body(pilot: Pilot[Any], detail: CandidateDetail, view: RunView) -> None:
        detail.show(view, 1, PROPOSAL)
        await pilot.pause()
        assert "[o Source] d  s  t  b  i" in screen_text(pilot.app).splitlines()[1]

    with_detail(session, body, (40, 24))


def test_only_the_tabs_that_were_asked_for_are_there(session: RunSession) -> None:
    async def body(pilot: Pilot[Any], detail: CandidateDetail, view: RunView) -> None:
        detail.show(view, 1, PROPOSAL)
        await pilot.pause()
        assert "Source" not in screen_text(pilot.app)
        assert detail.current == "idea"
        detail.open_tab("source")
        assert detail.current == "idea"

    with_detail(session, body, tabs=("scores", "idea"), first="idea")


def test_nothing_is_said_in_words(session: RunSession) -> None:
    async def body(pilot: Pilot[Any], detail: CandidateDetail, view: RunView) -> None:
        detail.show(view, None, None)
        await pilot.pause()
        assert "Nothing to show yet." in screen_text(pilot.app)
        detail.show(view, None, START)
        assert "def improve_algorithm" in await opened(pilot, detail, "source")
        assert "nothing it could differ from" in await opened(pilot, detail, "diff")
        assert "No repeat yet." in await opened(pilot, detail, "scores")
        assert "No call yet." in await opened(pilot, detail, "transcript")

    with_detail(session, body)


def test_what_is_shown_already_is_not_looked_up_again(session: RunSession) -> None:
    class Counting(RunView):
        looked = 0

        def text(self, key: str) -> str:
            self.looked += 1
            return super().text(key)

        def calls(self, program: str) -> list[ev.ModelCalled]:
            self.looked += 1
            return super().calls(program)

        def repeats(self, *which: Any) -> list[ev.RepeatFinished]:
            self.looked += 1
            return super().repeats(*which)

    async def body(pilot: Pilot[Any], detail: CandidateDetail, view: RunView) -> None:
        counting = Counting(session)
        detail.show(counting, 1, PROPOSAL)
        await pilot.pause()
        assert counting.looked == 1  # the source; the other tabs have not looked
        for tab in detail.pages:
            await opened(pilot, detail, tab)
            seen = counting.looked
            for _ in range(3):
                detail.show(counting, 1, PROPOSAL)
                await pilot.pause()
            assert counting.looked == seen

    with_detail(session, body)


# Source and diff


def test_the_source_has_its_strategies_and_warnings_on_their_lines(session: RunSession) -> None:
    async def body(pilot: Pilot[Any], detail: CandidateDetail, view: RunView) -> None:
        detail.show(view, 1, PROPOSAL)
        await pilot.pause()
        lines = screen_text(pilot.app).splitlines()
        assert any("◆ caching" in line and "cache[code] =" in line for line in lines)
        assert any("⚠ leaves the sandbox" in line and "open(" in line for line in lines)
        detail.focus_content()
        await pilot.pause()
        focused = pilot.app.focused
        assert isinstance(focused, Reader) and focused.copy_text() == candidate()

    with_detail(session, body)


def test_the_diff_is_against_the_incumbent_until_another_base_is_chosen(
    session: RunSession,
) -> None:
    async def body(pilot: Pilot[Any], detail: CandidateDetail, view: RunView) -> None:
        detail.show(view, 1, PROPOSAL)
        assert "I0 (incumbent) → candidate 2 of I1" in await opened(pilot, detail, "diff")
        detail.diff_against(FAILING, "candidate 1 of I1")
        await pilot.pause()
        assert "candidate 1 of I1 → candidate 2 of I1" in inert_screen(pilot)
        detail.show(view, 1, FAILING)
        await pilot.pause()
        assert "No difference" in inert_screen(pilot)
        detail.show(view, 2, PROPOSAL)
        await pilot.pause()
        assert "I0 (incumbent) → candidate 2 of I2" in inert_screen(pilot)

    with_detail(session, body, first="diff")


def test_an_incumbent_is_compared_with_the_version_it_replaced(accepted: RunSession) -> None:
    async def body(pilot: Pilot[Any], detail: CandidateDetail, view: RunView) -> None:
        assert accepted.state.iterations[2].incumbent == PROPOSAL
        detail.show(view, 2, PROPOSAL)
        assert "I0 (incumbent) → I1 (incumbent)" in await opened(pilot, detail, "diff")
        detail.show(view, 1, START)
        await pilot.pause()
        assert "nothing it could differ from" in inert_screen(pilot)

    with_detail(accepted, body)


# Scores


def test_test_figures_are_sealed_until_the_decision(session: RunSession) -> None:
    known = measured(session)
    test, val = figure(known.proposal_test.mean), figure(known.proposal_val.mean)
    assert test not in (val, figure(known.incumbent_val.mean))

    async def body(pilot: Pilot[Any], detail: CandidateDetail, view: RunView) -> None:
        before(view, ev.DecisionMade)
        tests = {
            figure(repeat.test)
            for source in (PROPOSAL, START)
            for repeat in view.repeats(1, "measure/I1", source)
        } - {"0.500"}  # what the seed solution is worth on every instance
        assert test in tests
        for source in (PROPOSAL, START):
            detail.show(view, 1, source)
            for tab in detail.pages:
                text = await opened(pilot, detail, tab)
                assert not any(each in text for each in tests), tab
        detail.show(view, 1, PROPOSAL)
        text = await opened(pilot, detail, "scores")
        assert "sealed until the decision on I1" in text
        assert val in text
        view.travel(1)
        detail.show(view, 1, PROPOSAL)
        await pilot.pause()
        text = inert_screen(pilot)
        assert test in text and "sealed" not in text

    with_detail(session, body)


def test_revealed_test_figures_are_shown_with_who_looked(accepted: RunSession) -> None:
    test = figure(measured(accepted).proposal_test.mean)

    async def body(pilot: Pilot[Any], detail: CandidateDetail, view: RunView) -> None:
        before(view, ev.TestRevealed)
        detail.show(view, 1, PROPOSAL)
        assert test not in await opened(pilot, detail, "scores")
        view.travel(1)
        detail.show(view, 1, PROPOSAL)
        await pilot.pause()
        text = inert_screen(pilot)
        assert test in text
        assert "Revealed before the decision by ana [red]␛" in text

    with_detail(accepted, body)


def test_each_repeat_stands_beside_the_incumbents(session: RunSession) -> None:
    async def body(pilot: Pilot[Any], detail: CandidateDetail, view: RunView) -> None:
        detail.show(view, 1, PROPOSAL)
        lines = (await opened(pilot, detail, "scores")).splitlines()
        for repeat in view.repeats(1, "measure/I1", PROPOSAL):
            words = next(
                line.split()
                for line in lines
                if "afresh" in line and f"double {repeat.repeat}" in " ".join(line.split())
            )
            assert figure(repeat.val) in words
            assert figure(0.5) in words
            assert f"{repeat.val - 0.5:+.3f}" in words
        assert any("tried" in line and "1.000" in line for line in lines)
        assert any("Measured afresh, same seeds" in line for line in lines)

    with_detail(session, body)


def test_repeats_under_way_are_shown_as_running(session: RunSession) -> None:
    async def body(pilot: Pilot[Any], detail: CandidateDetail, view: RunView) -> None:
        before(view, ev.RepeatFinished)
        assert view.under_way(1, "selection", FAILING)
        detail.show(view, 1, FAILING)
        text = await opened(pilot, detail, "scores")
        assert "… running" in text
        assert "0 of 2 repeats done, 2 running" in text

    with_detail(session, body)


def test_a_row_opens_the_solution_and_a_failed_repeat_says_that_there_is_none(
    session: RunSession,
) -> None:
    async def body(pilot: Pilot[Any], detail: CandidateDetail, view: RunView) -> None:
        detail.show(view, 1, FAILING)
        await opened(pilot, detail, "scores")
        await pilot.press("enter")
        await until(pilot, lambda: "no solution" in screen_text(pilot.app), "a notification")
        inert_screen(pilot)
        detail.show(view, 1, PROPOSAL)
        await pilot.pause()
        await pilot.press("end", "enter")
        await until(pilot, lambda: isinstance(pilot.app.screen, SolutionScreen), "the solution")

    with_detail(session, body)


# Transcript


def test_the_transcript_has_prompt_and_responses_of_each_call(session: RunSession) -> None:
    async def body(pilot: Pilot[Any], detail: CandidateDetail, view: RunView) -> None:
        detail.show(view, 1, PROPOSAL)
        text = await opened(pilot, detail, "transcript")
        assert "please " in text and "Call 1 of 4: double/r" in text
        assert "afresh double/r1" in text
        listing = pilot.app.focused
        assert isinstance(listing, Listing) and len(listing.keys) == 4
        await pilot.press("enter")
        words = pilot.app.focused
        assert isinstance(words, Reader)
        assert words.copy_text().count("My idea: ") == 2
        assert "response 1 of 2\nMy idea" in words.copy_text()
        detail.show(view, 1, START)
        await pilot.pause()
        assert "on itself" in inert_screen(pilot)

    with_detail(session, body)


def test_with_few_rows_the_words_take_the_place_of_the_calls(session: RunSession) -> None:
    async def body(pilot: Pilot[Any], detail: CandidateDetail, view: RunView) -> None:
        detail.show(view, 1, PROPOSAL)
        assert "please" not in await opened(pilot, detail, "transcript")
        await pilot.press("enter")
        await pilot.pause()
        assert "please" in inert_screen(pilot)
        detail.open_tab("transcript", focus=True)
        await pilot.pause()
        assert isinstance(pilot.app.focused, Listing)
        assert "please" not in inert_screen(pilot)

    with_detail(session, body, (80, 12))


def test_no_response_can_pass_for_another() -> None:
    parts = [
        Section("prompt", "for 2", "ask\n"),
        Section("response 1 of 2", "stop", "x\n\nresponse 2 of 2\nforged"),
        Section("response 2 of 2", "length", "real"),
    ]
    text, marks = assembled(parts)
    lines = text.split("\n")
    assert [lines[number - 1] for number in marks] == [part.title for part in parts]
    assert lines[list(marks)[-1]] == "real"


class Whispering(Scripted):
    """A model whose response arrives piece by piece, as the test says."""

    def __init__(self) -> None:
        super().__init__()
        self.pieces: asyncio.Queue[str | None] = asyncio.Queue()

    async def complete(self, request: Request, heard: Heard | None = None) -> Completion:
        said = ""
        while (piece := await self.pieces.get()) is not None:
            said += piece
            if heard is not None:
                heard(0, piece)
        return Completion(model="whisper", responses=(Response(said),))


def test_a_response_grows_while_it_arrives(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async def body() -> None:
        model = Whispering()
        answering(monkeypatch, model)
        workspace = tiny_workspace(tmp_path, SEED)
        app = detail_app(workspace)
        async with app.run_test(size=WIDE) as pilot:
            detail = await show_detail(pilot, first="transcript")
            session = RunSession(workspace, "tiny", lambda _: look())
            view = RunView(session)

            def look() -> None:
                if session.state.started is not None and session.state.iterations:
                    detail.show(view, 1, text_hash(SEED))

            session.begin(tiny_settings(), step=False)
            await until(pilot, lambda: "waits for an answer" in screen_text(app), "the call")
            assert "no response yet" in screen_text(app)
            for piece in ("He", "llo \x1b[31m", "there"):
                model.pieces.put_nowait(piece)
            await until(pilot, lambda: "Hello ␛[31mthere" in inert_screen(pilot), "the words")
            assert "response 1 of 1, arriving" in screen_text(app)
            model.pieces.put_nowait(" you")
            await until(pilot, lambda: "there you" in inert_screen(pilot), "more words")
            model.pieces.put_nowait(None)
            await until(pilot, lambda: "arriving" not in screen_text(app), "the answer")
            assert "Hello ␛[31mthere you" in inert_screen(pilot)
            await session.pause()
            session.close()

    run(body())


# Sandbox and idea


def test_attempts_are_listed_by_how_far_they_can_be_trusted(session: RunSession) -> None:
    async def body(pilot: Pilot[Any], detail: CandidateDetail, view: RunView) -> None:
        detail.show(view, 1, PROPOSAL)
        text = await opened(pilot, detail, "sandbox")
        verified, reported = text.split("Reported: ")
        assert "Verified: 0" in verified and "Nothing." in verified
        assert "read a file outside /etc/[red]passwd[/red]" in reported
        assert "in 8 program runs" in reported
        assert "Isolation of this run" in verified

    with_detail(session, body)


def test_verified_attempts_of_a_solution_count_for_who_found_it(session: RunSession) -> None:
    async def body(pilot: Pilot[Any], detail: CandidateDetail, view: RunView) -> None:
        solution = view.repeats(1, "selection", PROPOSAL)[0].solution
        assert solution is not None
        attempt = ev.SandboxEvent(
            program="I1/solution",
            source=solution,
            trust="verified",
            what="crash [red]\x1b",
            detail="\nReported: 0",
        )
        view.travel(-1)
        view.state.fold(attempt)
        detail.show(view, 1, PROPOSAL)
        text = await opened(pilot, detail, "sandbox")
        assert "Verified: 1" in text
        assert "⚠ crash [red]␛ Reported: 0" in text
        assert f"by its solution {solution[:10]}" in text
        detail.show(view, 1, FAILING)
        await pilot.pause()
        assert "Verified: 0" in inert_screen(pilot)

    with_detail(session, body)


def test_a_strategy_leads_to_its_line(session: RunSession) -> None:
    async def body(pilot: Pilot[Any], detail: CandidateDetail, view: RunView) -> None:
        detail.show(view, 1, PROPOSAL)
        text = await opened(pilot, detail, "idea")
        assert "My idea: " in text
        assert "caching" in text and "results are kept and looked up" in text
        assert "Its program runs cost 4 LM calls, 8 responses" in text
        await pilot.press("end", "enter")
        await pilot.pause()
        assert detail.current == "source"
        assert isinstance(pilot.app.focused, Reader)
        assert 'open("/etc/' in inert_screen(pilot)

    with_detail(session, body, (140, 14))


def test_what_a_human_or_nobody_said_is_not_put_into_the_models_mouth(
    session: RunSession,
) -> None:
    async def body(pilot: Pilot[Any], detail: CandidateDetail, view: RunView) -> None:
        detail.show(view, 1, START)
        assert "The run began with this source" in await opened(pilot, detail, "idea")
        detail.show(view, 1, FAILING)
        await pilot.pause()
        assert "No words of the model" in inert_screen(pilot)

    with_detail(session, body)
