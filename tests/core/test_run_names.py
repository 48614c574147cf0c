"""A run's name is a branch and a word on the command line, and is never mistaken for another."""

import random

import pytest

from stop_tui.core.errors import UsageError
from stop_tui.core.run_names import check_run_name, made_up_run_name


@pytest.mark.parametrize("name", ["brave-otter", "a", "lpn_7", "2nd-try", "x" * 60])
def test_plain_words_may_name_a_run(name: str) -> None:
    assert check_run_name(name) == name


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("", "empty"),
        ("x" * 61, "longer"),
        ("-p", "letters"),
        ("a b", "letters"),
        ("a/b", "letters"),
        ("a..b", "letters"),
        ("otter\n", "letters"),
        ("\x1b[31m", "letters"),
        ("étoile", "letters"),
        ("deadbeef", "commit"),
        ("1234", "commit"),
        ("I3", "version"),
        ("HEAD", "git"),
        ("FETCH_HEAD", "git"),
        ("config", "git"),
    ],
)
def test_what_git_or_a_shell_could_take_for_something_else_is_refused(name: str, why: str) -> None:
    with pytest.raises(UsageError, match=why) as refusal:
        check_run_name(name)
    assert "\x1b" not in str(refusal.value)


def test_made_up_names_are_allowed_new_and_the_same_for_the_same_seed() -> None:
    taken: list[str] = []
    rng = random.Random(7)
    for _ in range(300):
        taken.append(check_run_name(made_up_run_name(rng, taken)))
    assert len(set(taken)) == 300
    assert made_up_run_name(random.Random(7), ()) == taken[0]


def test_there_is_a_new_name_even_when_its_pair_is_taken() -> None:
    pair = made_up_run_name(random.Random(7), ())
    name = check_run_name(made_up_run_name(random.Random(7), [pair]))
    assert name != pair
    assert name.startswith(pair)
