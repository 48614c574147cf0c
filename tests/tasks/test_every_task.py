"""What holds for each of the tasks."""

from pathlib import Path

import numpy as np
import pytest

from stop_tui.scoring import Task, load_tasks

TASKS = Path(__file__).parents[2] / "tasks"
NAMES = ["lpn", "maxcut", "mqap", "parity", "string_grid_distance", "three_sat"]
NO_RESULT = [None, "", [], {}, (), 0, float("nan"), [None], [[]], object, np.zeros((0,)), "AB" * 99]


def same(left, right):
    if isinstance(left, np.ndarray):
        return left.dtype == right.dtype and np.array_equal(left, right)
    if isinstance(left, tuple):
        return len(left) == len(right) and all(map(same, left, right))
    return left == right


def test_all_six_tasks_can_be_used():
    tasks = load_tasks(TASKS)
    assert list(tasks) == NAMES
    assert all(isinstance(task, Task) and task.form == "instances" for task in tasks.values())


@pytest.mark.parametrize(
    ("name", "limit", "val", "test"),
    [
        ("lpn", 2.0, 20, 50),
        ("parity", 2.0, 20, 20),
        ("string_grid_distance", 0.1, 50, 50),
        ("mqap", 0.5, 10, 10),
        ("three_sat", 0.1, 30, 30),
        ("maxcut", 0.1, 100, 100),
    ],
)
def test_limits_and_numbers_of_instances_are_those_of_the_original(name, limit, val, test):
    task = load_tasks(TASKS)[name]
    assert isinstance(task, Task)
    assert (task.limit, task.instances) == (limit, {"val": val, "test": test})


@pytest.mark.parametrize("name", NAMES)
def test_an_instance_depends_on_its_generator_alone(name, utility):
    module = utility(name)
    np.random.seed(1)
    first = module.instance(np.random.default_rng(5))
    np.random.seed(2)
    again = module.instance(np.random.default_rng(5))
    other = module.instance(np.random.default_rng(6))
    assert same(first, again)
    assert not same(first, other)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("output", NO_RESULT, ids=repr)
def test_what_is_no_result_is_refused(name, output, utility):
    module = utility(name)
    inputs, hidden = module.instance(np.random.default_rng(0))
    with pytest.raises((TypeError, ValueError)):
        module.score(inputs, hidden, output)


@pytest.mark.parametrize("name", NAMES)
def test_scoring_leaves_the_inputs_as_they_are(name, utility, seed_solution):
    module = utility(name)
    inputs, hidden = module.instance(np.random.default_rng(0))
    pristine, _ = module.instance(np.random.default_rng(0))
    output = seed_solution(name).algorithm(*pristine)
    module.score(inputs, hidden, output)
    assert same(inputs, module.instance(np.random.default_rng(0))[0])


@pytest.mark.parametrize(
    ("name", "low", "high"),
    [
        ("lpn", 0.45, 0.55),
        ("parity", 0.45, 0.55),
        ("string_grid_distance", 0.40, 0.48),
        ("mqap", 0.19, 0.22),
        ("three_sat", 0.80, 1.00),
        ("maxcut", 0.55, 0.65),
    ],
)
def test_what_the_seed_solution_reaches_when_time_is_no_limit(
    name, low, high, utility, seed_solution, instances
):
    module, solution = utility(name), seed_solution(name)
    np.random.seed(0)
    count = {"lpn": 200, "parity": 200, "string_grid_distance": 200, "maxcut": 3}.get(name, 15)
    scores = []
    for inputs, hidden in instances(module, count):
        output = solution.algorithm(*inputs)
        scores.append(0.0 if output is None else module.score(inputs, hidden, output))
    assert low <= np.mean(scores) <= high
