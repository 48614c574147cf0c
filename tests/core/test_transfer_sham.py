"""A sham: as long as the other, with its code, and with nothing of it run."""

import sys
from pathlib import Path
from types import ModuleType

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stop_tui.core.code_extraction import extract_code
from stop_tui.core.transfer_sham import HEAD, sham

IMPROVERS = Path(__file__).parents[2] / "improvers"
RECORDED = Path(__file__).parents[2] / "stop_tui/language_models/offline/responses/improver"
SEED = (IMPROVERS / "seed.py").read_text()
LONG = "".join(path.read_text() for path in sorted(IMPROVERS.glob("*.py")))


class Model:
    budget = 4
    max_responses_per_call = 6

    def __init__(self):
        self.asked = []

    def batch_prompt(self, expertise, messages, temperature=0.7):
        self.asked.append((expertise, messages, temperature))
        return [f"```python\nvalue = {number}\n```" for number in range(len(messages))]


def utility(solution):
    return float(solution.split("=")[1]) if "=" in solution else 0.0


utility.str = "the utility"
utility.budget = 25


def behaviour(source, monkeypatch):
    """What an improver returns, and all that it asked the model."""
    helpers = ModuleType("helpers")
    helpers.extract_code = extract_code
    monkeypatch.setitem(sys.modules, "helpers", helpers)
    names, model = {}, Model()
    exec(compile(source, "improver", "exec"), names)
    return names["improve_algorithm"]("value = 0", utility, model), model.asked


def test_it_behaves_as_the_genuine_one_with_the_length_and_the_code_of_the_other(monkeypatch):
    found = sham(SEED, LONG)
    assert behaviour(found, monkeypatch) == behaviour(SEED, monkeypatch)
    assert len(found) == len(LONG)
    assert found.startswith(SEED)
    assert "utility(solution)" in found.removeprefix(SEED)


@pytest.mark.parametrize("path", sorted(RECORDED.glob("*.md")), ids=lambda path: path.stem)
def test_recorded_improvers_give_shams_that_are_programs(path, monkeypatch):
    other = extract_code(path.read_text())
    found = sham(SEED, other)
    assert len(found) == max(len(SEED), len(other))
    assert behaviour(found, monkeypatch) == behaviour(SEED, monkeypatch)


def test_what_is_no_longer_than_the_genuine_one_changes_nothing():
    assert sham(SEED, SEED) == SEED
    assert sham(SEED, "x = 1\n") == SEED


UNFIT = {
    "no Python": "def improve_algorithm(:",
    "future import": "from __future__ import annotations",
    "import of everything": "from os import *",
    "await": "await x",
    "return": "return 1",
    "break": "break",
    "nonlocal": "nonlocal y",
    "global in a function": "x = 1\ndef f():\n    global x\n    x = 2\n",
    "global after use": "print(x)\nglobal x",
    "text of two lines": "x = '''one\ntwo'''",
    "an ending": "raise SystemExit",
    "beyond ASCII": "é = '\U0001f600'",
    "deep": "(" * 500 + ")" * 500,
}


@pytest.mark.parametrize("line", UNFIT.values(), ids=UNFIT.keys())
def test_code_that_cannot_stand_in_a_function_does_no_harm(line, monkeypatch):
    other = (line + "\n") * 3 + "\n" * len(SEED) + "value = utility(1)\n" * 20
    found = sham(SEED, other)
    assert len(found) == len(other)
    assert behaviour(found, monkeypatch) == behaviour(SEED, monkeypatch)


@given(st.integers(0, 2 * len(HEAD)))
def test_it_is_exactly_as_long_however_little_is_missing(more):
    found = sham(SEED, SEED + "x" * more)
    assert len(found) == len(SEED) + more
    compile(found, "improver", "exec")
