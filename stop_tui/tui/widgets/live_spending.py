"""What runs and transfers that are driven here have spent, for the title bar of other screens.

Nothing is said where nothing is driven: what was spent is on the screen of its run.
"""

from collections.abc import Iterable

from textual.content import Content
from textual.widgets import Static

from stop_tui.core.plain_text import one_line
from stop_tui.core.state import State
from stop_tui.presentation.conditions import condition
from stop_tui.presentation.costs import usd_words
from stop_tui.presentation.figures import counted
from stop_tui.tui.measuring.session import TransferSession
from stop_tui.tui.measuring.transfers import Transfers
from stop_tui.tui.runs.session import RunSession
from stop_tui.tui.widgets.run_bar import spent_words

ROOMY = 100
"""Columns of a terminal from which on the whole line has room beside a title."""


class LiveSpending(Static):
    """A quiet part of a title bar; its screen tells it when a run has changed."""

    DEFAULT_CSS = """
    LiveSpending {
        width: auto;
        height: 1;
        padding-left: 2;
        color: $text-muted;
    }
    """

    def __init__(self, *, transfers: bool = True) -> None:
        """Without `transfers` it is about runs alone."""
        super().__init__("", markup=False)
        self._transfers = transfers

    def show(self, sessions: Iterable[RunSession]) -> None:
        """Say what those of `sessions` that are driven here have spent."""
        transfers: Transfers | None = getattr(self.app, "transfers", None)
        parts = [
            live_words(sessions, roomy=self.app.size.width >= ROOMY),
            transfer_words(transfers.live) if transfers and self._transfers else "",
        ]
        said = Content(" · ".join(filter(None, parts)))
        if said != self.content:
            self.update(said)
        self.display = bool(said.plain)


def live_words(sessions: Iterable[RunSession], *, roomy: bool) -> str:
    """``▶ brave-otter · 41/2,000 LM calls · 12k tok · $0.02``, shorter where it is not `roomy`;
    calls and money of each where several run. Empty where none is driven."""
    live = [each for each in sessions if each.live and each.state.started is not None]
    if not live:
        return ""
    if len(live) > 1:
        calls = sum(each.state.spent.lm_calls for each in live)
        money = " + ".join(usd_words(each.state.spent) for each in live[:3])
        more = " + …" if len(live) > 3 else ""
        return f"▶ {counted(len(live), 'run')} · {calls:,} LM calls · {money}{more}"
    (session,) = live
    state = session.state
    sign = condition(state, "here", asks=session.question is not None).sign
    name = f"{one_line(session.name, 24)} · " if roomy else ""
    return f"{sign} {name}{spending(state, roomy=roomy)}"


def transfer_words(session: TransferSession | None) -> str:
    """``▶ transfer 14/120``; empty where none is measuring."""
    if session is None or session.subject is None:
        return ""
    return f"▶ transfer {session.wanted - len(session.figures.missing):,}/{session.wanted:,}"


def spending(state: State, *, roomy: bool) -> str:
    """Calls, tokens and money with their limits; calls and money alone where it is not `roomy`."""
    if roomy:
        return spent_words(state)
    limit = state.limits.lm_calls
    calls = f"{state.spent.lm_calls:,}" + ("" if limit is None else f"/{limit:,}")
    return f"{calls} LM calls · {usd_words(state.spent)}"
