"""Where a transfer stands, in a few lines: what is missing and may cost, what is under way, errors.

Pure. A sign says what colours say.
"""

from textual.content import Content

from stop_tui.core.plain_text import one_line
from stop_tui.core.verdicts import Isolation
from stop_tui.presentation.costs import cost_words, short_tokens, usd_words
from stop_tui.presentation.figures import clock, counted, money
from stop_tui.presentation.lines import isolation_line
from stop_tui.presentation.measured import cost_ahead, likely_usd
from stop_tui.tui.measuring.rows import bar
from stop_tui.tui.measuring.session import TransferSession
from stop_tui.tui.runs.run_details import told

READING = "What is measured is being read…"
NONE_CHOSEN = "No task is chosen: nothing is measured."


def status(session: TransferSession, other: TransferSession | None, go_key: str) -> Content:
    """All of it. `other` is the transfer that this process is measuring, if it is another one;
    `go_key` begins and pauses."""
    if session.subject is None:
        if session.error is None:
            return Content(READING)
        again = Content.assemble((go_key, "bold"), " tries again.")
        return Content("\n").join([*told(session.error), again])
    isolation = session.figures.measurements.isolation
    lines = []
    if isolation is not None and isolation.level is not Isolation.FULL:
        lines.append(Content.styled(f"⚠ {isolation_line(isolation)}", "$error"))
    if session.live:
        return Content("\n").join([*lines, *_live(session)])
    if other is not None:
        said = "is being measured here; one at a time. What it shares with this one appears here."
        lines.append(_line("▷", f"The transfer of {one_line(other.rev, 60)}", f" {said}"))
    elif session.elsewhere:
        said = " is measuring into the same file; what it measures appears here."
        lines.append(_line("▷", "Another stop-tui", f"{said} When it has ended, {go_key} works."))
    if session.error is not None:
        lines += told(session.error)
        lines.append(Content.assemble("What was measured is kept; ", (go_key, "bold"), " goes on."))
        return Content("\n").join(lines)
    return Content("\n").join([*lines, *_standing(session, go_key)])


def ahead(session: TransferSession) -> str:
    """What measuring what is missing may cost."""
    state = session.facts.state
    figures, repeats = session.figures, _repeats_left(session)
    return cost_ahead(
        session.model, figures.responses_at_most, repeats, state.spent, len(state.repeats)
    )


def _repeats_left(session: TransferSession) -> int:
    """How many program runs are missing: seed solutions are scored, not run."""
    return sum(each.improver is not None for each in session.figures.missing)


def _standing(session: TransferSession, go_key: str) -> list[Content]:
    """Where it stands while nobody measures."""
    left, wanted = len(session.figures.missing), session.wanted
    if not session.tasks:
        return [_line("‖", NONE_CHOSEN, "")]
    of = f"{counted(len(session.tasks), 'task')}, {counted(session.repeats, 'repeat')} each"
    if not left:
        cost = f"This file has cost {cost_words(session.facts.state.spent)}."
        return [_line("■", "All is measured", f": {of}."), Content(cost)]
    if left == wanted:
        first = _line("‖", "Nothing is measured yet", f": {of}, {counted(left, 'measurement')}.")
    else:
        first = _line("‖", f"{left:,} of {counted(wanted, 'measurement')}", f" are missing: {of}.")
    return [first, Content.assemble((go_key, "bold"), f" measures: {ahead(session)}.")]


def _live(session: TransferSession) -> list[Content]:
    """What is done, what remains, and what it has cost."""
    figures, state = session.figures, session.facts.state
    left, wanted = len(figures.missing), session.wanted
    running = session.under_way
    now = f" · {one_line(running[0].task, 30)}, repeat {running[0].repeat}" if running else ""
    time = f" · {clock(session.seconds)}" if state.at else ""
    usd = usd_words(state.spent)
    likely = None
    if session.model != "offline":
        likely = likely_usd(_repeats_left(session), state.spent, len(state.repeats))
    more = "" if likely is None else f", likely +{money(likely)}"
    return [
        _line("▶", "measuring", f" {bar(wanted, left)} {wanted - left:,} of {wanted:,}{now}{time}"),
        Content(
            f"{state.spent.lm_calls:,} LM calls · {short_tokens(state.spent)} tok · {usd} in this "
            f"file · at most {counted(figures.responses_at_most, 'response')} more{more}"
        ),
    ]


def _line(sign: str, strong: str, words: str) -> Content:
    return Content.assemble((f"{sign} {strong}", "bold"), words)
