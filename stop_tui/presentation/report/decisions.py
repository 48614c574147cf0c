"""The part of the page that says what was decided, by whom and why, and what failed."""

from datetime import UTC, datetime

from stop_tui.core import events as ev
from stop_tui.presentation.figures import counted, interval, signed
from stop_tui.presentation.names import candidate_name
from stop_tui.presentation.report.blocks import Section, Table, Words
from stop_tui.presentation.report.record import Decided, Record

MOST = 500
"""Rows at most, the newest; a page is to be shared."""


def decisions(record: Record) -> Section:
    """Every decision and every failure, in order."""
    events = sorted((*record.decided, *record.failed), key=lambda event: event.at)
    if not events:
        return Section("decisions", "Decisions", (Words("Nothing has been decided yet."),))
    left_out = (
        (Words(f"{len(events) - MOST:,} earlier ones left out."),) if len(events) > MOST else ()
    )
    table = Table(
        ("", "decision", "difference", "by", "reason", "UTC"),
        tuple(_row(record, event) for event in events[-MOST:]),
        numbers=(2, 5),
        prose=True,
    )
    return Section("decisions", "Decisions", (*left_out, table))


def _row(record: Record, event: Decided | ev.IterationFailed) -> tuple[str, ...]:
    reason = "" if isinstance(event, ev.TestRevealed) else record.words(event.reason)
    return (
        f"I{event.iteration}",
        _what(record, event),
        _difference(record, event),
        "" if isinstance(event, ev.IterationFailed) else record.words(event.by, 60),
        reason,
        datetime.fromtimestamp(event.at, UTC).strftime("%Y-%m-%d %H:%M") if event.at else "",
    )


def _what(record: Record, event: Decided | ev.IterationFailed) -> str:
    match event:
        case ev.IterationFailed():
            return "✗ failed; the incumbent stays"
        case ev.TestRevealed():
            return "looked at the test figures before deciding"
        case ev.SteppedBack():
            return _where_to(record, event)
        case ev.ExecutionDecided():
            allowed = "may run" if event.allowed else "may not run"
            return f"{_named(record, event)} {allowed}"
        case ev.DecisionMade(choice="more-repeats"):
            return f"asked for {counted(event.repeats, 'more repeat')}"
        case _:
            sign = {"approve": "● ", "reject": "○ "}.get(event.choice, "")
            return f"{sign}{event.choice} {_named(record, event)}"


def _where_to(record: Record, event: ev.SteppedBack) -> str:
    iteration = record.state.iterations[event.iteration]
    if event.source == iteration.incumbent:
        return "goes on from the incumbent"
    versions = record.state.versions.values()
    number = next((each.iteration for each in versions if each.source == event.source), None)
    return f"stepped back to {'an earlier version' if number is None else f'I{number}'}"


def _named(record: Record, event: ev.DecisionMade | ev.ExecutionDecided) -> str:
    iteration = record.state.iterations.get(event.iteration)
    candidate = None if iteration is None else iteration.candidates.get(event.source)
    return "the proposal" if candidate is None else candidate_name(candidate.number)


def _difference(record: Record, event: Decided | ev.IterationFailed) -> str:
    if not isinstance(event, ev.DecisionMade) or event.choice not in ("approve", "reject"):
        return ""
    iteration = record.state.iterations.get(event.iteration)
    measured = None if iteration is None else iteration.measured.get(event.source)
    if measured is None:
        return ""
    return f"{signed(measured.difference.mean)} {interval(measured.difference)}".rstrip()
