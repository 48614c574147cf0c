"""Which keys are heard as decisions: late enough, and alone."""

from stop_tui.tui.deciding.deliberation import BURST, GRACE, Deliberation


def test_a_question_that_just_appeared_hears_nothing() -> None:
    keys = Deliberation(appeared=100.0)
    assert not keys.hears(100.0 + GRACE / 2)
    assert keys.hears(100.0 + GRACE)
    keys.appear(110.0)
    assert not keys.hears(110.0)


def test_a_key_counts_from_when_it_was_pressed_not_from_when_it_is_handled() -> None:
    keys = Deliberation(appeared=100.0)
    keys.key(100.0 + GRACE * 0.9)
    assert not keys.hears(100.0 + GRACE * 1.2)


def test_keys_that_come_together_are_a_burst() -> None:
    keys = Deliberation(appeared=0.0)
    keys.key(10.0)
    assert not keys.in_burst(10.001)
    keys.key(10.0 + BURST / 2)
    assert keys.in_burst(10.0 + BURST)
    keys.key(11.0)
    assert not keys.in_burst(11.001)


def test_a_click_after_a_burst_is_not_part_of_it() -> None:
    keys = Deliberation(appeared=0.0)
    keys.key(10.0)
    keys.key(10.001)
    assert not keys.in_burst(15.0)
    assert keys.hears(15.0)
