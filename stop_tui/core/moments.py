"""The states of a run at any of its events, so that its past can be stepped through both ways.

Going back means folding again from the beginning; states kept on the way make that short.
"""

from collections.abc import Sequence
from dataclasses import fields, replace
from typing import TypeVar

from stop_tui.core.events import AnyEvent
from stop_tui.core.state import Iteration, State

T = TypeVar("T", State, Iteration)

EVERY = 1000
"""Events between two states that are kept."""


class Moments:
    """The states after each of `events`, a list that may grow at its end."""

    def __init__(self, events: Sequence[AnyEvent]) -> None:
        self.events = events
        self._kept = [State()]

    def after(self, count: int) -> State:
        """The state after the first `count` events; the caller may fold it on."""
        place = min(count // EVERY, len(self._kept) - 1)
        state = copied(self._kept[place])
        for number in range(place * EVERY, count):
            state.fold(self.events[number])
            if number + 1 == len(self._kept) * EVERY:
                self._kept.append(copied(state))
        return state


def copied(state: State) -> State:
    """A state that can be folded on while `state` stays as it is; frozen records are shared."""
    copy = _with_own_collections(state)
    copy.iterations = {number: _copied(each) for number, each in state.iterations.items()}
    return copy


def _copied(iteration: Iteration) -> Iteration:
    copy = _with_own_collections(iteration)
    copy.candidates = {key: replace(each) for key, each in iteration.candidates.items()}
    return copy


def _with_own_collections(record: T) -> T:
    copy = replace(record)
    for each in fields(record):
        value = getattr(record, each.name)
        if isinstance(value, dict | set | list):
            setattr(copy, each.name, value.copy())
    return copy
