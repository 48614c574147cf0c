"""Suspicious scores in words: each kind said once, with its evidence and how often it was found."""

from collections.abc import Iterable

from stop_tui.core.events import ScoreSuspected, Suspicion
from stop_tui.core.plain_text import one_line
from stop_tui.presentation.figures import counted

MARK = "⚠"
_LINES_NAMED = 6


def suspicion_words(suspicion: Suspicion) -> str:
    """``same answer every time: all 20 answers are equal (line 3)``, inert and on one line."""
    numbers = ", ".join(map(str, suspicion.lines[:_LINES_NAMED]))
    more = ", …" if len(suspicion.lines) > _LINES_NAMED else ""
    noun = "line" if len(suspicion.lines) == 1 else "lines"
    where = f" ({noun} {numbers}{more})" if suspicion.lines else ""
    return one_line(f"{suspicion.what}: {suspicion.evidence}{where}", 240)


def suspicion_lines(events: Iterable[ScoreSuspected]) -> list[str]:
    """A line for each thing that is suspicious on a task, with the first evidence for it and how
    many solutions show it."""
    first: dict[tuple[str, str], tuple[ScoreSuspected, Suspicion]] = {}
    solutions: dict[tuple[str, str], set[str]] = {}
    for event in events:
        for suspicion in event.suspicions:
            key = (event.task, suspicion.what)
            first.setdefault(key, (event, suspicion))
            solutions.setdefault(key, set()).add(event.source)
    return [
        one_line(
            f"{event.task}, solution {event.source[:10]}, {suspicion_words(suspicion)}"
            + _and_others(len(solutions[key]) - 1),
            320,
        )
        for key, (event, suspicion) in first.items()
    ]


def _and_others(others: int) -> str:
    return f"; the same of {counted(others, 'other solution')}" if others else ""
