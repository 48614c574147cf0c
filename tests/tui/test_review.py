"""The review: everything that is known of a proposal, and decisions that are meant."""

from pathlib import Path

import pytest
from textual import events
from textual.widgets import Input

from stop_tui.core import events as ev
from stop_tui.core.keys import text_hash
from stop_tui.engine.gate import Decision
from stop_tui.presentation.people import user_name
from stop_tui.store.lineage import Lineage
from stop_tui.tui.screens import review as review_screen
from stop_tui.tui.screens.dialogs import AskText, Choose, Confirm
from stop_tui.tui.screens.review import ReviewScreen
from stop_tui.tui.terminal import editing
from stop_tui.tui.widgets.review_summary import ReviewSummary
from stop_tui.tui.widgets.rows.listing import Listing
from stop_tui.workspace import Workspace
from tests.tiny import GOOD_SOLUTION, MIDDLING_SOLUTION, Scripted, finds, tiny_workspace
from tests.tui.pilots import resize, run
from tests.tui.staged import Staged, attentive, hasty, staged

__all__ = ["attentive", "hasty"]

BETTER = finds(GOOD_SOLUTION, note="better")
OTHER = finds(GOOD_SOLUTION, note="other")
EDITED = finds(GOOD_SOLUTION, note="edited")
SEED = f"""\
def improve_algorithm(initial_solution, utility, language_model):
    if "improve_algorithm" not in initial_solution:
        return {MIDDLING_SOLUTION!r}
    utility({OTHER!r})
    utility({BETTER!r})
    return {BETTER!r}
"""
HOSTILE = "Clever [b]idea[/b]\x1b[2J\x1b]0;owned\x07 \u202etxet and\x00 more"


def workspace(path: Path, source: str = SEED) -> Workspace:
    """A workspace whose improver evaluates two others and proposes the second."""
    return tiny_workspace(path / "work", source)


async def reviewed(stage: Staged) -> ReviewScreen:
    await stage.question()
    screen = stage.app.screen
    assert isinstance(screen, ReviewScreen)
    await stage.pilot.pause()
    return screen


def summary_of(stage: Staged) -> str:
    return stage.app.screen.query_one(ReviewSummary).plain_text


@pytest.mark.usefixtures("attentive")
def test_it_shows_what_is_proposed_how_it_measures_and_from_what_it_differs(
    tmp_path: Path,
) -> None:
    async def body() -> None:
        async with staged(workspace(tmp_path)) as stage:
            await reviewed(stage)
            for size in ((80, 24), (140, 40)):
                await resize(stage.pilot, size)
                text = stage.text
                assert "Candidate 2 is proposed as version I1 of tiny." in " ".join(text.split())
                assert "Better beyond noise" in text or "Within noise" in text, size
                assert "waits for your decision" in text, size
                words = summary_of(stage)
                assert "Difference +0.25" in words, size
                assert "proposal   1.000" in words and "incumbent  0.7" in words, size
                assert "Sealed until the decision; R reveals it early." in words, size
                assert "double 1" in words and "double 2" in words, size
                assert "0 LM calls" in words, size
            await stage.pilot.press("c")
            await stage.until(lambda: isinstance(stage.app.screen, Choose), "what there is")
            await stage.pilot.pause()
            listing = stage.app.screen.query_one(Listing)
            assert set(listing.keys) == {text_hash(SEED), text_hash(OTHER)}
            listing.move_to(text_hash(OTHER))
            await stage.pilot.press("enter")
            await stage.until(lambda: "candidate 1 of I1" in stage.text, "the difference")

    run(body())


@pytest.mark.usefixtures("attentive")
def test_another_candidate_is_measured_and_reviewed_instead(tmp_path: Path) -> None:
    async def body() -> None:
        async with staged(workspace(tmp_path)) as stage:
            await reviewed(stage)
            await stage.pilot.press("p")
            await stage.until(lambda: isinstance(stage.app.screen, Choose), "the candidates")
            await stage.pilot.pause()
            assert stage.app.screen.query_one(Listing).keys == [text_hash(OTHER)]
            await stage.pilot.press("enter")
            assert "Candidate 1 is measured afresh" in await stage.confirmed(reason="shorter")
            await reviewed(stage)
            words = " ".join(summary_of(stage).split())
            assert "Candidate 1 was picked and stands as version I1" in words
            assert f"candidate 1 picked, by {user_name()}: shorter" in words
            measured = [event.source for event in stage.recorded(ev.ProposalMeasured)]
            assert measured == [text_hash(BETTER), text_hash(OTHER)]
            await stage.confirm("a")
            await stage.ended()
            lineage = Lineage.open(stage.session.workspace.lineage)
            assert lineage.source(stage.versions()[-1].commit) == OTHER

    run(body())


@pytest.mark.usefixtures("attentive")
def test_an_edited_source_is_checked_and_measured_before_it_can_be_approved(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = "def improve_algorithm(:\n"
    texts = iter([broken, BETTER, EDITED])
    given: list[str] = []

    async def scripted(explorer: object, text: str, name: str = "") -> str:
        given.append(text)
        return next(texts)

    monkeypatch.setattr(review_screen, "edited", scripted)

    async def body() -> None:
        async with staged(workspace(tmp_path)) as stage:
            await reviewed(stage)
            await stage.pilot.press("e")
            await stage.until(lambda: isinstance(stage.app.screen, Confirm), "a confirmation")
            await stage.pilot.pause()
            assert "syntax error, line 1" in stage.dialog
            await stage.pilot.press("escape")
            await stage.until(lambda: isinstance(stage.app.screen, ReviewScreen), "the review")
            await stage.until(lambda: "goes on with your text" in stage.told(), "what is kept")
            await stage.pilot.press("e")  # goes on with the draft, which is now as the proposal
            await stage.until(lambda: "Nothing was changed" in stage.told(), "no edit")
            assert not stage.recorded(ev.DecisionMade)
            assert "becomes a new candidate" in await stage.confirm("e", reason="a typo")
            assert given == [BETTER, broken, BETTER]
            await reviewed(stage)
            assert "Candidate 3 was edited by a human" in " ".join(summary_of(stage).split())
            await stage.confirm("a")
            await stage.ended()
            proposed = stage.recorded(ev.CandidateProposed)[-1]
            assert (proposed.source, proposed.by) == (text_hash(EDITED), "human")
            assert [d.choice for d in stage.recorded(ev.DecisionMade)] == ["edit", "approve"]
            lineage = Lineage.open(stage.session.workspace.lineage)
            assert lineage.source(stage.versions()[-1].commit) == EDITED

    run(body())


@pytest.mark.usefixtures("attentive")
def test_more_repeats_say_what_they_cost_and_are_measured(tmp_path: Path) -> None:
    async def body() -> None:
        async with staged(workspace(tmp_path)) as stage:
            await reviewed(stage)
            for typed, asked in (("0", False), ("two", False), ("3", True)):
                await stage.pilot.press("m")
                await stage.until(lambda: isinstance(stage.app.screen, AskText), "how many")
                await stage.pilot.press("backspace", *typed, "enter")
                if not asked:
                    await stage.until(
                        lambda: isinstance(stage.app.screen, ReviewScreen), "the review"
                    )
                    assert "A whole number" in stage.told()
                    await stage.pilot.pause()
            # 2 improvers x 3 repeats x 1 task x 4 calls x 6 responses
            assert "at most 144 responses" in await stage.confirmed(reason="not sure")
            await reviewed(stage)
            assert [event.proposal_val.n for event in stage.recorded(ev.ProposalMeasured)] == [2, 5]
            assert "3 more repeats" in summary_of(stage)
            assert "double 5" in summary_of(stage)

    run(body())


@pytest.mark.usefixtures("attentive")
def test_approving_makes_a_commit_with_the_reason_and_who_saw_the_sealed_test_figures(
    tmp_path: Path,
) -> None:
    async def body() -> None:
        async with staged(workspace(tmp_path)) as stage:
            screen = await reviewed(stage)
            measured = stage.recorded(ev.ProposalMeasured)[0]
            sealed = f"{measured.incumbent_test.mean:.3f}"
            assert sealed not in stage.text and sealed not in summary_of(stage)
            for key in "sdoit":
                await stage.pilot.press(key)
                await stage.pilot.pause()
                assert sealed not in stage.text, key
            assert "The history will say so" in await stage.confirm("R")
            await stage.until(lambda: sealed in summary_of(stage), "the figures")
            assert isinstance(stage.app.screen, ReviewScreen) and screen.waiting
            (revealed,) = stage.recorded(ev.TestRevealed)
            assert revealed.by == user_name()
            asked = await stage.confirm("a", reason="measures better")
            assert "becomes version I1 of tiny, a git commit" in asked
            assert not isinstance(stage.app.screen, ReviewScreen)
            assert "candidate 2 becomes version I1" in stage.told()
            await stage.ended()
            (decided,) = stage.recorded(ev.DecisionMade)
            assert (decided.choice, decided.by) == ("approve", user_name())
            lineage = Lineage.open(stage.session.workspace.lineage)
            version = stage.versions()[-1]
            assert lineage.source(version.commit) == BETTER
            assert version.trailers.reason == "measures better"
            assert version.trailers.test_revealed == user_name()

    run(body())


@pytest.mark.usefixtures("hasty")
def test_keys_typed_in_haste_decide_nothing(tmp_path: Path) -> None:
    async def body() -> None:
        async with staged(workspace(tmp_path)) as stage:
            await reviewed(stage)
            for keys in (("a", "y"), tuple("approve"), ("a", "enter", "y", "enter")):
                assert "heard in a moment" in stage.text, keys
                await stage.pilot.press(*keys)
                assert isinstance(stage.app.screen, ReviewScreen), keys
                assert stage.session.question is not None, keys
                assert not stage.recorded(ev.DecisionMade), keys

    run(body())


def test_keys_that_come_together_decide_nothing_later_either(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("stop_tui.tui.deciding.deliberation.GRACE", 1e-6)
    monkeypatch.setattr("stop_tui.tui.deciding.deliberation.BURST", 1.0)

    async def body() -> None:
        async with staged(workspace(tmp_path)) as stage:
            await reviewed(stage)
            for keys in (("a", "y"), tuple("approve"), ("a", "enter", "y"), tuple("away")):
                stage.app.clear_notifications()
                await stage.pilot.press(*keys)
                await stage.until(lambda: "Several keys" in stage.told(), f"a look at {keys}")
                assert not isinstance(stage.app.screen, Confirm), keys
                assert not stage.recorded(ev.DecisionMade), keys
                assert stage.session.question is not None, keys
                assert not stage.session.question.future.done(), keys

    run(body())


@pytest.mark.usefixtures("attentive")
def test_what_is_pasted_decides_nothing_and_a_word_typed_into_the_confirmation_is_no_yes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def body() -> None:
        async with staged(workspace(tmp_path)) as stage:
            screen = await reviewed(stage)
            for text in ("a\ny\n", "approve", "y"):
                stage.app.post_message(events.Paste(text))
                await stage.pilot.pause()
                assert stage.app.screen is screen, text
            await stage.pilot.press("a")
            await stage.until(lambda: isinstance(stage.app.screen, Confirm), "a confirmation")
            stage.app.post_message(events.Paste("y\n"))
            await stage.pilot.pause()
            assert isinstance(stage.app.screen, Confirm)
            assert not stage.recorded(ev.DecisionMade)
            await stage.pilot.press("escape")
            await stage.until(lambda: stage.app.screen is screen, "the review")

            monkeypatch.setattr("stop_tui.tui.screens.dialogs.GRACE", 3600.0)
            await stage.pilot.press("a")
            await stage.until(lambda: isinstance(stage.app.screen, Confirm), "a confirmation")
            dialog = stage.app.screen
            assert isinstance(dialog, Confirm)
            dialog._since -= 7200.0  # it has been there for long
            await stage.pilot.press("w", "a", "y")
            assert stage.app.screen is dialog
            assert dialog.query_one("#reason", Input).value == "way"
            await stage.pilot.press("enter", "enter")  # the second comes too soon after the first
            assert stage.app.screen is dialog
            assert not stage.recorded(ev.DecisionMade)

    run(body())


@pytest.mark.usefixtures("attentive")
def test_a_run_that_no_longer_waits_says_so_and_asks_anew_when_it_goes_on(
    tmp_path: Path,
) -> None:
    async def body() -> None:
        async with staged(workspace(tmp_path)) as stage:
            screen = await reviewed(stage)
            await stage.pilot.press("a")
            await stage.until(lambda: isinstance(stage.app.screen, Confirm), "a confirmation")
            await stage.session.pause()
            await stage.pilot.press("enter", "enter")
            await stage.until(lambda: "nothing was decided" in stage.told(), "it is said")
            await stage.until(lambda: "no longer waits: paused" in stage.text, "the screen says so")
            await stage.pilot.press("x", "e", "m", "p", "R")
            assert stage.app.screen is screen and not screen.waiting
            assert not stage.recorded(ev.DecisionMade) and not stage.recorded(ev.TestRevealed)
            stage.session.go(step=False)
            await stage.until(lambda: screen.waiting, "it is asked again")
            await stage.confirm("x", reason="too [b]long[/b]")
            await stage.ended()
            (decided,) = stage.recorded(ev.DecisionMade)
            assert (decided.choice, decided.reason) == ("reject", "too [b]long[/b]")
            assert len(stage.versions()) == 1

    run(body())


@pytest.mark.usefixtures("attentive")
def test_an_edit_that_comes_too_late_is_kept_in_a_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def scripted(explorer: object, text: str, name: str = "") -> str:
        return EDITED

    monkeypatch.setattr(review_screen, "edited", scripted)
    monkeypatch.setattr(editing.tempfile, "tempdir", str(tmp_path))

    async def body() -> None:
        async with staged(workspace(tmp_path)) as stage:
            await reviewed(stage)
            await stage.pilot.press("e")
            await stage.until(lambda: isinstance(stage.app.screen, Confirm), "a confirmation")
            await stage.session.pause()
            await stage.pilot.press("enter", "enter")
            await stage.until(lambda: "Your text is kept in" in stage.told(), "where it is")
            await stage.pilot.press("escape")
            await stage.until(
                lambda: not isinstance(stage.app.screen, ReviewScreen), "the way back"
            )
            assert not stage.recorded(ev.DecisionMade)

    run(body())
    (kept,) = tmp_path.glob("stop-tui-*/improver.py")
    assert kept.read_text() == EDITED


@pytest.mark.usefixtures("attentive")
def test_hostile_words_of_a_model_are_inert_and_an_approval_in_spite_of_warnings_says_so(
    tmp_path: Path,
) -> None:
    source = f"""\
def improve_algorithm(initial_solution, utility, language_model):
    if "improve_algorithm" not in initial_solution:
        return {GOOD_SOLUTION!r}
    answer = language_model.prompt("e", "m")[0]
    found = answer.split("```python\\n")[1].split("```")[0]
    utility(found)
    return found
"""
    warned = BETTER + "\n\ndef never(run):\n    import os\n    os.system('true')\n"
    model = Scripted(lambda request: f"{HOSTILE}\n```python\n{warned}```\n")

    async def body() -> None:
        async with staged(workspace(tmp_path, source), model=model) as stage:
            await reviewed(stage)
            assert "Clever [b]idea[/b]" in summary_of(stage)
            for size in ((80, 24), (140, 40)):
                await resize(stage.pilot, size)
                for key in ("i", "o", "d", "t", "b", "s"):
                    await stage.pilot.press(key)
                    await stage.pilot.pause()
                    assert not {"\x1b", "\x07", "\u202e", "\x00"} & set(stage.text), (size, key)
            assert "⚠ leaves the sandbox (line" in summary_of(stage)
            assert "⚠ There are 2 warnings about it" in await stage.confirm("a")

    run(body())


@pytest.mark.usefixtures("attentive")
def test_nothing_opens_by_itself_and_a_decision_made_elsewhere_closes_nothing(
    tmp_path: Path,
) -> None:
    async def body() -> None:
        async with staged(workspace(tmp_path)) as stage:
            home = stage.app.screen
            await stage.until(lambda: stage.session.question is not None, "a question")
            await stage.pilot.pause()
            assert stage.app.screen is home
            screen = await reviewed(stage)
            question = stage.session.question
            assert question is not None
            question.answer(Decision("reject", "someone else"))  # type: ignore[arg-type]
            await stage.ended()
            await stage.until(lambda: "no longer waits: finished" in stage.text, "what happened")
            assert stage.app.screen is screen

    run(body())
