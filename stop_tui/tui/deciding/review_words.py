"""What a human needs to decide about a proposal, in lines of words and figures. Pure.

Everything from a model or a program is made inert here. Figures of the test split appear only when
the state says that someone looked at them.
"""

from collections import Counter
from collections.abc import Iterable, Iterator

from textual.content import Content

from stop_tui.core import events as ev
from stop_tui.core.analysis.strategies import main_strategy
from stop_tui.core.plain_text import one_line, plain
from stop_tui.core.state import Iteration, State
from stop_tui.core.suspicion import suspected_of, whats
from stop_tui.engine.gate import Review
from stop_tui.presentation.costs import token_words, usd_words
from stop_tui.presentation.figures import counted, figure, interval, signed, with_error
from stop_tui.presentation.names import candidate_name
from stop_tui.presentation.standing import Standings
from stop_tui.presentation.suspicions import suspicion_lines
from stop_tui.tui.deciding.decision_words import name_of
from stop_tui.tui.deciding.interval_chart import Bar, chart

IDEA_SHOWN = 1500
"""Characters of the model's own words; all of them are in the tab for the idea."""

_TITLE = "bold $primary"
_CAUTION = "$text-warning"
_MUTED = "$text-muted"


def summary(review: Review, state: State, *, width: int, reveal: str) -> list[Content]:
    """All of it, in lines for a panel `width` columns wide; `reveal` is the key that unseals."""
    iteration = state.iterations[review.iteration]
    sections: list[tuple[str, Iterable[Content]]] = [
        ("", _head(review, state)),
        ("Meta-utility on validation", _figures(review.measured, width)),
        ("Meta-utility on the test split", _test(iteration, review.measured.source, reveal)),
        ("Warnings about the source", _warnings(review)),
        ("Suspicious scores", _suspicions(review, state)),
        ("In the sandbox", _sandbox(review)),
        ("Strategies", _strategies(review)),
        ("The idea, in the model's words", _idea(review)),
        ("Each repeat", _repeats(review)),
        ("This meta-iteration has cost", [Content(cost(iteration, state.settings))]),
        ("Decided so far", _decided(iteration)),
    ]
    lines: list[Content] = []
    for title, body in sections:
        content = list(body)
        if not content:
            continue
        if lines:
            lines.append(Content(""))
        if title:
            lines.append(Content.styled(title, _TITLE))
        lines += content
    return lines


def heading(review: Review, state: State) -> str:
    """What is proposed, in a sentence."""
    iteration = state.iterations[review.iteration]
    source = review.measured.source
    name = name_of(iteration, source).capitalize()
    if source == iteration.proposal:
        what = "is proposed"
    elif review.candidate.by == "human":
        what = "was edited by a human and stands"
    else:
        what = "was picked and stands"
    return f"{name} {what} as version I{review.iteration} of {one_line(review.run, 60)}."


def verdict(difference: ev.Estimate) -> str:
    """How the difference compares with noise, with a sign for it."""
    if difference.low is None or difference.high is None:
        return "? One repeat gives no interval: noise is unknown."
    if difference.low > 0:
        return "▲ Better beyond noise: the interval lies above zero."
    if difference.high < 0:
        return "▼ Worse beyond noise: the interval lies below zero."
    return "= Within noise: the interval includes zero."


def chance(value: float | None) -> str:
    """The chance that the proposal is better, without ever claiming certainty."""
    if value is None:
        return "Chance that it is better: unknown"
    percent = ">99 %" if value > 0.995 else "<1 %" if value < 0.005 else f"{100 * value:.0f} %"
    return f"Chance that it is better: {percent}"


def cost(iteration: Iteration, settings: ev.Settings) -> str:
    """What the meta-iteration has cost so far."""
    spent = iteration.spent
    paid = "no money (recorded responses)" if settings.model == "offline" else usd_words(spent)
    return (
        f"{counted(spent.lm_calls, 'LM call')}, {counted(spent.responses, 'response')}, "
        f"{token_words(spent)}, {paid}"
    )


def _head(review: Review, state: State) -> Iterator[Content]:
    """What matters most, for a panel of which only the first lines are visible."""
    difference = review.measured.difference
    says = verdict(difference)
    style = {"▲": "$text-success", "▼": "$text-error"}.get(says[0], "")
    yield Content.styled(heading(review, state), "bold")
    yield Content(f"Main strategy: {one_line(main_strategy(review.candidate.strategies), 80)}")
    yield Content.styled(says, f"bold {style}".strip())
    yield Content(f"Difference {signed(difference.mean)} {interval(difference)}".rstrip())
    yield Content(chance(review.measured.chance))
    warned, attempts = len(review.candidate.warnings), len(review.sandbox_events)
    if warned or attempts:
        what = f"⚠ {counted(warned, 'warning')}, {counted(attempts, 'attempt')} in the sandbox"
        yield Content.styled(what, _CAUTION)
    suspicious = whats(review.suspicions)
    if suspicious:
        what = one_line(", ".join(suspicious), 160)
        yield Content.styled(f"⚠ Suspicious scores: {what}", _CAUTION)


def _figures(measured: ev.ProposalMeasured, width: int) -> Iterator[Content]:
    """Both estimates, the paired difference, and a drawing of them."""
    proposal, incumbent, difference = (
        measured.proposal_val,
        measured.incumbent_val,
        measured.difference,
    )
    yield Content(f"proposal   {with_error(proposal)}{_between(proposal)}")
    yield Content(f"incumbent  {with_error(incumbent)}{_between(incumbent)}")
    yield from map(Content, chart([Bar("proposal", proposal), Bar("incumbent", incumbent)], width))
    yield Content("")
    yield from map(Content, chart([Bar("difference", difference)], width, of_difference=True))
    yield Content.styled(
        f"Same fresh instances and seeds for both, {counted(difference.n, 'pair')}; 95 % intervals",
        _MUTED,
    )


def _between(estimate: ev.Estimate) -> str:
    if estimate.low is None or estimate.high is None:
        return ""
    return f"  [{figure(estimate.low)}, {figure(estimate.high)}]"


def _test(iteration: Iteration, source: str, reveal: str) -> Iterator[Content]:
    measured = iteration.measured.get(source)
    if iteration.test_revealed is None or measured is None:
        yield Content.styled(f"Sealed until the decision; {reveal} reveals it early.", _MUTED)
        return
    yield Content(f"proposal   {with_error(measured.proposal_test)}")
    yield Content(f"incumbent  {with_error(measured.incumbent_test)}")
    who = one_line(iteration.test_revealed, 60)
    yield Content.styled(f"Revealed before the decision by {who}; the history says so.", _CAUTION)


def _warnings(review: Review) -> Iterator[Content]:
    for finding in review.candidate.warnings:
        yield Content.styled(f"⚠ {found(finding)}", _CAUTION)
    marks = sorted(
        {m for r in review.repeats if r.improver == review.measured.source for m in r.untimely}
    )
    if marks:
        what = one_line(", ".join(marks), 300)
        yield Content.styled(f"⚠ Not reproducible to the letter: {what}", _CAUTION)
    if not review.candidate.warnings and not marks:
        yield Content.styled("None.", _MUTED)


def _suspicions(review: Review, state: State) -> Iterator[Content]:
    """Asked of the state, since revealing the test split may open more of them."""
    found = suspected_of(state, review.iteration, review.measured.source)
    for line in suspicion_lines(found):
        yield Content.styled(f"⚠ {line}", _CAUTION)


def _sandbox(review: Review) -> Iterator[Content]:
    """What was seen and what was only told, apart."""
    if not review.sandbox_events:
        yield Content.styled("Neither it nor its solutions attempted anything denied.", _MUTED)
        return
    for trust, meaning in (
        ("verified", "Verified: seen from outside of the program"),
        ("reported", "Reported: told from inside of the program, may be forged"),
    ):
        attempts = Counter(
            one_line(f"{event.what} {event.detail}", 160)
            for event in review.sandbox_events
            if event.trust == trust
        )
        if attempts:
            yield Content(meaning)
        for attempt, count in attempts.items():
            times = f" ({count}x)" if count > 1 else ""
            yield Content.styled(f"⚠ {attempt}{times}", _CAUTION)


def _strategies(review: Review) -> Iterator[Content]:
    for finding in review.candidate.strategies:
        yield Content(f"◆ {found(finding)}")
    if not review.candidate.strategies:
        yield Content.styled("None found.", _MUTED)


def found(finding: ev.Finding) -> str:
    """A finding in an inert line: what, where, why."""
    numbers = ", ".join(map(str, finding.lines[:6])) + (", …" if len(finding.lines) > 6 else "")
    noun = "line" if len(finding.lines) == 1 else "lines"
    where = f" ({noun} {numbers})" if finding.lines else ""
    detail = f": {finding.detail}" if finding.detail else ""
    return one_line(f"{finding.label}{where}{detail}", 240)


def _idea(review: Review) -> Iterator[Content]:
    if not review.idea or not review.idea.strip():
        said = "No words are known." if review.candidate.by == "human" else "Nothing but code."
        yield Content.styled(said, _MUTED)
        return
    for line in plain(review.idea.strip(), limit=IDEA_SHOWN).split("\n"):
        yield Content(line)


def _repeats(review: Review) -> Iterator[Content]:
    """Each repeat of the proposal beside that of the incumbent with the same seeds."""
    by_improver: dict[bool, dict[tuple[str, int], ev.RepeatFinished]] = {True: {}, False: {}}
    for repeat in review.repeats:
        proposed = repeat.improver == review.measured.source
        by_improver[proposed][repeat.task, repeat.repeat] = repeat
    ours, theirs = by_improver[True], by_improver[False]
    names = {key: f"{one_line(key[0], 14)} {key[1]}" for key in ours}
    room = max(map(len, names.values()), default=0)
    yield Content.styled(f"{'':<{room}}  proposal incumbent  diff.", _MUTED)
    for key in sorted(ours):
        repeat, before = ours[key], theirs.get(key)
        against = None if before is None else before.val
        difference = None if against is None else repeat.val - against
        yield Content(
            f"{names[key]:<{room}}  {figure(repeat.val):>8} {figure(against):>9}  "
            f"{signed(difference)}"
        )
        for who, each in (("proposal", repeat), ("incumbent", before)):
            if each is not None and each.failure:
                failure = one_line(each.failure, 160)
                yield Content.styled(f"  ✗ {who}: {failure}", _CAUTION)


def _decided(iteration: Iteration) -> Iterator[Content]:
    """What was decided in this meta-iteration before."""
    for decision in iteration.decisions:
        what = {
            "more-repeats": counted(decision.repeats, "more repeat"),
            "choose": f"{name_of(iteration, decision.source)} picked",
            "edit": f"edited into {name_of(iteration, decision.source)}",
        }.get(decision.choice, decision.choice)
        reason = f": {one_line(decision.reason, 200)}" if decision.reason else ""
        yield Content(f"{what}, by {one_line(decision.by, 60)}{reason}")


def bases(state: State, iteration: Iteration, shown: str) -> list[tuple[str, str, str]]:
    """What a difference may be shown against: hash, name and strategy of every version of the run
    and every candidate of the meta-iteration, without `shown` itself."""
    rows: dict[str, tuple[str, str]] = {}
    for number in sorted(state.versions, reverse=True):
        source = state.versions[number].source
        name = f"I{number}" + (" (incumbent)" if source == iteration.incumbent else "")
        rows.setdefault(source, (name, _strategy_of_version(state, number, source)))
    for source, candidate in iteration.candidates.items():
        name = candidate_name(candidate.number, iteration.number)
        rows.setdefault(source, (name, main_strategy(candidate.strategies)))
    return [(source, *words) for source, words in rows.items() if source != shown]


def others(
    state: State, iteration: Iteration, shown: str
) -> list[tuple[str, tuple[str, str, str, str, str]]]:
    """The candidates that may be reviewed instead of `shown`, by hash: number, strategy,
    meta-utility, difference to the incumbent, what is remarkable. Without those that may not run,
    since picking one would end the meta-iteration."""
    refused = {
        source
        for each in state.iterations.values()
        for source, execution in each.executions.items()
        if not execution.allowed
    }
    standings = Standings(state, iteration)
    rows = []
    for source in iteration.candidates:
        if source in refused or source in (shown, iteration.incumbent):
            continue
        it = standings.of(source)
        against = "" if it.against is None else f"{signed(it.against.difference.mean)} {it.mark}"
        figures = with_error(it.meta_utility)
        rows.append((source, (str(it.number), it.strategy, figures, against, it.note)))
    return rows


def _strategy_of_version(state: State, number: int, source: str) -> str:
    """As found in the meta-iteration that the version comes from."""
    iteration = state.iterations.get(number)
    candidate = None if iteration is None else iteration.candidates.get(source)
    if candidate is not None:
        return main_strategy(candidate.strategies)
    return "the start" if number == 0 else ""
