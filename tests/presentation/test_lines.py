"""What events say to people."""

import pytest

from stop_tui.core import events as ev
from stop_tui.core.budgets import LikelyCost
from stop_tui.core.state import fold
from stop_tui.presentation.lines import cost_line, describe, likely_cost_words

STATE = fold(
    [ev.RunStarted(settings=ev.Settings(name="run", iterations=6), source="s", tasks={"lpn": "u"})]
)


@pytest.mark.parametrize(
    ("responses", "seen", "words"),
    [
        (0, 1, "likely about 0, as 1 earlier meta-iteration went"),
        (7, 2, "likely about 7, as 2 earlier meta-iterations went"),
        (3927, 12, "likely about 3,900, as 12 earlier meta-iterations went"),
    ],
)
def test_what_is_likely_is_not_said_more_exactly_than_it_is_known(responses, seen, words):
    assert likely_cost_words(LikelyCost(responses, seen)) == words


def test_tokens_and_money_are_said_where_they_are_known():
    words = likely_cost_words(LikelyCost(3927, 12, tokens=1_234_567, usd=4.1))
    assert (
        words == "likely about 3,900 (1,200,000 tokens, $4.10), as 12 earlier meta-iterations went"
    )
    assert "$" not in likely_cost_words(LikelyCost(3927, 12, tokens=10, usd=0.0))


def test_what_is_likely_stands_beside_what_is_possible():
    most = "This run may cost at most 19,584 responses of offline (6 meta-iterations x 3,264)"
    assert cost_line(STATE) == most + "."
    likely = cost_line(STATE, LikelyCost(100, 2))
    assert likely == most + ", likely about 100, as 2 earlier meta-iterations went."


@pytest.mark.parametrize("question", ["proposal", "execution", "failure"])
def test_that_a_decision_is_awaited_is_said(question):
    awaited = ev.DecisionAwaited(iteration=1, question=question, source="a")
    assert "awaited" in describe(awaited, STATE)
