"""The gate: who decides whether a proposal becomes a version. How a human is asked lies elsewhere.

A gate sees a `Review` and answers with a small `Decision`. Figures of the test split are not in a
review: they stay sealed until the decision, unless someone reveals them on purpose.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from stop_tui.core.errors import StopError
from stop_tui.core.events import (
    Choice,
    Estimate,
    Finding,
    ProposalMeasured,
    RepeatFinished,
    SandboxEvent,
    ScoreSuspected,
)
from stop_tui.core.rounding import signed
from stop_tui.core.settings import Gate as GateName
from stop_tui.core.state import Candidate
from stop_tui.core.suspicion import GRAVE, whats

SEALED = Estimate(mean=0.0, standard_error=None, low=None, high=None, n=0)
"""What stands in a review in place of the test figures: an estimate of nothing."""


@dataclass(frozen=True, slots=True)
class Review:
    """All that is known of a proposal when the gate is asked."""

    run: str
    iteration: int
    source: str
    """The proposal's source."""
    incumbent: str
    """The incumbent's source."""
    measured: ProposalMeasured
    candidate: Candidate
    """The proposal as a candidate: its number, strategies and warnings."""
    candidates: tuple[Candidate, ...]
    sandbox_events: tuple[SandboxEvent, ...]
    repeats: tuple[RepeatFinished, ...]
    idea: str | None
    reveal_test: Callable[[str], tuple[Estimate, Estimate]]
    """Called with who looks: journals it, and gives the test figures of proposal and incumbent."""
    suspicions: tuple[ScoreSuspected, ...] = ()
    """About scores of solutions that the proposal found; without what is sealed."""


@dataclass(frozen=True, slots=True)
class Decision:
    """What is to happen with a proposal, who says so, and why.

    `source` is the text to look at instead, for choose and edit; `repeats` how many more, for
    more-repeats."""

    choice: Choice
    by: str
    reason: str = ""
    source: str | None = None
    repeats: int = 0


@dataclass(frozen=True, slots=True)
class Execution:
    """May this code run at all? With who says so, and why."""

    allowed: bool
    by: str
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Failure:
    """A meta-iteration without a proposal, and the versions one may step back to (by hash)."""

    run: str
    iteration: int
    reason: str
    incumbent: str
    earlier: tuple[tuple[int, str], ...]


@dataclass(frozen=True, slots=True)
class StepBack:
    """Go on from the version `source` (a hash): an earlier one, or the incumbent itself."""

    source: str
    by: str
    reason: str = ""


class DecisionLeft(StopError):
    """Whoever is asked decides later: the run pauses and asks again when it is resumed."""

    exit_code = 3


class Gate(Protocol):
    """Who decides. `waits` says that a human is asked, whose time is not the run's.

    Every method may raise DecisionLeft.
    """

    waits: bool

    async def decide(self, review: Review) -> Decision:
        """What is to happen with the proposal of `review`."""
        ...

    async def allow(self, source: str, warnings: tuple[Finding, ...]) -> Execution:
        """Under --execute-gate: may the candidate `source` run?"""
        ...

    async def after_failure(self, failure: Failure) -> StepBack | None:
        """An earlier version to go on from after a failed meta-iteration; None to stay."""
        ...


class AutoGate:
    """Accepts a proposal that measures no worse than the incumbent; lets all code run."""

    waits = False

    async def decide(self, review: Review) -> Decision:
        """Approve when the mean paired difference on validation is not below zero."""
        difference = review.measured.difference.mean
        if difference >= 0:
            return Decision("approve", "auto", f"measures no worse: {signed(difference)}")
        return Decision("reject", "auto", f"measures worse: {signed(difference)}")

    async def allow(self, source: str, warnings: tuple[Finding, ...]) -> Execution:
        """Everything may run, inside the sandbox."""
        return Execution(True, "auto", "the auto gate lets all code run in the sandbox")

    async def after_failure(self, failure: Failure) -> StepBack | None:
        """Stay with the incumbent."""
        return None


class AllGate(AutoGate):
    """Accepts every proposal, as STOP does (Zelikman et al. 2023, algorithm 1): what a run becomes
    is then the model's doing alone."""

    async def decide(self, review: Review) -> Decision:
        """Approve, whatever was measured."""
        difference = review.measured.difference.mean
        return Decision("approve", "all", f"every proposal is accepted: {signed(difference)}")

    async def allow(self, source: str, warnings: tuple[Finding, ...]) -> Execution:
        """Everything may run, inside the sandbox."""
        return Execution(True, "all", "the gate lets all code run in the sandbox")


class PolicyGate(AutoGate):
    """Accepts only what is better beyond noise and gives no cause for a warning."""

    async def decide(self, review: Review) -> Decision:
        """Approve when the 95 % interval of the difference lies above zero, with no warnings."""
        difference = review.measured.difference
        labels = [finding.label for finding in review.candidate.warnings]
        labels += [event.what for event in review.sandbox_events]
        labels += [what for what in whats(review.suspicions) if what in GRAVE]
        if labels:
            return Decision("reject", "policy", "warnings: " + ", ".join(dict.fromkeys(labels)))
        if difference.low is None:
            return Decision(
                "reject", "policy", "one repeat gives no interval: nothing is beyond noise"
            )
        interval = f"[{signed(difference.low)}, {signed(difference.high)}]"
        if difference.low > 0:
            return Decision("approve", "policy", f"the 95 % interval {interval} lies above zero")
        return Decision("reject", "policy", f"the 95 % interval {interval} includes zero or less")

    async def allow(self, source: str, warnings: tuple[Finding, ...]) -> Execution:
        """Only code without warnings may run."""
        if warnings:
            labels = ", ".join(dict.fromkeys(finding.label for finding in warnings))
            return Execution(False, "policy", f"warnings: {labels}")
        return Execution(True, "policy", "no warnings")


def automatic(name: GateName) -> Gate | None:
    """The gate called `name` where it decides by itself; None where a human does."""
    match name:
        case "auto":
            return AutoGate()
        case "all":
            return AllGate()
        case "policy":
            return PolicyGate()
        case "human":
            return None
