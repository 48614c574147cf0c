"""What the panel beside the list of runs says of the run under the cursor, as lines of text."""

import time
from collections.abc import Iterator

from textual.content import Content

from stop_tui.core.errors import StopError
from stop_tui.core.forecast import forecast
from stop_tui.core.plain_text import one_line, plain
from stop_tui.core.state import State, Status
from stop_tui.core.verdicts import Isolation
from stop_tui.presentation.budgets import budget_words, limit_words
from stop_tui.presentation.conditions import Condition, why
from stop_tui.presentation.costs import forecast_words, short_usd, token_words, usd_words
from stop_tui.presentation.figures import clock, counted, with_error
from stop_tui.presentation.history import Step, steps
from stop_tui.presentation.lines import model_label, under_way
from stop_tui.tui.runs.run_words import GATES, ago, decision_open

NAMES = 13
"""Cells for the name of a fact."""

LONGEST = 4_000
"""Characters of an error, and of what can be done about it."""

VERSIONS = 8
"""Meta-iterations shown, the newest first."""


def told(error: StopError) -> list[Content]:
    """An error made for the user, in full."""
    message, hint = plain(error.message, limit=LONGEST), plain(error.hint or "", limit=LONGEST)
    lines = [Content.styled(f"✗ {line}", "bold") for line in message.split("\n")]
    return lines + [Content(line) for line in hint.split("\n") if line]


def details(state: State, standing: Condition, resume_key: str, width: int) -> list[Content]:
    """A run: why it stands still, its settings, what it has spent and its last versions; facts
    are wrapped to `width` cells, beside their names."""
    lines = [*_now(state, standing, resume_key), Content("")]
    for name, text in _facts(state):
        lines += _fact(name, text, width)
    lines += [Content(""), Content.styled("Meta-iterations, newest first", "bold")]
    lines += [_step(step, standing, state) for step in reversed(steps(state)[-VERSIONS:])]
    return lines


def _now(state: State, standing: Condition, resume_key: str) -> Iterator[Content]:
    reason = why(state, standing)
    yield Content.assemble((str(standing), "bold"), f": {reason}" if reason else "")
    current = state.current
    if state.status is Status.RUNNING and current is not None and standing.sign in "▶?▷":
        yield Content(under_way(state, current))
    if standing.sign != "‖":
        return
    number = decision_open(state)
    if number is not None:
        yield Content.assemble((f"? The proposal of I{number} waits for your decision.", "bold"))
    yield Content.assemble((resume_key, "bold"), " goes on with it; what was paid for is kept.")


def _facts(state: State) -> Iterator[tuple[str, str]]:
    settings, spent = state.settings, state.spent
    if state.isolation is not None and state.isolation is not Isolation.FULL:
        missing = "; ".join(one_line(item, 100) for item in state.missing)
        yield "⚠ isolation", f"{state.isolation.value}: {missing}"
    yield "tasks", one_line(", ".join(settings.tasks), 300)
    yield "model", model_label(settings.model)
    asks = "; also asks before a candidate's code runs" if settings.execute_gate else ""
    yield "gate", f"{settings.gate}: {GATES[settings.gate]}{asks}"
    yield (
        "length",
        f"{counted(settings.iterations, 'meta-iteration')}, "
        f"{counted(settings.repeats, 'repeat')} a task, seed {settings.seed}",
    )
    yield "starts from", one_line(settings.start, 100)
    yield "budget", budget_words(settings)
    yield "limits", limit_words(state.limits)
    yield (
        "spent",
        f"{counted(spent.lm_calls, 'LM call')}, {token_words(spent)}, "
        f"{usd_words(spent)}, {clock(state.seconds)} of work",
    )
    coming = None if settings.model == "offline" else forecast(state)
    if coming is not None and state.current is not None:
        yield f"rest of I{state.current.number}", forecast_words(coming)
    assert state.started is not None, "a run that is shown has begun"
    yield "started", f"{time.strftime('%Y-%m-%d %H:%M', time.localtime(state.started.at))}"
    yield "last event", f"{ago(state.at)}; {counted(state.events, 'event')} in the journal"


def _fact(name: str, text: str, width: int) -> list[Content]:
    style = "bold $text-warning" if name.startswith("⚠") else "$text-muted"
    lines = Content(text).wrap(max(width - NAMES, 20))
    named = Content.styled(f"{name:<{NAMES}}", style)
    return [Content.assemble(named, lines[0]), *(line.pad_left(NAMES) for line in lines[1:])]


def _step(step: Step, standing: Condition, state: State) -> Content:
    sign, word = step.sign, step.word
    if sign == "◌" and standing.sign == "‖":  # as far as the journal knows it is running
        sign, word = standing.sign, standing.word
    value = "" if step.meta_utility is None else f"  {with_error(step.meta_utility)}"
    strategy = f"  {one_line(step.strategy, 60)}" if step.strategy else ""
    iteration = state.iterations.get(step.number)
    paid = iteration is not None and state.settings.model != "offline"
    cost = f"  {short_usd(iteration.spent)}" if iteration is not None and paid else ""
    return Content(f"{sign} I{step.number:<3} {word:<11}{value}{cost}{strategy}")
