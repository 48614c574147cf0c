"""Where strategies come and go over versions, and which change each of it goes with."""

from stop_tui.core.events import Estimate
from stop_tui.core.strategy_history import Accepted, Turn, Turning, courses, turnings

A, B, C = "beam search", "caching", "bandit"


def change(mean: float) -> Estimate:
    return Estimate(mean=mean, standard_error=0.01, low=mean - 0.02, high=mean + 0.02, n=5)


def version(*labels: str, by: float | None = None, incumbent: int | None = None) -> Accepted:
    measured = None if by is None else change(by)
    return Accepted(frozenset(labels), measured, incumbent=incumbent)


def test_a_strategy_that_comes_goes_and_comes_back_has_two_spells_each_with_its_changes() -> None:
    versions = [version(), version(A, by=0.1), version(A, by=0.2), version(by=-0.01)]
    versions += [version(A, by=0.05)]
    (course,) = courses(versions)
    assert (course.label, course.having) == (A, 3)
    assert course.present == (False, True, True, False, True)
    first, second = course.spells
    assert first.came == Turn(1, True, "acceptance", change(0.1))
    assert first.went == Turn(3, False, "acceptance", change(-0.01))
    assert second == (Turn(4, True, "acceptance", change(0.05)), None)


def test_what_is_there_from_the_start_came_with_no_change() -> None:
    (course,) = courses([version(A), version(A, by=0.1)])
    assert course.turns == (Turn(0, True, "start", None),)
    assert course.having == 2


def test_a_run_that_starts_with_a_version_accepts_nothing() -> None:
    versions = [version(A), Accepted(frozenset([B]), starts=True)]
    assert [course.turns[-1].why for course in courses(versions)] == ["start", "start"]


def test_strategies_that_come_in_one_version_share_its_change() -> None:
    versions = [version(), version(A, B, by=0.1), version(C, by=0.2)]
    found = courses(versions)
    assert {course.turns[0].change for course in found if course.turns[0].place == 1} == {
        change(0.1)
    }
    assert turnings(found) == {1: Turning([A, B], []), 2: Turning([C], [A, B])}


def test_what_differs_only_because_a_human_went_back_has_no_change() -> None:
    # The last version improved the first one: what the second had brought is gone without it.
    versions = [version(A), version(A, B, by=0.1), version(A, C, by=0.2, incumbent=0)]
    found = {course.label: course for course in courses(versions)}
    assert found[B].turns[-1] == Turn(2, False, "step back", None)
    assert found[C].turns == (Turn(2, True, "acceptance", change(0.2)),)


def test_what_an_earlier_incumbent_brings_back_was_not_accepted_then() -> None:
    versions = [version(A), version(by=0.1), version(A, B, by=0.2, incumbent=0)]
    found = {course.label: course for course in courses(versions)}
    assert found[A].turns[-1] == Turn(2, True, "step back", None)
    assert found[B].turns[-1].why == "acceptance"


def test_what_came_first_stands_first_and_what_came_together_as_in_the_list_of_strategies() -> None:
    versions = [version(), version(B, "of another version"), version(A, C)]
    assert [c.label for c in courses(versions)] == [B, "of another version", C, A]


def test_versions_without_strategies_have_no_courses() -> None:
    assert courses([]) == courses([version(), version(by=0.1)]) == []
    assert turnings([]) == {}
