"""The line at the top of a run: what it is, where it stands, and what it has cost so far."""

import time

from textual.content import Content
from textual.timer import Timer
from textual.widgets import Static

from stop_tui.core.events import Limits
from stop_tui.core.plain_text import one_line
from stop_tui.core.state import State
from stop_tui.core.verdicts import Isolation
from stop_tui.presentation.conditions import Driver, brief, condition
from stop_tui.presentation.costs import short_count, short_tokens, short_usd
from stop_tui.presentation.figures import clock
from stop_tui.tui.runs.run_view import RunView


class RunBar(Static):
    """Two lines: name, tasks, model and stage; status, calls, tokens, money and time, each beside
    its limit where there is one."""

    DEFAULT_CSS = """
    RunBar {
        dock: top;
        height: 2;
        background: $panel;
        padding: 0 1;
    }
    """

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(markup=False, id=id)
        self._view: RunView | None = None
        self._ticking: Timer | None = None

    def show(self, view: RunView) -> None:
        """Bring the line up to date; while the run is driven here it goes on with the clock."""
        self._view = view
        ticks = view.session.live and not view.past and view.session.question is None
        if ticks and self._ticking is None:
            self._ticking = self.set_interval(1.0, self._draw)
        elif not ticks and self._ticking is not None:
            self._ticking.stop()
            self._ticking = None
        self._draw()

    def _draw(self) -> None:
        view = self._view
        if view is None:
            return
        if view.state.started is None:
            self._say(Content(f"{one_line(view.session.name, 60)}: starting…"))
            return
        self._say(Content("\n").join([_title(view), _figures(view)]))

    def _say(self, content: Content) -> None:
        if content != self.content:
            self.update(content, layout=False)


def _title(view: RunView) -> Content:
    state = view.state
    settings = state.settings
    model = "offline model" if settings.model == "offline" else one_line(settings.model, 40)
    parts = [
        Content.styled(one_line(settings.name, 60), "bold"),
        Content(one_line(", ".join(settings.tasks), 40)),
        Content.styled(model, "$text-warning" if settings.model == "offline" else ""),
        Content(_stage(state)),
        Content(f"gate {settings.gate}"),
    ]
    if state.isolation is not None and state.isolation is not Isolation.FULL:
        parts.insert(0, Content.styled(f"⚠ ISOLATION: {state.isolation.value.upper()}", "$error"))
    return Content(" · ").join(parts)


def _figures(view: RunView) -> Content:
    parts = [
        Content.styled(status_words(view), "bold"),
        Content(spent_words(view.state)),
        Content(f"{clock(_seconds(view))}{_time_limit(view.state.limits)}"),
    ]
    return Content(" · ").join(parts)


def spent_words(state: State) -> str:
    """Calls, tokens and money so far, each beside its limit where there is one."""
    limits, spent = state.limits, state.spent
    calls = f"{spent.lm_calls:,}{_limit(limits.lm_calls)} LM calls"
    tokens = f"{short_tokens(spent)}{_short_limit(limits)} tok"
    usd = "unknown cost" if spent.usd is None and not spent.usd_at_least else short_usd(spent)
    usd += "" if limits.usd is None else f"/{limits.usd:.2f}"
    return f"{calls} · {tokens} · {usd}"


def status_words(view: RunView) -> str:
    """Where the run stands, in a few words that need no colour."""
    session, state = view.session, view.state
    if view.past:
        return f"◷ the past: event {view.position:,} of {len(session.events):,}"
    driver: Driver = "here" if session.live else "elsewhere" if session.elsewhere else "nobody"
    words = brief(state, condition(state, driver, asks=session.question is not None))
    return f"{words}, stops after this one" if session.stopping and "▶" in words else words


def _stage(state: State) -> str:
    current = state.current
    if current is None:
        return f"0 of {state.settings.iterations}"
    number = current.number
    return f"I{max(state.versions, default=0)} → I{number} of {state.settings.iterations}"


def _seconds(view: RunView) -> float:
    """Seconds that the run has worked; those since the last event included."""
    state = view.state
    running = view.session.live and not view.past and state.awaited is None and state.at
    return state.seconds + (max(0.0, time.time() - state.at) if running else 0.0)


def _limit(limit: int | None) -> str:
    return "" if limit is None else f"/{limit:,}"


def _short_limit(limits: Limits) -> str:
    return "" if limits.tokens is None else f"/{short_count(limits.tokens)}"


def _time_limit(limits: Limits) -> str:
    return "" if limits.seconds is None else f"/{clock(limits.seconds)}"
