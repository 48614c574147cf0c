"""The strategies of the versions that led to one, with what accepting each of them changed.

Read from the commits, and from the journal where it is there: it has intervals and knows which
version was the incumbent. No program is run and no model is asked.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from stop_tui.core import events as ev
from stop_tui.core.analysis.strategies import main_strategy, strategies
from stop_tui.core.errors import JournalError
from stop_tui.core.strategy_history import Accepted, Course, Turning, courses, turnings
from stop_tui.store.blobs import read_blobs, source_ids
from stop_tui.store.journal import Journal
from stop_tui.store.lineage import Lineage
from stop_tui.store.trailers import LONGEST, UNKNOWN, Score
from stop_tui.store.versions import Version
from stop_tui.workspace import Workspace

_NONE = main_strategy(())


class StrategyLineage(NamedTuple):
    """Versions, oldest first, each with what is known of it, the strategies over all, and by the
    place of a version what came and went in it."""

    versions: tuple[Version, ...]
    accepted: tuple[Accepted, ...]
    courses: tuple[Course, ...]
    turnings: Mapping[int, Turning]

    @property
    def run(self) -> str:
        """The run of the last version."""
        return self.versions[-1].run


class _Measured(NamedTuple):
    """What is known of an acceptance; `incumbent` is a commit id."""

    difference: ev.Estimate | None
    test_change: float | None = None
    incumbent: str | None = None


def strategies_up_to(workspace: Workspace, lineage: Lineage, commit: str) -> StrategyLineage:
    """The strategies of the version `commit` (an id) and of all that led to it, those of the runs
    that its run started from included. Raises LineageError."""
    versions = lineage.leading_to(commit)
    measured = _measured(workspace, list(dict.fromkeys(version.run for version in versions)))
    labels = _labels(lineage, versions)
    places = {version.commit: place for place, version in enumerate(versions)}
    accepted = []
    for version in versions:
        found = measured.get(version.commit) or _Measured(_change_in_commit(version))
        accepted.append(
            Accepted(
                labels[version.commit],
                found.difference,
                found.test_change,
                None if found.incumbent is None else places.get(found.incumbent),
                starts=version.iteration == 0,
            )
        )
    found_courses = courses(accepted)
    return StrategyLineage(
        tuple(versions), tuple(accepted), tuple(found_courses), turnings(found_courses)
    )


def evidence(lineage: Lineage, commit: str) -> tuple[ev.Finding, ...]:
    """The strategies in the source of the version `commit` (an id), with the lines of each."""
    return strategies(lineage.source(commit))


def _labels(lineage: Lineage, versions: Sequence[Version]) -> dict[str, frozenset[str]]:
    """The strategies of each version, by commit id: those that its acceptance recorded; where none
    were, those that are found in its source."""
    found: dict[str, frozenset[str]] = {}
    unknown = []
    for version in versions:
        written = version.written("Strategy")
        if written == UNKNOWN:
            unknown.append(version.commit)
        else:
            found[version.commit] = frozenset(written[:LONGEST].split(", ")) - {_NONE}
    if unknown:
        sources = source_ids(lineage.path, unknown)
        read = {
            blob: frozenset(each.label for each in strategies(data.decode("utf-8", "replace")))
            for blob, data in read_blobs(lineage.path, sources)
        }
        found |= {commit: read[blob] for commit, blob in zip(unknown, sources, strict=True)}
    return found


def _measured(workspace: Workspace, runs: Sequence[str]) -> dict[str, _Measured]:
    """What the journal has of the versions of `runs`, by commit id. The lineage can be read where
    the journal is gone, so that nothing is known is no error here."""
    found: dict[str, _Measured] = {}
    if not workspace.journal.exists():
        return found
    try:
        with Journal.open(workspace.journal, create=False) as journal:
            for run in runs:
                found |= _measured_in(journal, run)
    except JournalError:
        return {}
    return found


def _measured_in(journal: Journal, run: str) -> dict[str, _Measured]:
    events = {(e.iteration, e.source): e for _, e in journal.events_of(run, ev.ProposalMeasured)}
    found: dict[str, _Measured] = {}
    commits: dict[str, str] = {}
    for _, version in journal.events_of(run, ev.VersionCommitted):
        event = events.get((version.iteration, version.source))
        if event is not None:
            test_change = event.proposal_test.mean - event.incumbent_test.mean
            incumbent = commits.get(event.incumbent)
            found[version.commit] = _Measured(event.difference, test_change, incumbent)
        commits[version.source] = version.commit
    return found


def _change_in_commit(version: Version) -> ev.Estimate | None:
    """The change as the commit's figures give it: a mean without an interval."""
    try:
        own, before = (
            Score.parse(version.written(key)) for key in ("Meta-Utility", "Meta-Utility-Incumbent")
        )
    except ValueError:  # not measured, or changed by someone: neither is a figure
        return None
    if not all(0 <= score.mean <= 1 for score in (own, before)):
        return None
    mean = round(own.mean - before.mean, 4)
    return ev.Estimate(mean=mean, standard_error=None, low=None, high=None, n=1)
