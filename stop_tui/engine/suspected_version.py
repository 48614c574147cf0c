"""What is suspicious about the scores of an accepted version, read from the journal.

The lineage can be read where the journal is gone, so that nothing is known is no error here.
"""

from collections.abc import Iterator
from heapq import merge
from typing import cast

from stop_tui.core import events as ev
from stop_tui.core.errors import JournalError
from stop_tui.core.keys import text_hash
from stop_tui.core.state import fold
from stop_tui.core.suspicion import suspected_of
from stop_tui.store.journal import Journal
from stop_tui.workspace import Workspace

_TELLING = (ev.RunStarted, ev.RepeatFinished, ev.ScoreSuspected, ev.TestRevealed, ev.DecisionMade)


def suspicions_of_version(
    workspace: Workspace, run: str, iteration: int, source: str
) -> tuple[ev.ScoreSuspected, ...]:
    """The suspicions about solutions that the improver `source`, a version of `run` that comes
    from meta-iteration `iteration`, found in it; none where the journal does not tell."""
    if not workspace.journal.exists():
        return ()
    try:
        with Journal.open(workspace.journal, create=False) as journal:
            of_each_kind = cast(
                "list[Iterator[tuple[int, ev.AnyEvent]]]",
                [journal.events_of(run, kind) for kind in _TELLING],
            )
            state = fold(event for _, event in merge(*of_each_kind, key=lambda each: each[0]))
    except JournalError:
        return ()
    return () if state.started is None else suspected_of(state, iteration, text_hash(source))
