"""Costs in words: a part that is unknown is said."""

import pytest

from stop_tui.core.forecast import Forecast
from stop_tui.core.spending import Spent
from stop_tui.presentation.costs import (
    cost_as_json,
    cost_words,
    forecast_words,
    short_forecast,
    short_tokens,
    short_usd,
)
from stop_tui.presentation.figures import money

KNOWN = Spent(12, 60, 24_000, 0.12)
PARTLY = Spent(12, 60, 24_000, 0.12, untold=1)
UNKNOWN = Spent(12, 60, 0, 0.0, uncounted=12, unpriced=12)


@pytest.mark.parametrize(
    ("spent", "words", "tokens", "usd"),
    [
        (KNOWN, "24,000 tokens, $0.12", "24k", "$0.12"),
        (PARTLY, "at least 24,000 tokens, at least $0.12", "≥24k", "≥$0.12"),
        (UNKNOWN, "unknown tokens, unknown cost", "?", "?"),
        (Spent(), "0 tokens, $0.00", "0", "$0.00"),
    ],
    ids=["known", "partly", "unknown", "nothing"],
)
def test_a_part_that_is_unknown_is_said(spent: Spent, words: str, tokens: str, usd: str) -> None:
    assert cost_words(spent).endswith(words)
    assert (short_tokens(spent), short_usd(spent)) == (tokens, usd)


@pytest.mark.parametrize(
    ("usd", "words"),
    [
        (0.0, "$0.00"),
        (0.00001, "<$0.0001"),
        (0.0042, "$0.0042"),
        (0.25, "$0.25"),
        (1234.5, "$1,234.50"),
        (None, "unknown cost"),
    ],
)
def test_little_money_is_not_told_as_none(usd: float | None, words: str) -> None:
    assert money(usd) == words


def test_json_has_null_where_a_figure_is_not_exact() -> None:
    told = cost_as_json(PARTLY)
    assert (told["tokens"], told["cost_usd"]) == (None, None)
    assert (told["tokens_at_least"], told["cost_usd_at_least"]) == (24_000, 0.12)


@pytest.mark.parametrize(
    ("coming", "words", "short"),
    [
        (
            Forecast(1200, 5, 24_321, 0.5),
            "likely 24,000 tokens and $0.50 more, at most 1,200 more responses",
            "likely +$0.50",
        ),
        (
            Forecast(1200, 5, 24_321, None),
            "likely 24,000 tokens more, at most 1,200 more responses",
            "likely +24k tok",
        ),
        (Forecast(1200, 5, None, None), "at most 1,200 more responses", ""),
    ],
    ids=["money", "tokens", "bound"],
)
def test_a_forecast_says_what_is_likely_and_what_is_possible(coming, words, short) -> None:
    assert (forecast_words(coming), short_forecast(coming)) == (words, short)
