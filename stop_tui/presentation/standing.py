"""How the candidates of a meta-iteration stand: progress, figures, against the incumbent, notes.

Computed once for all candidates of a meta-iteration, so that a screen can draw any of thousands.
"""

from collections import Counter, defaultdict
from dataclasses import dataclass

from stop_tui.core import events as ev
from stop_tui.core.analysis.strategies import main_strategy
from stop_tui.core.comparison import Comparison, compare
from stop_tui.core.plain_text import one_line
from stop_tui.core.state import Candidate, Iteration, State
from stop_tui.core.suspicion import asked_by, is_open, whats
from stop_tui.presentation.figures import counted

SELECTION = "selection"
LONGEST_NOTE = 120


@dataclass(frozen=True, slots=True)
class Standing:
    """One candidate as a row. `meta_utility` is of the fresh measurement where there is one, as is
    `against`; of the selection else. `mark` says in a sign how it compares: ▲ better beyond noise,
    ▼ worse beyond noise, = within it, empty where that is unknown."""

    number: int
    strategy: str
    meta_utility: ev.Estimate | None
    against: Comparison | None
    done: int
    running: int
    total: int
    note: str

    @property
    def sign(self) -> str:
        """The note in a sign: ◀ for what is or was under review, ✗ a failure, ⚠ a warning."""
        return self.note[:1] if self.note[:1] in "◀✗⚠" else ""

    @property
    def mark(self) -> str:
        """▲, ▼, = or nothing."""
        difference = None if self.against is None else self.against.difference
        if difference is None or difference.low is None or difference.high is None:
            return ""
        if difference.low > 0:
            return "▲"
        return "▼" if difference.high < 0 else "="


class Standings:
    """The standings of the candidates of one meta-iteration."""

    def __init__(self, state: State, iteration: Iteration) -> None:
        self._state = state
        self._iteration = iteration
        settings = state.settings
        self._total = settings.repeats * len(settings.tasks)
        self._done: Counter[str] = Counter()
        self._failures: dict[str, list[str]] = defaultdict(list)
        self._solutions: dict[str, set[str]] = defaultdict(set)
        for (number, phase, improver, _, _), repeat in state.repeats.items():
            if number == iteration.number and phase == SELECTION:
                self._done[improver] += 1
                if repeat.failure:
                    self._failures[improver].append(repeat.failure)
                if repeat.solution:
                    self._solutions[improver].add(repeat.solution)
        self._running = Counter(
            key[2]
            for key in state.repeats_in_flight
            if key[0] == iteration.number and key[1] == SELECTION
        )
        self._attempts: dict[str, list[ev.SandboxEvent]] = defaultdict(list)
        for event in iteration.sandbox_events:
            self._attempts[event.source].append(event)
        self._suspicions: dict[str, list[ev.ScoreSuspected]] = defaultdict(list)
        for events in state.suspicions.values():
            for suspected in events:
                number, improver = asked_by(suspected)
                if number == iteration.number and is_open(state, suspected):
                    self._suspicions[improver].append(suspected)
        self.incumbent = incumbent_estimate(state, iteration)

    def of(self, source: str) -> Standing:
        """How the candidate `source` stands."""
        candidate = self._iteration.candidates[source]
        return Standing(
            number=candidate.number,
            strategy=main_strategy(candidate.strategies),
            meta_utility=self._meta_utility(candidate),
            against=self._against(candidate),
            done=self._done[source],
            running=self._running[source],
            total=self._total,
            note=self._note(candidate),
        )

    def _meta_utility(self, candidate: Candidate) -> ev.Estimate | None:
        measured = self._iteration.measured.get(candidate.source)
        return candidate.meta_utility if measured is None else measured.proposal_val

    def _against(self, candidate: Candidate) -> Comparison | None:
        measured = self._iteration.measured.get(candidate.source)
        if measured is not None:  # measured afresh, paired with the incumbent
            return Comparison(measured.difference, measured.chance)
        if candidate.meta_utility is None or self.incumbent is None:
            return None
        return compare(candidate.meta_utility, self.incumbent)

    def _note(self, candidate: Candidate) -> str:
        """What is remarkable, the gravest first."""
        source = candidate.source
        notes = []
        failures = self._failures[source]
        if failures:
            notes.append(f"✗ {len(failures)} of {self._total} failed: {failures[0]}")
        refused = self._iteration.executions.get(source)
        if refused is not None and not refused.allowed:
            notes.append("✗ not allowed to run")
        attempts = self._attempts[source] + [
            event for solution in self._solutions[source] for event in self._attempts[solution]
        ]
        verified = [event for event in attempts if event.trust == "verified"]
        if attempts:
            first = (verified or attempts)[0]
            trust = "sandbox" if verified else "reported"
            notes.append(f"⚠ {trust}: {first.what} {first.detail}".rstrip())
        suspicious = whats(self._suspected(source))
        if suspicious:
            notes.append(f"⚠ suspicious score: {', '.join(suspicious)}")
        if candidate.warnings:
            notes.append(f"⚠ {candidate.warnings[0].label}")
        final = self._iteration.final
        if source == self._iteration.under_review:
            afresh = ", measured afresh" if source in self._iteration.measured else ""
            notes.insert(0, "◀ " + ("proposal" if final is None else _past(final.choice)) + afresh)
        elif candidate.by == "human":
            notes.insert(0, "edited by a human")
        if candidate.abandoned and source not in self._iteration.measured:
            notes.append("not evaluated: the incumbent ended first")
        return one_line(" · ".join(notes), LONGEST_NOTE)

    def _suspected(self, source: str) -> list[ev.ScoreSuspected]:
        """What is suspicious about solutions that a candidate asked about first, or returned."""
        returned = [
            event
            for solution in sorted(self._solutions[source])
            for event in self._state.suspicions.get(solution, ())
            if is_open(self._state, event)
        ]
        return self._suspicions[source[:16]] + returned

    @property
    def progress(self) -> str:
        """How many candidates are evaluated."""
        candidates = self._iteration.candidates.values()
        done = sum(candidate.meta_utility is not None for candidate in candidates)
        return f"{done}/{counted(len(self._iteration.candidates), 'candidate')} evaluated"


def incumbent_estimate(state: State, iteration: Iteration) -> ev.Estimate | None:
    """The incumbent's meta-utility on validation: measured afresh in this meta-iteration, else as
    it was when it was accepted, or last measured beside a proposal; None when it never was."""
    for measured in reversed(iteration.measured.values()):
        return measured.incumbent_val
    for number in sorted(state.iterations, reverse=True):
        if number >= iteration.number:
            continue
        for measured in reversed(state.iterations[number].measured.values()):
            if measured.source == iteration.incumbent:
                return measured.proposal_val
            if measured.incumbent == iteration.incumbent:
                return measured.incumbent_val
    return None


def _past(choice: ev.Choice) -> str:
    return "approved" if choice == "approve" else "rejected"
