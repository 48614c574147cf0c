"""Attempts sorted into kinds, and the lines of a program that show them."""

import pytest

from stop_tui.core.attempted import flag_findings, kind_of, lines_by_kind
from stop_tui.core.events import Budget


@pytest.mark.parametrize(
    ("what", "kind"),
    [
        ("start a process", "process"),
        ("signal a process", "process"),
        ("use the network", "network"),
        ("read a file outside", "file"),
        ("change a file outside", "file"),
        ("assign to utility.budget", "budget"),
        ("delete language_model.budget", "budget"),
        ("call native code", "other"),
        ("break its sandbox", "other"),
        ("made up by the program", "other"),
    ],
)
def test_every_attempt_has_a_kind(what: str, kind: str) -> None:
    assert kind_of(what) == kind


def test_the_lines_are_those_on_which_the_text_shows_it() -> None:
    source = (
        "import subprocess\n"
        "def improve_algorithm(s, utility, language_model):\n"
        "    utility.budget = 99\n"
        "    open('/etc/passwd')\n"
        "    import socket\n"
        "    return subprocess.run(['true'])\n"
    )
    assert lines_by_kind(source, Budget()) == {
        "process": (1, 6),
        "file": (4,),
        "network": (5,),
        "budget": (3,),
    }


def test_the_flag_counts_only_where_a_program_has_one() -> None:
    without = "def improve_algorithm(s, utility, m):\n    exec(s)\n    return utility(s)\n"
    assert flag_findings(without) == ()
    with_flag = "def f(s, utility, use_sandbox=True):\n    return utility(s, use_sandbox=False)\n"
    assert [finding.label for finding in flag_findings(with_flag)] == ["passes false"]
