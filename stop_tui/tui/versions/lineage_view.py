"""All versions of a lineage as the lineage screen shows them: read at once, drawn row by row.

Reading is meant for a thread beside the event loop: ten thousand versions take longer than a key
may wait. What is read is never changed afterwards.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from stop_tui.core.errors import LineageError
from stop_tui.core.events import VersionCommitted
from stop_tui.store.journal import Journal
from stop_tui.store.lineage import Lineage
from stop_tui.store.versions import Version
from stop_tui.tui.versions.lineage_graph import GraphRow, graph, newest_first
from stop_tui.workspace import Workspace


@dataclass(frozen=True, slots=True)
class LineageView:
    """Versions newest first by commit id, each with its place in the graph, and all notes."""

    versions: Mapping[str, Version] = field(default_factory=dict)
    rows: Mapping[str, GraphRow] = field(default_factory=dict)
    notes: Mapping[str, str] = field(default_factory=dict)
    width: int = 0
    """Columns that the graph takes."""
    longest: int = 0
    """Characters of the longest name, such as ``brave-otter:I3``."""
    runs: Mapping[str, int] = field(default_factory=dict)
    """Each run's place in the order in which they began."""
    models: frozenset[str] = frozenset()
    """As the commits name them."""


def read(lineage: Lineage) -> LineageView:
    """All of `lineage` as it is now; raises LineageError."""
    begun = lineage.versions()
    versions = newest_first(begun)
    rows = {version.commit: row for version, row in zip(versions, graph(versions), strict=True)}
    return LineageView(
        versions={version.commit: version for version in versions},
        rows=rows,
        notes={commit: note for commit, note in lineage.notes().items() if note},
        width=max((len(row.glyphs) for row in rows.values()), default=0),
        longest=max((len(v.run) + len(str(v.iteration)) + 2 for v in begun), default=0),
        runs={run: place for place, run in enumerate(dict.fromkeys(v.run for v in begun))},
        models=frozenset(version.written("Model") for version in versions),
    )


def check_missing(workspace: Workspace) -> None:
    """Raise LineageError if the lineage, which is not there, should be: the journal knows versions.
    Raises JournalError when the journal cannot be read."""
    if not workspace.journal.exists():
        return
    with Journal.open(workspace.journal, create=False) as journal:
        for run in journal.runs():
            if next(journal.events_of(run, VersionCommitted), None) is not None:
                raise LineageError(
                    f"The lineage {workspace.lineage} is gone, but the journal knows versions in "
                    f"it, the first of them of the run {run!r}.",
                    hint="Restore the folder from a backup; the sources of all versions are in "
                    "the journal too.",
                )
