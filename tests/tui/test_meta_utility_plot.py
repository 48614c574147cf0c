"""The plot of meta-utility: where a point is, and how far its interval goes."""

import re
from collections import defaultdict

from textual.app import App, ComposeResult

from stop_tui.core.events import Estimate
from stop_tui.presentation.history import Point
from stop_tui.tui.widgets.meta_utility_plot import MetaUtilityPlot
from tests.tui.pilots import run

BRAILLE = re.compile("[\u2801-\u28ff]")
MEAN = "●"


def _point(iteration: int, mean: float, half: float | None) -> Point:
    ends = (None, None) if half is None else (mean - half, mean + half)
    return Point(iteration, Estimate(mean, None, *ends, 3), None)


def _drawn(*points: Point) -> list[str]:
    """The rows of the plot, without colours and without its legend."""
    rows: list[str] = []

    class Plotted(App[None]):
        def compose(self) -> ComposeResult:
            yield MetaUtilityPlot()

    async def body() -> None:
        app = Plotted()
        async with app.run_test(size=(60, 24)) as pilot:
            plot = app.query_one(MetaUtilityPlot)
            plot.show(points)
            await pilot.pause()
            rows.extend(re.sub("\x1b\\[[0-9;]*m", "", plot.plt.build()).split("\n"))

    run(body())
    return [row.replace("●● val", " " * 6) for row in rows]


def _intervals(rows: list[str]) -> dict[int, list[int]]:
    """The rows in which each column has a part of an interval."""
    found: dict[int, list[int]] = defaultdict(list)
    for number, row in enumerate(rows):
        for match in BRAILLE.finditer(row):
            found[match.start()].append(number)
    return found


def _heights(rows: list[str]) -> list[int]:
    """How many rows each interval spans, from left to right."""
    intervals = _intervals(rows)
    return [max(each) - min(each) + 1 for _, each in sorted(intervals.items())]


def test_an_interval_is_as_long_as_it_is_wide_and_around_its_point() -> None:
    rows = _drawn(_point(0, 0.5, 0.4), _point(1, 0.5, 0.1))
    wide, narrow = _heights(rows)
    assert 3 <= wide / narrow <= 5
    mean = next(number for number, row in enumerate(rows) if row.count(MEAN) == 2)
    for each in _intervals(rows).values():
        assert min(each) < mean < max(each)
        assert abs((min(each) + max(each)) / 2 - mean) <= 1


def test_without_an_interval_there_is_only_the_point() -> None:
    rows = _drawn(_point(0, 0.4, None), _point(1, 0.6, None))
    assert _heights(rows) == []
    assert sum(row.count(MEAN) for row in rows) == 2


def test_an_interval_ends_where_meta_utility_ends() -> None:
    rows = _drawn(_point(0, 0.5, 0.5), _point(1, 0.8, 0.4))
    whole, cut = [each for _, each in sorted(_intervals(rows).items())]
    assert min(cut) == min(whole)
