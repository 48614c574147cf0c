"""What is kept beside a score: a short hash of each answer, and scores outside [0, 1]."""

import pytest

from stop_tui.core.verdicts import Verdict
from tests.scoring.together import scores

PASSED_ON = """
def instance(rng):
    return (int(rng.integers(0, 1000)),), None

def score(inputs, hidden, output):
    if output == "raise":
        raise ValueError("no")
    return output
"""

ORIGINAL = """
import random

def utility(algorithm_str: str) -> float:
    namespace = {}
    exec(algorithm_str, namespace)
    return namespace["algorithm"](random.random())
"""


QUARTER = "def algorithm(x):\n    return 0.25\n"
DIFFERS = "def algorithm(x):\n    return x / 1000\n"
RAISES = "def algorithm(x):\n    raise ValueError\n"
OUTSIDE = [("12.5", "-0.5"), ("nan", "inf")]
NO_NUMBERS = ["'raise'", "'1'", "None"]


def returns(value):
    return f"def algorithm(x):\n    return {value}\n"


def returns_one_after_the_other(*numbers):
    return f"LEFT = iter({numbers!r})\ndef algorithm(x):\n    return float(next(LEFT))\n"


@pytest.fixture(scope="module")
def scored(tmp_path_factory):
    """The scores of all these, by name of the task (how many instances it has) and source."""
    asked = [("four", source) for source in (QUARTER, DIFFERS, RAISES)]
    asked += [("two", returns_one_after_the_other(*numbers)) for numbers in OUTSIDE]
    asked += [("two", returns(value)) for value in NO_NUMBERS]
    asked += [("original", returns(10.5))]
    tasks = {
        name: f"LIMIT = 2.0\nINSTANCES = {{'val': {count}, 'test': {count}}}\n{PASSED_ON}"
        for name, count in (("two", 2), ("four", 4))
    }
    return scores(tmp_path_factory.mktemp("scored"), tasks | {"original": ORIGINAL}, asked)


def test_equal_answers_have_equal_hashes_and_others_have_others(scored):
    same = scored["four", QUARTER]
    assert len(set(same.answers)) == 1
    assert len(same.answers[0]) == 12


def test_different_answers_have_different_hashes(scored):
    different = scored["four", DIFFERS]
    assert len(set(different.answers)) == len(different.instances) == 4


def test_where_nothing_was_returned_there_is_no_hash(scored):
    assert scored["four", RAISES].answers == ("", "", "", "")


@pytest.mark.parametrize("numbers", OUTSIDE)
def test_a_score_outside_zero_to_one_never_counts_and_is_named(scored, numbers):
    found = scored["two", returns_one_after_the_other(*numbers)]
    assert found.utility == 0.0
    assert {each.verdict for each in found.instances} == {Verdict.BAD_RESULT}
    assert dict(found.outside) == dict(enumerate(numbers))


@pytest.mark.parametrize("returned", NO_NUMBERS)
def test_what_is_no_number_is_not_outside_the_range(scored, returned):
    found = scored["two", returns(returned)]
    assert (found.utility, dict(found.outside)) == (0.0, {})


def test_in_the_originals_form_it_is_the_same(scored):
    found = scored["original", returns(10.5)]
    assert (found.utility, dict(found.outside)) == (0.0, {0: "10.5"})
