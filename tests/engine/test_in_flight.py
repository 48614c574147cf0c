"""What is under way is in the journal from the moment on at which it begins."""

import asyncio

import pytest

from stop_tui.core import events as ev
from stop_tui.core.errors import LimitReached
from stop_tui.core.keys import text_hash
from stop_tui.core.state import State, Status, fold
from stop_tui.engine.gate import AutoGate, Decision, DecisionLeft, Execution, StepBack
from stop_tui.store.journal import Journal
from tests.tiny import (
    GOOD_SOLUTION,
    MIDDLING_SOLUTION,
    Scripted,
    finds,
    journalled,
    resume,
    start,
    tiny_settings,
    tiny_workspace,
)

BETTER = finds(GOOD_SOLUTION, note="better")

ASKS = f"""\
def improve_algorithm(initial_solution, utility, language_model):
    language_model.prompt("expert", "improve", n_responses=2)
    found = {BETTER!r} if "improve_algorithm" in initial_solution else {MIDDLING_SOLUTION!r}
    utility(found)
    return found
"""

FAILS = "def improve_algorithm(initial_solution, utility, language_model):\n    return None\n"


class Human(AutoGate):
    """A human who says yes, after `thinking`."""

    waits = True

    def __init__(self, thinking=lambda: None):
        self.thinking = thinking

    async def decide(self, review):
        self.thinking()
        await asyncio.sleep(0)
        return Decision("approve", "human")

    async def allow(self, source, warnings):
        self.thinking()
        return Execution(True, "human")

    async def after_failure(self, failure):
        self.thinking()
        return StepBack(failure.incumbent, "human")


def of_kind(events, kind):
    return [event for event in events if isinstance(event, kind)]


def call_key(event):
    return (event.program, event.request, event.occurrence)


def repeat_key(event):
    return (event.iteration, event.phase, event.improver, event.task, event.repeat)


def test_every_repeat_and_call_is_journalled_when_it_begins(tmp_path):
    workspace = tiny_workspace(tmp_path, ASKS)
    seen: list[tuple[int, int]] = []

    def listen(event: ev.AnyEvent, state: State) -> None:
        seen.append((len(state.repeats_in_flight), len(state.calls_in_flight)))

    events = start(workspace, tiny_settings(), listeners=[listen])

    for begun, ended, key in (
        (ev.RepeatStarted, ev.RepeatFinished, repeat_key),
        (ev.ModelCallSent, ev.ModelCalled, call_key),
    ):
        started = {key(e): i for i, e in enumerate(events) if isinstance(e, begun)}
        finished = {key(e): i for i, e in enumerate(events) if isinstance(e, ended)}
        assert finished and started.keys() == finished.keys()
        assert all(started[each] < finished[each] for each in finished)
    assert max(repeats for repeats, _ in seen) > 1
    assert max(calls for _, calls in seen) >= 1
    assert seen[-1] == (0, 0)


def test_the_prompt_of_a_call_can_be_read_before_it_is_answered(tmp_path):
    workspace = tiny_workspace(tmp_path, ASKS)
    read = []

    class Reading(Scripted):
        async def complete(self, request, heard=None):
            with Journal.open(workspace.journal, create=False) as journal:
                (_, sent), *_ = journal.events_of("tiny", ev.ModelCallSent)
                read.append(journal.text(sent.prompt))
            return await super().complete(request, heard)

    start(workspace, tiny_settings(), model=Reading())
    assert set(read) == {"expert\n\nimprove"}


def test_what_is_served_from_the_journal_is_not_sent(tmp_path):
    workspace = tiny_workspace(tmp_path, ASKS)
    with pytest.raises(LimitReached):
        start(workspace, tiny_settings(limits=ev.Limits(lm_calls=2)))
    answered = {call_key(call) for call in of_kind(journalled(workspace, "tiny"), ev.ModelCalled)}
    assert answered

    sent = of_kind(resume(workspace, limits=ev.Limits()), ev.ModelCallSent)
    assert all([call_key(call) for call in sent].count(key) == 1 for key in answered)


def test_a_score_says_which_program_asked_for_it_first(tmp_path):
    workspace = tiny_workspace(tmp_path, ASKS)
    events = start(workspace, tiny_settings(repeats=1))

    better, before = text_hash(BETTER)[:16], text_hash(ASKS)[:16]
    assert {e.program for e in of_kind(events, ev.SolutionScored)} == {
        f"I1/selection/{better}/double/r1",
        f"I1/measure/{better}/double/r1",
        f"I1/measure/{before}/double/r1",
    }


def test_a_human_is_awaited_from_the_question_to_the_answer(tmp_path):
    workspace = tiny_workspace(tmp_path, ASKS)
    events = start(workspace, tiny_settings(execute_gate=True), gate=Human())

    kinds = (ev.DecisionAwaited, ev.ExecutionDecided, ev.DecisionMade)
    asked = [e for e in events if isinstance(e, kinds)]
    assert [type(e) for e in asked] == [
        ev.DecisionAwaited,
        ev.ExecutionDecided,
        ev.DecisionAwaited,
        ev.DecisionMade,
    ]
    assert [e.question for e in of_kind(asked, ev.DecisionAwaited)] == ["execution", "proposal"]
    assert {e.source for e in asked} == {text_hash(BETTER)}


def test_a_human_is_awaited_after_a_failure(tmp_path):
    workspace = tiny_workspace(tmp_path, FAILS)
    events = start(workspace, tiny_settings(), gate=Human())

    kinds = [type(e) for e in events[-4:]]
    assert kinds == [ev.IterationFailed, ev.DecisionAwaited, ev.SteppedBack, ev.RunFinished]
    (awaited,) = of_kind(events, ev.DecisionAwaited)
    assert (awaited.question, awaited.source) == ("failure", text_hash(FAILS))


@pytest.mark.parametrize("improver", [ASKS, FAILS], ids=["asks", "fails"])
def test_a_gate_that_decides_by_itself_is_not_awaited(tmp_path, improver):
    workspace = tiny_workspace(tmp_path, improver)
    events = start(workspace, tiny_settings(execute_gate=True))
    assert of_kind(events, ev.DecisionAwaited) == []


def test_a_decision_that_was_left_is_awaited_again(tmp_path):
    def leave():
        raise DecisionLeft("later")

    workspace = tiny_workspace(tmp_path, ASKS)
    with pytest.raises(DecisionLeft):
        start(workspace, tiny_settings(), gate=Human(leave))
    state = fold(journalled(workspace, "tiny"))
    assert (state.status, state.cause, state.awaited) == (Status.PAUSED, "user", None)

    events = resume(workspace, gate=Human())
    assert len(of_kind(events, ev.DecisionAwaited)) == 2
    assert len(of_kind(events, ev.RepeatStarted)) == len(of_kind(events, ev.RepeatFinished))


@pytest.mark.parametrize("improver", [ASKS, FAILS], ids=["asks", "fails"])
def test_the_time_for_which_a_human_thinks_is_not_the_runs(tmp_path, improver):
    def think_for_an_hour():
        loop = asyncio.get_running_loop()
        before = loop.time
        loop.time = lambda: before() + 3600.0

    workspace = tiny_workspace(tmp_path, improver)
    settings = tiny_settings(iterations=2, execute_gate=True, limits=ev.Limits(seconds=600.0))
    events = start(workspace, settings, gate=Human(think_for_an_hour))
    assert isinstance(events[-1], ev.RunFinished)


def test_work_after_a_decision_uses_the_limit_of_wall_time_up_again(tmp_path):
    endless = "def improve_algorithm(s, u, m):\n    while True: pass\n"
    workspace = tiny_workspace(tmp_path, finds(MIDDLING_SOLUTION, proposes=endless))
    settings = tiny_settings(execute_gate=True, limits=ev.Limits(seconds=3.0))
    with pytest.raises(LimitReached, match="wall time"):
        start(workspace, settings, gate=Human())
