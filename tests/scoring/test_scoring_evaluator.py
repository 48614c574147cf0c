"""Utilities of solutions, with the real sandbox and the real scoring process."""

import asyncio
from pathlib import Path

import pytest

from stop_tui.core.errors import TaskError, UsageError
from stop_tui.core.verdicts import Verdict
from stop_tui.sandbox import Pool
from stop_tui.scoring import Evaluator, load_tasks
from tests.scoring.together import scores

TASKS = Path(__file__).parents[2] / "tasks"

DOUBLING = """
def instance(rng):
    return ([int(rng.integers(1, 1000))],), None

def score(inputs, hidden, output):
    return max(0.0, 1 - abs(output - 2 * inputs[0][0]) / 2000)
"""
RIGHT = "def algorithm(x):\n    return 2 * x[0]\n"

ORIGINAL = """
import random

def utility(algorithm_str: str) -> float:
    namespace = {}
    exec(algorithm_str, namespace)
    return namespace["algorithm"](random.random())
"""


HALF = "def algorithm(x):\n    return x[0]\n"
BAD = [
    ("def algorithm(x):\n    return 1 / 0\n", Verdict.ERROR, "ZeroDivisionError"),
    ("def algorithm(x)\n    return 1\n", Verdict.ERROR, "SyntaxError"),
    ("import nowhere_to_be_found\n", Verdict.ERROR, "nowhere_to_be_found"),
    ("def solve(x):\n    return 1\n", Verdict.ERROR, "algorithm"),
    ("def algorithm():\n    return 1\n", Verdict.ERROR, "TypeError"),
    ("def algorithm(x):\n    return None\n", Verdict.BAD_RESULT, "TypeError"),
    ("def algorithm(x):\n    return 'two'\n", Verdict.BAD_RESULT, "TypeError"),
    ("import os\ndef algorithm(x):\n    os._exit(0)\n", Verdict.DIED, ""),
]
FAILS_ONCE = """\
calls = []
def algorithm(x):
    calls.append(x)
    assert len(calls) != 2
    return 2 * x[0]
"""
CHANGES_ITS_INPUTS = """\
def algorithm(x):
    right = 2 * x[0]
    x[0] = 0
    return right
"""
LONG_ERROR = "def algorithm(x):\n    raise ValueError('x' * 100_000)\n"
ON_DOUBLING = [
    *(HALF, RIGHT, FAILS_ONCE, CHANGES_ITS_INPUTS, LONG_ERROR),
    *(source for source, *_ in BAD),
]

QUARTER = "def algorithm(x):\n    return 0.25\n"
NO_TEXT = "x = '\ud800'\n"
NO_SCORES = ["10.5", "-0.5", "float('nan')", "'1'", "None", "[1.0]"]
ON_THE_ORIGINAL = [QUARTER, NO_TEXT, *(f"def algorithm(x):\n    return {it}\n" for it in NO_SCORES)]


@pytest.fixture(scope="module")
def scored(tmp_path_factory):
    """The scores of all these, by name of the task and source."""
    head = "LIMIT = 2.0\nINSTANCES = {'val': 3, 'test': 3}\n"
    asked = [("doubling", source) for source in ON_DOUBLING]
    asked += [("original", source) for source in ON_THE_ORIGINAL]
    tasks = {"doubling": head + DOUBLING, "original": ORIGINAL}
    return scores(tmp_path_factory.mktemp("scored"), tasks, asked)


@pytest.fixture
def evaluated(tmp_path):
    """Runs a coroutine function with an evaluator of these tasks."""

    def run(main, *tasks, seed=0, deadline=30.0):
        async def with_evaluator():
            by_name = {task.name: task for task in tasks}
            async with (
                Pool(size=2, scratch=tmp_path / "scratch", unsafe_no_isolation=True) as pool,
                Evaluator(pool, by_name, seed, deadline=deadline) as evaluator,
            ):
                return await main(evaluator)

        (tmp_path / "scratch").mkdir(exist_ok=True)
        return asyncio.run(with_evaluator())

    return run


@pytest.fixture
def score(evaluated):
    """The score of one solution on one task."""

    def one(task, source, split="val", phase="selection", **options):
        return evaluated(lambda e: e.utility(task.name, source, split, phase), task, **options)

    return one


def verdicts(found):
    return [instance.verdict for instance in found.instances]


def test_the_utility_is_the_mean_of_the_instances_scores(scored):
    found = scored["doubling", HALF]
    each = [instance.score for instance in found.instances]
    assert len(set(each)) == 3
    assert found.utility == pytest.approx(sum(each) / 3)
    assert 0 < found.utility < 1
    assert found.cpu_seconds > 0


def test_a_right_solution_has_utility_one(scored):
    found = scored["doubling", RIGHT]
    assert found.utility == 1.0
    assert verdicts(found) == [Verdict.OK] * 3


def test_a_utility_is_a_value_of_source_task_split_phase_and_seed(make_task, evaluated):
    task = make_task(DOUBLING, instances=5)
    source = "import random\ndef algorithm(x):\n    return x[0] + random.random()\n"

    async def ask(evaluator):
        places = [("val", "selection"), ("test", "selection"), ("val", "measure/I1")]
        return [(await evaluator.utility(task.name, source, *place)).utility for place in places]

    async def ask_backwards(evaluator):
        await evaluator.utility(task.name, RIGHT, "val", "selection")
        places = [("val", "measure/I1"), ("test", "selection"), ("val", "selection")]
        asked = [evaluator.utility(task.name, source, *place) for place in places]
        return [found.utility for found in await asyncio.gather(*asked)][::-1]

    first = evaluated(ask, task)
    assert evaluated(ask_backwards, task) == first
    assert len(set(first)) == 3
    assert evaluated(ask, task, seed=1) != first


def test_every_solution_gets_the_same_random_numbers(make_task, evaluated):
    task = make_task(
        "def instance(rng):\n    return (), None\n\n"
        "def score(inputs, hidden, output):\n    return output\n"
    )
    source = "import random\ndef algorithm():\n    return random.random()\n"

    async def main(evaluator):
        one = await evaluator.utility(task.name, source, "val", "selection")
        other = await evaluator.utility(task.name, source + "# other\n", "val", "selection")
        assert one.instances[0].score == other.instances[0].score

    evaluated(main, task)


@pytest.mark.parametrize(("source", "verdict", "error"), BAD)
def test_a_bad_solution_scores_zero_and_says_why(source, verdict, error, scored):
    found = scored["doubling", source]
    assert found.utility == 0.0
    assert found.instances[0].verdict is verdict
    assert error in (found.instances[0].error or "")


def test_a_failure_on_one_instance_leaves_the_others(scored):
    found = scored["doubling", FAILS_ONCE]
    assert verdicts(found) == [Verdict.OK, Verdict.ERROR, Verdict.OK]
    assert found.utility == pytest.approx(2 / 3)


def test_a_solution_over_the_tasks_limit_times_out(make_task, score):
    found = score(make_task(DOUBLING, limit=0.1), "def algorithm(x):\n    while True: pass\n")
    assert found.utility == 0.0
    assert set(verdicts(found)) == {Verdict.TIMEOUT}


def test_a_solution_that_changes_its_inputs_does_not_change_its_score(scored):
    assert scored["doubling", CHANGES_ITS_INPUTS].utility == 1.0


def test_what_a_solution_never_sees_is_the_hidden_answer(make_task, score):
    task = make_task(
        "def instance(rng):\n    return (), 'the answer'\n\n"
        "def score(inputs, hidden, output):\n    return float(hidden in output)\n"
    )
    source = (
        "import gc, sys\n"
        "def algorithm():\n"
        "    texts = [o for o in gc.get_objects() if isinstance(o, (list, tuple, dict))]\n"
        "    return ' '.join(str(o)[:10000] for o in texts)[:1000000] + str(list(sys.modules))\n"
    )
    assert score(task, source).utility == 0.0


def test_errors_are_of_bounded_length(scored):
    assert len(scored["doubling", LONG_ERROR].instances[0].error) <= 500


def test_a_task_that_is_not_there_is_a_mistake_in_use(make_task, evaluated):
    with pytest.raises(UsageError, match="no task 'other'"):
        evaluated(lambda e: e.utility("other", RIGHT, "val", "selection"), make_task(DOUBLING))


def test_a_broken_task_is_found_before_it_is_used_and_others_go_on(make_task, evaluated):
    hangs = make_task(DOUBLING + "\nwhile True: pass\n", name="hangs")
    whole = make_task(DOUBLING, name="whole")

    async def main(evaluator):
        with pytest.raises(TaskError, match=r"hangs/utility.py:\d+: `the file`"):
            await evaluator.check("hangs")
        await evaluator.check("whole")
        assert (await evaluator.utility("whole", RIGHT, "val", "selection")).utility == 1.0

    evaluated(main, hangs, whole, deadline=2.0)


def test_a_score_that_hangs_on_the_seed_solutions_result_is_found_by_the_check(
    make_task, evaluated
):
    body = "def instance(rng):\n    return (1,), None\n\ndef score(inputs, hidden, output):\n"
    task = make_task(body + "    while output == 1: pass\n    return 1.0\n")

    async def main(evaluator):
        with pytest.raises(TaskError, match=r"utility.py:\d+: `score` took more than 2 s"):
            await evaluator.check(task.name)

    evaluated(main, task, deadline=2.0)


def test_the_workspaces_tasks_pass_their_check(evaluated):
    tasks = load_tasks(TASKS)
    names = ("lpn", "parity", "string_grid_distance", "three_sat", "mqap")

    async def main(evaluator):
        for name in names:
            await evaluator.check(name)

    evaluated(main, *(tasks[name] for name in names))


def original(write_task, utility, seed="def algorithm(x):\n    return x\n"):
    return load_tasks(write_task(utility, seed))["mine"]


def test_a_utility_of_the_originals_form_runs_whole_and_has_one_instance(scored):
    found = scored["original", QUARTER]
    assert found.utility == 0.25
    assert verdicts(found) == [Verdict.OK]


def test_in_the_originals_form_splits_phases_and_runs_differ_by_their_seed(write_task, evaluated):
    task = original(write_task, ORIGINAL)
    source = "def algorithm(x):\n    return x\n"

    async def main(evaluator):
        places = [("val", "selection"), ("test", "selection"), ("val", "measure/I1")]
        return [(await evaluator.utility("mine", source, *place)).utility for place in places]

    utilities = evaluated(main, task)
    assert len(set(utilities)) == 3
    assert evaluated(main, task) == utilities
    assert evaluated(main, task, seed=1) != utilities


@pytest.mark.parametrize("value", NO_SCORES)
def test_in_the_originals_form_a_score_outside_zero_to_one_counts_as_zero(value, scored):
    found = scored["original", f"def algorithm(x):\n    return {value}\n"]
    assert found.utility == 0.0
    assert verdicts(found) == [Verdict.BAD_RESULT]
    assert "not a number in [0, 1]" in found.instances[0].error


def test_in_the_originals_form_a_source_that_is_no_text_scores_zero(scored):
    found = scored["original", NO_TEXT]
    assert found.utility == 0.0
    assert verdicts(found) == [Verdict.ERROR]


def test_a_utility_that_cannot_score_its_own_seed_solution_is_broken(write_task, evaluated):
    task = original(write_task, "import nowhere_to_be_found\n" + ORIGINAL)

    async def main(evaluator):
        with pytest.raises(TaskError, match=r"utility.py:\d+: .*nowhere_to_be_found"):
            await evaluator.check("mine")

    evaluated(main, task)


def test_one_askers_cancellation_takes_nothing_from_another(make_task, evaluated):
    task = make_task(DOUBLING)

    async def main(evaluator):
        asking = [
            asyncio.create_task(evaluator.utility(task.name, RIGHT, "val", "selection"))
            for _ in range(4)
        ]
        await asyncio.sleep(0)
        asking[0].cancel()
        results = await asyncio.gather(*asking, return_exceptions=True)
        assert isinstance(results[0], asyncio.CancelledError)
        assert [found.utility for found in results[1:]] == [1.0] * 3

    evaluated(main, task)
