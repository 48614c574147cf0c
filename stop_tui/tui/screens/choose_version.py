"""The dialog that asks which version a new run starts from; git is asked beside the screen."""

import asyncio
from typing import TYPE_CHECKING

from stop_tui.store.lineage import Lineage
from stop_tui.store.versions import Version
from stop_tui.tui.runs.run_words import ago
from stop_tui.tui.screens.dialogs import Choice, Choose
from stop_tui.tui.widgets.rows.listing import Column

if TYPE_CHECKING:
    from stop_tui.workspace import Workspace

COLUMNS = (
    Column("Version", least=14),
    Column("Meta-utility", 15),
    Column("What changed", least=20),
    Column("", 10, right=True, drop=1),
)


async def choose_version(workspace: "Workspace") -> Choose:
    """A dialog with the versions of all runs, the newest run first; gives one as ``RUN:I3``.

    Raises StopError when the lineage cannot be read.
    """
    lineage = Lineage.open(workspace.lineage, create=False)
    versions = await asyncio.to_thread(lineage.versions)
    choices = [Choice(_rev(version), _cells(version)) for version in reversed(versions)]
    return Choose("Start a run from which version?", COLUMNS, choices)


def _rev(version: Version) -> str:
    return f"{version.run}:I{version.iteration}"


def _cells(version: Version) -> tuple[str, ...]:
    return (_rev(version), version.written("Meta-Utility"), version.subject, ago(version.at))
