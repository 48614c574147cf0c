"""Changing a limit of a paused run: which one, how much, and the run goes on with it."""

from typing import TYPE_CHECKING

import msgspec

from stop_tui.core.errors import StopError
from stop_tui.core.events import Limits
from stop_tui.core.plain_text import one_line
from stop_tui.presentation.costs import short_tokens, short_usd
from stop_tui.tui.screens.dialogs import AskText, Choice, Choose, Confirm
from stop_tui.tui.widgets.rows.listing import Column

if TYPE_CHECKING:
    from stop_tui.tui.app import Explorer
    from stop_tui.tui.runs.session import RunSession

_WORDS = {
    "lm_calls": "calls of the language model",
    "tokens": "tokens",
    "usd": "US dollars",
    "seconds": "seconds of wall time",
}


def change_limits(explorer: "Explorer", session: "RunSession") -> None:
    """Ask for a limit and go on with the run when one is given."""
    limits, spent = session.state.limits, session.state.spent
    spent_by_now = {
        "lm_calls": f"{spent.lm_calls:,}",
        "tokens": short_tokens(spent),
        "usd": short_usd(spent),
        "seconds": f"{session.state.seconds:,.0f}",
    }
    choices = [
        Choice(name, (words, _shown(getattr(limits, name)), spent_by_now[name]))
        for name, words in _WORDS.items()
    ]
    columns = (
        Column("limit", least=20),
        Column("now", 14, right=True),
        Column("spent", 14, right=True),
    )

    def chosen(name: str | None) -> None:
        if name is None:
            return
        value = getattr(limits, name)
        explorer.push_screen(
            AskText(
                f"The run may use how many {_WORDS[name]}, all in all?",
                value="" if value is None else f"{value:g}",
                note="Empty is no limit.",
                accepting="sets it and the run goes on",
            ),
            lambda text: None if text is None else _confirm(explorer, session, name, text),
        )

    explorer.push_screen(Choose("Change a limit", columns, choices), chosen)


def _confirm(explorer: "Explorer", session: "RunSession", name: str, text: str) -> None:
    number = text.strip().replace(",", "") or None
    try:
        limits = msgspec.convert(
            msgspec.to_builtins(session.state.limits) | {name: number}, Limits, strict=False
        )
    except msgspec.ValidationError:
        explorer.notify(
            f"{one_line(text, 40)!r} is no number of {_WORDS[name]}; nothing was changed.",
            severity="error",
            markup=False,
        )
        return
    before, after = _shown(getattr(session.state.limits, name)), _shown(getattr(limits, name))
    what = f"The limit of {_WORDS[name]} changes from {before} to {after}, and the run goes on."
    explorer.push_screen(
        Confirm("Change the limit and go on?", what, yes="Go on"),
        lambda reason: None if reason is None else _go_on(explorer, session, limits),
    )


def _go_on(explorer: "Explorer", session: "RunSession", limits: Limits) -> None:
    from stop_tui.engine.checks import check_limits

    try:
        check_limits(limits)
        session.go(step=False, limits=limits)
    except StopError as error:
        explorer.tell(error)


def _shown(value: float | None) -> str:
    return "none" if value is None else f"{value:,}"
