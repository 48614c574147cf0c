"""Reads from the journal all that a report of a run says."""

from dataclasses import dataclass

from stop_tui.core import events as ev
from stop_tui.core.state import State
from stop_tui.engine.auditing import Audit, audit
from stop_tui.presentation.conditions import Driver
from stop_tui.presentation.report.places import Places
from stop_tui.store.journal import Journal

Decided = ev.DecisionMade | ev.ExecutionDecided | ev.SteppedBack | ev.TestRevealed


@dataclass(frozen=True, slots=True)
class Record:
    """A run as its journal has it: what was decided in order, and the `texts` of versions and of
    the ideas behind them by their hashes. `places` are those of this machine, which no report
    names; `driver` says who drives the run now."""

    state: State
    decided: tuple[Decided, ...]
    failed: tuple[ev.IterationFailed, ...]
    texts: dict[str, str]
    audit: Audit
    places: Places
    driver: Driver

    def words(self, text: str, limit: int = 300) -> str:
        """Somebody's words on one line, with nothing in them that tells of this machine."""
        return self.places.words(text, limit)


def read_record(journal: Journal, run: str, places: Places, driver: Driver) -> Record:
    """The record of `run`, which `driver` drives; raises UsageError for one that is not there."""
    state = State()
    decided: list[Decided] = []
    failed: list[ev.IterationFailed] = []
    for _, event in journal.events(run):
        state.fold(event)
        if isinstance(event, Decided):
            decided.append(event)
        elif isinstance(event, ev.IterationFailed):
            failed.append(event)
    wanted = {version.source for version in state.versions.values()}
    for number, version in state.versions.items():
        iteration = state.iterations.get(number)
        candidate = None if iteration is None else iteration.candidates.get(version.source)
        if candidate is not None and candidate.idea is not None:
            wanted.add(candidate.idea)
    return Record(
        state=state,
        decided=tuple(decided),
        failed=tuple(failed),
        texts=journal.texts(sorted(wanted)),
        audit=audit(journal, [run]),
        places=places,
        driver=driver,
    )
