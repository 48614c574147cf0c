"""Reads all that a report of a run says: its journal, and what experiments measured of it."""

from dataclasses import dataclass

from stop_tui.core import events as ev
from stop_tui.core.state import State
from stop_tui.engine.auditing import Audit, audit
from stop_tui.engine.experiments.known import Known, known_transfers
from stop_tui.presentation.conditions import Driver
from stop_tui.presentation.report.places import Places
from stop_tui.store.journal import Journal
from stop_tui.workspace import Workspace

Decided = ev.DecisionMade | ev.ExecutionDecided | ev.SteppedBack | ev.TestRevealed


@dataclass(frozen=True, slots=True)
class Record:
    """A run as its journal has it: what was decided in order, and the `texts` of versions and of
    the ideas behind them by their hashes. `transfers` is what is measured of versions outside of
    runs; `places` are those of this machine, which no report
    names; `driver` says who drives the run now."""

    state: State
    decided: tuple[Decided, ...]
    failed: tuple[ev.IterationFailed, ...]
    texts: dict[str, str]
    audit: Audit
    transfers: Known
    places: Places
    driver: Driver

    def words(self, text: str, limit: int = 300) -> str:
        """Somebody's words on one line, with nothing in them that tells of this machine."""
        return self.places.words(text, limit)


def read_record(
    journal: Journal, run: str, workspace: Workspace, places: Places, driver: Driver
) -> Record:
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
    texts = journal.texts(sorted(wanted))
    sources = {number: texts[version.source] for number, version in state.versions.items()}
    return Record(
        state=state,
        decided=tuple(decided),
        failed=tuple(failed),
        texts=texts,
        audit=audit(journal, [run]),
        transfers=known_transfers(workspace, sources),
        places=places,
        driver=driver,
    )
