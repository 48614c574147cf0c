"""Two sources beside each other: what differs in them, and in what they scored.

It shows two `Side` records and knows nothing of where they come from.
"""

from typing import TYPE_CHECKING

from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.content import Content
from textual.widgets import Static

from stop_tui.core.plain_text import one_line
from stop_tui.tui.screens.explorer_screen import ExplorerScreen
from stop_tui.tui.versions.side_rows import MAIN, REPEAT, Row, rows, sentence
from stop_tui.tui.versions.sides import Side
from stop_tui.tui.widgets.find_bar import FindBar
from stop_tui.tui.widgets.live_spending import LiveSpending
from stop_tui.tui.widgets.rows.listing import Column, Listing
from stop_tui.tui.widgets.steady_footer import SteadyFooter
from stop_tui.tui.widgets.text.diff_view import DiffView

if TYPE_CHECKING:
    from stop_tui.tui.runs.session import RunSession


class CompareScreen(ExplorerScreen):
    """`right` against `left`."""

    PLACE = "compare"
    CSS_PATH = "compare.tcss"

    def __init__(self, left: Side, right: Side) -> None:
        super().__init__()
        self.left = left
        self.right = right
        self._rows = {str(number): row for number, row in enumerate(rows(left, right))}

    def compose(self) -> ComposeResult:
        names = [one_line(side.name, 80) for side in (self.left, self.right)]
        with Horizontal(classes="title-bar"):
            yield Static(f"Compare · {names[0]} → {names[1]}", id="what", markup=False)
            yield LiveSpending()
            yield Static(self._model(), id="model", markup=False)
        yield Static(sentence(self.left, self.right), id="sentence", markup=False)
        yield Listing(
            Column("", least=12),
            Column(names[0], least=13, right=True),
            Column(names[1], least=13, right=True),
            Column("difference", 23, right=True),
            draw=self._cells,
            id="scores",
            classes="panel",
        )
        yield DiffView(id="diff", classes="panel")
        yield FindBar()
        yield SteadyFooter(compact=True)

    def on_mount(self) -> None:
        scores, diff = self.query_one("#scores", Listing), self.query_one(DiffView)
        scores.border_title, diff.border_title = "Scores", "Diff"
        scores.styles.max_height = len(self._rows) + 3  # a header and a border
        scores.show(list(self._rows))
        diff.show(
            self.left.source,
            self.right.source,
            old_name=self.left.name,
            new_name=self.right.name,
        )
        diff.focus()

    def on_screen_resume(self) -> None:
        """Runs may have gone on while another screen was seen."""
        self._show_spending()

    def session_changed(self, session: "RunSession") -> None:
        self._show_spending()

    def _show_spending(self) -> None:
        self.query_one(LiveSpending).show(self.explorer.sessions.values())

    def copied(self) -> tuple[str, str] | None:
        """The table of scores where it has the focus, else what the diff gives."""
        if self.focused is self.query_one("#scores"):
            return scores_text(self.left, self.right), "scores.txt"
        found = super().copied()
        return found if found is None else (found[0], "changes.diff")

    def _model(self) -> str:
        models = {dict(side.facts).get("model") for side in (self.left, self.right)}
        return "offline model" if "offline model" in models else ""

    def _cells(self, key: str) -> tuple[Content | str, ...]:
        row: Row = self._rows[key]
        name = Content("  " * row.level + row.name)
        if row.level == MAIN:
            name = name.stylize("bold")
        style = "$text-muted" if row.level == REPEAT else ""
        return (name.stylize(style) if style else name, row.left, row.right, row.difference)


def scores_text(left: Side, right: Side) -> str:
    """The scores as a text with columns, and the sentence about them."""
    table = [Row("", one_line(left.name, 80), one_line(right.name, 80), "difference")]
    table += rows(left, right)
    cells = [("  " * row.level + row.name, row.left, row.right, row.difference) for row in table]
    widths = [max(len(row[column]) for row in cells) for column in range(4)]
    lines = [
        "  ".join(f"{text:<{width}}" for text, width in zip(row, widths, strict=True)).rstrip()
        for row in cells
    ]
    return "\n".join([*lines, "", sentence(left, right), ""])
