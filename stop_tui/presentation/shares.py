"""Shares of a count with their Wilson 95 % intervals, in words."""

from stop_tui.core.statistics import wilson


def percent(share: float) -> str:
    """``0.42``: per cent with as many digits as the paper gives."""
    return f"{100 * share:.2f}"


def share_words(successes: int, n: int) -> str:
    """``0.42 % (0.31-0.57)``; a dash where nothing was counted."""
    if not n:
        return "-"
    low, high = wilson(successes, n)
    return f"{percent(successes / n)} % ({percent(low)}-{percent(high)})"


def share_as_json(successes: int, n: int) -> dict[str, object]:
    """Both counts, the share and its interval in [0, 1]; null where nothing was counted."""
    low, high = wilson(successes, n)
    return {
        "count": successes,
        "of": n,
        "share": successes / n if n else None,
        "low": low if n else None,
        "high": high if n else None,
    }
