"""The runs of a workspace as the list of them needs it: each folded from its journal, in slices.

Reading goes on beside the screen: no slice holds the event loop for longer than a key may wait. A
run that cannot be read keeps its place in the list and says why; the others are not held up by it.
"""

import asyncio
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field

from stop_tui.core.errors import StopError
from stop_tui.core.state import State
from stop_tui.store.journal import Journal
from stop_tui.workspace import Workspace

SLICE = 0.006
"""Seconds of folding between two looks at what else there is to do."""


@dataclass(slots=True)
class KnownRun:
    """What is known of a run: its state as far as it was read, and what stopped the reading."""

    name: str
    state: State = field(default_factory=State)
    read: bool = False
    """Whether all that the journal held was read at least once."""
    error: StopError | None = None


class RunList:
    """The runs of `workspace`, newest first."""

    def __init__(self, workspace: Workspace) -> None:
        self.workspace = workspace
        self.runs: dict[str, KnownRun] = {}
        self.listed = False
        """Whether it is known which runs there are."""
        self.error: StopError | None = None
        """Why it cannot be known."""
        self._seen: list[tuple[int, int]] = []

    @property
    def written_since(self) -> bool:
        """Whether the journal was written since it was read last, without opening it."""
        return self._seen != self._stamps()

    async def catch_up(self, told: Callable[[str | None], None]) -> None:
        """Read what the journal holds beyond what is known; `told` hears the name of each run of
        which more is known now, and None once it is known which runs there are."""
        self.error = None
        self._seen = self._stamps()
        try:
            if not self.workspace.journal.exists():
                self._list([])
                told(None)
                return
            with Journal.open(self.workspace.journal, create=False) as journal:
                self._list(journal.runs())
                told(None)
                for known in list(self.runs.values()):
                    await asyncio.sleep(0)
                    await _read_on(journal, known)
                    told(known.name)
        except StopError as error:
            self.error = error
            self.listed = True
            told(None)

    def _stamps(self) -> list[tuple[int, int]]:
        """Size and time of the journal's files: what is new is in the second until it is moved."""
        stamps = []
        for name in (self.workspace.journal.name, f"{self.workspace.journal.name}-wal"):
            with suppress(OSError):
                found = self.workspace.journal.with_name(name).stat()
                stamps.append((found.st_size, found.st_mtime_ns))
        return stamps

    def _list(self, names: list[str]) -> None:
        """Take on the runs called `names`, in the order in which they were created."""
        known = self.runs
        self.runs = {name: known.get(name) or KnownRun(name) for name in reversed(names)}
        self.listed = True


async def _read_on(journal: Journal, known: KnownRun) -> None:
    """Fold the events of a run that were not folded before."""
    began = time.perf_counter()
    try:
        for _, event in journal.events(known.name, after=known.state.events):
            known.state.fold(event)
            if time.perf_counter() - began > SLICE:
                await asyncio.sleep(0)
                began = time.perf_counter()
    except StopError as error:
        known.error = error
    else:
        known.error = None
    known.read = True
