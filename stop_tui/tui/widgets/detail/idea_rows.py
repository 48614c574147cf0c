"""The idea behind a candidate, what was found in its source, and what it cost. Pure."""

from typing import NamedTuple

from stop_tui.core.events import Finding
from stop_tui.core.state import Candidate, spent_by
from stop_tui.presentation.costs import cost_words
from stop_tui.tui.widgets.detail.subject import Subject

_LINES_NAMED = 6


class FoundRow(NamedTuple):
    """A strategy or a warning; `line` is the first that it rests on, counted from 1."""

    sign: str
    finding: Finding

    @property
    def line(self) -> int | None:
        """The line to go to."""
        return self.finding.lines[0] if self.finding.lines else None

    @property
    def where(self) -> str:
        """The lines in words: ``12``, ``3, 12, 40``."""
        lines = self.finding.lines
        more = ", …" if len(lines) > _LINES_NAMED else ""
        return ", ".join(map(str, lines[:_LINES_NAMED])) + more


def found_rows(candidate: Candidate | None) -> list[FoundRow]:
    """Strategies, then warnings."""
    if candidate is None:
        return []
    return [FoundRow("◆", finding) for finding in candidate.strategies] + [
        FoundRow("⚠", finding) for finding in candidate.warnings
    ]


def no_words(candidate: Candidate | None) -> str:
    """Why there are no words of the model."""
    if candidate is None:
        return "The run began with this source: no model was asked for it here."
    if candidate.by == "human":
        return "A human edited this source: there are no words of the model about it."
    return "No words of the model around this code are known."


def cost_lines(subject: Subject) -> list[str]:
    """What the program runs of the source cost, and its whole meta-iteration."""
    iteration = subject.iteration
    if iteration is None:
        return []
    return [
        f"Its program runs cost {cost_words(spent_by(iteration, subject.source))}.",
        f"All of I{iteration.number} cost {cost_words(iteration.spent)}.",
    ]
