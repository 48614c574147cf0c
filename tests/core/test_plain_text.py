"""Text that models and programs write cannot act on a terminal, and nothing of it is hidden."""

import sys
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stop_tui.core.plain_text import one_line, plain

ANYTHING = st.text(st.characters(codec=None))
ACTING = {"Cc", "Cf", "Cs", "Zl", "Zp"}


def acting(text: str) -> set[str]:
    return {character for character in text if unicodedata.category(character) in ACTING}


def test_no_code_point_that_could_act_on_a_terminal_passes() -> None:
    everything = "".join(map(chr, range(sys.maxunicode + 1)))
    assert acting(plain(everything)) == {"\n"}
    assert acting(plain(everything, newlines=False)) == set()
    assert acting(one_line(everything)) == set()


@pytest.mark.parametrize(
    ("hostile", "shown"),
    [
        ("\x1b[31mred\x1b[0m", "␛[31mred␛[0m"),
        ("\x1b]52;c;aGk=\x07", "␛]52;c;aGk=␇"),
        ("a\x00b\x7f", "a␀b␡"),
        ("\x9b31m", "�31m"),
        ("admin\u202egpj.exe", "admin�gpj.exe"),
        ("pass\u200bword\ufeff", "pass�word�"),
        ("\ud800", "�"),
        ("over\rwritten", "over␍written"),
        ("one\r\ntwo\n", "one\ntwo\n"),
        ("a\tb", "a   b"),
        ("naïve 日本 🦦", "naïve 日本 🦦"),
    ],
)
def test_what_is_hostile_is_shown_and_what_is_not_is_kept(hostile: str, shown: str) -> None:
    assert plain(hostile) == shown


@given(ANYTHING, st.booleans(), st.integers(0, 30))
def test_plain_text_is_inert_bounded_and_stays_as_it_is(
    text: str, newlines: bool, limit: int
) -> None:
    once = plain(text, newlines=newlines, limit=limit)
    assert acting(once) <= ({"\n"} if newlines else set())
    assert len(once) <= limit
    assert plain(once, newlines=newlines, limit=limit) == once


@given(ANYTHING, st.integers(0, 30))
def test_one_line_is_one_line(text: str, limit: int) -> None:
    once = one_line(text, limit)
    assert len(once.splitlines()) <= 1
    assert len(once) <= limit
    assert one_line(once, limit) == once


@given(ANYTHING, st.integers(1, 30))
def test_what_is_cut_says_so_and_the_rest_is_whole(text: str, limit: int) -> None:
    whole = plain(text)
    shown = plain(text, limit=limit)
    assert shown == whole if len(whole) <= limit else shown == whole[: limit - 1] + "…"


def test_megabytes_of_white_space_are_one_empty_line() -> None:
    assert one_line(" \n\t" * 2_000_000, 80) == ""
