"""What a candidate and its meta-iteration cost, where the explorer lists them."""

import asyncio

from textual.app import App

from stop_tui.core import events as ev
from stop_tui.core.state import fold
from stop_tui.tui.runs.run_draft import cost_words
from stop_tui.tui.widgets.candidates import INCUMBENT, Candidates

SEED, ONE = "s" * 64, "a" * 64


def history(usd: float | None, model: str = "fast") -> list[ev.AnyEvent]:
    settings = ev.Settings(name="run", model=model, tasks=("lpn",), repeats=2)
    call = ev.ModelCalled(
        program=f"I1/selection/{ONE[:16]}/lpn/r1",
        request="q",
        occurrence=0,
        prompt="p",
        responses=("r",),
        model=model,
        n=1,
        temperature=0.7,
        prompt_tokens=1000,
        completion_tokens=2000,
        cost_usd=usd,
    )
    return [
        ev.RunStarted(settings=settings, source=SEED, tasks={"lpn": "u"}),
        ev.IterationStarted(iteration=1, incumbent=SEED),
        ev.CandidateProposed(iteration=1, candidate=1, source=ONE),
        call,
        ev.RepeatFinished(
            iteration=1, phase="selection", improver=ONE, task="lpn", repeat=1, val=0.5
        ),
    ]


def shown(usd: float | None, model: str = "fast") -> tuple[str, str, str]:
    """The cost of the incumbent, of the candidate, and what stands below the list."""
    state = fold(history(usd, model))

    async def body() -> tuple[str, str, str]:
        app: App[None] = App()
        async with app.run_test():
            listing = Candidates()
            await app.mount(listing)
            listing.show_iteration(state, state.iterations[1])
            incumbent, candidate = (str(listing._cells(key)[-1]) for key in (INCUMBENT, ONE))
            return incumbent, candidate, str(listing.border_subtitle)

    return asyncio.run(body())


def test_a_candidate_has_its_cost_and_its_meta_iteration_has_a_forecast() -> None:
    # Its other repeat, and two each of proposal and incumbent afresh, are still to come.
    assert shown(0.5) == ("", "$0.50", "0/1 candidate evaluated · $0.50 · likely +$2.50")


def test_an_unknown_price_is_a_question_mark_and_the_forecast_is_of_tokens() -> None:
    assert shown(None) == ("", "?", "0/1 candidate evaluated · ? · likely +15k tok")


def test_the_offline_model_costs_tokens_and_no_money() -> None:
    assert shown(0.0, "offline") == ("", "3,000 tok", "0/1 candidate evaluated")


def test_the_form_says_what_earlier_runs_cost() -> None:
    over = ev.IterationFailed(iteration=1, reason="")
    settings = ev.Settings(name="next", model="fast", tasks=("lpn",), repeats=2, iterations=4)
    lines = cost_words(settings, [fold([*history(0.5), over])])
    assert lines[1] == "Likely about 4 (12,000 tokens, $2.00), as 1 earlier meta-iteration went."
    assert lines[2].startswith("At most $") and "at what a response has cost" in lines[2]
    unknown = cost_words(settings, [fold([*history(None), over])])
    assert "is unknown" in unknown[2] and "$" not in " ".join(unknown)
