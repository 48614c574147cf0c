"""The tab with the model's own words, the strategies and warnings, and what it all cost."""

from typing import ClassVar

from textual.app import ComposeResult
from textual.content import Content
from textual.message import Message
from textual.widget import Widget
from textual.widgets import Static

from stop_tui.core.errors import StopError
from stop_tui.tui.widgets.detail.idea_rows import FoundRow, cost_lines, found_rows, no_words
from stop_tui.tui.widgets.detail.page import Page
from stop_tui.tui.widgets.detail.row_note import RowNote
from stop_tui.tui.widgets.detail.subject import Subject
from stop_tui.tui.widgets.detail.table import Table
from stop_tui.tui.widgets.rows.columns import Cell
from stop_tui.tui.widgets.rows.listing import Column, Listing
from stop_tui.tui.widgets.text.reader import Reader

MOST_ROWS = 8


class _Found(Table):
    save_name: ClassVar[str] = "strategies.tsv"


class _Idea(Reader):
    save_name: ClassVar[str] = "idea.md"


class IdeaTab(Page):
    """Found strategies and warnings above, the idea below."""

    DEFAULT_CSS = """
    IdeaTab > Static { height: auto; max-height: 4; padding: 0 1; color: $text-muted; }
    IdeaTab > Listing { max-height: 50%; }
    IdeaTab > Reader {
        height: 1fr; border-top: solid $border; border-title-color: $text-muted; padding: 0 1;
    }
    IdeaTab > Reader:focus { border-top: solid $primary; }
    """

    class LineChosen(Message):
        """A line of the source is to be looked at; counted from 1."""

        def __init__(self, line: int) -> None:
            super().__init__()
            self.line = line

    def __init__(self) -> None:
        super().__init__()
        self._found = _Found(
            Column("", 1),
            Column("found in the source", 28),
            Column("lines", 12),
            Column("why", least=12, drop=1),
            draw=self._cells,
            empty="No strategy and no warning was found in the source.",
        )
        self._note = RowNote()
        self._idea = _Idea(wrap=True, numbers=False)
        self._idea.border_title = "The idea, in the model's own words"
        self._cost = Static("", markup=False)
        self._rows: list[FoundRow] = []
        self._shown: tuple[str, str | None] | None = None
        self._costs: list[str] = []

    def compose(self) -> ComposeResult:
        yield self._cost
        yield self._found
        yield self._note
        yield self._idea

    def bring_up(self, subject: Subject) -> None:
        """Show the idea and what it cost by now."""
        costs = cost_lines(subject)
        if costs != self._costs:
            self._costs = costs
            self._cost.display = bool(costs)
            self._cost.update(Content("\n".join(costs)))
        candidate = subject.candidate
        rows = found_rows(candidate)
        if rows != self._rows or self._shown is None:
            self._rows = rows
            self._found.show([str(place) for place in range(len(rows))])
            self._found.styles.height = 1 + max(1, min(len(rows), MOST_ROWS))
            self._say()
        shown = (subject.source, None if candidate is None else candidate.idea)
        if shown != self._shown:
            self._shown = shown
            self._show_idea(subject)

    def focus_widget(self) -> Widget:
        """The findings, of which one can be chosen."""
        return self._found if self._rows else self._idea

    def on_listing_moved(self, event: Listing.Moved) -> None:
        """Say why it was found."""
        event.stop()
        self._say()

    def on_listing_chosen(self, event: Listing.Chosen) -> None:
        """Show the line that the finding rests on."""
        event.stop()
        line = self._rows[int(event.key)].line
        if line is None:
            self.notify("It rests on no line of its own.", markup=False)
        else:
            self.post_message(self.LineChosen(line))

    def _say(self) -> None:
        place = self._found.position
        self._note.say(self._rows[place].finding.detail if place < len(self._rows) else "")

    def _show_idea(self, subject: Subject) -> None:
        candidate = subject.candidate
        if candidate is None or candidate.idea is None:
            self._idea.show(no_words(candidate), language="text")
            return
        try:
            idea = subject.view.text(candidate.idea)
        except StopError as error:
            self._idea.show(f"The idea cannot be read: {error.message}", language="text")
            return
        self._idea.show(idea, language="markdown")

    def _cells(self, key: str) -> tuple[Cell, ...]:
        row = self._rows[int(key)]
        return (row.sign, row.finding.label, row.where, row.finding.detail)
