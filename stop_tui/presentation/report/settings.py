"""The part of the page that says what was run: settings, limits, isolation."""

from collections.abc import Iterator

from stop_tui.core.events import Gate
from stop_tui.core.verdicts import Isolation
from stop_tui.presentation.budgets import budget_words, limit_words
from stop_tui.presentation.figures import clock, counted
from stop_tui.presentation.lines import model_label
from stop_tui.presentation.report.blocks import Facts, Section
from stop_tui.presentation.report.record import Record

_GATES: dict[Gate, str] = {
    "human": "a human decides about every proposal",
    "policy": "only what is better beyond noise, no warnings",
    "auto": "what measures no worse than the incumbent",
    "all": "every proposal, as the paper's runs do",
}


def settings(record: Record) -> Section:
    """Everything that decided how the run went."""
    return Section("settings", "Settings", (Facts(tuple(_facts(record))),))


def model(record: Record) -> str:
    """What the model is called: of a model in a file the file's name, not where it is."""
    return model_label(record.words(record.state.settings.model))


def _facts(record: Record) -> Iterator[tuple[str, str]]:
    state = record.state
    chosen = state.settings
    yield "model", model(record)
    yield "tasks", record.words(", ".join(chosen.tasks))
    asks = "; also asks before a candidate's code runs" if chosen.execute_gate else ""
    yield "gate", f"{chosen.gate}: {_GATES[chosen.gate]}{asks}"
    yield (
        "length",
        f"{counted(chosen.iterations, 'meta-iteration')}, {counted(chosen.repeats, 'repeat')} a "
        f"task, seed {chosen.seed}",
    )
    yield "starts from", record.words(chosen.start, 100)
    yield "budget", budget_words(chosen)
    yield "limits", limit_words(state.limits)
    yield "time", f"{clock(state.seconds)} of work"
    if state.isolation is not None:
        missing = "; ".join(record.words(item, 100) for item in state.missing)
        weak = state.isolation is not Isolation.FULL and missing
        yield "isolation", f"{state.isolation.value}{f': {missing}' if weak else ''}"
    if state.untimely:
        marks = ", ".join(record.words(mark, 60) for mark in sorted(state.untimely))
        yield "not reproducible", marks
