"""What is kept beside a score: a short hash of each answer, and scores outside [0, 1]."""

import asyncio

import pytest

from stop_tui.core.verdicts import Verdict
from stop_tui.sandbox import Pool
from stop_tui.scoring import Evaluator, load_tasks

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


@pytest.fixture
def score(tmp_path):
    """The score of one solution on one task."""

    def one(task, source):
        async def main():
            (tmp_path / "scratch").mkdir()
            async with (
                Pool(size=1, scratch=tmp_path / "scratch", unsafe_no_isolation=True) as pool,
                Evaluator(pool, {task.name: task}, 0) as evaluator,
            ):
                return await evaluator.utility(task.name, source, "val", "selection")

        return asyncio.run(main())

    return one


def passed_on(make_task, instances=4):
    return make_task(PASSED_ON, seed="def algorithm(x):\n    return 0.5\n", instances=instances)


def test_equal_answers_have_equal_hashes_and_others_have_others(make_task, score):
    same = score(passed_on(make_task), "def algorithm(x):\n    return 0.25\n")
    assert len(set(same.answers)) == 1
    assert len(same.answers[0]) == 12


def test_different_answers_have_different_hashes(make_task, score):
    different = score(passed_on(make_task), "def algorithm(x):\n    return x / 1000\n")
    assert len(set(different.answers)) == len(different.instances)


def test_where_nothing_was_returned_there_is_no_hash(make_task, score):
    failed = score(passed_on(make_task), "def algorithm(x):\n    raise ValueError\n")
    assert failed.answers == ("", "", "", "")


@pytest.mark.parametrize(
    ("returned", "words"),
    [("12.5", "12.5"), ("-0.5", "-0.5"), ("float('nan')", "nan"), ("float('inf')", "inf")],
)
def test_a_score_outside_zero_to_one_never_counts_and_is_named(make_task, score, returned, words):
    scored = score(passed_on(make_task, 2), f"def algorithm(x):\n    return {returned}\n")
    assert scored.utility == 0.0
    assert {each.verdict for each in scored.instances} == {Verdict.BAD_RESULT}
    assert dict(scored.outside) == {0: words, 1: words}


@pytest.mark.parametrize("returned", ["'raise'", "'1'", "None"])
def test_what_is_no_number_is_not_outside_the_range(make_task, score, returned):
    scored = score(passed_on(make_task, 2), f"def algorithm(x):\n    return {returned}\n")
    assert (scored.utility, dict(scored.outside)) == (0.0, {})


def test_in_the_originals_form_it_is_the_same(write_task, score):
    task = load_tasks(write_task(ORIGINAL, "def algorithm(x):\n    return x\n"))["mine"]
    scored = score(task, "def algorithm(x):\n    return 10.5\n")
    assert (scored.utility, dict(scored.outside)) == (0.0, {0: "10.5"})
