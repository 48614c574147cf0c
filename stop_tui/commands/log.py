"""`stop-tui log`: the versions of a run, newest first."""

import argparse
from collections.abc import Iterable
from pathlib import Path

from stop_tui.commands.output import print_json, print_table
from stop_tui.store.lineage import Lineage
from stop_tui.store.trailers import UNKNOWN
from stop_tui.store.versions import Version
from stop_tui.workspace import Workspace, find_workspace


def main(options: argparse.Namespace) -> int:
    """List versions from the lineage alone; the journal is not needed."""
    workspace = find_workspace(Path.cwd())
    versions = _versions(workspace, options.run, everything=options.all)
    if options.json:
        print_json({"versions": [as_json(version) for version in versions]})
        return 0
    rows = [row(version) for version in versions]
    if not rows:
        print("No version yet: `stop-tui run` makes the first.")
        return 0
    print_table(
        None,
        ("commit", "version", "meta-utility", "incumbent", "test", "strategy", "model", "decision"),
        rows,
        numbers="234",
        least="7635",
    )
    return 0


def existing_lineage(workspace: Workspace, *, required: bool) -> Lineage | None:
    """The lineage; None where there is none yet, unless it is `required`. Raises LineageError where
    the journal knows versions, so that it should be there."""
    if not workspace.lineage.exists() and workspace.journal.exists():
        from stop_tui.engine.checks import sound_lineage
        from stop_tui.store.journal import Journal

        with Journal.open(workspace.journal, create=False) as journal:
            sound_lineage(workspace, journal)  # raises if it is gone
    if not workspace.lineage.exists() and not required:
        return None
    return Lineage.open(workspace.lineage, create=False)


def _versions(workspace: Workspace, run: str | None, *, everything: bool) -> Iterable[Version]:
    """Versions newest first: of all runs, of `run`, or of the latest run."""
    lineage = existing_lineage(workspace, required=run is not None)
    if lineage is None:
        return []
    if everything:
        return reversed(lineage.versions())
    name = run or lineage.latest_run()
    return [] if name is None else lineage.newest_first(name)


def row(version: Version) -> tuple[str, ...]:
    """A version as the cells of a table, as its trailers are written."""
    written = version.written
    return (
        version.commit[:10],
        f"{version.run}:I{version.iteration}",
        _mean(written("Meta-Utility")),
        _mean(written("Meta-Utility-Incumbent")),
        _mean(written("Test-Meta-Utility")),
        written("Strategy"),
        written("Model"),
        f"{written('Decision')} by {written('Decided-By')}",
    )


def _mean(score: str) -> str:
    """The mean of a score as written, without its standard error."""
    return "-" if score == UNKNOWN else score.partition(" ")[0]


def as_json(version: Version) -> dict[str, object]:
    """A version as a JSON object; trailers by their names in the commit."""
    return {
        "commit": version.commit,
        "parent": version.parent,
        "at": version.at,
        "subject": version.subject,
        "idea": version.idea,
        "trailers": version.trailers,
    }
