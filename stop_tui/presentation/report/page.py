"""Puts the page together: what is to be seen first, then a section for each part."""

from collections.abc import Iterator
from datetime import UTC, datetime

from stop_tui import __version__
from stop_tui.core.events import Estimate
from stop_tui.core.verdicts import Isolation
from stop_tui.presentation.conditions import FINISHED, condition, why
from stop_tui.presentation.costs import short_tokens, usd_words
from stop_tui.presentation.figures import counted, figure, signed
from stop_tui.presentation.history import points
from stop_tui.presentation.overview import began, iterations_done
from stop_tui.presentation.report.attempts import attempts
from stop_tui.presentation.report.blocks import Block, Notice, Page, Tiles
from stop_tui.presentation.report.curve import curve
from stop_tui.presentation.report.decisions import decisions
from stop_tui.presentation.report.record import Record
from stop_tui.presentation.report.settings import model, settings
from stop_tui.presentation.report.spending import spending
from stop_tui.presentation.report.strategies import strategies
from stop_tui.presentation.report.suspicious import suspicious
from stop_tui.presentation.report.transfer import transfer
from stop_tui.presentation.report.versions import versions


def page(record: Record) -> Page:
    """All that the journal says of the run, for people who were not there."""
    state = record.state
    chosen = state.settings
    tasks = record.words(", ".join(chosen.tasks), 120)
    return Page(
        title=record.words(chosen.name, 80),
        line=f"{tasks} · {model(record)} · begun {began(state):%Y-%m-%d}",
        opening=(*_notices(record), Tiles(tuple(_tiles(record)))),
        sections=(
            settings(record),
            curve(record),
            versions(record),
            strategies(record),
            decisions(record),
            transfer(record),
            attempts(record),
            suspicious(record),
            spending(record),
        ),
        closing=(
            f"From {counted(state.events, 'event')} of the run's journal, the last of "
            f"{datetime.fromtimestamp(state.at, UTC):%Y-%m-%d %H:%M} UTC. stop-tui {__version__}."
        ),
    )


def _notices(record: Record) -> Iterator[Block]:
    state = record.state
    if state.settings.model == "offline":
        yield Notice(
            "Offline model: recorded responses, no language model",
            "The offline model answers with responses that were recorded, chosen by a seed. It is "
            "no language model, so the figures on this page say nothing about any.",
        )
    if state.isolation is not None and state.isolation is not Isolation.FULL:
        missing = "; ".join(record.words(item, 100) for item in state.missing)
        yield Notice(f"Isolation was {state.isolation.value}", missing or "Not all was tested.")
    standing = condition(state, record.driver)
    if standing != FINISHED:
        done = f"{iterations_done(state)} of {state.settings.iterations}"
        yield Notice(
            f"This run is not complete: {standing.word}",
            f"{done} meta-iterations are over. {record.words(why(state, standing))}".rstrip(),
        )


def _tiles(record: Record) -> Iterator[tuple[str, str, str]]:
    state = record.state
    over = counted(iterations_done(state), "meta-iteration")
    accepted = sum(number > 0 for number in state.versions)
    yield "versions accepted", f"{accepted:,}", f"in {over}"
    found = points(state)
    if found:
        first, last = found[0], found[-1]
        between = f"from I{first.iteration} to I{last.iteration}"
        yield "validation", *_figures(first.val, last.val, between)
        if last.test is None or first.test is None:
            yield "test", "sealed", "until the decision"
        else:
            yield "test", *_figures(first.test, last.test, between)
    candidates = sum(len(iteration.candidates) for iteration in state.iterations.values())
    yield "candidates", f"{candidates:,}", f"{counted(len(record.audit.cases), 'attempt')} noted"
    spent = state.spent
    yield "cost", usd_words(spent), f"{short_tokens(spent)} tokens, {spent.lm_calls:,} LM calls"


def _figures(first: Estimate, last: Estimate, between: str) -> tuple[str, str]:
    """The last figure, and below it its standard error and how it changed from the first."""
    error = "" if last.standard_error is None else f"± {figure(last.standard_error)}, "
    return figure(last.mean), f"{error}{signed(last.mean - first.mean)} {between}"
