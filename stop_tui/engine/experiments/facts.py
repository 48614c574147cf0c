"""What a file of measurements says, folded from its events: whoever measures adds, others read.

Several measurements may look at the same facts, each with tasks and improvers of its own.
"""

from collections.abc import Iterable

from stop_tui.core import events as ev
from stop_tui.core.state import State
from stop_tui.core.transfer_cost import CostByProgram
from stop_tui.engine.memory import Memory
from stop_tui.store.journal import Journal

NAME = "measurements"
"""What the measurements are called in their journal, as a run is by its name."""

_TELLING = (
    ev.RepeatStarted,
    ev.RepeatFinished,
    ev.SolutionScored,
    ev.ScoreSuspected,
    ev.SandboxEvent,
    ev.RunPaused,
    ev.RunResumed,
)


class Facts:
    """The events of one file, folded. Empty until it catches up."""

    def __init__(self) -> None:
        self.state = State()
        self.memory = Memory()
        self.costs = CostByProgram()
        self._attempts: dict[str, set[tuple[str, str, str]]] = {}
        """By the program run of an improver, or else by the hash of a solution."""
        self.events = 0
        """How many of them there are; what is shown need not be looked at again until this is
        another number."""
        self.figures = 0
        """How many of them figures of programs may depend on."""

    def catch_up(self, journal: Journal) -> None:
        """Take what `journal` holds by now; raises JournalError when it cannot be read."""
        if NAME in journal.runs():
            for _, event in journal.events(NAME, after=self.events):
                self.state.fold(event)
                self.take(event)

    def take(self, event: ev.AnyEvent) -> None:
        """Take one more event, which is folded into the state already."""
        self.events += 1
        self.figures += isinstance(event, _TELLING)
        self.memory.take(event)
        self.costs.take(event)
        if isinstance(event, ev.SandboxEvent) and event.trust == "verified":
            who = event.source if event.program.endswith("/solution") else event.program
            attempt = (event.source, event.what, event.detail)
            self._attempts.setdefault(who, set()).add(attempt)

    def attempts(self, programs: Iterable[str]) -> int:
        """How many different things `programs` attempted (names of improvers' program runs, hashes
        of solutions), as host or kernel saw it; what a program's own guard reports can be forged
        and does not count."""
        return len(
            set[tuple[str, str, str]]().union(*(self._attempts.get(p, ()) for p in programs))
        )
