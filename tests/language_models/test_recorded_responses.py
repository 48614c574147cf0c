"""The recorded responses are all there, and every one is well formed."""

import ast

import pytest

from stop_tui.core.code_extraction import extract_code
from stop_tui.language_models.offline.library import IMPROVER, SEED, SHELVES, shelf

RESPONSES = [(task, r) for task in SHELVES for r in shelf(task).responses.values()]
NAMED = pytest.mark.parametrize(
    ("task", "response"), RESPONSES, ids=[f"{task}/{r.name}" for task, r in RESPONSES]
)


def test_there_are_34_improvers_and_18_responses_for_each_of_six_tasks() -> None:
    counts = {task: len(shelf(task).responses) for task in SHELVES}
    assert counts.pop(IMPROVER) == 34
    assert len(counts) == 6
    assert set(counts.values()) == {18}


@NAMED
def test_a_response_is_an_idea_and_one_program(task, response) -> None:
    assert len(response.idea) > 80
    assert "```" not in response.idea
    extracted = extract_code(response.text)
    assert isinstance(extracted, str)
    assert extracted.rstrip("\n") == response.code.rstrip("\n")
    assert "def " in response.code


@NAMED
def test_a_response_builds_on_the_seed_or_on_another_of_its_shelf(task, response) -> None:
    parents = shelf(task).responses
    assert response.builds_on == SEED or response.builds_on in parents
    expected = 1 if response.builds_on == SEED else parents[response.builds_on].depth + 1
    assert response.depth == expected


def test_what_is_withheld_exists_and_has_a_reason() -> None:
    for task in SHELVES:
        for name, reason in shelf(task).withheld.items():
            assert name in shelf(task).responses
            assert len(reason) > 20


def test_no_response_for_lpn_or_an_improver_that_may_be_given_uses_threads_or_clocks() -> None:
    unrepeatable = {"threading", "concurrent", "subprocess", "multiprocessing", "time", "secrets"}
    for task in (IMPROVER, "lpn"):
        for response in shelf(task).given():
            assert not unrepeatable & imported(response.code), response.name


def test_withheld_responses_are_not_given() -> None:
    given = {response.name for response in shelf(IMPROVER).given()}
    assert not given & {"threaded-cache", "subprocess-prescreen", "repair-probe"}
    assert len(given) == 31


def test_an_unknown_shelf_is_a_key_error() -> None:
    with pytest.raises(KeyError):
        shelf("../improver")


def imported(code: str) -> set[str]:
    try:
        tree = ast.parse(code)
    except SyntaxError:
        return set()
    names = [a.name for n in ast.walk(tree) if isinstance(n, ast.Import) for a in n.names]
    names += [n.module or "" for n in ast.walk(tree) if isinstance(n, ast.ImportFrom)]
    return {name.split(".")[0] for name in names}
