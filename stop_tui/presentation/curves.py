"""What a curve over runs says, in words that are right by themselves: from the intervals, with the
gate that decided, and beside the paper's."""

from collections.abc import Iterator

from stop_tui.core import curve_paper as paper
from stop_tui.core.curve import POINTS, Curve, Direction, Point
from stop_tui.core.events import Settings
from stop_tui.core.plain_text import one_line
from stop_tui.core.settings import Gate
from stop_tui.core.sparkline import sparkline
from stop_tui.core.statistics import wilson
from stop_tui.core.transfer import POINT
from stop_tui.presentation.figures import (
    chance_words,
    counted,
    interval,
    short,
    short_signed,
    signed,
)

GATES: dict[Gate, str] = {
    "all": "every proposal is accepted, as in the paper",
    "auto": "what measures no worse than the incumbent is accepted",
    "policy": "only what is better beyond noise is accepted",
}
"""What the gates do that runs of a curve may have."""


def gain_words(point: Point) -> str:
    """``+.030 [+.010, +.050]``; a dash for the start, which gains nothing."""
    if point.iteration == 0:
        return "-"
    gain = point.gain
    if gain.low is None or gain.high is None:
        return short_signed(gain.mean)
    return f"{short_signed(gain.mean)} [{short_signed(gain.low)}, {short_signed(gain.high)}]"


def interval_words(point: Point) -> str:
    """``[.650, .774]``, of the utility; a dash for one run."""
    utility = point.utility
    return "-" if utility.low is None else f"[{short(utility.low)}, {short(utility.high)}]"


def line_words(curve: Curve) -> str:
    """``▁▃▅█  I0 to I3, .712 to .803``."""
    means = [point.utility.mean for point in curve.points]
    return f"{sparkline(means)}  I0 to I{len(means) - 1}, {short(means[0])} to {short(means[-1])}"


def share_lines(curve: Curve) -> Iterator[str]:
    """How many runs gained and lost points, beside the paper's."""
    runs = len(curve.gains)
    low, high = wilson(curve.gained, runs)
    yield (
        f"{curve.gained} of {counted(runs, 'run')} gained {POINTS} points ({POINTS * POINT:.2f}) "
        f"or more: {_percent(curve.gained / runs)} %, Wilson 95 % interval {_percent(low)} to "
        f"{_percent(high)} %; {curve.lost} lost as much."
    )
    yield (
        f"  paper: {_percent(paper.GAINED)} % of the runs of {paper.GAINED_MODEL} gained as much, "
        "on lpn."
    )


def verdict_lines(curve: Curve, settings: Settings, wanted: int) -> Iterator[str]:
    """Whether the runs get better or worse: first the answer, then what it rests on."""
    last = curve.points[-1]
    runs, name = len(curve.gains), f"I{last.iteration}"
    whose = _whose(settings.model)
    subject = f"runs of {whose} on {one_line(', '.join(settings.tasks), 60)}"
    if runs < wanted:
        subject += f" ({runs} of {wanted} so far)"
    answers = {
        Direction.RISES: f"RISES: {subject} get better.",
        Direction.DEGRADES: f"DEGRADES: {subject} get worse.",
        Direction.UNCHANGED: f"UNCHANGED: {subject} neither get better nor worse.",
        Direction.UNKNOWN: f"CANNOT BE TOLD: whether {subject} get better or worse.",
    }
    yield answers[curve.direction]
    yield "  " + _grounds(curve, last, runs, name)
    if settings.gate != "all":
        yield (
            f"  That is with the gate {settings.gate}: {GATES[settings.gate]}. What the model does "
            "by itself, --gate all shows."
        )


def _grounds(curve: Curve, last: Point, runs: int, name: str) -> str:
    if curve.direction is Direction.UNCHANGED:
        return f"{name} measures exactly as I0 does, in {_each(runs)}."
    gain = f"{name} differs from I0 by {signed(last.gain.mean)}"
    if last.chance is None:
        return f"{gain}, in a single run, which has no interval: it takes more of them."
    grounds = (
        f"{gain} on average over {counted(runs, 'run')}, 95 % interval {interval(last.gain)}; "
        f"better with a chance of {chance_words(last.chance)}."
    )
    if curve.direction is Direction.UNKNOWN:
        grounds += " The interval has zero in it; more runs make it narrower."
    elif last.gain.standard_error == 0.0:
        grounds += (
            f" All {runs} runs differ by exactly as much, so the interval has no width: what it "
            "rests on is that they are alike, and more runs or repeats tell more."
        )
    return grounds


def _percent(share: float) -> str:
    return f"{100 * share:.0f}"


def _each(runs: int) -> str:
    return "the only run" if runs == 1 else f"each of {runs} runs"


def _whose(model: str) -> str:
    """The model; what the offline model is, is said beside the answer."""
    return "the offline model" if model == "offline" else one_line(model, 60)
