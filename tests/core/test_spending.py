"""What is spent is counted once, and what is unknown of it never counts as nothing."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stop_tui.core import events as ev
from stop_tui.core.spending import Spent, total
from stop_tui.core.state import fold, spent_by

STARTED = ev.RunStarted(settings=ev.Settings(name="run", model="fast"), source="s", tasks={})
BEGUN = ev.IterationStarted(iteration=1, incumbent="s" * 64)


def sent(program: str = "I1", occurrence: int = 0, model: str = "fast") -> ev.ModelCallSent:
    return ev.ModelCallSent(
        program=program,
        request="q",
        occurrence=occurrence,
        prompt="p",
        model=model,
        n=1,
        temperature=0.7,
    )


def called(program: str = "I1", occurrence: int = 0, **changes: object) -> ev.ModelCalled:
    fields: dict[str, object] = {
        "responses": ("r",),
        "prompt_tokens": 10,
        "completion_tokens": 20,
        "cost_usd": 0.5,
        **changes,
    }
    return ev.ModelCalled(
        program=program,
        request="q",
        occurrence=occurrence,
        prompt="p",
        model="fast (served)",
        n=1,
        temperature=0.7,
        **fields,  # type: ignore[arg-type]
    )


def lost(occurrence: int = 0, **changes: object) -> ev.ModelCallLost:
    return ev.ModelCallLost(program="I1", request="q", occurrence=occurrence, **changes)  # type: ignore[arg-type]


def test_calls_that_failed_count_with_what_they_used() -> None:
    spent = fold([STARTED, called(), called(occurrence=1, responses=(), error="cut off")]).spent
    assert (spent.lm_calls, spent.responses, spent.tokens, spent.usd) == (2, 1, 60, 1.0)


@pytest.mark.parametrize(
    ("call", "tokens", "usd"),
    [
        (called(cost_usd=None), 60, None),
        (called(prompt_tokens=None), None, 1.0),
        (called(untold=1), None, None),
        (lost(), None, None),
        (lost(untold=0, prompt_tokens=10, completion_tokens=20, cost_usd=0.5), 60, 1.0),
        (called(responses=(), error="refused", prompt_tokens=None, cost_usd=0.0), 50, 0.5),
    ],
    ids=["no price", "no count", "a try broke off", "lost", "lost and told", "refused for nothing"],
)
def test_a_sum_with_an_unknown_part_is_unknown_and_at_least_the_rest(call, tokens, usd) -> None:
    spent = Spent().plus(called()).plus(call)
    assert (spent.tokens, spent.usd) == (tokens, usd)
    assert spent.tokens_at_least >= 30 and spent.usd_at_least >= 0.5


def test_what_broke_off_cost_nothing_where_everything_costs_nothing() -> None:
    assert Spent().plus(called(cost_usd=0.0)).plus(lost()).usd == 0.0
    assert Spent().plus(lost()).usd is None


@given(st.lists(st.sampled_from([called(), called(cost_usd=None), lost(), called(untold=2)])))
def test_parts_add_up_to_the_whole(calls) -> None:
    whole = Spent()
    for call in calls:
        whole = whole.plus(call)
    assert total(Spent().plus(call) for call in calls) == whole


def test_a_call_that_a_pause_or_the_end_of_the_process_cut_off_may_have_been_charged_for() -> None:
    state = fold([STARTED, BEGUN, called(), sent(occurrence=1), ev.RunPaused(reason="")])
    assert (state.spent.untold, state.spent.usd, state.spent.usd_at_least) == (1, None, 0.5)
    state.fold(ev.RunResumed())
    state.fold(sent(occurrence=1))
    state.fold(called(occurrence=1))
    assert (state.spent.untold, state.spent.lm_calls) == (1, 2)
    assert state.iterations[1].spent == state.spent


def test_sending_again_what_is_in_flight_counts_the_first_time_as_lost() -> None:
    """As a replay has it, which knows of no pause."""
    assert fold([STARTED, sent(), sent(), called()]).spent.untold == 1


def test_what_the_journal_says_was_lost_is_not_lost_twice() -> None:
    state = fold([STARTED, sent(), lost(untold=0), ev.RunPaused(reason="")])
    assert (state.spent.untold, state.calls_in_flight) == (0, {})


def test_the_offline_model_charges_for_nothing() -> None:
    assert fold([STARTED, sent(model="offline"), ev.RunPaused(reason="")]).spent == Spent()


def test_every_improver_has_its_own_costs_and_together_they_are_the_meta_iterations() -> None:
    seed, other = "s" * 64, "c" * 64
    state = fold(
        [
            STARTED,
            BEGUN,
            called("I1"),
            called(f"I1/selection/{other[:16]}/lpn/r1", cost_usd=0.25),
            called(f"I1/measure/{other[:16]}/lpn/r1", cost_usd=None),
            called(f"I1/measure/{seed[:16]}/lpn/r1", cost_usd=1.0),
        ]
    )
    iteration = state.iterations[1]
    assert spent_by(iteration, seed).usd == 1.5
    assert (spent_by(iteration, other).usd, spent_by(iteration, other).usd_at_least) == (None, 0.25)
    assert spent_by(iteration, seed).and_also(spent_by(iteration, other)) == iteration.spent
    assert spent_by(iteration, "unknown") == Spent()


def test_beginning_again_keeps_what_each_program_cost() -> None:
    again = ev.IterationStarted(iteration=1, incumbent="s" * 64, attempt=2)
    assert spent_by(fold([STARTED, BEGUN, called(), again]).iterations[1], "s" * 64).usd == 0.5


def test_what_an_interruption_lost_is_apart_from_what_was_answered() -> None:
    calm = fold([STARTED, BEGUN, called()])
    rough = fold([STARTED, BEGUN, sent(), ev.RunPaused(reason=""), ev.RunResumed(), called()])
    assert rough.answered == calm.answered == calm.spent
    assert rough.lost.untold == 1 and rough.spent.usd is None
