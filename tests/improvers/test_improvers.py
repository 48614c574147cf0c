"""The improvers that come with the workspace, against a utility and a model that count."""

import ast
import math
import re
import sys
from pathlib import Path
from types import ModuleType

import pytest

from stop_tui.core import code_extraction

IMPROVERS = Path(__file__).parents[2] / "improvers"
NAMES = ["beam_search", "best_of_n", "chain_of_thought", "greedy_iterative", "seed"]
BASELINES = [name for name in NAMES if name != "seed"]
INITIAL = "value = 0.1\n"


class FakeUtility:
    """A solution is worth the value it assigns; what cannot be read is worth nothing."""

    str = "def utility(solution): ...  # the text of the utility"

    def __init__(self, budget=25):
        self.budget = budget
        self.uses = 0
        self.asked = []

    def __call__(self, solution):
        self.uses += 1
        self.asked.append(solution)
        if self.uses > self.budget or not isinstance(solution, str):
            return 0.0
        found = re.fullmatch(r"value = ([0-9.]+)\n", solution)
        return float(found[1]) if found else 0.0


class FakeModel:
    """Answers each prompt with what `respond` says to it; refuses beyond the budget."""

    budget = 4
    max_responses_per_call = 6

    def __init__(self, respond):
        self._respond = respond
        self.calls = []
        self.temperatures = []

    def prompt(self, expertise, message, n_responses=1, temperature=0.7):
        return self._call(expertise, [message] * n_responses, temperature)

    def batch_prompt(self, expertise, message_batch, temperature=0.7):
        return self._call(expertise, message_batch, temperature)

    def _call(self, expertise, messages, temperature):
        if len(self.calls) >= self.budget or len(messages) > self.max_responses_per_call:
            raise RuntimeError("the budget is spent")
        assert expertise
        assert all(isinstance(message, str) for message in messages)
        self.calls.append(messages)
        self.temperatures.append(temperature)
        return [self._respond(message) for message in messages]


def answer(value: float) -> str:
    return f"An idea.\n\n```python\nvalue = {value}\n```\n"


def counting():
    """Each response is a bit better than the one before."""
    count = iter(range(1, 1000))
    return lambda message: answer(round(0.1 + next(count) / 1000, 3))


def building():
    """Each response adds to the value of the program that the prompt shows."""

    def respond(message):
        (value,) = set(re.findall(r"^value = ([0-9.]+)$", message, re.MULTILINE))
        return answer(round(float(value) + 0.1, 3))

    return respond


@pytest.fixture
def improve(monkeypatch):
    """Runs an improver with `helpers` as the sandbox provides it."""
    monkeypatch.setitem(sys.modules, "helpers", code_extraction)

    def run(name, model, utility):
        module = ModuleType(name)
        exec((IMPROVERS / f"{name}.py").read_text("utf-8"), module.__dict__)
        return module.improve_algorithm(INITIAL, utility, model)

    return run


def test_these_are_the_improvers():
    assert sorted(path.stem for path in IMPROVERS.glob("*.py")) == NAMES


@pytest.mark.parametrize("name", NAMES)
def test_an_improver_says_what_it_is_and_imports_only_what_its_sandbox_has(name):
    tree = ast.parse((IMPROVERS / f"{name}.py").read_text("utf-8"))
    assert ast.get_docstring(tree)
    imported = [node for node in ast.walk(tree) if isinstance(node, ast.Import | ast.ImportFrom)]
    assert [ast.unparse(node) for node in imported] == ["from helpers import extract_code"]


@pytest.mark.parametrize("name", NAMES)
def test_the_best_of_all_measured_solutions_is_returned(name, improve):
    utility = FakeUtility()
    best = improve(name, FakeModel(counting()), utility)
    assert best == max(utility.asked, key=lambda solution: float(solution.split()[-1]))


@pytest.mark.parametrize("name", NAMES)
def test_the_model_is_shown_the_solution_and_the_utility(name, improve):
    model = FakeModel(counting())
    improve(name, model, FakeUtility())
    for message in model.calls[0]:
        assert INITIAL in message
        assert FakeUtility.str in message


@pytest.mark.parametrize("name", NAMES)
def test_temperatures_are_that_of_the_original(name, improve):
    model = FakeModel(counting())
    improve(name, model, FakeUtility())
    assert set(model.temperatures) == {0.7}


def test_the_seed_asks_once_and_measures_each_response(improve):
    model, utility = FakeModel(counting()), FakeUtility()
    improve("seed", model, utility)
    assert [len(messages) for messages in model.calls] == [6]
    assert utility.uses == 6


def test_the_seed_asks_for_no_more_than_it_may_measure(improve):
    model, utility = FakeModel(counting()), FakeUtility(budget=2)
    improve("seed", model, utility)
    assert [len(messages) for messages in model.calls] == [2]


@pytest.mark.parametrize("name", BASELINES)
def test_baselines_spend_the_same_whole_budget(name, improve):
    model, utility = FakeModel(counting()), FakeUtility()
    improve(name, model, utility)
    assert [len(messages) for messages in model.calls] == [6, 6, 6, 6]
    assert utility.uses == 25


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("budget", [1, 2, 7, 25])
def test_no_improver_asks_beyond_its_utility_budget(name, budget, improve):
    utility = FakeUtility(budget=budget)
    improve(name, FakeModel(counting()), utility)
    assert utility.uses <= budget


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("response", ["", "I cannot help with that.", "```python\n```"])
def test_without_any_program_in_the_responses_the_initial_solution_stays(name, response, improve):
    assert improve(name, FakeModel(lambda message: response), FakeUtility()) == INITIAL


@pytest.mark.parametrize("name", BASELINES)
def test_a_baseline_never_returns_what_is_worse_than_it_started_from(name, improve):
    assert improve(name, FakeModel(lambda message: answer(0.01)), FakeUtility()) == INITIAL


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("seed", 0.2),
        ("best_of_n", 0.2),
        ("chain_of_thought", 0.2),
        ("greedy_iterative", 0.5),
        ("beam_search", 0.5),
    ],
)
def test_only_the_iterating_improvers_build_on_what_they_found(name, value, improve):
    best = improve(name, FakeModel(building()), FakeUtility())
    assert math.isclose(float(best.split()[-1]), value)


@pytest.mark.parametrize("name", ["greedy_iterative", "beam_search"])
def test_the_iterating_improvers_tell_the_model_the_measured_utility(name, improve):
    model = FakeModel(building())
    improve(name, model, FakeUtility())
    assert "0.1000" in model.calls[0][0]
    assert "0.2000" in model.calls[1][0]


def test_beam_search_works_on_three_different_solutions_at_a_time(improve):
    model = FakeModel(counting())
    improve("beam_search", model, FakeUtility())
    assert [len(set(messages)) for messages in model.calls] == [1, 3, 3, 3]


def test_chain_of_thought_asks_for_thoughts_before_code(improve):
    model = FakeModel(counting())
    improve("chain_of_thought", model, FakeUtility())
    message = model.calls[0][0]
    assert message.index("step by step") < message.index("fenced Python code block")
