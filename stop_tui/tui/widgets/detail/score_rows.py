"""What was measured of an improver, as rows and sentences. Pure; all text is still hostile.

Figures of the test split leave here only when they may be seen: until then their cells say so.
"""

from collections.abc import Iterator
from typing import NamedTuple

from stop_tui.core import events as ev
from stop_tui.core.comparison import Comparison, compare
from stop_tui.core.suspicion import is_open, whats
from stop_tui.presentation.figures import (
    chance_words,
    counted,
    figure,
    interval,
    signed,
    with_error,
)
from stop_tui.presentation.standing import SELECTION, incumbent_estimate
from stop_tui.tui.widgets.detail.subject import Subject, fresh_phase, test_is_open

SEALED = "sealed"


class ScoreRow(NamedTuple):
    """A repeat that is done or running, or a solution that a repeat asked about on its way.

    `stage` is what was done: selection, afresh, tried. `before` is the incumbent's utility in the
    same task and repeat, with the same seeds. `solution` can be opened."""

    stage: str
    phase: ev.Phase
    task: str
    repeat: str
    val: float | None = None
    before: float | None = None
    test: str = ""
    test_before: str = ""
    lm_calls: int | None = None
    utility_calls: int | None = None
    cpu_seconds: float | None = None
    note: str = ""
    solution: str | None = None

    @property
    def key(self) -> str:
        """Tells the rows of one improver apart."""
        which = self.solution if self.stage == "tried" else self.repeat
        return f"{self.stage} {self.phase} {self.task} {which}"

    @property
    def sign(self) -> str:
        """The note in a sign: ✗ a failure, ⚠ suspicious, ≈ not reproducible, … running."""
        return self.note[:1] if self.note[:1] in "✗⚠≈…" else ""

    @property
    def difference(self) -> float | None:
        """How much better than the incumbent."""
        return None if self.val is None or self.before is None else self.val - self.before


def score_rows(subject: Subject) -> list[ScoreRow]:
    """The repeats of both phases, those that are running, then what was tried beside them."""
    rows: list[ScoreRow] = []
    tried: list[ScoreRow] = []
    for phase in subject.phases:
        finished = _finished(subject, phase)
        rows += finished
        rows += _running(subject, phase)
        tried += _tried(subject, phase, {(row.task, row.solution) for row in finished})
    return rows + tried


def _finished(subject: Subject, phase: ev.Phase) -> list[ScoreRow]:
    number, iteration, view = subject.number, subject.iteration, subject.view
    if number is None or iteration is None:
        return []
    fresh = phase != SELECTION
    pairs: dict[tuple[str, int], ev.RepeatFinished] = {}
    if fresh and not subject.is_incumbent:
        before = view.repeats(number, phase, iteration.incumbent)
        pairs = {(each.task, each.repeat): each for each in before}
    test_open = test_is_open(subject.state, number)
    rows = []
    for each in view.repeats(number, phase, subject.source):
        pair = pairs.get((each.task, each.repeat))
        rows.append(
            ScoreRow(
                stage="afresh" if fresh else "selection",
                phase=phase,
                task=each.task,
                repeat=str(each.repeat),
                val=each.val,
                before=None if pair is None else pair.val,
                test=_test(each, test_open=test_open) if fresh else "",
                test_before="" if pair is None else _test(pair, test_open=test_open),
                lm_calls=each.lm_calls,
                utility_calls=each.utility_calls,
                cpu_seconds=each.cpu_seconds,
                note=_note(each, subject),
                solution=each.solution,
            )
        )
    return rows


def _running(subject: Subject, phase: ev.Phase) -> Iterator[ScoreRow]:
    if subject.number is None:
        return
    stage = "selection" if phase == SELECTION else "afresh"
    for key in subject.view.under_way(subject.number, phase, subject.source):
        yield ScoreRow(stage, phase, key[3], str(key[4]), note="… running")


def _tried(
    subject: Subject, phase: ev.Phase, returned: set[tuple[str, str | None]]
) -> Iterator[ScoreRow]:
    """Solutions that the repeats were the first to ask about and did not return."""
    programs = [name for name in subject.programs if "/" in name]
    for program in programs:
        for scored in subject.view.asked_for(program):
            if scored.phase != phase or scored.split != "val":
                continue
            if (scored.task, scored.source) in returned:
                continue
            yield ScoreRow(
                stage="tried",
                phase=phase,
                task=scored.task,
                repeat=scored.program.rpartition("/r")[2],
                val=scored.utility,
                cpu_seconds=scored.cpu_seconds,
                note=_tried_note(scored, subject),
                solution=scored.source,
            )


def _test(repeat: ev.RepeatFinished, *, test_open: bool) -> str:
    return figure(repeat.test) if test_open else SEALED


def _tried_note(scored: ev.SolutionScored, subject: Subject) -> str:
    afresh = ["afresh"] if scored.phase != SELECTION else []
    return " · ".join([*_suspicions(scored.source, scored.phase, subject), *afresh])


def _suspicions(solution: str | None, phase: ev.Phase, subject: Subject) -> list[str]:
    """What is suspicious about a solution's score in a phase, as one note or none."""
    state = subject.state
    known = state.suspicions.get(solution or "", ())
    what = whats(event for event in known if event.phase == phase and is_open(state, event))
    return [f"⚠ suspicious: {', '.join(what)}"] if what else []


def _note(repeat: ev.RepeatFinished, subject: Subject) -> str:
    notes = [f"✗ {repeat.failure}"] if repeat.failure else []
    notes += _suspicions(repeat.solution, repeat.phase, subject)
    if repeat.untimely:
        notes.append(f"≈ not reproducible: {', '.join(repeat.untimely)}")
    return " · ".join(notes)


def summary(subject: Subject) -> list[str]:
    """What the rows amount to, in sentences."""
    if subject.iteration is None:
        return [
            "The improver that the run started from, before any meta-iteration.",
            "It is measured as the incumbent of I1.",
        ]
    return [*_selection(subject), *_afresh(subject)]


def _selection(subject: Subject) -> Iterator[str]:
    number, iteration, state = subject.number, subject.iteration, subject.state
    assert number is not None and iteration is not None, "there is a meta-iteration"
    candidate = iteration.candidates.get(subject.source)
    if candidate is None:
        return
    refused = iteration.executions.get(subject.source)
    if refused is not None and not refused.allowed:
        yield f"Selection: {refused.by} did not allow it to run."
        return
    estimate = candidate.meta_utility
    if estimate is None:
        total = state.settings.repeats * len(state.settings.tasks)
        done = len(subject.view.repeats(number, SELECTION, subject.source))
        running = len(subject.view.under_way(number, SELECTION, subject.source))
        words = f"{done} of {counted(total, 'repeat')} done, {running} running"
        if candidate.abandoned:
            words += "; given up, because the incumbent ended first"
        yield f"Selection: {words}."
        return
    yield f"Selection: {with_error(estimate)} in {counted(estimate.n, 'repeat')}."
    incumbent = None if subject.is_incumbent else incumbent_estimate(state, iteration)
    if incumbent is not None and subject.source not in iteration.measured:
        yield f"On other instances the incumbent has {with_error(incumbent)}: " + _compared(
            compare(estimate, incumbent)
        )


def _afresh(subject: Subject) -> Iterator[str]:
    number, iteration = subject.number, subject.iteration
    assert number is not None and iteration is not None, "there is a meta-iteration"
    if subject.is_incumbent:
        for measured in reversed(iteration.measured.values()):
            estimate = measured.incumbent_val
            yield f"Measured afresh: {with_error(estimate)} in {counted(estimate.n, 'repeat')}."
            yield _test_words(subject, with_error(measured.incumbent_test))
            return
        if incumbent_estimate(subject.state, iteration) is None:
            yield "The incumbent is measured when there is a proposal to compare it with."
        return
    known = iteration.measured.get(subject.source)
    if known is None:
        phase = fresh_phase(number)
        done = len(subject.view.repeats(number, phase, subject.source))
        running = len(subject.view.under_way(number, phase, subject.source))
        if done or running:
            yield f"Being measured afresh: {counted(done, 'repeat')} done, {running} running."
        return
    compared = _compared(Comparison(known.difference, known.chance))
    yield (
        f"Measured afresh, same seeds: {with_error(known.proposal_val)} against the incumbent's "
        f"{with_error(known.incumbent_val)}: {compared}"
    )
    tests = f"{with_error(known.proposal_test)} against {with_error(known.incumbent_test)}"
    yield _test_words(subject, tests)


def _compared(comparison: Comparison) -> str:
    difference, chance = comparison
    words = f"{signed(difference.mean)} {interval(difference)}".rstrip()
    if chance is None:
        return f"{words}; one repeat a task gives no interval."
    return f"{words}, better with a chance of {chance_words(chance)}."


def _test_words(subject: Subject, figures: str) -> str:
    iteration = subject.iteration
    assert iteration is not None, "there is a meta-iteration"
    if not test_is_open(subject.state, subject.number):
        return f"Test: sealed until the decision on I{subject.number}."
    if iteration.test_revealed is not None:
        return f"Test: {figures}. Revealed before the decision by {iteration.test_revealed}."
    return f"Test: {figures}."
