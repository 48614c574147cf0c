"""What was spent, and what may still be, in words: a part that is unknown is said, never left out.

``≥`` and "at least" mean that more was spent than is known, ``?`` that nothing is known of it.
"""

from stop_tui.core.forecast import Forecast
from stop_tui.core.spending import Spent
from stop_tui.presentation.figures import counted, money


def usd_words(spent: Spent) -> str:
    """``$1.20``, ``at least $1.20`` or ``unknown cost``."""
    if spent.usd is not None or not spent.usd_at_least:
        return money(spent.usd)
    return f"at least {money(spent.usd_at_least)}"


def token_words(spent: Spent) -> str:
    """``2,400 tokens``, ``at least 2,400 tokens`` or ``unknown tokens``."""
    if spent.tokens is None and not spent.tokens_at_least:
        return "unknown tokens"
    words = counted(spent.tokens_at_least, "token")
    return words if spent.tokens is not None else f"at least {words}"


def cost_words(spent: Spent) -> str:
    """``12 LM calls, 60 responses, 24,000 tokens, $0.12``."""
    return (
        f"{counted(spent.lm_calls, 'LM call')}, {counted(spent.responses, 'response')}, "
        f"{token_words(spent)}, {usd_words(spent)}"
    )


def short_usd(spent: Spent) -> str:
    """``$1.20``, ``≥$1.20`` or ``?``."""
    if spent.usd is not None:
        return money(spent.usd)
    return f"≥{money(spent.usd_at_least)}" if spent.usd_at_least else "?"


def short_tokens(spent: Spent) -> str:
    """``12k``, ``≥12k`` or ``?``."""
    if spent.tokens is not None:
        return short_count(spent.tokens)
    return f"≥{short_count(spent.tokens_at_least)}" if spent.tokens_at_least else "?"


def short_count(count: int) -> str:
    """1,234 · 12k · 1.2M"""
    if count < 10_000:
        return f"{count:,}"
    return f"{count / 1000:,.0f}k" if count < 999_500 else f"{count / 1_000_000:,.1f}M"


def forecast_words(coming: Forecast) -> str:
    """``likely 24,000 tokens and $0.12 more, at most 1,200 responses``."""
    at_most = f"at most {counted(coming.responses_at_most, 'more response')}"
    if coming.tokens is None and coming.usd is None:
        return at_most
    known = [
        "" if coming.tokens is None else f"{rounded(coming.tokens):,} tokens",
        "" if coming.usd is None else money(coming.usd),
    ]
    return f"likely {' and '.join(filter(None, known))} more, {at_most}"


def short_forecast(coming: Forecast) -> str:
    """``likely +$0.12``, or tokens where money is unknown; empty where neither is known."""
    if coming.usd is not None:
        return f"likely +{money(coming.usd)}"
    return "" if coming.tokens is None else f"likely +{short_count(coming.tokens)} tok"


def rounded(number: int) -> int:
    """`number` to two digits: what is likely is not known more exactly than that."""
    return round(number, 2 - len(str(number)))


def cost_as_json(spent: Spent) -> dict[str, object]:
    """The figures of `spent`; null where part of one is unknown, with what it is at least."""
    return {
        "lm_calls": spent.lm_calls,
        "responses": spent.responses,
        "tokens": spent.tokens,
        "tokens_at_least": spent.tokens_at_least,
        "cost_usd": spent.usd,
        "cost_usd_at_least": spent.usd_at_least,
    }
