"""What was found in a text of many lines, and which match is the current one."""

import re
from bisect import bisect_left
from collections.abc import Iterable
from typing import NamedTuple

MOST = 10_000
"""More matches than these are neither counted nor marked."""


class Place(NamedTuple):
    """Characters of a line, in one of its panes. Places are in the order of the text."""

    line: int
    pane: int
    start: int
    end: int


class Matches:
    """All matches of one search, in upper or lower case."""

    def __init__(self, text: str = "", searched: Iterable[tuple[int, int, str]] = ()) -> None:
        """Search for `text` in texts given with their line and pane, in order."""
        self.text = text
        self._places: list[Place] = []
        self._at = 0
        self._chosen = False
        self._by_line: dict[tuple[int, int], list[int]] = {}
        if text:
            self._search(re.compile(re.escape(text), re.IGNORECASE), searched)

    @property
    def current(self) -> Place | None:
        """The match that was gone to."""
        return self._places[self._at] if self._chosen else None

    def start_at(self, place: Place) -> None:
        """Begin the search at `place`; a match that is exactly there is the current one."""
        at = bisect_left(self._places, place)
        self._at = at % max(len(self._places), 1)
        self._chosen = at < len(self._places) and self._places[at] == place

    def go(self, *, forward: bool, again: bool) -> tuple[int, int] | None:
        """To the next match, or the one before; which it is, of how many."""
        if not self._places:
            return None
        if self._chosen and again:
            self._at = (self._at + (1 if forward else -1)) % len(self._places)
        self._chosen = True
        return self._at + 1, len(self._places)

    def on(self, line: int, pane: int) -> Iterable[tuple[Place, bool]]:
        """The matches in a line, each with whether it is the current one."""
        for index in self._by_line.get((line, pane), ()):
            yield self._places[index], self._chosen and index == self._at

    def _search(self, pattern: re.Pattern[str], searched: Iterable[tuple[int, int, str]]) -> None:
        for line, pane, text in searched:
            for found in pattern.finditer(text):
                if len(self._places) == MOST:
                    return
                self._by_line.setdefault((line, pane), []).append(len(self._places))
                self._places.append(Place(line, pane, found.start(), found.end()))
