"""Finds events by what they belong to, in runs of tens of thousands, as the run grows."""

from collections import Counter, defaultdict
from collections.abc import Sequence

from stop_tui.core import events as ev

_DECISIVE = (
    ev.IterationStarted,
    ev.ProposalMeasured,
    ev.DecisionAwaited,
    ev.DecisionMade,
    ev.VersionCommitted,
    ev.IterationFailed,
    ev.SteppedBack,
    ev.TestRevealed,
)
"""Events of one meta-iteration that others look different after."""


class RunIndex:
    """Events with their numbers (from 1, as in the journal), each looked at once."""

    def __init__(self, events: Sequence[ev.AnyEvent]) -> None:
        self.events = events
        self.calls: dict[str, list[tuple[int, ev.ModelCalled]]] = defaultdict(list)
        """By program run, and by improver and phase."""
        self.scored: dict[str, list[tuple[int, ev.SolutionScored]]] = defaultdict(list)
        """By the solution's source."""
        self.asked_for: dict[str, list[tuple[int, ev.SolutionScored]]] = defaultdict(list)
        """By the program run that asked first, and by its improver and phase."""
        self.touched: Counter[int] = Counter()
        """How many events were about a meta-iteration."""
        self.general = 0
        """How many were about the run as a whole, or ended or decided something."""
        self._seen = 0

    def catch_up(self) -> None:
        """Take the events that were added since."""
        events = self.events
        for number in range(self._seen, len(events)):
            event = events[number]
            iteration = _iteration(event)
            if iteration is None or isinstance(event, _DECISIVE):
                self.general += 1
            if iteration is not None:
                self.touched[iteration] += 1
            if isinstance(event, ev.ModelCalled):
                for name in _names(event.program):
                    self.calls[name].append((number + 1, event))
            elif isinstance(event, ev.SolutionScored):
                self.scored[event.source].append((number + 1, event))
                for name in _names(event.program):
                    self.asked_for[name].append((number + 1, event))
        self._seen = len(events)


def _iteration(event: ev.AnyEvent) -> int | None:
    """The meta-iteration that an event is about, None where it is about the run."""
    match event:
        case (
            ev.ModelCalled()
            | ev.ModelCallSent()
            | ev.ModelCallLost()
            | ev.SandboxEvent()
            | ev.SolutionScored()
            | ev.ScoreSuspected()
        ):
            word = event.program.partition("/")[0][1:]
            return int(word) if word.isdecimal() else None
        case _:
            return getattr(event, "iteration", None)


def _names(program: str) -> set[str]:
    """A program run's own name, and that of its improver in its phase."""
    return {program, "/".join(program.split("/")[:3])} if program else set()
