"""What the panels of a run show: a state, now or at an earlier event, and what led to it.

Stepping through a run event by event is folding fewer events; the same panels show both.
"""

from collections.abc import Sequence
from typing import TypeVar

from stop_tui.core import events as ev
from stop_tui.core.moments import Moments
from stop_tui.core.state import RepeatKey, State
from stop_tui.tui.runs.run_index import RunIndex
from stop_tui.tui.runs.session import CallKey, RunSession

E = TypeVar("E", bound=ev.Event)

_NOTHING_HEARD: dict[CallKey, dict[int, list[str]]] = {}


class RunView:
    """One run, as it is or as it was after `position` events."""

    def __init__(self, session: RunSession) -> None:
        self.session = session
        self._position: int | None = None
        self._past: State | None = None
        self._index = RunIndex(session.events)
        self._moments = Moments(session.events)

    @property
    def past(self) -> bool:
        """Whether this shows the run as it was, not as it is."""
        return self._position is not None

    @property
    def position(self) -> int:
        """How many events what is shown is folded from."""
        return len(self.session.events) if self._position is None else self._position

    @property
    def state(self) -> State:
        """The state to show."""
        return self.session.state if self._past is None else self._past

    @property
    def event(self) -> ev.AnyEvent | None:
        """The event that led to what is shown."""
        return self.session.events[self.position - 1] if self.position else None

    @property
    def heard(self) -> dict[CallKey, dict[int, list[str]]]:
        """Responses that are arriving; nothing arrives in the past."""
        return _NOTHING_HEARD if self.past else self.session.heard

    def text(self, key: str) -> str:
        """The text stored under `key`, raw and hostile."""
        return self.session.text(key)

    def calls(self, program: str) -> list[ev.ModelCalled]:
        """The answered calls of a program run (``I3``), or of all of an improver in a phase
        (``I3/selection/<first 16 of its hash>``), in order."""
        return self._until_now(self._read().calls.get(program, ()))

    def scored(self, source: str) -> list[ev.SolutionScored]:
        """How the solution `source` was scored, in order."""
        return self._until_now(self._read().scored.get(source, ()))

    def asked_for(self, program: str) -> list[ev.SolutionScored]:
        """Solutions that a program run, or an improver in a phase, was the first to ask about."""
        return self._until_now(self._read().asked_for.get(program, ()))

    def moment(self, iteration: int | None = None) -> tuple[int, ...]:
        """Something that differs whenever the run as a whole, or also `iteration`, may look
        different than before; cheap, so that panels need not look at what stayed the same."""
        if self.past:
            return (self.position,)
        index = self._read()
        return (-1, index.general, 0 if iteration is None else index.touched[iteration])

    def repeats(self, iteration: int, phase: ev.Phase, improver: str) -> list[ev.RepeatFinished]:
        """The finished repeats of an improver in a phase, by task and repeat."""
        wanted = (iteration, phase, improver)
        found = [repeat for key, repeat in self.state.repeats.items() if key[:3] == wanted]
        return sorted(found, key=lambda repeat: (repeat.task, repeat.repeat))

    def under_way(self, iteration: int, phase: ev.Phase, improver: str) -> list[RepeatKey]:
        """The repeats of an improver in a phase that are running."""
        wanted = (iteration, phase, improver)
        return sorted(key for key in self.state.repeats_in_flight if key[:3] == wanted)

    def travel(self, events: int) -> None:
        """Go `events` events on, or back when negative; past the last one is now."""
        self._go_to(self.position + events)

    def travel_far(self, direction: int) -> None:
        """To the beginning of the next meta-iteration (1) or of this or the one before (-1)."""
        starts = [
            number
            for number, event in enumerate(self.session.events, start=1)
            if isinstance(event, ev.IterationStarted)
        ]
        if direction > 0:
            self._go_to(next((n for n in starts if n > self.position), len(self.session.events)))
        else:
            self._go_to(next((n for n in reversed(starts) if n < self.position), 1))

    def now(self) -> None:
        """Show the run as it is."""
        self._position = self._past = None

    def _go_to(self, position: int) -> None:
        if position >= len(self.session.events):
            self.now()
            return
        position = max(1, position)
        if self._moments.events is not self.session.events:  # read anew from the journal
            self._moments = Moments(self.session.events)
        self._past, self._position = self._moments.after(position), position

    def _read(self) -> RunIndex:
        if self._index.events is not self.session.events:  # read anew from the journal
            self._index = RunIndex(self.session.events)
        self._index.catch_up()
        return self._index

    def _until_now(self, found: Sequence[tuple[int, E]]) -> list[E]:
        limit = self.position
        return [event for number, event in found if number <= limit]


def programs_of(iteration: int, phase: ev.Phase, improver: str) -> str:
    """What the names of all program runs of an improver in a phase begin with."""
    return f"I{iteration}/{phase.partition('/')[0]}/{improver[:16]}"
