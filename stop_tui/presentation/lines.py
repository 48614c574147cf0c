"""What each event says to people, as a line of plain text."""

from stop_tui.core import events as ev
from stop_tui.core.analysis.strategies import main_strategy
from stop_tui.core.budgets import LikelyCost, cost_bound
from stop_tui.core.forecast import forecast
from stop_tui.core.plain_text import one_line
from stop_tui.core.state import Iteration, State
from stop_tui.core.suspicion import asked_by, whats
from stop_tui.core.verdicts import Isolation
from stop_tui.presentation.costs import rounded, short_forecast, token_words, usd_words
from stop_tui.presentation.figures import (
    chance_words,
    counted,
    figure,
    interval,
    money,
    signed,
    with_error,
)
from stop_tui.presentation.names import candidate_name
from stop_tui.presentation.overview import iterations_done
from stop_tui.presentation.suspicions import MARK, suspicion_lines

_QUESTIONS: dict[ev.Question, str] = {
    "proposal": "a decision on the proposal is awaited",
    "execution": "a decision whether a candidate may run is awaited",
    "failure": "a decision where to go on from is awaited",
}


def under_way(state: State, current: Iteration) -> str:
    """What is being done now, what it has cost by now, and what remains."""
    settings, spent = state.settings, state.spent
    return (
        f"I{current.number} of {settings.iterations} | {_stage(state, current)} | "
        f"{spent.lm_calls:,} LM calls | {token_words(spent)} | "
        f"{usd_words(spent)}{_still(state)} | {state.seconds:,.0f} s"
    )


def _still(state: State) -> str:
    """What the rest of the meta-iteration will likely add; a model that is none adds nothing."""
    coming = None if state.settings.model == "offline" else forecast(state)
    words = "" if coming is None else short_forecast(coming)
    return f", {words}" if words else ""


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
    return f"{candidate_name(len(current.candidates))}: {measured}/{per_improver * len(open_ones)}"


def describe(event: ev.AnyEvent, state: State, likely: LikelyCost | None = None) -> str | None:
    """`event` as a line for people, None for the many that only make up the others.

    `likely` is what the whole run will probably cost, where earlier ones tell.
    """
    match event:
        case ev.RunStarted(settings=settings):
            tasks, model = ", ".join(settings.tasks), model_label(settings.model)
            return (
                f"{cost_line(state, likely)}\n{settings.name} | {tasks} | {model} | "
                f"gate {settings.gate} | seed {settings.seed}"
            )
        case ev.RunResumed():
            done = counted(iterations_done(state), "meta-iteration")
            return f"{cost_line(state)}\n{state.settings.name} goes on after {done}"
        case ev.IsolationTested():
            return isolation_line(event)
        case ev.IterationStarted():
            again = f", attempt {event.attempt}" if event.attempt > 1 else ""
            return f"I{event.iteration}{again}: the incumbent improves its own source"
        case ev.CandidateProposed() if event.warnings:
            labels = ", ".join(dict.fromkeys(finding.label for finding in event.warnings))
            return f"  {candidate_name(event.candidate)}: warning: {one_line(labels, 120)}"
        case ev.CandidateEvaluated():
            return candidate_line(event, state)
        case ev.ProposalReturned():
            return returned_line(event, state)
        case ev.ProposalMeasured():
            return measured_line(event)
        case ev.DecisionAwaited():
            return f"  {_QUESTIONS[event.question]}"
        case ev.DecisionMade():
            reason = f": {one_line(event.reason, 200)}" if event.reason else ""
            return f"  {event.choice} by {one_line(event.by, 60)}{reason}"
        case ev.VersionCommitted():
            return f"  version I{event.iteration} is commit {event.commit[:10]}"
        case ev.IterationFailed():
            return (
                f"  I{event.iteration} failed: {one_line(event.reason, 200)}; the incumbent stays"
            )
        case ev.SteppedBack() if event.source == state.iterations[event.iteration].incumbent:
            return None
        case ev.SteppedBack():
            return f"  stepped back to an earlier version by {one_line(event.by, 60)}"
        case ev.ScoreSuspected() if event.split == "val" and _first_suspicion(event, state):
            return f"  {MARK} suspicious score: {suspicion_lines([event])[0]}"
        case ev.ServerLimitsLearned() if words := event.limits.words():
            return f"  learnt of {one_line(event.server, 100)}: it {'; it '.join(words)}"
        case ev.SandboxEvent() if _first_of_its_kind(event, state):
            attempt = one_line(f"{event.what} {event.detail}", 120)
            return f"  sandbox ({event.trust}): a program tried to {attempt}"
        case _:
            return None


def cost_line(state: State, likely: LikelyCost | None = None) -> str:
    """What the run, or what is left of it, may cost at most, and what it is `likely` to cost."""
    settings = state.settings
    bound = cost_bound(settings)
    left = settings.iterations - iterations_done(state)
    subject = "This run may cost" if left == settings.iterations else "The rest of the run may cost"
    return (
        f"{subject} at most {left * bound.responses_per_iteration:,} responses of "
        f"{one_line(settings.model, 60)} ({counted(left, 'meta-iteration')} x "
        f"{bound.responses_per_iteration:,})"
        + ("" if likely is None else f", {likely_cost_words(likely)}")
        + "."
    )


def likely_cost_words(likely: LikelyCost) -> str:
    """``likely about 3,900 (1,200,000 tokens, $4.10), as 12 earlier meta-iterations went``."""
    about = f"{rounded(likely.responses):,}"
    tokens = f"{rounded(likely.tokens):,} tokens" if likely.tokens else ""
    paid = money(likely.usd) if likely.usd else ""
    if tokens or paid:
        about += f" ({', '.join(filter(None, (tokens, paid)))})"
    went = counted(likely.seen, "earlier meta-iteration")
    return f"likely about {about}, as {went} went"


def _first_of_its_kind(event: ev.SandboxEvent, state: State) -> bool:
    """Whether no repeat of the same program has attempted the same in this meta-iteration."""
    current = state.current
    known = [] if current is None else current.sandbox_events
    kind = (event.source, event.what, event.detail)
    return sum((e.source, e.what, e.detail) == kind for e in known) <= 1


def _first_suspicion(event: ev.ScoreSuspected, state: State) -> bool:
    """Whether this meta-iteration has shown nothing suspicious of that kind on the task before."""
    number, _ = asked_by(event)
    kind = (event.task, whats([event]))
    known = [each for events in state.suspicions.values() for each in events]
    alike = [e for e in known if (e.task, whats([e])) == kind and asked_by(e)[0] == number]
    return len(alike) <= 1


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
    failures = [
        repeat.failure
        for key, repeat in state.repeats.items()
        if key[:3] == (event.iteration, "selection", event.source) and repeat.failure
    ]
    note = f"  failed {len(failures)}x: {one_line(failures[0], 90)}" if failures else ""
    strategy = main_strategy(candidate.strategies)
    return f"  candidate {candidate.number:>2}  {with_error(estimate)}  {strategy}{note}"


def returned_line(event: ev.ProposalReturned, state: State) -> str:
    """Which candidate the proposal is."""
    iteration = state.iterations[event.iteration]
    if event.source == iteration.incumbent:
        return "  the proposal is the incumbent, unchanged"
    candidate = iteration.candidates.get(event.source)
    which = (
        "a program it did not evaluate" if candidate is None else candidate_name(candidate.number)
    )
    return f"  the proposal is {which}"


def measured_line(event: ev.ProposalMeasured) -> str:
    """Proposal against incumbent on fresh instances."""
    difference = event.difference
    between = "" if difference.low is None else f" {interval(difference)}"
    chance = (
        "" if event.chance is None else f", better with a chance of {chance_words(event.chance)}"
    )
    return (
        f"  measured afresh: {figure(event.proposal_val.mean)} against "
        f"{figure(event.incumbent_val.mean)}, "
        f"difference {signed(difference.mean)}{between}{chance}"
    )
