"""Timelines in text: one sign a version where they fit, one for several where they do not."""

import pytest

from stop_tui.presentation.timeline import axis, bar, scale

PRESENT = [False, False, True, True, True, False, True]


def name(place: int) -> str:
    return f"I{place}"


def test_each_version_has_a_sign() -> None:
    across = scale(7, 7)
    assert bar(PRESENT, across) == "··▆▆▆·▆"
    assert across.width == 7


def test_few_versions_are_drawn_wider_so_that_all_have_a_name() -> None:
    across = scale(4, 60)
    assert axis(name, across, 60) == "I0  I1  I2  I3"
    assert bar(PRESENT[1:5], across) == "·   ▆▆▆▆▆▆▆▆▆▆▆▆"


def test_a_column_of_several_versions_says_whether_all_some_or_none_have_it() -> None:
    across = scale(8, 4)
    assert (across.shared, across.width) == (2, 4)
    assert bar([True, True, True, False, False, True, False, False], across) == "▆▂▂·"


def test_a_last_column_may_stand_for_fewer() -> None:
    assert bar([False, False, False, False, True], scale(5, 3)) == "··▆"


@pytest.mark.parametrize("count", [1, 2, 7, 50, 51, 200, 10_000])
def test_everything_fits_and_names_stand_whole_above_their_columns(count: int) -> None:
    across = scale(count, 50)
    assert across.width <= 50
    assert len(bar([True] * count, across)) == across.width
    line = axis(name, across, 50)
    assert len(line) <= 50
    for word in line.split():
        assert line.index(word) == across.column(int(word[1:]))


def test_names_begin_with_the_place_in_the_first_column() -> None:
    assert axis(name, scale(12, 12), 12, first=98) == "  I100 I105"
