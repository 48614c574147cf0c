"""What is under way is in the journal from the moment on at which it begins."""

import asyncio
from dataclasses import dataclass, field

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
    RETURNS_SEED,
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


@dataclass
class Watched:
    """A run to its end, with what could be seen on the way."""

    events: list[ev.AnyEvent] = field(default_factory=list)
    in_flight: list[tuple[int, int]] = field(default_factory=list)
    prompts: list[str] = field(default_factory=list)


@pytest.fixture(scope="module")
def watched(tmp_path_factory):
    workspace = tiny_workspace(tmp_path_factory.mktemp("watched"), ASKS)
    found = Watched()

    def listen(event: ev.AnyEvent, state: State) -> None:
        found.in_flight.append((len(state.repeats_in_flight), len(state.calls_in_flight)))

    class Reading(Scripted):
        async def complete(self, request, heard=None):
            with Journal.open(workspace.journal, create=False) as journal:
                (_, sent), *_ = journal.events_of("tiny", ev.ModelCallSent)
                found.prompts.append(journal.text(sent.prompt))
            return await super().complete(request, heard)

    settings = tiny_settings(concurrency=2, execute_gate=True)
    found.events = start(workspace, settings, model=Reading(), listeners=[listen])
    return found


def test_every_repeat_and_call_is_journalled_when_it_begins(watched):
    for begun, ended, key in (
        (ev.RepeatStarted, ev.RepeatFinished, repeat_key),
        (ev.ModelCallSent, ev.ModelCalled, call_key),
    ):
        started = {key(e): i for i, e in enumerate(watched.events) if isinstance(e, begun)}
        finished = {key(e): i for i, e in enumerate(watched.events) if isinstance(e, ended)}
        assert finished and started.keys() == finished.keys()
        assert all(started[each] < finished[each] for each in finished)
    assert max(repeats for repeats, _ in watched.in_flight) > 1
    assert max(calls for _, calls in watched.in_flight) >= 1
    assert watched.in_flight[-1] == (0, 0)


def test_the_prompt_of_a_call_can_be_read_before_it_is_answered(watched):
    assert set(watched.prompts) == {"expert\n\nimprove"}


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


def run_by_one_who_thinks_for_an_hour(workspace):
    """A run that may take ten minutes."""

    def think():
        loop = asyncio.get_running_loop()
        before = loop.time
        loop.time = lambda: before() + 3600.0

    settings = tiny_settings(
        iterations=2, repeats=1, execute_gate=True, limits=ev.Limits(seconds=600.0)
    )
    return start(workspace, settings, gate=Human(think))


def test_a_human_is_awaited_from_the_question_to_the_answer(tmp_path):
    """And the time for which they think is not the run's."""
    events = run_by_one_who_thinks_for_an_hour(tiny_workspace(tmp_path, ASKS))

    kinds = (ev.DecisionAwaited, ev.ExecutionDecided, ev.DecisionMade)
    asked = [e for e in events if isinstance(e, kinds)]
    iterations = (asked[:4], asked[4:])
    for each, proposal in zip(iterations, (BETTER, RETURNS_SEED), strict=True):
        assert [type(e) for e in each] == [
            ev.DecisionAwaited,
            ev.ExecutionDecided,
            ev.DecisionAwaited,
            ev.DecisionMade,
        ]
        questions = [e.question for e in of_kind(each, ev.DecisionAwaited)]
        assert questions == ["execution", "proposal"]
        assert {e.source for e in each} == {text_hash(proposal)}
    assert isinstance(events[-1], ev.RunFinished)


def test_a_human_is_awaited_after_a_failure(tmp_path):
    """And the time for which they think is not the run's."""
    events = run_by_one_who_thinks_for_an_hour(tiny_workspace(tmp_path, FAILS))

    kinds = [type(e) for e in events[-4:]]
    assert kinds == [ev.IterationFailed, ev.DecisionAwaited, ev.SteppedBack, ev.RunFinished]
    awaited = of_kind(events, ev.DecisionAwaited)
    assert [(e.question, e.source) for e in awaited] == [("failure", text_hash(FAILS))] * 2


def test_a_gate_that_decides_by_itself_is_not_awaited(watched):
    assert of_kind(watched.events, ev.DecisionAwaited) == []


def test_a_gate_that_decides_by_itself_is_not_awaited_after_a_failure(tmp_path):
    workspace = tiny_workspace(tmp_path, FAILS)
    events = start(workspace, tiny_settings(execute_gate=True))
    assert of_kind(events, ev.IterationFailed)
    assert of_kind(events, ev.DecisionAwaited) == []


def test_a_decision_that_was_left_is_awaited_again(tmp_path):
    def leave():
        raise DecisionLeft("later")

    workspace = tiny_workspace(tmp_path, ASKS)
    with pytest.raises(DecisionLeft):
        start(workspace, tiny_settings(repeats=1), gate=Human(leave))
    state = fold(journalled(workspace, "tiny"))
    assert (state.status, state.cause, state.awaited) == (Status.PAUSED, "user", None)

    events = resume(workspace, gate=Human())
    assert len(of_kind(events, ev.DecisionAwaited)) == 2
    assert len(of_kind(events, ev.RepeatStarted)) == len(of_kind(events, ev.RepeatFinished))


def test_work_after_a_decision_uses_the_limit_of_wall_time_up_again(tmp_path):
    endless = "def improve_algorithm(s, u, m):\n    while True: pass\n"
    workspace = tiny_workspace(tmp_path, finds(MIDDLING_SOLUTION, proposes=endless))
    settings = tiny_settings(execute_gate=True, limits=ev.Limits(seconds=3.0))
    with pytest.raises(LimitReached, match="wall time"):
        start(workspace, settings, gate=Human())
