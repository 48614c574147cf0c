"""Any moment of a run: its state is what folding up to it gives, however one got there."""

import pytest

from stop_tui.core import events as ev
from stop_tui.core import moments
from stop_tui.core.moments import Moments, copied
from stop_tui.core.state import fold
from tests.tiny import GOOD_SOLUTION, finds, start, tiny_settings, tiny_workspace


@pytest.fixture(scope="module")
def journalled(tmp_path_factory: pytest.TempPathFactory) -> list[ev.AnyEvent]:
    seed = finds("def algorithm(x):\n    return x\n", proposes=finds(GOOD_SOLUTION))
    workspace = tiny_workspace(tmp_path_factory.mktemp("moments") / "w", seed)
    return start(workspace, tiny_settings(iterations=2))


def test_moments_in_any_order_are_what_folding_gives(
    journalled: list[ev.AnyEvent], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(moments, "EVERY", 7)
    seen = Moments(journalled)
    last = len(journalled)
    for count in [last, 1, *range(last, 0, -1), *range(0, last + 1, 3)]:
        assert seen.after(count) == fold(journalled[:count]), count


def test_moments_follow_a_run_that_goes_on(journalled: list[ev.AnyEvent]) -> None:
    growing = journalled[:10]
    seen = Moments(growing)
    assert seen.after(10) == fold(journalled[:10])
    growing.extend(journalled[10:])
    assert seen.after(len(growing)) == fold(journalled)


def test_folding_a_copy_on_leaves_the_original_as_it_was(journalled: list[ev.AnyEvent]) -> None:
    for count in range(len(journalled)):
        state = fold(journalled[:count])
        copy = copied(state)
        assert copy == state
        for event in journalled[count:]:
            copy.fold(event)
        assert state == fold(journalled[:count])
