"""The scores of two sides beside each other, as rows of text, and a sentence on what they mean.

Pure. A difference is paired where both were measured on the same instances, else it is that of
two independent estimates, and the sentence says which.
"""

from collections.abc import Iterator
from typing import NamedTuple

from stop_tui.core import events as ev
from stop_tui.core import statistics
from stop_tui.core.comparison import Comparison, compare
from stop_tui.core.plain_text import one_line
from stop_tui.presentation.figures import chance_words, figure, interval, signed, with_error
from stop_tui.tui.versions.sides import Scores, Side

MAIN = 0
TASK = 1
REPEAT = 2


class Row(NamedTuple):
    """A name, what each side has, and the difference, right minus left; `level` is how far down
    in detail."""

    name: str
    left: str
    right: str
    difference: str
    level: int = MAIN


def rows(left: Side, right: Side) -> list[Row]:
    """Meta-utilities, then utilities by task and repeat, then what else is known."""
    found = [
        _estimates("meta-utility", left.scores.val, right.scores.val, _compared(left, right)),
        _estimates("test", left.scores.test, right.scores.test, None),
    ]
    found += _tasks(left.scores, right.scores)
    found += _facts(left, right)
    return found


def sentence(left: Side, right: Side) -> str:
    """How the scores may be compared, and what comes of it."""
    first, second = left.scores, right.scores
    if first.val is None or second.val is None:
        missing = [one_line(side.name, 80) for side in (left, right) if side.scores.val is None]
        return f"No meta-utility is known of {' and '.join(missing)}."
    if same_instances(first, second):
        how = f"Both {first.origin}, on the same instances."
    else:
        how = (
            f"{one_line(left.name, 80)} {first.origin}, {one_line(right.name, 80)} "
            f"{second.origin}: on different instances, so the difference is less sure."
        )
    compared = _compared(left, right)
    if compared is None or compared.chance is None:
        return how
    chance = chance_words(compared.chance)
    return f"{how} {one_line(right.name, 80)} is better with a chance of {chance}."


def same_instances(first: Scores, second: Scores) -> bool:
    """Whether repeats of both can be subtracted one by one."""
    return bool(first.instances) and first.instances == second.instances


def _compared(left: Side, right: Side) -> Comparison | None:
    first, second = left.scores, right.scores
    if first.val is None or second.val is None:
        return None
    if same_instances(first, second) and _same_shape(first, second):
        return Comparison(
            statistics.paired_difference(second.repeats, first.repeats),
            statistics.chance_better(second.repeats, first.repeats),
        )
    return compare(second.val, first.val)


def _same_shape(first: Scores, second: Scores) -> bool:
    counts = [
        {task: len(values) for task, values in scores.repeats.items()} for scores in (first, second)
    ]
    return bool(counts[0]) and counts[0] == counts[1]


def _estimates(
    name: str, left: ev.Estimate | None, right: ev.Estimate | None, compared: Comparison | None
) -> Row:
    difference = "-"
    if compared is not None:
        difference = f"{signed(compared.difference.mean)} {interval(compared.difference)}".rstrip()
    elif left is not None and right is not None:
        difference = signed(right.mean - left.mean)
    return Row(name, with_error(left), with_error(right), difference)


def _tasks(first: Scores, second: Scores) -> Iterator[Row]:
    paired = same_instances(first, second)
    for task in dict.fromkeys([*first.repeats, *second.repeats]):
        values = [list(scores.repeats.get(task, ())) for scores in (first, second)]
        means = [sum(found) / len(found) if found else None for found in values]
        yield Row(
            f"task {one_line(task, 40)}",
            figure(means[0]),
            figure(means[1]),
            _difference(*means),
            TASK,
        )
        for number in range(max(map(len, values))):
            one = [found[number] if number < len(found) else None for found in values]
            difference = _difference(*one) if paired else ""
            yield Row(f"repeat {number + 1}", figure(one[0]), figure(one[1]), difference, REPEAT)


def _difference(left: float | None, right: float | None) -> str:
    return "-" if left is None or right is None else signed(right - left)


def _facts(left: Side, right: Side) -> Iterator[Row]:
    first, second = dict(left.facts), dict(right.facts)
    for name in dict.fromkeys([*first, *second]):
        one, other = first.get(name, "-"), second.get(name, "-")
        differs = "" if one == other else "differs"
        yield Row(one_line(name, 40), one_line(one, 200), one_line(other, 200), differs)
