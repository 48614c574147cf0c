"""The transfers that the explorer has open: at most one measures at a time, facts are shared.

They go on while other screens are seen; the application pauses them when it is left.
"""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from stop_tui.tui.measuring.session import TransferSession

if TYPE_CHECKING:
    from stop_tui.config import Config
    from stop_tui.engine.experiments.facts import Facts
    from stop_tui.workspace import Workspace


class Transfers:
    """All of them, by version. `later` calls something in a moment: changes are gathered until
    then, and `tell` is called once for all of them."""

    def __init__(
        self, later: Callable[[Callable[[], None]], object], tell: Callable[[], None]
    ) -> None:
        self._later = later
        self._tell = tell
        self._waiting = False
        self._sessions: dict[str, TransferSession] = {}
        self._shared: dict[Path, Facts] = {}

    @property
    def live(self) -> TransferSession | None:
        """The one that is measuring here."""
        return next((each for each in self._sessions.values() if each.live), None)

    @property
    def ended(self) -> list[TransferSession]:
        """Those that ended since somebody looked at that."""
        return [each for each in self._sessions.values() if each.ended]

    def session(self, workspace: "Workspace", config: "Config", rev: str) -> TransferSession:
        """The transfer of `rev`, known from before or new."""
        known = self._sessions.get(rev)
        if known is None:
            known = TransferSession(workspace, config, rev, self._shared, self._changed)
            self._sessions[rev] = known
        return known

    async def pause(self) -> None:
        """Pause what is measuring."""
        await asyncio.gather(*(each.pause() for each in self._sessions.values()))

    def _changed(self, session: TransferSession) -> None:
        if not self._waiting:
            self._waiting = True
            self._later(self._look)

    def _look(self) -> None:
        self._waiting = False
        for session in self._sessions.values():
            if session.crash is not None:
                raise session.crash
        self._tell()
