"""What a run has already paid for, by key: on resuming it is served from here, not paid again."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from stop_tui.core import events as ev
from stop_tui.core.state import CallKey

UtilityKey = tuple[str, ev.Split, ev.Phase, str]
"""Task, split, phase, hash of the solution."""


@dataclass(slots=True)
class Memory:
    """Recorded model calls and utilities of one run. Recorded repeats are part of its state."""

    calls: dict[CallKey, ev.ModelCalled] = field(default_factory=dict)
    utilities: dict[UtilityKey, ev.SolutionScored] = field(default_factory=dict)

    @classmethod
    def of(cls, events: Iterable[ev.AnyEvent]) -> "Memory":
        """What `events` recorded."""
        memory = cls()
        for event in events:
            memory.take(event)
        return memory

    def take(self, event: ev.AnyEvent) -> None:
        """Remember `event` if it is something that can be served again."""
        match event:
            case ev.ModelCalled():
                self.calls[event.program, event.request, event.occurrence] = event
            case ev.SolutionScored():
                self.utilities[event.task, event.split, event.phase, event.source] = event
            case _:
                pass
