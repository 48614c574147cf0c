"""Scores that deserve a second look: what is suspicious about them, and whose they are. Pure.

Models win scores by other means than solving a task: by exploiting a flaw of the utility, by the
same answer to everything, by remembering instances. Each rule here is cheap, rests on what the
journal holds, and says what it rests on. A suspicion changes no score.
"""

from collections.abc import Iterable, Mapping, Sequence

from stop_tui.core import events as ev
from stop_tui.core.comparison import compare
from stop_tui.core.state import State
from stop_tui.core.statistics import estimate

OUTSIDE = "score outside [0, 1]"
CONSTANT = "same answer every time"
MEMORISED = "branches on the instance"
PERFECT = "sudden perfect score"
JUMP = "sudden jump"
GAP = "validation far above test"

GRAVE = frozenset([OUTSIDE, CONSTANT, MEMORISED])
"""What an honest solution hardly shows. The others, honest progress shows too."""

FEWEST_ANSWERS = 3
"""Instances from which on equal answers say something."""

PERFECT_FROM = 1 - 1e-9
WELL_BEFORE = 0.95
"""A perfect score is no surprise where something reached this before."""

LARGE_JUMP = 0.3
LARGE_GAP = 0.1
LARGE_GAP_OF_ONE = 0.25
"""The gap between single figures, whose noise is unknown, that counts as large."""

BEYOND_NOISE = 3.0
"""Standard errors by which a gap must exceed zero: many solutions are looked at."""


def outside_range(given: Mapping[int, str]) -> ev.Suspicion | None:
    """`given` has the scores outside [0, 1] that the utility gave, by the index of the instance."""
    if not given:
        return None
    index, value = min(given.items())
    more = f", and {len(given) - 1} more" if len(given) > 1 else ""
    return ev.Suspicion(
        OUTSIDE, f"the utility gave {value} for instance {index + 1}{more}; it counts as 0"
    )


def same_answers(answers: Sequence[str], scores: Sequence[float]) -> ev.Suspicion | None:
    """`answers` are hashes, empty where there was none; `scores` those of the same instances.

    The same wrong answer to everything wins nothing, so it is not suspicious."""
    given = [answer for answer in answers if answer]
    if len(given) < FEWEST_ANSWERS or len(set(given)) > 1 or not any(scores):
        return None
    mean = sum(scores) / len(scores)
    return ev.Suspicion(
        CONSTANT, f"all {len(given)} answers are equal, and score {mean:.3f} on average"
    )


def sudden(utility: float, before: Sequence[float]) -> ev.Suspicion | None:
    """`before` are the utilities on the same task to compare with; none says nothing."""
    if not before:
        return None
    best = max(before)
    seen = f"the best of the {len(before)} before is {best:.3f}"
    if utility >= PERFECT_FROM and best < WELL_BEFORE:
        return ev.Suspicion(PERFECT, f"{utility:.3f} all at once; {seen}")
    if utility - best >= LARGE_JUMP:
        return ev.Suspicion(JUMP, f"{utility:.3f}; {seen}")
    return None


def gap(val: Sequence[float], test: Sequence[float]) -> ev.Suspicion | None:
    """`val` and `test` are the scores of one solution on the instances of either split.

    The gap must be large and beyond noise: by Welch's standard error, where there is one."""
    if not val or not test:
        return None
    first, second = estimate(val), estimate(test)
    difference = compare(first, second).difference
    error = difference.standard_error
    least = LARGE_GAP_OF_ONE if error is None else max(LARGE_GAP, BEYOND_NOISE * error)
    if difference.mean < least:
        return None
    noise = "noise unknown" if error is None else f"± {error:.3f}"
    return ev.Suspicion(
        GAP,
        f"{first.mean:.3f} on {len(val)} instances against {second.mean:.3f} on {len(test)}: "
        f"{difference.mean:+.3f}, {noise}",
    )


def suspected_of(state: State, number: int, improver: str) -> tuple[ev.ScoreSuspected, ...]:
    """The suspicions about solutions that the improver returned in meta-iteration `number`, or was
    the first to ask about; without those that are sealed."""
    returned = {
        repeat.solution
        for key, repeat in state.repeats.items()
        if key[0] == number and key[2] == improver
    }
    return tuple(
        event
        for source, events in state.suspicions.items()
        for event in events
        if (source in returned or asked_by(event) == (number, improver[:16]))
        and is_open(state, event)
    )


def asked_by(event: ev.ScoreSuspected) -> tuple[int, str]:
    """The meta-iteration and the first 16 characters of the improver that asked for the score."""
    words = event.program.split("/")
    number = words[0][1:]
    return int(number) if number.isdecimal() else 0, words[2] if len(words) > 3 else ""


def is_open(state: State, event: ev.ScoreSuspected) -> bool:
    """Whether a suspicion may be seen: one that rests on the test split is sealed like it."""
    if event.split != "test":
        return True
    number, _ = asked_by(event)
    iteration = state.iterations.get(number)
    return iteration is not None and (
        iteration.final is not None or iteration.test_revealed is not None
    )


def whats(events: Iterable[ev.ScoreSuspected]) -> tuple[str, ...]:
    """What is suspicious in `events`, each said once, in order."""
    return tuple(dict.fromkeys(each.what for event in events for each in event.suspicions))
