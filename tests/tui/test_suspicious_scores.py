"""Suspicious scores on the screens: in the review, and in the rows of a candidate's scores."""

from types import SimpleNamespace

from stop_tui.core import events as ev
from stop_tui.core.state import State
from stop_tui.core.suspicion import suspected_of
from stop_tui.tui.widgets.detail.score_rows import score_rows
from stop_tui.tui.widgets.detail.subject import Subject
from tests.tui.test_review_words import HOSTILE, said, waiting


def _suspected(split: str = "val", what: str = "same answer every time") -> ev.ScoreSuspected:
    return ev.ScoreSuspected(
        task="double",
        split=split,  # type: ignore[arg-type]
        phase="measure/I1",
        source="solution",
        suspicions=(ev.Suspicion(what, HOSTILE, (3,)),),
        program="I1/measure/a/double/r1",
    )


def _state(*events: ev.AnyEvent) -> State:
    state = waiting()
    for event in events:
        state.fold(event)
    return state


def test_the_review_says_them_first_and_with_their_evidence() -> None:
    state = _state(_suspected())
    found = suspected_of(state, 1, "a")
    text = said(state, width=60, suspicions=found)
    head, body = text.split("Meta-utility on validation")
    assert "⚠ Suspicious scores: same answer every time" in head
    section = body.split("Suspicious scores")[1].split("In the sandbox")[0]
    assert "⚠ double, solution solution, same answer every time: [b]x[/b]" in section
    assert "(line 3)" in section
    assert not {"\x1b", "\u202e", "\x00", "\r"} & set(text)


def test_hostile_words_of_a_kind_are_inert_in_the_head() -> None:
    state = _state(_suspected(what=HOSTILE))
    text = said(state, suspicions=suspected_of(state, 1, "a"))
    assert not {"\x1b", "\u202e", "\x00", "\r"} & set(text)


def test_what_rests_on_the_test_split_appears_when_that_is_revealed() -> None:
    sealed = _suspected("test", "validation far above test")
    assert "far above test" not in said(_state(sealed))
    revealed = ev.TestRevealed(iteration=1, by="someone")
    assert "far above test" in said(_state(sealed, revealed))


def test_a_review_without_any_has_no_section_for_them() -> None:
    assert "Suspicious scores" not in said(waiting())


def test_a_row_of_the_scores_has_the_sign_and_the_words() -> None:
    repeat = ev.RepeatFinished(
        iteration=1,
        phase="measure/I1",
        improver="a",
        task="double",
        repeat=1,
        val=0.9,
        solution="solution",
    )
    tried = ev.SolutionScored(
        task="double",
        split="val",
        phase="selection",
        source="other",
        utility=0.5,
        instances=(),
        program="I1/selection/a/double/r1",
    )
    of_tried = ev.ScoreSuspected(
        task="double",
        split="val",
        phase="selection",
        source="other",
        suspicions=(ev.Suspicion("branches on the instance", "a table", (1,)),),
        program=tried.program,
    )
    state = _state(repeat, _suspected(), of_tried)

    def asked_for(program: str) -> list[ev.SolutionScored]:
        return [tried] if program == "I1/selection/a" else []

    view = SimpleNamespace(
        state=state,
        repeats=lambda number, phase, improver: [repeat] if phase == repeat.phase else [],
        under_way=lambda number, phase, improver: [],
        asked_for=asked_for,
    )
    rows = {row.stage: row for row in score_rows(Subject(view, 1, "a"))}  # type: ignore[arg-type]
    assert (rows["afresh"].sign, rows["afresh"].note) == (
        "⚠",
        "⚠ suspicious: same answer every time",
    )
    assert rows["tried"].note == "⚠ suspicious: branches on the instance"
