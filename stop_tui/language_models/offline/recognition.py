"""Finds the recorded responses whose code a message shows, however it is embedded in the message.

Programs are compared by their lines, with layout, quotes, brackets and comments taken away, so
that a program is also recognised when it was indented, lightly edited or unparsed from its syntax
tree. A line counts the more, the fewer recorded programs contain it. An index is made once for a
shelf; recognising then costs one dictionary look-up for each line of the message.
"""

import functools
import math
from collections.abc import Mapping

import msgspec

from stop_tui.language_models.offline.library import shelf

RESEMBLES = 0.4
"""The least share of a program's weighted lines that makes a message resemble it."""

SHOWS = 0.6
"""The same for every further program; lines of those found already do not count."""

_SHORTEST = 6
_DROPPED = dict.fromkeys(map(ord, " \t\r\f\v\"'()"))


class Sighting(msgspec.Struct, frozen=True):
    """The recorded programs that a message shows, best match first, and the message's other lines.

    `others` are the lines, as they were, that belong to none of the programs on the shelf.
    """

    names: tuple[str, ...]
    others: tuple[str, ...]


class _Index(msgspec.Struct, frozen=True):
    lines: Mapping[str, frozenset[str]]
    holders: Mapping[str, tuple[str, ...]]

    def weight(self, lines: frozenset[str]) -> float:
        # Exactly rounded, since the order of a set of texts differs from process to process.
        return math.fsum(1.0 / len(self.holders[line]) for line in lines)


def look(task: str, message: str) -> Sighting:
    """What `message` shows of the programs on the shelf for `task`, one of `library.SHELVES`."""
    index = _index(task)
    lines = message.split("\n")
    recorded = {line: key for line in set(lines) if (key := _key(line)) in index.holders}
    return Sighting(
        names=_shown(index, frozenset(recorded.values())),
        others=tuple(line for line in lines if line not in recorded),
    )


def _shown(index: _Index, present: frozenset[str]) -> tuple[str, ...]:
    found: list[str] = []
    explained: frozenset[str] = frozenset()
    suspects = {name for line in present for name in index.holders[line]}
    while suspects:
        share = {name: _share(index, name, present, explained) for name in suspects}
        best = max(sorted(suspects), key=share.__getitem__)
        if share[best] < (SHOWS if found else RESEMBLES):
            break
        found.append(best)
        suspects.remove(best)
        explained |= index.lines[best]
    return tuple(found)


def _share(index: _Index, name: str, present: frozenset[str], explained: frozenset[str]) -> float:
    own = index.lines[name] - explained
    return index.weight(own & present) / index.weight(own) if own else 0.0


@functools.cache
def _index(task: str) -> _Index:
    lines = {
        name: frozenset(filter(None, map(_key, recorded.code.split("\n"))))
        for name, recorded in shelf(task).responses.items()
    }
    holders: dict[str, list[str]] = {}
    for name in sorted(lines):
        for line in lines[name]:
            holders.setdefault(line, []).append(name)
    return _Index(lines=lines, holders={line: tuple(names) for line, names in holders.items()})


def _key(line: str) -> str:
    """What is compared of a line; empty for a line too short to tell anything."""
    key = line.partition("#")[0].translate(_DROPPED)
    return key if len(key) >= _SHORTEST else ""
