"""The state of a run, folded from its events: what every screen and every command shows.

The fold is a pure function of the events: no clock, no disk. `State.fold` takes one event and is
total: no sequence of events makes it fail.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum

from msgspec.structs import replace

from stop_tui.core import events as ev
from stop_tui.core.server_limits import ServerLimits
from stop_tui.core.spending import Spent
from stop_tui.core.verdicts import Isolation

RepeatKey = tuple[int, ev.Phase, str, str, int]
"""Meta-iteration, phase, improver hash, task, repeat."""

CallKey = tuple[str, str, int]
"""Program run, hash of the request, how often it was made before in that program run."""

_LONGEST_NUMBER = 18
"""Digits of a meta-iteration's number at most."""

_FREE = "offline"
"""The model that is none, and charges for nothing, however a call of it ends."""


class Status(StrEnum):
    """Where a run stands. A run whose host died stays `running` in its journal."""

    RUNNING = "running"
    PAUSED = "paused"
    FINISHED = "finished"


@dataclass(slots=True)
class Candidate:
    """An improver source on which the meta-utility was called during a meta-iteration.

    `abandoned`: the incumbent ended (with a proposal or without) before it was evaluated."""

    number: int
    source: str
    strategies: tuple[ev.Finding, ...]
    warnings: tuple[ev.Finding, ...]
    idea: str | None
    by: str
    meta_utility: ev.Estimate | None = None
    abandoned: bool = False


@dataclass(slots=True)
class Iteration:
    """A meta-iteration: its candidates in order, its proposal, what was measured and decided.

    `spent` is all of it, `programs` the same by program run."""

    number: int
    incumbent: str
    attempt: int = 1
    candidates: dict[str, Candidate] = field(default_factory=dict)
    proposal: str | None = None
    measured: dict[str, ev.ProposalMeasured] = field(default_factory=dict)
    executions: dict[str, ev.ExecutionDecided] = field(default_factory=dict)
    decisions: list[ev.DecisionMade] = field(default_factory=list)
    test_revealed: str | None = None
    failure: str | None = None
    stepped_back: str | None = None
    commit: str | None = None
    spent: Spent = field(default_factory=Spent)
    programs: dict[str, Spent] = field(default_factory=dict)
    sandbox_events: list[ev.SandboxEvent] = field(default_factory=list)

    @property
    def final(self) -> ev.DecisionMade | None:
        """The decision that ended this meta-iteration, if there is one yet."""
        last = self.decisions[-1] if self.decisions else None
        return last if last is not None and last.choice in ("approve", "reject") else None

    @property
    def over(self) -> bool:
        """Nothing is left to do here: rejected, failed, or approved and committed."""
        if self.failure is not None:
            return True
        return self.final is not None and (self.final.choice == "reject" or self.commit is not None)

    @property
    def under_review(self) -> str | None:
        """The source the gate looks at: the proposal, or what a human put in its place."""
        for decision in reversed(self.decisions):
            if decision.choice in ("choose", "edit"):
                return decision.source
        return self.proposal

    @property
    def extra_repeats(self) -> int:
        """How many repeats were asked for beyond those of the settings."""
        return sum(d.repeats for d in self.decisions if d.choice == "more-repeats")


@dataclass(slots=True)
class State:
    """Everything known of one run.

    `answered` is what calls with an answer cost, the same however often the run was interrupted;
    `lost` what the others did. What is in flight or awaited is so as far as the journal knows: a
    host that died leaves it there until the run is resumed. `seconds` is wall time without that for
    which a human was awaited."""

    started: ev.RunStarted | None = None
    status: Status = Status.RUNNING
    reason: str = ""
    cause: ev.PauseCause = ""
    cancelled_by: str = ""
    isolation: Isolation | None = None
    missing: tuple[str, ...] = ()
    tasks: dict[str, str] = field(default_factory=dict)
    seed_solutions: dict[str, str] = field(default_factory=dict)
    limits: ev.Limits = field(default_factory=ev.Limits)
    iterations: dict[int, Iteration] = field(default_factory=dict)
    versions: dict[int, ev.VersionCommitted] = field(default_factory=dict)
    repeats: dict[RepeatKey, ev.RepeatFinished] = field(default_factory=dict)
    repeats_in_flight: set[RepeatKey] = field(default_factory=set)
    calls_in_flight: dict[CallKey, ev.ModelCallSent] = field(default_factory=dict)
    awaited: ev.DecisionAwaited | None = None
    answered: Spent = field(default_factory=Spent)
    lost: Spent = field(default_factory=Spent)
    suspicions: dict[str, tuple[ev.ScoreSuspected, ...]] = field(default_factory=dict)
    """By the hash of the solution."""
    servers: dict[str, ServerLimits] = field(default_factory=dict)
    untimely: set[str] = field(default_factory=set)
    seconds: float = 0.0
    events: int = 0
    at: float = 0.0
    _sandbox_seen: set[tuple[str, str, str, str, str]] = field(default_factory=set)

    @property
    def settings(self) -> ev.Settings:
        """The settings of the run; a run without its first event has none."""
        assert self.started is not None, "a journal starts with run-started"
        return self.started.settings

    @property
    def spent(self) -> Spent:
        """What was spent on the language model, answered or not."""
        return self.answered.and_also(self.lost)

    @property
    def sandbox_events(self) -> int:
        """How many different attempts of generated programs were noted."""
        return len(self._sandbox_seen)

    @property
    def current(self) -> Iteration | None:
        """The meta-iteration begun last."""
        return self.iterations[max(self.iterations)] if self.iterations else None

    @property
    def incumbent(self) -> str:
        """The hash of the improver accepted last, or stepped back to."""
        assert self.started is not None, "a journal starts with run-started"
        source = self.started.source
        for number in sorted(self.iterations):
            iteration = self.iterations[number]
            if iteration.commit is not None and number in self.versions:
                source = self.versions[number].source
            elif iteration.stepped_back is not None:
                source = iteration.stepped_back
        return source

    @property
    def head(self) -> ev.VersionCommitted | None:
        """The version committed last."""
        return self.versions[max(self.versions)] if self.versions else None

    def fold(self, event: ev.AnyEvent) -> None:
        """Take one more event into account."""
        self.events += 1
        self._pass_time(event)
        match event:
            case ev.RunStarted():
                self.started = event
                self.limits = event.settings.limits
                self.tasks, self.seed_solutions = event.tasks, event.seed_solutions
            case ev.IsolationTested():
                self.isolation, self.missing = event.level, event.missing
            case ev.ServerLimitsLearned():
                self.servers[event.server] = event.limits
            case ev.IterationStarted():
                self._start_iteration(event)
            case ev.CandidateProposed():
                self._iteration(event.iteration).candidates.setdefault(
                    event.source,
                    Candidate(
                        event.candidate,
                        event.source,
                        event.strategies,
                        event.warnings,
                        event.idea,
                        event.by,
                    ),
                )
            case ev.ModelCallSent():
                key = event.program, event.request, event.occurrence
                before = self.calls_in_flight.get(key)
                if before is not None:  # the process ended while it was under way
                    self._lose(before)
                self.calls_in_flight[key] = event
            case ev.ModelCalled() | ev.ModelCallLost():
                self.calls_in_flight.pop((event.program, event.request, event.occurrence), None)
                self._spend(event)
            case ev.SandboxEvent():
                self._note_sandbox_event(event)
            case ev.RepeatStarted():
                self.repeats_in_flight.add(_repeat_key(event))
            case ev.RepeatFinished():
                self.repeats_in_flight.discard(_repeat_key(event))
                self.repeats[_repeat_key(event)] = event
                self.untimely.update(event.untimely)
            case ev.CandidateEvaluated():
                candidate = self._iteration(event.iteration).candidates.get(event.source)
                if candidate is not None:
                    candidate.meta_utility = event.meta_utility
            case ev.ProposalReturned():
                self._iteration(event.iteration).proposal = event.source
                self.untimely.update(event.untimely)
                self._end_selection(event.iteration)
            case ev.ProposalMeasured():
                self._iteration(event.iteration).measured[event.source] = event
            case ev.TestRevealed():
                self._iteration(event.iteration).test_revealed = event.by
            case ev.DecisionAwaited():
                self.awaited = event
            case ev.ExecutionDecided():
                self.awaited = None
                self._iteration(event.iteration).executions[event.source] = event
            case ev.DecisionMade():
                self._iteration(event.iteration).decisions.append(event)
                self._stop_repeats(event.iteration)
            case ev.VersionCommitted():
                self.versions[event.iteration] = event
                if event.iteration in self.iterations:
                    self.iterations[event.iteration].commit = event.commit
            case ev.IterationFailed():
                self._iteration(event.iteration).failure = event.reason
                self.untimely.update(event.untimely)
                self._end_selection(event.iteration)
            case ev.SteppedBack():
                self.awaited = None
                self._iteration(event.iteration).stepped_back = event.source
            case ev.RunPaused():
                self._stand(Status.PAUSED, event.reason, event.cause)
            case ev.RunResumed():
                self._stand(Status.RUNNING)
                self.limits = event.limits or self.limits
                self.tasks = event.tasks or self.tasks
                self.seed_solutions = event.seed_solutions or self.seed_solutions
            case ev.RunFinished():
                self._stand(Status.FINISHED, event.reason)
                self.cancelled_by = event.by
            case ev.SolutionScored():
                self.untimely.update(event.untimely)
            case ev.ScoreSuspected():
                self._note_suspicions(event)

    def _pass_time(self, event: ev.AnyEvent) -> None:
        """Count the time since the last event, unless the run stood still or waited for a human."""
        working = self.status is Status.RUNNING and self.awaited is None
        if self.at and working and not isinstance(event, ev.RunResumed):
            self.seconds += max(0.0, event.at - self.at)
        self.at = event.at

    def _stand(self, status: Status, reason: str = "", cause: ev.PauseCause = "") -> None:
        """Take on a new status; whatever was under way is no longer."""
        self.status, self.reason, self.cause = status, reason, cause
        self.repeats_in_flight.clear()
        for sent in self.calls_in_flight.values():
            self._lose(sent)
        self.calls_in_flight.clear()
        self.awaited = None

    def _lose(self, sent: ev.ModelCallSent) -> None:
        """Count a call that nobody heard of again: what it used will never be known."""
        if sent.model != _FREE:
            lost = ev.ModelCallLost(
                program=sent.program, request=sent.request, occurrence=sent.occurrence
            )
            self._spend(lost)

    def _spend(self, call: ev.ModelCalled | ev.ModelCallLost) -> None:
        if isinstance(call, ev.ModelCalled):
            self.answered = self.answered.plus(call)
        else:
            self.lost = self.lost.plus(call)
        iteration = self._of_program(call.program)
        if iteration is not None:
            iteration.spent = iteration.spent.plus(call)
            before = iteration.programs.get(call.program, Spent())
            iteration.programs[call.program] = before.plus(call)

    def _stop_repeats(self, number: int) -> None:
        """No repeat of meta-iteration `number` runs any more, and nobody is awaited.

        Calls of the model go on: their answers are paid for."""
        self.repeats_in_flight = {key for key in self.repeats_in_flight if key[0] != number}
        self.awaited = None

    def _end_selection(self, number: int) -> None:
        """The incumbent has ended: the candidates that it did not wait for are given up."""
        self._stop_repeats(number)
        refused = {
            source
            for iteration in self.iterations.values()
            for source, execution in iteration.executions.items()
            if not execution.allowed
        }
        for candidate in self._iteration(number).candidates.values():
            candidate.abandoned = candidate.meta_utility is None and candidate.source not in refused

    def _iteration(self, number: int) -> Iteration:
        if number not in self.iterations:
            self.iterations[number] = Iteration(number, self.incumbent)
        return self.iterations[number]

    def _start_iteration(self, event: ev.IterationStarted) -> None:
        """Begin, or begin again: what was spent and allowed stays, what was found comes anew."""
        before = self.iterations.get(event.iteration)
        iteration = Iteration(event.iteration, event.incumbent, event.attempt)
        if before is not None:
            iteration.spent = before.spent
            iteration.programs = before.programs
            iteration.executions = before.executions
            iteration.sandbox_events = before.sandbox_events
        self.iterations[event.iteration] = iteration
        self._stop_repeats(event.iteration)

    def _of_program(self, program: str) -> Iteration | None:
        """The meta-iteration that a program run belongs to; its name starts with ``I<number>``."""
        number = program.split("/", 1)[0][1:]
        if not number.isdecimal() or len(number) > _LONGEST_NUMBER:
            return None
        return self.iterations.get(int(number))

    def _note_sandbox_event(self, event: ev.SandboxEvent) -> None:
        """A program run that is repeated after an interruption attempts the same again."""
        key = (event.program, event.source, event.trust, event.what, event.detail)
        if key in self._sandbox_seen:
            return
        self._sandbox_seen.add(key)
        iteration = self._of_program(event.program)
        if iteration is not None:
            iteration.sandbox_events.append(event)

    def _note_suspicions(self, event: ev.ScoreSuspected) -> None:
        """What is found again after an interruption is one finding."""
        known = self.suspicions.get(event.source, ())
        if all(replace(event, at=each.at) != each for each in known):
            self.suspicions[event.source] = (*known, event)


def spent_by_improver(iteration: Iteration) -> dict[str, Spent]:
    """What the program runs of each improver have cost in `iteration`, by the first 16 characters
    of its hash: on the tasks, and for the incumbent also on itself."""
    found: dict[str, Spent] = {}
    for program, spent in iteration.programs.items():
        words = program.split("/")
        improver = words[2] if len(words) > 3 else iteration.incumbent[:16]
        found[improver] = found[improver].and_also(spent) if improver in found else spent
    return found


def spent_by(iteration: Iteration, source: str) -> Spent:
    """What the program runs of the improver `source` (a hash) have cost in `iteration`."""
    return spent_by_improver(iteration).get(source[:16], Spent())


def _repeat_key(event: ev.RepeatStarted | ev.RepeatFinished) -> RepeatKey:
    return (event.iteration, event.phase, event.improver, event.task, event.repeat)


def fold(events: Iterable[ev.AnyEvent]) -> State:
    """The state after `events`, in order."""
    state = State()
    for event in events:
        state.fold(event)
    return state
