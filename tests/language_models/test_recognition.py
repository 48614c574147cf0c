"""A recorded program is found in a message, however it is put there."""

import ast
import itertools
import textwrap

import pytest

from stop_tui.language_models.offline.library import IMPROVER, SHELVES, shelf
from stop_tui.language_models.offline.recognition import look


@pytest.mark.parametrize("task", SHELVES)
def test_every_program_is_found_as_itself_and_as_nothing_else(task) -> None:
    for response in shelf(task).responses.values():
        message = f"Improve this program:\n\n{response.code}\n\nReturn the whole program."
        assert look(task, message).names == (response.name,)


@pytest.mark.parametrize("task", SHELVES)
def test_an_indented_program_is_found(task) -> None:
    for response in shelf(task).responses.values():
        assert look(task, textwrap.indent(response.code, "    ")).names == (response.name,)


@pytest.mark.parametrize("task", SHELVES)
def test_nearly_every_program_is_found_after_unparsing_its_syntax_tree(task) -> None:
    found = tried = 0
    for response in shelf(task).responses.values():
        try:
            unparsed = ast.unparse(ast.parse(response.code))
        except SyntaxError:
            continue
        tried += 1
        found += look(task, unparsed).names[:1] == (response.name,)
    # Where one call is most of a program and spreads over many lines, little is left to see.
    assert found >= tried - 1


@pytest.mark.parametrize("task", [IMPROVER, "lpn", "three_sat"])
def test_any_two_programs_in_one_message_are_both_found(task) -> None:
    for a, b in itertools.combinations(shelf(task).responses.values(), 2):
        message = f"Program A:\n\n{a.code}\n\nProgram B:\n\n{b.code}\n\nWrite a child."
        assert set(look(task, message).names) == {a.name, b.name}


def test_an_edited_program_is_still_found() -> None:
    code = shelf(IMPROVER).responses["beam-search"].code
    edited = code.replace("BEAM_WIDTH = 3", "BEAM_WIDTH = 5").replace(
        "temperature=0.8", "temperature=1"
    )
    assert look(IMPROVER, edited).names == ("beam-search",)


def test_an_unrelated_program_is_nothing_recorded() -> None:
    assert (
        look("lpn", "import os\n\ndef algorithm(a, b, c):\n    return [0] * len(c)\n").names == ()
    )


def test_the_other_lines_are_kept_as_they_were() -> None:
    code = shelf("lpn").responses["gf2-ransac"].code
    others = look("lpn", f"It scores 0.731.\n{code}\n  Do better.").others
    assert others[0] == "It scores 0.731."
    assert others[-1] == "  Do better."
    assert not any("def solve_gf2" in line for line in others)
