"""The tabs of a solution: its source, and how each instance went."""

from typing import ClassVar

from textual.app import ComposeResult
from textual.content import Content
from textual.widget import Widget

from stop_tui.tui.runs.run_view import RunView
from stop_tui.tui.widgets.detail.instance_rows import InstanceRow, instance_rows
from stop_tui.tui.widgets.detail.row_note import RowNote
from stop_tui.tui.widgets.detail.tabbed import TabPage
from stop_tui.tui.widgets.detail.table import Table
from stop_tui.tui.widgets.rows.columns import Cell
from stop_tui.tui.widgets.rows.listing import Column, Listing
from stop_tui.tui.widgets.text.reader import Reader


class _Source(Reader):
    save_name: ClassVar[str] = "solution.py"


class _Instances(Table):
    save_name: ClassVar[str] = "instances.tsv"


class SolutionSourceTab(TabPage):
    """The whole source of a solution."""

    def __init__(self) -> None:
        super().__init__()
        self._reader = _Source()

    def compose(self) -> ComposeResult:
        yield self._reader

    def show(self, text: str, *, language: str = "python") -> None:
        """Show `text`."""
        self._reader.show(text, language=language)

    def focus_widget(self) -> Widget:
        """The text."""
        return self._reader


class InstanceTab(TabPage):
    """Every instance of every split and phase that the solution was scored in."""

    def __init__(self) -> None:
        super().__init__()
        self._listing = _Instances(
            Column("split, phase", 15),
            Column("#", 4, right=True),
            Column("score", 6, right=True),
            Column("verdict", 10),
            Column("CPU ms", 9, right=True, drop=1),
            Column("", least=10),
            draw=self._cells,
            empty="It has no score yet.",
        )
        self._note = RowNote()
        self._rows: dict[str, InstanceRow] = {}

    def compose(self) -> ComposeResult:
        yield self._listing
        yield self._note

    def bring_up(self, view: RunView, task: str, solution: str) -> None:
        """Show what was scored by now."""
        rows = {row.key: row for row in instance_rows(view, task, solution)}
        if rows != self._rows:
            self._rows = rows
            self._listing.show(list(rows))
            self._say()

    def focus_widget(self) -> Widget:
        """The rows."""
        return self._listing

    def on_listing_moved(self, event: Listing.Moved) -> None:
        """Say the whole of what the row says."""
        event.stop()
        self._say()

    def _say(self) -> None:
        row = self._rows.get(self._listing.cursor or "")
        self._note.say("" if row is None else row.note)

    def _cells(self, key: str) -> tuple[Cell, ...]:
        row = self._rows[key]
        style = "bold" if row.total else ""
        return (
            Content.styled(row.where, "bold"),
            row.instance,
            Content.styled(row.score, style),
            row.verdict,
            row.cpu,
            row.note,
        )
