"""The tab with every measurement of an improver; a row opens the solution it is about."""

from typing import ClassVar

from textual.app import ComposeResult
from textual.content import Content
from textual.message import Message
from textual.widget import Widget
from textual.widgets import Static

from stop_tui.core.plain_text import one_line
from stop_tui.presentation.figures import figure, signed
from stop_tui.tui.widgets.detail.page import Page
from stop_tui.tui.widgets.detail.row_note import RowNote
from stop_tui.tui.widgets.detail.score_rows import ScoreRow, score_rows, summary
from stop_tui.tui.widgets.detail.subject import Subject
from stop_tui.tui.widgets.detail.table import Table
from stop_tui.tui.widgets.rows.columns import Cell
from stop_tui.tui.widgets.rows.listing import Column, Listing

LONGEST_LINE = 400


class _Scores(Table):
    save_name: ClassVar[str] = "scores.tsv"


class ScoreTab(Page):
    """What was measured in sentences, then row by row."""

    DEFAULT_CSS = """
    ScoreTab > Static { height: auto; max-height: 50%; padding: 0 1; }
    """

    class SolutionChosen(Message):
        """A solution is to be looked at."""

        def __init__(self, task: str, solution: str) -> None:
            super().__init__()
            self.task = task
            self.solution = solution

    def __init__(self) -> None:
        super().__init__()
        self._summary = Static("", markup=False)
        self._listing = _Scores(
            Column("stage", 9),
            Column("", 1),
            Column("task", least=6),
            Column("#", 2, right=True),
            Column("val", 5, right=True),
            Column("inc.", 5, right=True, drop=3),
            Column("diff", 6, right=True, drop=2),
            Column("test", 6, right=True, drop=4),
            Column("inc. test", 9, right=True, drop=8),
            Column("LM", 3, right=True, drop=5),
            Column("util", 4, right=True, drop=6),
            Column("CPU s", 6, right=True, drop=7),
            Column("", least=11, drop=1),
            draw=self._cells,
            empty="No repeat yet.",
        )
        self._note = RowNote()
        self._rows: dict[str, ScoreRow] = {}
        self._said: list[str] = []

    def compose(self) -> ComposeResult:
        yield self._summary
        yield self._listing
        yield self._note

    def bring_up(self, subject: Subject) -> None:
        """Show what was measured by now."""
        said = summary(subject)
        if said != self._said:
            self._said = said
            self._summary.update(Content("\n".join(one_line(s, LONGEST_LINE) for s in said)))
        rows = {row.key: row for row in score_rows(subject)}
        if rows == self._rows and list(rows) == list(self._listing.keys):
            return
        self._rows = rows
        if list(rows) == list(self._listing.keys):
            self._listing.redraw()
        else:
            self._listing.show(list(rows))
        self._say()

    def focus_widget(self) -> Widget:
        """The rows."""
        return self._listing

    def on_listing_moved(self, event: Listing.Moved) -> None:
        """Say what is said of the row."""
        event.stop()
        self._say()

    def on_listing_chosen(self, event: Listing.Chosen) -> None:
        """Look at the solution of the row."""
        event.stop()
        row = self._rows[event.key]
        if row.solution is None:
            self.notify(
                "There is no solution to look at: " + one_line(row.note or "none.", 200),
                severity="warning",
                markup=False,
            )
            return
        self.post_message(self.SolutionChosen(row.task, row.solution))

    def _say(self) -> None:
        row = self._rows.get(self._listing.cursor or "")
        self._note.say("" if row is None else row.note)

    def _cells(self, key: str) -> tuple[Cell, ...]:
        row = self._rows[key]
        return (
            row.stage,
            row.sign,
            row.task,
            row.repeat,
            "…" if row.val is None else figure(row.val),
            "" if row.before is None else figure(row.before),
            "" if row.difference is None else signed(row.difference),
            row.test,
            row.test_before,
            "" if row.lm_calls is None else str(row.lm_calls),
            "" if row.utility_calls is None else str(row.utility_calls),
            "" if row.cpu_seconds is None else f"{row.cpu_seconds:.2f}",
            row.note,
        )
