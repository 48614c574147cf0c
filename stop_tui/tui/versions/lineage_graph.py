"""The lineage as a graph in text, one row a version and one lane a run, as `git log --graph` does.

Pure: from versions and their parents to glyphs. What a lane means is drawn with lines; colours are
up to whoever shows it.
"""

import heapq
from collections import defaultdict
from collections.abc import Sequence
from typing import NamedTuple, Protocol, TypeVar

VERSION = "●"
MORE = "…"
LANES = 10
"""Lanes that are drawn; what is further right shares the last one."""


class Node(Protocol):
    """What the graph needs to know of a version. `at` is in seconds since 1970 UTC."""

    @property
    def commit(self) -> str: ...
    @property
    def parent(self) -> str | None: ...
    @property
    def run(self) -> str: ...
    @property
    def at(self) -> int: ...


N = TypeVar("N", bound=Node)


class GraphRow(NamedTuple):
    """The glyphs of a version, two columns a lane, and the run that each of them belongs to."""

    glyphs: str
    runs: tuple[str, ...]


class _Line(NamedTuple):
    """A lane in use: the commit that it leads down to, and the run that it comes from."""

    to: str
    run: str


def newest_first(nodes: Sequence[N]) -> list[N]:
    """`nodes`, given in the order in which they came to be, newest first.

    A version stands above its parent even where a clock went backwards.
    """
    places = {node.commit: place for place, node in enumerate(nodes)}
    children = [0] * len(nodes)
    for node in nodes:
        if node.parent in places:
            children[places[node.parent]] += 1
    ready = [(-node.at, -place) for place, node in enumerate(nodes) if not children[place]]
    heapq.heapify(ready)
    ordered = []
    while ready:
        node = nodes[-heapq.heappop(ready)[1]]
        ordered.append(node)
        place = places.get(node.parent) if node.parent is not None else None
        if place is not None:
            children[place] -= 1
            if not children[place]:
                heapq.heappush(ready, (-nodes[place].at, -place))
    return ordered


def graph(nodes: Sequence[Node], lanes: int = LANES) -> list[GraphRow]:
    """The graph of `nodes`, which stand above their parents; at most `lanes` lanes wide.

    A run keeps its lane. Where others started from a version of it, their lanes join its row.
    """
    known = {node.commit for node in nodes}
    drawing = _Drawing(lanes)
    return [drawing.row(node, node.parent if node.parent in known else None) for node in nodes]


class _Drawing:
    """The lanes that are in use between two rows."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._lanes: list[_Line | None] = []
        self._to: defaultdict[str, list[int]] = defaultdict(list)
        self._free: list[int] = []
        self._hidden = 0

    def row(self, node: Node, parent: str | None) -> GraphRow:
        """The next row down."""
        joining = self._to.pop(node.commit, [])
        lane = self._lane_of(node, joining)
        drawn = self._drawn(node, lane, {*joining, lane})
        for other in joining:
            if other != lane:
                self._put(other, None)
        self._put(lane, None if parent is None else _Line(parent, node.run))
        return drawn

    def _lane_of(self, node: Node, joining: list[int]) -> int:
        if not joining:
            if self._free:
                return heapq.heappop(self._free)
            self._lanes.append(None)
            return len(self._lanes) - 1
        return min(joining, key=lambda lane: (self._run(lane) != node.run, lane))

    def _run(self, lane: int) -> str:
        line = self._lanes[lane]
        return "" if line is None else line.run

    def _put(self, lane: int, line: _Line | None) -> None:
        if lane >= self._most:
            self._hidden += (line is not None) - (self._lanes[lane] is not None)
        self._lanes[lane] = line
        if line is None:
            heapq.heappush(self._free, lane)
        else:
            self._to[line.to].append(lane)

    def _drawn(self, node: Node, lane: int, joined: set[int]) -> GraphRow:
        first, last = min(joined), max(joined)
        crowded = self._hidden > 0 or lane >= self._most
        seen = min(self._most - crowded, len(self._lanes))
        glyphs, runs = [], []
        for place in range(seen):
            run = self._run(place)
            if place == lane:
                glyph, run = VERSION, node.run
            elif place in joined:
                glyph = "╰" if place == first else "╯" if place == last else "┴"
            elif first < place < last:
                glyph = "┼" if run else "─"
            else:
                glyph = "│" if run else " "
            along = self._run(first if place < lane else last)
            glyphs += [glyph, "─" if first <= place < last else " "]
            runs += [run or along, along]
        if crowded:
            glyphs.append(VERSION if lane >= seen else MORE)
            runs.append(node.run if lane >= seen else "")
        text = "".join(glyphs).rstrip()
        return GraphRow(text, tuple(runs[: len(text)]))
