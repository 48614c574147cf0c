"""`stop-tui cost RUN`: what a run has cost by meta-iteration and candidate, and what may come."""

import argparse
from collections.abc import Iterator
from pathlib import Path

from stop_tui.commands.output import print_json, print_table
from stop_tui.core.analysis.strategies import main_strategy
from stop_tui.core.forecast import Forecast, forecast
from stop_tui.core.spending import Spent
from stop_tui.core.state import Iteration, State, fold, spent_by_improver
from stop_tui.presentation.costs import (
    cost_as_json,
    cost_words,
    forecast_words,
    short_tokens,
    short_usd,
)
from stop_tui.store.journal import Journal
from stop_tui.workspace import find_workspace


def main(options: argparse.Namespace) -> int:
    """Print what the journal says of the run's calls, answered or not."""
    with Journal.open(find_workspace(Path.cwd()).journal, create=False) as journal:
        state = fold(event for _, event in journal.events(options.run))
    if options.json:
        print_json(_as_json(state))
        return 0
    if state.iterations:
        print_table(
            None,
            ("iteration", "program", "strategy", "LM calls", "responses", "tokens", "cost"),
            [row for iteration in state.iterations.values() for row in _rows(iteration)],
            numbers="3456",
            least="2435",
        )
    print(f"{state.settings.name}: {cost_words(state.spent)}")
    if state.spent.untold:
        print("Not all is known: tries ended without an answer, and may have been charged for.")
    coming = forecast(state)
    if coming is not None and state.current is not None:
        print(f"The rest of I{state.current.number}: {forecast_words(coming)}")
    return 0


def _rows(iteration: Iteration) -> Iterator[tuple[str, ...]]:
    """A meta-iteration, and below it the programs whose runs make it up."""
    yield (f"I{iteration.number}", "all", "", *_figures(iteration.spent))
    for name, strategy, spent in _programs(iteration):
        yield ("", name, strategy, *_figures(spent))


def _programs(iteration: Iteration) -> Iterator[tuple[str, str, Spent]]:
    """The incumbent, on itself and measured afresh, then the candidates; with their strategy."""
    spent = spent_by_improver(iteration)
    yield "incumbent", "", spent.get(iteration.incumbent[:16], Spent())
    for source, candidate in iteration.candidates.items():
        if source != iteration.incumbent:
            name = f"candidate {candidate.number}"
            yield name, main_strategy(candidate.strategies), spent.get(source[:16], Spent())


def _figures(spent: Spent) -> tuple[str, ...]:
    return (
        f"{spent.lm_calls:,}",
        f"{spent.responses:,}",
        short_tokens(spent),
        short_usd(spent),
    )


def _as_json(state: State) -> dict[str, object]:
    return {
        "run": state.settings.name,
        **cost_as_json(state.spent),
        "untold": state.spent.untold,
        "iterations": [_iteration(each) for each in state.iterations.values()],
        "forecast": _forecast(forecast(state)),
    }


def _iteration(iteration: Iteration) -> dict[str, object]:
    spent = spent_by_improver(iteration)
    return {
        "iteration": iteration.number,
        **cost_as_json(iteration.spent),
        "incumbent": cost_as_json(spent.get(iteration.incumbent[:16], Spent())),
        "candidates": [
            {
                "candidate": candidate.number,
                "source": source,
                **cost_as_json(spent.get(source[:16], Spent())),
            }
            for source, candidate in iteration.candidates.items()
        ],
    }


def _forecast(coming: Forecast | None) -> dict[str, object] | None:
    if coming is None:
        return None
    return {
        "responses_at_most": coming.responses_at_most,
        "repeats": coming.repeats,
        "tokens": coming.tokens,
        "cost_usd": coming.usd,
    }
