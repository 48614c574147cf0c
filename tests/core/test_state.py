"""The fold: total, deterministic, and the same however often a fact is repeated."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stop_tui.core import events as ev
from stop_tui.core.state import State, Status, fold
from stop_tui.core.verdicts import Isolation, Verdict

SETTINGS = ev.Settings(name="run", iterations=3)
STARTED = ev.RunStarted(settings=SETTINGS, source="seed", tasks={"lpn": "u"}, at=1.0)

names = st.sampled_from(["seed", "a", "b", "c"])
numbers = st.integers(1, 3)
unit = st.floats(0, 1)
estimates = st.builds(ev.Estimate, unit, st.none(), st.none(), st.none(), st.integers(1, 9))
findings = st.lists(
    st.builds(ev.Finding, st.text(max_size=8), st.just((1,)), st.text(max_size=8)), max_size=2
).map(tuple)

later_events = st.one_of(
    st.builds(ev.IsolationTested, level=st.sampled_from(Isolation)),
    st.builds(ev.IterationStarted, iteration=numbers, incumbent=names, attempt=st.integers(1, 3)),
    st.builds(
        ev.CandidateProposed,
        iteration=numbers,
        candidate=st.integers(1, 5),
        source=names,
        strategies=findings,
        warnings=findings,
    ),
    st.builds(
        ev.SolutionScored,
        task=st.just("lpn"),
        split=st.sampled_from(["val", "test"]),
        phase=st.just("selection"),
        source=names,
        utility=unit,
        instances=st.just((ev.InstanceScore(1.0, Verdict.OK, 0.1),)),
    ),
    st.builds(
        ev.ModelCallSent,
        program=st.sampled_from(["I1", "I2/selection/a/lpn/r1"]),
        request=names,
        occurrence=st.integers(0, 2),
        prompt=names,
        model=st.just("m"),
        n=st.just(1),
        temperature=st.just(0.7),
    ),
    st.builds(
        ev.ModelCalled,
        program=st.sampled_from(["I1", "I2/selection/a/lpn/r1", "odd", "I", ""]),
        request=names,
        occurrence=st.integers(0, 2),
        prompt=names,
        responses=st.just(("r",)),
        model=st.just("m"),
        n=st.just(1),
        temperature=st.just(0.7),
        prompt_tokens=st.one_of(st.none(), st.integers(0, 9)),
        completion_tokens=st.one_of(st.none(), st.integers(0, 9)),
        cost_usd=st.one_of(st.none(), st.floats(0, 1)),
    ),
    st.builds(
        ev.ModelCallLost,
        program=st.sampled_from(["I1", "I2/selection/a/lpn/r1"]),
        request=names,
        occurrence=st.integers(0, 2),
    ),
    st.builds(
        ev.SandboxEvent,
        program=st.sampled_from(["I1", "I2/x"]),
        source=names,
        trust=st.sampled_from(["verified", "reported"]),
        what=st.text(max_size=8),
    ),
    st.builds(
        ev.RepeatStarted,
        iteration=numbers,
        phase=st.just("selection"),
        improver=names,
        task=st.just("lpn"),
        repeat=st.integers(1, 3),
    ),
    st.builds(
        ev.RepeatFinished,
        iteration=numbers,
        phase=st.just("selection"),
        improver=names,
        task=st.just("lpn"),
        repeat=st.integers(1, 3),
        val=unit,
    ),
    st.builds(
        ev.CandidateEvaluated,
        iteration=numbers,
        candidate=st.integers(1, 5),
        source=names,
        meta_utility=estimates,
    ),
    st.builds(ev.ProposalReturned, iteration=numbers, source=names),
    st.builds(
        ev.DecisionAwaited,
        iteration=numbers,
        question=st.sampled_from(["proposal", "execution", "failure"]),
        source=names,
    ),
    st.builds(
        ev.ExecutionDecided, iteration=numbers, source=names, allowed=st.booleans(), by=st.just("h")
    ),
    st.builds(
        ev.DecisionMade,
        iteration=numbers,
        choice=st.sampled_from(["approve", "reject", "choose", "edit", "more-repeats"]),
        source=names,
        by=st.just("auto"),
    ),
    st.builds(ev.VersionCommitted, iteration=numbers, source=names, commit=st.just("c0ffee")),
    st.builds(ev.IterationFailed, iteration=numbers, reason=st.text(max_size=9)),
    st.builds(ev.SteppedBack, iteration=numbers, source=names, by=st.just("h")),
    st.builds(ev.TestRevealed, iteration=numbers, by=st.just("h")),
    st.builds(
        ev.RunPaused,
        reason=st.text(max_size=9),
        cause=st.sampled_from(["", "user", "stepped", "limit", "outage", "error"]),
    ),
    st.builds(ev.RunResumed),
    st.builds(ev.RunFinished),
)
histories = st.lists(later_events, max_size=40).map(lambda later: [STARTED, *later])


@given(histories)
def test_events_survive_being_stored(history):
    stored = [ev.decode(ev.encode(event)) for event in history]
    assert stored == history
    assert fold(stored) == fold(history)


@given(histories, st.integers(0, 40))
def test_folding_on_is_the_same_as_folding_anew(history, cut):
    state = fold(history[: cut + 1])
    for event in history[cut + 1 :]:
        state.fold(event)
    assert state == fold(history)


@given(histories)
def test_the_incumbent_is_the_seed_or_was_accepted_or_stepped_back_to(history):
    state = fold(history)
    accepted = {event.source for event in history if isinstance(event, ev.VersionCommitted)}
    stepped = {event.source for event in history if isinstance(event, ev.SteppedBack)}
    assert state.incumbent in {"seed"} | accepted | stepped


@given(histories)
def test_the_runs_spending_is_what_was_called(history):
    calls = [event for event in history if isinstance(event, ev.ModelCalled)]
    spent = fold(history).spent
    assert spent.lm_calls == len(calls)
    assert spent.responses == sum(len(call.responses) for call in calls)
    if any(call.cost_usd is None for call in calls):
        assert spent.usd is None
    assert spent.usd_at_least == pytest.approx(sum(call.cost_usd or 0.0 for call in calls))


def test_beginning_again_keeps_what_was_spent_and_drops_what_was_found():
    call = ev.ModelCalled(
        program="I1",
        request="q",
        occurrence=0,
        prompt="p",
        responses=("r",),
        model="m",
        n=1,
        temperature=0.7,
    )
    state = fold(
        [
            STARTED,
            ev.IterationStarted(iteration=1, incumbent="seed"),
            call,
            ev.CandidateProposed(iteration=1, candidate=1, source="a"),
            ev.IterationStarted(iteration=1, incumbent="seed", attempt=2),
        ]
    )
    iteration = state.iterations[1]
    assert iteration.candidates == {}
    assert iteration.spent.lm_calls == 1
    assert iteration.attempt == 2


def test_a_program_that_is_run_again_attempts_nothing_new():
    attempt = ev.SandboxEvent(program="I1", source="a", trust="reported", what="socket")
    state = fold([STARTED, ev.IterationStarted(iteration=1, incumbent="seed"), attempt, attempt])
    assert state.sandbox_events == 1
    assert len(state.iterations[1].sandbox_events) == 1


def test_time_stands_still_while_a_run_is_paused():
    state = fold(
        [
            STARTED,
            ev.IterationStarted(iteration=1, incumbent="seed", at=4.0),
            ev.RunPaused(reason="limit", at=6.0),
            ev.RunResumed(at=100.0),
            ev.RunFinished(at=101.0),
        ]
    )
    assert state.seconds == 6.0
    assert state.status is Status.FINISHED


def test_a_run_without_events_has_no_settings():
    assert State().started is None


ITERATION = ev.IterationStarted(iteration=1, incumbent="seed")
CANDIDATE = ev.CandidateProposed(iteration=1, candidate=1, source="a")


def repeat(kind, number=1, iteration=1, **rest):
    phase, improver = "selection", "a"
    return kind(
        iteration=iteration, phase=phase, improver=improver, task="lpn", repeat=number, **rest
    )


def sent(program="I1", occurrence=0):
    return ev.ModelCallSent(
        program=program,
        request="q",
        occurrence=occurrence,
        prompt="p",
        model="m",
        n=1,
        temperature=0.7,
    )


def answer(call):
    return ev.ModelCalled(
        program=call.program,
        request=call.request,
        occurrence=call.occurrence,
        prompt=call.prompt,
        responses=("r",),
        model="m",
        n=1,
        temperature=0.7,
    )


def awaited(question="proposal", at=0.0):
    return ev.DecisionAwaited(iteration=1, question=question, source="a", at=at)


@given(
    histories,
    st.sampled_from(
        [ev.RunPaused(reason="", cause="user"), ev.RunResumed(), ev.RunFinished(reason="")]
    ),
)
def test_nothing_is_under_way_when_a_run_stops_or_goes_on(history, end):
    state = fold([*history, end])
    assert not state.repeats_in_flight
    assert not state.calls_in_flight
    assert state.awaited is None


def test_a_repeat_is_in_flight_from_its_start_to_its_end():
    events = [STARTED, ITERATION, repeat(ev.RepeatStarted, 1), repeat(ev.RepeatStarted, 2)]
    state = fold(events)
    assert state.repeats_in_flight == {
        (1, "selection", "a", "lpn", 1),
        (1, "selection", "a", "lpn", 2),
    }
    state.fold(repeat(ev.RepeatFinished, 1, val=0.5))
    assert state.repeats_in_flight == {(1, "selection", "a", "lpn", 2)}


def test_a_call_is_in_flight_until_it_is_answered():
    first, second = sent(occurrence=0), sent(occurrence=1)
    state = fold([STARTED, ITERATION, first, second, answer(first)])
    assert state.calls_in_flight == {("I1", "q", 1): second}
    assert state.spent.lm_calls == 1


@pytest.mark.parametrize(
    "end",
    [
        ev.ProposalReturned(iteration=1, source="b"),
        ev.IterationFailed(iteration=1, reason="it returned nothing"),
        ev.IterationStarted(iteration=1, incumbent="seed", attempt=2),
        ev.DecisionMade(iteration=1, choice="reject", source="a", by="h"),
    ],
)
def test_when_the_incumbent_has_ended_its_repeats_are_over_and_its_calls_go_on(end):
    other = repeat(ev.RepeatStarted, iteration=2)
    events = [STARTED, ITERATION, repeat(ev.RepeatStarted), other, sent(), awaited("execution")]
    state = fold([*events, end])
    assert state.repeats_in_flight == {(2, "selection", "a", "lpn", 1)}
    assert len(state.calls_in_flight) == 1
    assert state.awaited is None


@pytest.mark.parametrize(
    ("question", "answered"),
    [
        ("proposal", ev.DecisionMade(iteration=1, choice="approve", source="a", by="h")),
        ("proposal", ev.DecisionMade(iteration=1, choice="more-repeats", source="a", by="h")),
        ("execution", ev.ExecutionDecided(iteration=1, source="a", allowed=True, by="h")),
        ("failure", ev.SteppedBack(iteration=1, source="seed", by="h")),
    ],
)
def test_a_decision_is_awaited_until_it_is_made(question, answered):
    state = fold([STARTED, ITERATION, awaited(question)])
    assert state.awaited == awaited(question)
    state.fold(answered)
    assert state.awaited is None


def test_time_stands_still_while_a_human_thinks():
    state = fold(
        [
            STARTED,
            ev.ProposalReturned(iteration=1, source="a", at=4.0),
            awaited(at=5.0),
            ev.TestRevealed(iteration=1, by="h", at=50.0),
            ev.DecisionMade(iteration=1, choice="reject", source="a", by="h", at=100.0),
            ev.RunFinished(at=102.0),
        ]
    )
    assert state.seconds == 6.0


@pytest.mark.parametrize(
    "end",
    [
        ev.ProposalReturned(iteration=1, source="b"),
        ev.IterationFailed(iteration=1, reason="it was killed"),
    ],
)
def test_candidates_that_the_incumbent_did_not_wait_for_are_abandoned(end):
    estimate = ev.Estimate(0.5, None, None, None, 1)
    later = ev.CandidateProposed(iteration=1, candidate=4, source="d")
    state = fold(
        [
            STARTED,
            ITERATION,
            CANDIDATE,
            ev.CandidateProposed(iteration=1, candidate=2, source="b"),
            ev.CandidateProposed(iteration=1, candidate=3, source="c"),
            ev.CandidateEvaluated(iteration=1, candidate=2, source="b", meta_utility=estimate),
            ev.ExecutionDecided(iteration=1, source="c", allowed=False, by="h"),
            end,
            later,
        ]
    )
    candidates = state.iterations[1].candidates
    # b was evaluated, c was not allowed to run, and d came after the end, to be measured.
    assert [c.source for c in candidates.values() if c.abandoned] == ["a"]


def test_a_pause_says_why_until_the_run_goes_on():
    state = fold([STARTED, ev.RunPaused(reason="5 calls", cause="limit")])
    assert (state.reason, state.cause) == ("5 calls", "limit")
    state.fold(ev.RunResumed())
    assert (state.reason, state.cause) == ("", "")


def test_journals_of_earlier_versions_are_readable():
    paused = ev.decode(b'{"kind":"run-paused","at":1.0,"v":1,"reason":"interrupted"}')
    assert paused == ev.RunPaused(reason="interrupted", at=1.0)
    scored = ev.decode(
        b'{"kind":"solution-scored","task":"lpn","split":"val","phase":"selection",'
        b'"source":"s","utility":0.5,"instances":[]}'
    )
    assert isinstance(scored, ev.SolutionScored)
    assert scored.program == ""
