"""The tab with the source; strategies and warnings stand on the lines they rest on."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.widget import Widget

from stop_tui.core.errors import StopError
from stop_tui.core.events import Finding
from stop_tui.core.state import Candidate
from stop_tui.tui.widgets.detail.page import Page
from stop_tui.tui.widgets.detail.subject import Subject
from stop_tui.tui.widgets.text.reader import Reader


class _Source(Reader):
    save_name: ClassVar[str] = "improver.py"


class SourceTab(Page):
    """The whole source of a candidate."""

    def __init__(self) -> None:
        super().__init__()
        self._reader = _Source()
        self._shown: tuple[str, Mapping[int, str]] | None = None

    def compose(self) -> ComposeResult:
        yield self._reader

    def bring_up(self, subject: Subject) -> None:
        """Show the source."""
        marks = marks_of(subject.candidate)
        if (subject.source, marks) == self._shown:
            return
        same = self._shown is not None and self._shown[0] == subject.source
        try:
            text = subject.view.text(subject.source)
        except StopError as error:
            self._shown = None
            self._reader.show(f"The source cannot be read: {error.message}", language="text")
            return
        self._shown = (subject.source, marks)
        self._reader.show(text, marks=marks, keep_position=same)

    def focus_widget(self) -> Widget:
        """The text."""
        return self._reader

    def go_to_line(self, line: int) -> None:
        """Show the line `line`, counted from 1."""
        self._reader.go_to_line(line)


def marks_of(candidate: Candidate | None) -> dict[int, str]:
    """What was found, by the lines it rests on; warnings first."""
    if candidate is None:
        return {}
    notes: dict[int, list[str]] = defaultdict(list)
    found: Sequence[tuple[str, Sequence[Finding]]] = (
        ("⚠", candidate.warnings),
        ("◆", candidate.strategies),
    )
    for sign, findings in found:
        for finding in findings:
            for line in finding.lines:
                note = f"{sign} {finding.label}"
                if note not in notes[line]:
                    notes[line].append(note)
    return {line: "  ".join(each) for line, each in sorted(notes.items())}
