"""What earlier runs of a workspace spent: states folded from no more than that takes."""

from collections.abc import Iterator
from heapq import merge
from typing import cast

from stop_tui.core import events as ev
from stop_tui.core.budgets import TELLING, comparable
from stop_tui.core.errors import JournalError
from stop_tui.core.state import State, fold
from stop_tui.store.journal import Journal

_TELLING = (
    ev.RunStarted,
    ev.IterationStarted,
    ev.ModelCalled,
    ev.ModelCallLost,
    ev.DecisionMade,
    ev.VersionCommitted,
    ev.IterationFailed,
)


def spent_before(journal: Journal, settings: ev.Settings) -> list[State]:
    """The latest runs that say something about the cost of one with `settings`, newest first.

    Their states know settings, meta-iterations and what these spent, and nothing else.
    """
    found: list[State] = []
    for name in reversed(journal.runs()):
        try:
            _, started = next(journal.events_of(name, ev.RunStarted))
            if comparable(started.settings, settings):
                found.append(_spent_by(journal, name))
        except (JournalError, StopIteration):
            continue  # a run that cannot be read is no reason to refuse another
        if len(found) == TELLING:
            break
    return found


def _spent_by(journal: Journal, name: str) -> State:
    of_each_kind = cast(
        "list[Iterator[tuple[int, ev.AnyEvent]]]",
        [journal.events_of(name, kind) for kind in _TELLING],
    )
    return fold(event for _, event in merge(*of_each_kind, key=lambda numbered: numbered[0]))
