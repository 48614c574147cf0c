"""Where a run stands is worded in one place, and the words are true."""

import pytest

from stop_tui.core import events as ev
from stop_tui.core.state import State, fold
from stop_tui.presentation.conditions import Driver, brief, condition, why
from stop_tui.presentation.history import steps
from stop_tui.presentation.names import candidate_name
from stop_tui.presentation.overview import condition as condition_of
from stop_tui.workspace import create_workspace

STARTED = ev.RunStarted(settings=ev.Settings(name="otter"), source="s", tasks={}, author=("a", "b"))
CANCELLED = ev.RunFinished(reason="cancelled by ada: too dear", by="ada")


def _state(*events: ev.AnyEvent) -> State:
    return fold([STARTED, *events])


@pytest.mark.parametrize(
    ("events", "driver", "asks", "words"),
    [
        ([], "here", False, "▶ running"),
        ([], "here", True, "? waiting for you"),
        ([], "elsewhere", False, "▷ runs elsewhere"),
        ([], "nobody", False, "‖ interrupted"),
        ([ev.RunPaused(reason="interrupted", cause="user")], "nobody", False, "‖ paused"),
        (
            [ev.RunPaused(reason="the limit of tokens is reached", cause="limit")],
            "nobody",
            False,
            "‖ paused: the limit of tokens is reached",
        ),
        ([ev.RunFinished(reason="all meta-iterations done")], "nobody", False, "■ finished"),
        ([CANCELLED], "nobody", False, "■ cancelled by ada: too dear"),
    ],
    ids=["here", "asks", "elsewhere", "killed", "paused", "limit", "finished", "cancelled"],
)
def test_where_a_run_stands(
    events: list[ev.AnyEvent], driver: Driver, asks: bool, words: str
) -> None:
    state = _state(*events)
    standing = condition(state, driver, asks=asks)
    assert brief(state, standing) == words
    assert words.startswith(str(standing))


def test_why_a_run_was_interrupted_or_paused_is_said() -> None:
    killed = _state()
    assert why(killed, condition(killed, "nobody")).startswith("the process that ran it ended")
    paused = _state(ev.RunPaused(reason="interrupted", cause="user"))
    assert why(paused, condition(paused, "nobody")) == "stopped by its user"


def test_a_cancelled_run_is_not_called_finished_or_paused_anywhere(tmp_path) -> None:
    workspace = create_workspace(tmp_path / "workspace")
    state = _state(ev.IterationStarted(iteration=1, incumbent="s"), CANCELLED)
    assert condition_of(workspace, state) == "cancelled"
    assert [(step.sign, step.word) for step in steps(state)][1:] == [("■", "cancelled")]


def test_a_reason_cannot_act_on_the_terminal() -> None:
    state = _state(ev.RunFinished(reason="cancelled by \x1b[31mada", by="ada"))
    assert "\x1b" not in brief(state, condition(state, "nobody"))


def test_a_candidate_is_called_the_same_everywhere() -> None:
    assert candidate_name(4) == "candidate 4"
    assert candidate_name(4, 3) == "candidate 4 of I3"
