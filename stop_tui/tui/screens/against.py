"""Choosing what a difference is against: another version of the run, or another candidate."""

from textual.app import App

from stop_tui.core.state import Iteration, State
from stop_tui.tui.deciding.review_words import bases
from stop_tui.tui.screens.dialogs import Choice, Choose
from stop_tui.tui.widgets.detail import CandidateDetail
from stop_tui.tui.widgets.rows.listing import Column


def choose_base(
    app: App[int], detail: CandidateDetail, state: State, iteration: Iteration, source: str
) -> None:
    """Ask what `source` is to be compared with, and show the difference in `detail`."""
    rows = bases(state, iteration, source)
    names = {base: name for base, name, _ in rows}
    columns = (Column("version or candidate", least=20), Column("strategy", least=12))
    choices = [Choice(base, (name, strategy)) for base, name, strategy in rows]

    def chosen(base: str | None) -> None:
        if base is not None:
            detail.diff_against(base, names[base])
            detail.open_tab("diff", focus=True)

    app.push_screen(Choose("Show the difference against", columns, choices), chosen)
