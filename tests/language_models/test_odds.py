"""What is likely: better prompts get better answers, low temperatures are concentrated."""

import math

import pytest

from stop_tui.language_models.offline.library import IMPROVER, SHELVES, shelf
from stop_tui.language_models.offline.odds import chances
from stop_tui.language_models.offline.reading import Helps

NOTHING = Helps()
EVERYTHING = Helps(scores=True, errors=True, attempts=True, ideas=True)


def probabilities(task="lpn", shown=(), helps=NOTHING, temperature=0.7) -> dict[str, float]:
    odds = chances(shelf(task), shown, helps, temperature)
    return {chance.response.name: chance.probability for chance in odds}


@pytest.mark.parametrize("task", SHELVES)
@pytest.mark.parametrize("temperature", [0.0, 0.3, 0.7, 2.0, math.inf])
def test_the_probabilities_of_what_may_be_given_sum_to_one(task, temperature) -> None:
    for shown in [(), *((name,) for name in shelf(task).responses)]:
        odds = probabilities(task, shown, EVERYTHING, temperature)
        assert set(odds) == {r.name for r in shelf(task).given()} - set(shown)
        assert sum(odds.values()) == pytest.approx(1.0)
        assert min(odds.values()) > 0.0


def test_what_is_withheld_is_never_given() -> None:
    assert "threaded-cache" not in probabilities(IMPROVER)
    assert "subprocess-prescreen" not in probabilities(IMPROVER, shown=("threaded-cache",))


@pytest.mark.parametrize(
    "helps", [{"scores": True}, {"errors": True}, {"attempts": True}, {"ideas": True}]
)
def test_each_thing_that_helps_makes_a_response_that_builds_on_the_program_likelier(helps) -> None:
    without = probabilities(shown=("subsets-to-three",))["all-subsets-exhaustive"]
    with_it = probabilities(shown=("subsets-to-three",), helps=Helps(**helps))
    assert with_it["all-subsets-exhaustive"] > without


def test_a_response_that_builds_on_the_program_stays_a_small_probability() -> None:
    odds = probabilities(shown=("gf2-direct-solve",), helps=EVERYTHING)
    assert 0.02 < odds["gf2-ransac"] < 0.15


def test_showing_a_program_makes_what_builds_on_it_likelier() -> None:
    for response in shelf("lpn").given():
        if response.builds_on != "seed":
            shown = probabilities(shown=(response.builds_on,), helps=EVERYTHING)[response.name]
            assert shown > 3 * probabilities()[response.name]


def test_what_took_several_steps_from_the_seed_seldom_comes_to_mind() -> None:
    odds = probabilities()
    by_depth = {1: 0.0, 2: 0.0, 3: 0.0}
    for response in shelf("lpn").given():
        by_depth[response.depth] += odds[response.name]
    assert by_depth[1] > 0.9
    assert by_depth[1] > 10 * by_depth[2] > 100 * by_depth[3] > 0


def test_the_colder_the_more_concentrated() -> None:
    spread = [entropy(probabilities(temperature=t)) for t in (0.0, 0.2, 0.5, 0.7, 1.0, 2.0)]
    assert spread == sorted(spread)
    assert max(probabilities(temperature=0.0).values()) > 0.8


def entropy(odds: dict[str, float]) -> float:
    return -sum(p * math.log(p) for p in odds.values() if p)
