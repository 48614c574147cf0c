"""Figures as people read them: rounded the same way in tables, on screens and in commits."""

from stop_tui.core.events import Estimate
from stop_tui.core.rounding import figure as figure
from stop_tui.core.rounding import signed as signed


def interval(estimate: Estimate) -> str:
    """The 95 % interval of a difference as ``[-0.010, +0.020]``; empty where there is none."""
    if estimate.low is None or estimate.high is None:
        return ""
    return f"[{signed(estimate.low)}, {signed(estimate.high)}]"


def with_error(estimate: Estimate | None) -> str:
    """``0.957 ± 0.010``; the mean alone for a single value, a dash for none."""
    if estimate is None:
        return "-"
    error = "" if estimate.standard_error is None else f" ± {figure(estimate.standard_error)}"
    return f"{figure(estimate.mean)}{error}"


def short(value: float | None) -> str:
    """A figure in [0, 1] in four characters where it fits: ``.957``; a dash where there is none."""
    text = figure(value)
    return text.replace("0.", ".", 1) if text.startswith(("0.", "-0.")) else text


def short_with_error(estimate: Estimate | None) -> str:
    """``.957 ±.010``; the mean alone for a single value, a dash for none."""
    if estimate is None:
        return "-"
    error = "" if estimate.standard_error is None else f" ±{short(estimate.standard_error)}"
    return f"{short(estimate.mean)}{error}"


def short_signed(value: float) -> str:
    """A difference between figures in [0, 1]: ``+.030``."""
    return signed(value).replace("0.", ".", 1) if abs(value) < 0.99995 else signed(value)


def chance_words(chance: float) -> str:
    """A chance in per cent that never claims certainty: ``94 %``, ``>99 %``."""
    if chance > 0.995:
        return ">99 %"
    return "<1 %" if chance < 0.005 else f"{round(100 * chance)} %"


def money(usd: float | None) -> str:
    """``$1.20``, ``$0.0042``, or that it is unknown; what costs little is never told as nothing."""
    if usd is None:
        return "unknown cost"
    if 0.0 < usd < 0.00005:
        return "<$0.0001"
    return f"${usd:,.4f}" if 0.0 < usd < 0.0995 else f"${usd:,.2f}"


def counted(number: int, noun: str) -> str:
    """`1 run`, `2 runs`."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def clock(seconds: float) -> str:
    """A duration as ``00:01:12``."""
    whole = max(0, int(seconds))
    return f"{whole // 3600:02}:{whole // 60 % 60:02}:{whole % 60:02}"
