"""Which elements of two sequences belong together, never in quadratic time.

Elements that occur once on both sides are matched first (as in Bram Cohen's patience diff), then
those between them; what occurs more often is matched by its first, second, third ... occurrence.
The result is a valid alignment that reads well, not always the longest one.
"""

from bisect import bisect_left
from collections import Counter
from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

DEPTH = 12
"""How often the stretches between matches are searched for elements unique there."""


class Match(NamedTuple):
    """`size` equal elements from `old` and from `new` on, 0-based."""

    old: int
    new: int
    size: int


def matches(old: Sequence[str], new: Sequence[str]) -> list[Match]:
    """Equal stretches of both, in order; adjacent ones joined."""
    result: list[Match] = []
    # A stack instead of recursion: hostile input must not reach the interpreter's limit.
    stack = [(0, len(old), 0, len(new), 0)]
    while stack:
        old_at, old_end, new_at, new_end, depth = stack.pop()
        if depth < 0:  # a stretch known to be equal
            result.append(Match(old_at, new_at, old_end - old_at))
            continue
        prefix = 0
        while (
            old_at + prefix < old_end
            and new_at + prefix < new_end
            and old[old_at + prefix] == new[new_at + prefix]
        ):
            prefix += 1
        if prefix:
            result.append(Match(old_at, new_at, prefix))
            old_at, new_at = old_at + prefix, new_at + prefix
        suffix = 0
        while (
            old_end - suffix > old_at
            and new_end - suffix > new_at
            and old[old_end - suffix - 1] == new[new_end - suffix - 1]
        ):
            suffix += 1
        if suffix:
            stack.append((old_end - suffix, old_end, new_end - suffix, new_end, -1))
            old_end, new_end = old_end - suffix, new_end - suffix
        if old_at == old_end or new_at == new_end:
            continue
        anchors = _unique(old, new, old_at, old_end, new_at, new_end) if depth < DEPTH else []
        if not anchors:
            anchors = _by_occurrence(old, new, old_at, old_end, new_at, new_end)
            result += [Match(i, j, 1) for i, j in anchors]
            continue
        edges = [(old_at - 1, new_at - 1), *anchors, (old_end, new_end)]
        todo: list[tuple[int, int, int, int, int]] = []
        for (i, j), (next_i, next_j) in pairwise(edges):
            todo.append((i + 1, next_i, j + 1, next_j, depth + 1))
            if next_i < old_end:
                todo.append((next_i, next_i + 1, next_j, next_j + 1, -1))
        stack += reversed(todo)
    return _joined(result)


def _unique(
    old: Sequence[str], new: Sequence[str], old_at: int, old_end: int, new_at: int, new_end: int
) -> list[tuple[int, int]]:
    """The longest rising sequence of pairs of elements that occur once on both sides."""
    old_counts, new_counts = Counter(old[old_at:old_end]), Counter(new[new_at:new_end])
    places = {new[j]: j for j in range(new_at, new_end) if new_counts[new[j]] == 1}
    return _rising(
        [
            (i, places[old[i]])
            for i in range(old_at, old_end)
            if old_counts[old[i]] == 1 and old[i] in places
        ]
    )


def _by_occurrence(
    old: Sequence[str], new: Sequence[str], old_at: int, old_end: int, new_at: int, new_end: int
) -> list[tuple[int, int]]:
    """The same for elements that occur more often: the first goes with the first, and so on."""
    seen: Counter[str] = Counter()
    places: dict[tuple[str, int], int] = {}
    for j in range(new_at, new_end):
        seen[new[j]] += 1
        places[new[j], seen[new[j]]] = j
    seen.clear()
    pairs: list[tuple[int, int]] = []
    for i in range(old_at, old_end):
        seen[old[i]] += 1
        place = places.get((old[i], seen[old[i]]))
        if place is not None:
            pairs.append((i, place))
    return _rising(pairs)


def _rising(pairs: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """The longest part of `pairs` in which the second rises; the first does already."""
    tails: list[int] = []
    ends: list[int] = []
    before: list[int] = []
    for index, (_, place) in enumerate(pairs):
        at = bisect_left(tails, place)
        before.append(ends[at - 1] if at else -1)
        if at == len(tails):
            tails.append(place)
            ends.append(index)
        else:
            tails[at], ends[at] = place, index
    result: list[tuple[int, int]] = []
    index = ends[-1] if ends else -1
    while index >= 0:
        result.append(pairs[index])
        index = before[index]
    return result[::-1]


def _joined(matches: list[Match]) -> list[Match]:
    result: list[Match] = []
    for match in matches:
        last = result[-1] if result else None
        if last and last.old + last.size == match.old and last.new + last.size == match.new:
            result[-1] = Match(last.old, last.new, last.size + match.size)
        else:
            result.append(match)
    return result
