"""What each program run cost, folded from events: answered, lost, and never heard of again."""

import pytest

from stop_tui.core import events as ev
from stop_tui.core.transfer_cost import CostByProgram


def sent(program, model="real", occurrence=0):
    return ev.ModelCallSent(
        program=program,
        request="r",
        occurrence=occurrence,
        prompt="p",
        model=model,
        n=2,
        temperature=0.7,
    )


def called(program, occurrence=0):
    return ev.ModelCalled(
        program=program,
        request="r",
        occurrence=occurrence,
        prompt="p",
        responses=("a", "b"),
        model="real",
        n=2,
        temperature=0.7,
        prompt_tokens=10,
        completion_tokens=20,
        cost_usd=0.5,
    )


def cost(*events):
    found = CostByProgram()
    for event in events:
        found.take(event)
    return found


def test_programs_are_told_apart_and_added_up():
    found = cost(sent("a"), called("a"), sent("a", occurrence=1), called("a", 1), called("b"))
    assert (found.of(["a"]).lm_calls, found.of(["a"]).usd) == (2, 1.0)
    assert (found.of(["a", "b"]).responses, found.of(["a", "b"]).tokens) == (6, 90)
    assert found.of(["c"]).lm_calls == 0


@pytest.mark.parametrize(
    "after",
    [ev.RunResumed(), ev.RunPaused(reason="killed"), sent("a")],
    ids=["resumed", "paused", "sent again"],
)
def test_what_was_under_way_when_the_process_ended_is_known_to_have_cost_something(after):
    found = cost(sent("a"), after, called("a")).of(["a"])
    assert (found.lm_calls, found.untold) == (1, 1)
    assert found.usd is None
    assert found.usd_at_least == 0.5


def test_the_offline_model_charges_for_nothing_however_a_call_ends():
    assert cost(sent("a", "offline"), ev.RunResumed()).of(["a"]).untold == 0


def test_an_answer_ends_what_is_under_way():
    assert cost(sent("a"), called("a"), ev.RunResumed()).of(["a"]).untold == 0
