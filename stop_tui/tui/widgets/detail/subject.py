"""What a detail is about: one source in one meta-iteration of a run, as the run is shown. Pure.

Everything is asked of the view again each time, so that a subject is right at every event, and in
the past.
"""

from dataclasses import dataclass

from stop_tui.core import events as ev
from stop_tui.core.plain_text import one_line
from stop_tui.core.state import Candidate, Iteration, State
from stop_tui.presentation.names import candidate_name
from stop_tui.presentation.standing import SELECTION
from stop_tui.tui.runs.run_view import RunView, programs_of


@dataclass(frozen=True, slots=True)
class Subject:
    """The source with the hash `source`, looked at in meta-iteration `number`; None for the
    improver that the run started from, before any."""

    view: RunView
    number: int | None
    source: str

    @property
    def state(self) -> State:
        """The run's state, now or as it was."""
        return self.view.state

    @property
    def iteration(self) -> Iteration | None:
        """The meta-iteration."""
        return None if self.number is None else self.state.iterations.get(self.number)

    @property
    def is_incumbent(self) -> bool:
        """Whether the source is what this meta-iteration tries to improve."""
        return self.iteration is not None and self.iteration.incumbent == self.source

    @property
    def candidate(self) -> Candidate | None:
        """What was found in the source when it was a candidate, here or else in a meta-iteration
        before; None for one that never was."""
        iterations = self.state.iterations
        last = max(iterations, default=0) if self.number is None else self.number
        for number in sorted((n for n in iterations if n <= last), reverse=True):
            found = iterations[number].candidates.get(self.source)
            if found is not None:
                return found
        return None

    @property
    def phases(self) -> tuple[ev.Phase, ...]:
        """The phases of this meta-iteration in which an improver is run on tasks."""
        return () if self.number is None else (SELECTION, fresh_phase(self.number))

    @property
    def programs(self) -> tuple[str, ...]:
        """What the program runs of this source are found by: the incumbent on itself first."""
        if self.number is None:
            return ()
        itself = (f"I{self.number}",) if self.is_incumbent else ()
        found = (programs_of(self.number, phase, self.source) for phase in self.phases)
        return (*itself, *found)

    @property
    def name(self) -> str:
        """The name of the source: ``candidate 4 of I3``, ``I2 (incumbent)``."""
        iteration = self.iteration
        if iteration is None:
            return version_name(self.state, self.source)
        if self.is_incumbent:
            return f"{version_name(self.state, self.source, before=iteration.number)} (incumbent)"
        candidate = iteration.candidates.get(self.source)
        if candidate is not None:
            edited = ", edited by a human" if candidate.by == "human" else ""
            return candidate_name(candidate.number, iteration.number) + edited
        if self.source == iteration.proposal:
            return f"proposal of I{iteration.number}"
        return version_name(self.state, self.source)

    @property
    def base(self) -> "Subject | None":
        """What the source is compared with: a candidate with the incumbent, an incumbent with the
        version that it replaced; None for what the run started from."""
        iteration = self.iteration
        if iteration is None:
            return None
        if not self.is_incumbent:
            return Subject(self.view, self.number, iteration.incumbent)
        for number in sorted(self.state.versions, reverse=True):
            version, before = self.state.versions[number], self.state.iterations.get(number)
            if number < iteration.number and version.source == self.source and before is not None:
                return Subject(self.view, number, before.incumbent)
        return None


def fresh_phase(number: int) -> ev.Phase:
    """The phase in which the proposal of meta-iteration `number` is measured afresh."""
    return f"measure/I{number}"


def iteration_of(phase: ev.Phase) -> int | None:
    """The meta-iteration of a fresh measurement; None for the selection phase."""
    word = phase.rpartition("/I")[2]
    return int(word) if phase.startswith("measure/") and word.isdecimal() else None


def version_name(state: State, source: str, *, before: int | None = None) -> str:
    """The newest version that is `source`, of meta-iterations up to but not `before`."""
    numbers = (
        number
        for number, version in state.versions.items()
        if version.source == source and (before is None or number < before)
    )
    newest = max(numbers, default=None)
    if newest is not None:
        return f"I{newest}"
    started = state.started
    return (
        "the start" if started is not None and started.source == source else one_line(source[:10])
    )


def test_is_open(state: State, number: int | None) -> bool:
    """Whether the test figures of meta-iteration `number` may be seen: it is decided, or someone
    revealed them."""
    iteration = None if number is None else state.iterations.get(number)
    if iteration is None:
        return False
    return iteration.final is not None or iteration.test_revealed is not None
