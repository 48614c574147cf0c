"""The tab with what the sandbox saw of a candidate and of the solutions that it found."""

from typing import ClassVar

from textual.app import ComposeResult
from textual.content import Content
from textual.widget import Widget

from stop_tui.tui.widgets.detail.page import Page
from stop_tui.tui.widgets.detail.sandbox_words import sandbox_lines
from stop_tui.tui.widgets.detail.subject import Subject
from stop_tui.tui.widgets.text.lines import Lines


class _Attempts(Lines):
    save_name: ClassVar[str] = "sandbox.txt"


class SandboxTab(Page):
    """Attempts, verified and reported apart."""

    def __init__(self) -> None:
        super().__init__()
        self._lines = _Attempts(wrap=True)
        self._shown: list[Content] = []
        self._source = ""

    def compose(self) -> ComposeResult:
        yield self._lines

    def bring_up(self, subject: Subject) -> None:
        """Show what was attempted by now."""
        lines = sandbox_lines(subject)
        if lines == self._shown:
            return
        same = subject.source == self._source
        self._shown, self._source = lines, subject.source
        self._lines.show_lines(lines, keep_position=same)

    def focus_widget(self) -> Widget:
        """The text."""
        return self._lines
