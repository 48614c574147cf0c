"""What the panel beside the list of runs says of the run under the cursor, as lines of text."""

import time
from collections.abc import Iterator

from textual.content import Content

from stop_tui.core.errors import StopError
from stop_tui.core.events import Limits, Settings
from stop_tui.core.plain_text import one_line, plain
from stop_tui.core.state import State, Status
from stop_tui.core.verdicts import Isolation
from stop_tui.presentation.figures import clock, counted, money, with_error
from stop_tui.presentation.history import Step, steps
from stop_tui.presentation.lines import model_label, under_way
from stop_tui.tui.runs.run_words import GATES, Standing, ago, decision_open

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


def details(state: State, standing: Standing, resume_key: str, width: int) -> list[Content]:
    """A run: why it stands still, its settings, what it has spent and its last versions; facts
    are wrapped to `width` cells, beside their names."""
    lines = [*_now(state, standing, resume_key), Content("")]
    for name, text in _facts(state):
        lines += _fact(name, text, width)
    lines += [Content(""), Content.styled("Meta-iterations, newest first", "bold")]
    lines += [_step(step, standing) for step in reversed(steps(state)[-VERSIONS:])]
    return lines


def _now(state: State, standing: Standing, resume_key: str) -> Iterator[Content]:
    reason = one_line(state.reason, 200)
    if standing.word == "interrupted":
        reason = "the process that ran it ended before it could pause"
    elif standing.word == "paused" and reason == "interrupted":
        reason = "stopped by its user"
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
        f"{counted(spent.lm_calls, 'LM call')}, {counted(spent.tokens, 'token')}, "
        f"{money(spent.usd)}, {clock(state.seconds)} of work",
    )
    assert state.started is not None, "a run that is shown has begun"
    yield "started", f"{time.strftime('%Y-%m-%d %H:%M', time.localtime(state.started.at))}"
    yield "last event", f"{ago(state.at)}; {counted(state.events, 'event')} in the journal"


def budget_words(settings: Settings) -> str:
    """What one program may spend."""
    budget = settings.budget
    return (
        f"{counted(budget.lm_calls, 'LM call')} of {counted(budget.responses_per_call, 'response')}"
        f", {counted(budget.utility_calls, 'utility call')} a program"
    )


def limit_words(limits: Limits) -> str:
    """What pauses the run."""
    parts = [
        f"{limits.lm_calls:,} LM calls" if limits.lm_calls is not None else "",
        f"{limits.tokens:,} tokens" if limits.tokens is not None else "",
        f"${limits.usd:.2f}" if limits.usd is not None else "",
        f"{limits.seconds:,.0f} s" if limits.seconds is not None else "",
    ]
    return ", ".join(part for part in parts if part) or "none"


def _fact(name: str, text: str, width: int) -> list[Content]:
    style = "bold $text-warning" if name.startswith("⚠") else "$text-muted"
    lines = Content(text).wrap(max(width - NAMES, 20))
    named = Content.styled(f"{name:<{NAMES}}", style)
    return [Content.assemble(named, lines[0]), *(line.pad_left(NAMES) for line in lines[1:])]


def _step(step: Step, standing: Standing) -> Content:
    sign, word = step.sign, step.word
    if sign == "◌" and standing.sign == "‖":  # as far as the journal knows it is running
        sign, word = standing.sign, standing.word
    value = "" if step.meta_utility is None else f"  {with_error(step.meta_utility)}"
    strategy = f"  {one_line(step.strategy, 60)}" if step.strategy else ""
    return Content(f"{sign} I{step.number:<3} {word:<11}{value}{strategy}")
