"""What `stop-tui run` prints while it runs: events as JSON lines, or progress for people.

Off a terminal these are plain lines, one a fact; on one, a line that is redrawn says what is under
way, what it has cost, and what remains. What a line says is in `presentation/lines.py`.
"""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from stop_tui.commands.output import console
from stop_tui.core import events as ev
from stop_tui.core.budgets import LikelyCost
from stop_tui.core.errors import OutputClosed
from stop_tui.core.state import State
from stop_tui.presentation.lines import describe, under_way

if TYPE_CHECKING:
    from rich.status import Status as LiveLine


class JsonLines:
    """One event a line on standard output."""

    def __init__(self) -> None:
        self._closed = False

    def __call__(self, event: ev.AnyEvent, state: State) -> None:
        """Print `event`, which is in the journal by now; raises OutputClosed if nobody reads."""
        if not self._closed:
            try:
                sys.stdout.buffer.write(ev.encode(event) + b"\n")
                sys.stdout.buffer.flush()
            except BrokenPipeError:
                self._closed = True
        if self._closed:
            _give_up(event)

    @contextmanager
    def held(self) -> Iterator[None]:
        """Events are printed as they come, whoever is being asked."""
        yield

    def close(self) -> None:
        """Nothing is held."""


class Progress:
    """Lines for people."""

    def __init__(self) -> None:
        self.likely: LikelyCost | None = None
        """What the run will probably cost; said with what it may cost at most."""
        self._console = console()
        self._live: LiveLine | None = None
        self._closed = False
        self._held: list[str] | None = None

    def __call__(self, event: ev.AnyEvent, state: State) -> None:
        """Say what happened, if it is of interest, and bring the live line up to date.

        Raises OutputClosed when nobody reads it any more; after that it is silent.
        """
        line = describe(event, state, self.likely)
        if line is not None:
            self._say(line)
        if self._closed:
            _give_up(event)
        if self._console.is_terminal and self._held is None:
            self._show_live(state)

    @contextmanager
    def held(self) -> Iterator[None]:
        """While someone is asked: no live line, and what happens is said afterwards."""
        self.close()
        self._held = []
        try:
            yield
        finally:
            held, self._held = self._held, None
            for line in held:
                self._say(line)

    def close(self) -> None:
        """Take the live line away."""
        if self._live is not None:
            self._live.stop()
            self._live = None

    def _say(self, line: str) -> None:
        if self._held is not None:
            self._held.append(line)
        elif self._console.is_terminal:
            self._console.print(line)
        elif not self._closed:
            try:
                print(line, flush=True)
            except BrokenPipeError:
                self._closed = True

    def _show_live(self, state: State) -> None:
        current = state.current
        if current is None or current.over:
            self.close()
            return
        if self._live is None:
            self._live = self._console.status("")
            self._live.start()
        self._live.update(under_way(state, current))


def _give_up(event: ev.AnyEvent) -> None:
    """End the run because nobody reads any more, unless it is not under way, or is pausing."""
    if not isinstance(event, ev.RunStarted | ev.RunResumed | ev.RunPaused):
        raise OutputClosed("Whoever read the output has closed it; the run is paused.")
