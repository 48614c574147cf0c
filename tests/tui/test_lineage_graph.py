"""The graph of versions: a lane a run, forks joined where they began, readable without colour."""

from typing import NamedTuple

from hypothesis import given
from hypothesis import strategies as st

from stop_tui.tui.versions.lineage_graph import VERSION, graph, newest_first

UP, DOWN = set("│┼╰╯┴"), set("│┼")


class Node(NamedTuple):
    commit: str
    parent: str | None
    run: str
    at: int


def chain(run: str, count: int, *, at: int, parent: str | None = None) -> list[Node]:
    """A run of `count` versions, oldest first."""
    nodes: list[Node] = []
    for number in range(count):
        nodes.append(Node(f"{run}{number}", parent, run, at + number))
        parent = nodes[-1].commit
    return nodes


def drawn(nodes: list[Node], lanes: int = 10) -> list[str]:
    ordered = newest_first(nodes)
    rows = graph(ordered, lanes)
    return [
        f"{row.glyphs:<6} {node.commit}".rstrip() for row, node in zip(rows, ordered, strict=True)
    ]


def test_one_run_is_a_line() -> None:
    assert drawn(chain("a", 3, at=0)) == ["●      a2", "●      a1", "●      a0"]


def test_a_run_from_another_runs_version_joins_it_there() -> None:
    assert drawn([*chain("a", 3, at=0), *chain("b", 2, at=10, parent="a1")]) == [
        "●      b1",
        "●      b0",
        "│ ●    a2",
        "╰─●    a1",
        "  ●    a0",
    ]


def test_a_run_that_goes_on_keeps_its_lane_beside_its_fork() -> None:
    late = Node("a3", "a2", "a", 99)
    assert drawn([*chain("a", 3, at=0), *chain("b", 2, at=10, parent="a1"), late]) == [
        "●      a3",
        "│ ●    b1",
        "│ ●    b0",
        "● │    a2",
        "●─╯    a1",
        "●      a0",
    ]


def test_several_forks_of_one_version_join_in_its_row() -> None:
    nodes = [
        *chain("a", 3, at=0),
        *chain("b", 1, at=10, parent="a1"),
        *chain("c", 1, at=20, parent="a0"),
        *chain("d", 1, at=30, parent="a1"),
    ]
    assert drawn(nodes) == [
        "●      d0",
        "│ ●    c0",
        "│ │ ●  b0",
        "│ │ │ ● a2",
        "╰─┼─┴─● a1",
        "  ╰───● a0",
    ]


def test_runs_that_share_nothing_are_not_joined() -> None:
    assert drawn([*chain("a", 2, at=0), *chain("b", 2, at=10)]) == [
        "●      b1",
        "●      b0",
        "●      a1",
        "●      a0",
    ]


def test_runs_at_the_same_time_have_a_lane_each() -> None:
    assert drawn([*chain("a", 2, at=0), *chain("b", 2, at=0)]) == [
        "●      b1",
        "│ ●    a1",
        "● │    b0",
        "  ●    a0",
    ]


def test_what_is_further_right_than_there_is_room_shares_the_last_lane() -> None:
    forks = [chain(name, 1, at=10 + n, parent="a0")[0] for n, name in enumerate("bcdef")]
    assert drawn([*chain("a", 2, at=0), *forks], lanes=3) == [
        "●      f0",
        "│ ●    e0",
        "│ │ ●  d0",
        "│ │ ●  c0",
        "│ │ ●  b0",
        "│ │ ●  a1",
        "╰─┴─●  a0",
    ]


def test_a_parent_that_is_not_there_ends_the_lane() -> None:
    assert drawn([Node("a0", "lost", "a", 2), Node("b0", None, "b", 1)]) == [
        "●      a0",
        "●      b0",
    ]


def test_every_glyph_belongs_to_a_run() -> None:
    nodes = newest_first([*chain("a", 3, at=0), *chain("b", 2, at=10, parent="a1")])
    for row in graph(nodes):
        assert len(row.runs) == len(row.glyphs)
    assert graph(nodes)[3] == ("╰─●", ("b", "b", "a"))


@st.composite
def lineages(draw: st.DrawFn) -> list[Node]:
    """Runs of a few versions that start from nothing or from any version there is, at any time."""
    nodes: list[Node] = []
    for number in range(draw(st.integers(1, 8))):
        starts = [None, *(node.commit for node in nodes)]
        parent = draw(st.sampled_from(starts))
        at = draw(st.integers(0, 20))
        nodes += chain(chr(97 + number), draw(st.integers(1, 5)), at=at, parent=parent)
    return nodes


@given(lineages())
def test_versions_stand_above_their_parents_whatever_the_clocks_say(nodes: list[Node]) -> None:
    ordered = newest_first(nodes)
    assert sorted(ordered) == sorted(nodes)
    places = {node.commit: place for place, node in enumerate(ordered)}
    for node in nodes:
        assert node.parent is None or places[node.commit] < places[node.parent]


@given(lineages())
def test_lines_are_unbroken_and_every_row_has_its_version(nodes: list[Node]) -> None:
    ordered = newest_first(nodes)
    rows = [row.glyphs for row in graph(ordered, lanes=100)]
    with_children = {node.parent for node in ordered}
    for place, (row, node) in enumerate(zip(rows, ordered, strict=True)):
        assert row.count(VERSION) == 1
        above = rows[place - 1] if place else ""
        for column, glyph in enumerate(row):
            up = above[column : column + 1]
            continues = up in DOWN or (up == VERSION and ordered[place - 1].parent is not None)
            starts = glyph in UP or (glyph == VERSION and node.commit in with_children)
            if glyph == VERSION:  # its children may all come from the sides
                starts = starts and not set(row) & set("╰╯┴")
                assert continues or not starts
                assert not continues or node.commit in with_children
            else:
                assert bool(up) and continues if starts else not continues


@given(lineages(), st.integers(1, 6))
def test_no_row_is_wider_than_it_may_be(nodes: list[Node], lanes: int) -> None:
    for row in graph(newest_first(nodes), lanes):
        assert len(row.glyphs) <= 2 * lanes - 1
        assert row.glyphs.count(VERSION) == 1
