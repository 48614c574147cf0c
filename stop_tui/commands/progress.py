"""What `stop-tui run` prints while it runs: events as JSON lines, or progress for people.

Off a terminal these are plain lines, one a fact; on one, a line that is redrawn says what is under
way, what it has cost, and what remains.
"""

from typing import TYPE_CHECKING

from stop_tui.commands.output import console
from stop_tui.core import events as ev
from stop_tui.core.analysis.strategies import main_strategy
from stop_tui.core.plain_text import one_line
from stop_tui.core.state import Iteration, State
from stop_tui.core.verdicts import Isolation

if TYPE_CHECKING:
    from rich.status import Status as LiveLine


class JsonLines:
    """One event a line on standard output."""

    def __call__(self, event: ev.AnyEvent, state: State) -> None:
        """Print `event`, which is in the journal by now."""
        print(ev.encode(event).decode(), flush=True)

    def close(self) -> None:
        """Nothing is held."""


class Progress:
    """Lines for people."""

    def __init__(self) -> None:
        self._console = console()
        self._live: LiveLine | None = None

    def __call__(self, event: ev.AnyEvent, state: State) -> None:
        """Say what happened, if it is of interest, and bring the live line up to date."""
        line = describe(event, state)
        if line is not None:
            self._console.print(line, soft_wrap=True)
        if self._console.is_terminal:
            self._show_live(state)

    def close(self) -> None:
        """Take the live line away."""
        if self._live is not None:
            self._live.stop()
            self._live = None

    def _show_live(self, state: State) -> None:
        current = state.current
        waiting = (
            current is not None
            and state.settings.gate == "human"
            and (current.under_review in current.measured)
        )
        if current is None or current.over or waiting:
            self.close()
            return
        if self._live is None:
            self._live = self._console.status("")
            self._live.start()
        self._live.update(under_way(state, current))


def under_way(state: State, current: Iteration) -> str:
    """What is being done now, what it has cost by now, and what remains."""
    settings, spent = state.settings, state.spent
    cost = "unknown cost" if spent.usd is None else f"${spent.usd:.2f}"
    return (
        f"I{current.number} of {settings.iterations} | {_stage(state, current)} | "
        f"{spent.lm_calls:,} LM calls | {spent.tokens:,} tokens | {cost} | {state.seconds:,.0f} s"
    )


def _stage(state: State, current: Iteration) -> str:
    """Which repeats of how many are done."""
    settings = state.settings
    per_improver = settings.repeats * len(settings.tasks)
    done = [key for key in state.repeats if key[0] == current.number]
    if current.proposal is not None:
        measured = sum(key[1] != "selection" for key in done)
        return f"measuring proposal and incumbent afresh: {measured}/{2 * per_improver}"
    open_ones = {c.source for c in current.candidates.values() if c.meta_utility is None}
    if not open_ones:
        return "waiting for the incumbent"
    measured = sum(key[1] == "selection" and key[2] in open_ones for key in done)
    return f"candidate {len(current.candidates)}: {measured}/{per_improver * len(open_ones)}"


def describe(event: ev.AnyEvent, state: State) -> str | None:
    """`event` as a line for people, None for the many that only make up the others."""
    match event:
        case ev.RunStarted(settings=settings):
            return (
                f"{settings.name} | {', '.join(settings.tasks)} | {model_label(settings.model)} | "
                f"gate {settings.gate} | seed {settings.seed}"
            )
        case ev.RunResumed():
            done = sum(iteration.over for iteration in state.iterations.values())
            return f"{state.settings.name} goes on after {done} meta-iterations"
        case ev.IsolationTested():
            return isolation_line(event)
        case ev.IterationStarted():
            again = f", attempt {event.attempt}" if event.attempt > 1 else ""
            return f"I{event.iteration}{again}: the incumbent improves its own source"
        case ev.CandidateProposed() if event.warnings:
            labels = ", ".join(dict.fromkeys(finding.label for finding in event.warnings))
            return f"  candidate {event.candidate}: warning: {one_line(labels, 120)}"
        case ev.CandidateEvaluated():
            return candidate_line(event, state)
        case ev.ProposalReturned():
            return returned_line(event, state)
        case ev.ProposalMeasured():
            return measured_line(event)
        case ev.DecisionMade():
            return f"  {event.choice} by {one_line(event.by, 60)}: {one_line(event.reason, 200)}"
        case ev.VersionCommitted():
            return f"  version I{event.iteration} is commit {event.commit[:10]}"
        case ev.IterationFailed():
            return (
                f"  I{event.iteration} failed: {one_line(event.reason, 200)}; the incumbent stays"
            )
        case ev.SteppedBack():
            return f"  stepped back to an earlier version by {one_line(event.by, 60)}"
        case ev.RunPaused():
            return f"paused: {one_line(event.reason, 200)}"
        case ev.SandboxEvent(trust="verified"):
            return f"  sandbox: {one_line(event.what, 60)} {one_line(event.detail, 120)}".rstrip()
        case _:
            return None


def model_label(model: str) -> str:
    """The model's name, with what the offline model is wherever it is named."""
    if model == "offline":
        return "offline model (recorded responses, no language model)"
    return one_line(model, 60)


def isolation_line(event: ev.IsolationTested) -> str:
    """The level of isolation, with what is missing."""
    if event.level is Isolation.FULL:
        return "isolation: full"
    missing = "; ".join(one_line(item, 100) for item in event.missing)
    return f"WARNING: isolation: {event.level.value}: {missing}"


def candidate_line(event: ev.CandidateEvaluated, state: State) -> str:
    """A candidate with its meta-utility, and why repeats of it failed."""
    candidate = state.iterations[event.iteration].candidates[event.source]
    estimate = event.meta_utility
    error = "" if estimate.standard_error is None else f" ± {estimate.standard_error:.3f}"
    failures = [
        repeat.failure
        for key, repeat in state.repeats.items()
        if key[:3] == (event.iteration, "selection", event.source) and repeat.failure
    ]
    note = f"  failed {len(failures)}x: {one_line(failures[0], 90)}" if failures else ""
    strategy = main_strategy(candidate.strategies)
    return f"  candidate {candidate.number:>2}  {estimate.mean:.3f}{error}  {strategy}{note}"


def returned_line(event: ev.ProposalReturned, state: State) -> str:
    """Which candidate the proposal is."""
    iteration = state.iterations[event.iteration]
    if event.source == iteration.incumbent:
        return "  the proposal is the incumbent, unchanged"
    candidate = iteration.candidates.get(event.source)
    which = (
        "a program it did not evaluate" if candidate is None else f"candidate {candidate.number}"
    )
    return f"  the proposal is {which}"


def measured_line(event: ev.ProposalMeasured) -> str:
    """Proposal against incumbent on fresh instances."""
    difference = event.difference
    interval = "" if difference.low is None else f" [{difference.low:+.3f}, {difference.high:+.3f}]"
    chance = "" if event.chance is None else f", better with probability {event.chance:.2f}"
    return (
        f"  measured afresh: {event.proposal_val.mean:.3f} against {event.incumbent_val.mean:.3f}, "
        f"difference {difference.mean:+.3f}{interval}{chance}"
    )
