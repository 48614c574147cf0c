"""Words of measurements outside runs: what a program is worth, and what measuring it may cost.

Commands and screens say the same; what they say it of comes from `engine/transfer.py`.
"""

from collections.abc import Sequence
from typing import Protocol

from stop_tui.core.events import Estimate
from stop_tui.core.spending import Spent
from stop_tui.core.transfer import Standing
from stop_tui.core.transfer_paper import REPORTED
from stop_tui.engine.transfer import IMPROVER, SEED_IMPROVER, SEED_SOLUTION, Measured
from stop_tui.presentation.costs import rounded
from stop_tui.presentation.figures import chance_words, counted, money, short, short_signed
from stop_tui.presentation.lines import model_label


def utility_words(estimate: Estimate) -> str:
    """``.853 [.841, .865]``; the mean alone where there is no interval."""
    if estimate.low is None:
        return short(estimate.mean)
    return f"{short(estimate.mean)} [{short(estimate.low)}, {short(estimate.high)}]"


def difference_words(standing: Standing) -> str:
    """``+.030 [+.010, +.050]``; a dash for the program that others are compared with."""
    difference = standing.difference
    if difference is None:
        return "-"
    if difference.low is None or difference.high is None:
        return short_signed(difference.mean)
    low, high = short_signed(difference.low), short_signed(difference.high)
    return f"{short_signed(difference.mean)} [{low}, {high}]"


def better_words(standing: Standing) -> str:
    """The chance of being better in per cent; a dash where it is unknown."""
    return "-" if standing.chance is None else chance_words(standing.chance)


class Noted(Protocol):
    """What there is to know of a figure besides itself, in numbers of repeats and of attempts."""

    @property
    def failed(self) -> int: ...  # noqa: D102
    @property
    def suspicious(self) -> int: ...  # noqa: D102
    @property
    def not_reproducible(self) -> int: ...  # noqa: D102
    @property
    def attempts(self) -> int: ...  # noqa: D102


def note_words(measured: Noted) -> str:
    """What a reader of a figure should know of it: ``failed 2, suspicious 1``."""
    return ", ".join(
        f"{what} {number}"
        for what, number in (
            ("failed", measured.failed),
            ("suspicious", measured.suspicious),
            ("not reproducible", measured.not_reproducible),
            ("sandbox attempts", measured.attempts),
        )
        if number
    )


def repeats_words(done: int, wanted: int) -> str:
    """``5 repeats``, or how many of them there are by now."""
    if done == wanted:
        return counted(done, "repeat")
    return f"{done} of {counted(wanted, 'repeat')} so far"


def complete_repeats(rows: Sequence[Measured]) -> int:
    """How many repeats the figures of a task rest on."""
    return rows[0].repeats if rows else 0


def paper_figure(task: str | None, program: str) -> float | None:
    """What the paper reports of the same program on the same task, if it does."""
    reported = REPORTED.get(task or "")
    if reported is None:
        return None
    return {
        SEED_SOLUTION: reported.seed_solution,
        SEED_IMPROVER: reported.seed_improver,
        IMPROVER: reported.improver,
    }.get(program)


def likely_usd(repeats: int, spent: Spent, measured: int) -> float | None:
    """What `repeats` more of improvers will likely cost in US dollars, by what was `spent` on the
    `measured` ones before them; None where these do not tell."""
    return None if spent.usd is None or not measured else spent.usd / measured * repeats


def cost_ahead(model: str, at_most: int, repeats: int, spent: Spent, measured: int) -> str:
    """What `repeats` more of improvers may cost: `at_most` responses of `model`; and in money as
    far as what was `spent` on the `measured` ones before them tells."""
    asked = "the offline model" if model == "offline" else model_label(model)
    words = f"at most {counted(at_most, 'response')} of {asked}"
    if not at_most:
        return f"{words}, which is nothing"
    if model == "offline":
        return f"{words}, which is free"
    if not measured or not spent.responses:
        return f"{words}; what that is in money is unknown, since nothing is measured yet"
    went = f"as {counted(measured, 'repeat')} before went"
    likely = f"likely about {rounded(round(spent.responses / measured * repeats)):,}"
    usd = likely_usd(repeats, spent, measured)
    if usd is None or spent.usd is None:
        return f"{words}, {likely} {went}; what that is in money is unknown"
    return (
        f"{words}, {likely} ({money(usd)}) {went}; at most "
        f"{money(spent.usd / spent.responses * at_most)}, at what a response has cost so far"
    )
