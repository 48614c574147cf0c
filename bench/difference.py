"""How fast a long difference is shown and scrolled."""

import asyncio
import statistics
import time

from textual.app import App, ComposeResult

from bench.row import Row
from stop_tui.tui.themes import DARK
from stop_tui.tui.widgets.text.diff_view import DiffView

LINES = 4000
PAGES = 60
SIZE = (140, 40)


class _OneDiff(App[None]):
    def compose(self) -> ComposeResult:
        yield DiffView()

    def on_mount(self) -> None:
        self.register_theme(DARK)
        self.theme = DARK.name


def measure() -> list[Row]:
    return asyncio.run(_measure())


async def _measure() -> list[Row]:
    old = "".join(f"value_{n} = compute({n}, 'text {n}')  # line {n}\n" for n in range(LINES))
    new = "".join(
        line.replace("compute", "measure") if number % 3 == 0 else line
        for number, line in enumerate(old.splitlines(keepends=True))
    )
    app = _OneDiff()
    async with app.run_test(size=SIZE) as pilot:
        view = app.query_one(DiffView)
        view.focus()
        await pilot.pause()
        began = time.perf_counter()
        view.show(old, new, old_name="old", new_name="new")
        _paint(view)
        shown = time.perf_counter() - began
        await pilot.pause()
        taken = [await _seconds_of_a_page(view) for _ in range(PAGES)]
    detail = f"median of {PAGES} pages, longest {max(taken) * 1000:.0f} ms"
    return [
        Row(f"difference of {LINES:,} lines: shown", shown, 0.8, "s"),
        Row("difference: a page further, painted", statistics.median(taken), 0.05, "s", detail),
    ]


async def _seconds_of_a_page(view: DiffView) -> float:
    began = time.perf_counter()
    view.action_page_down()
    _paint(view)
    taken = time.perf_counter() - began
    await asyncio.sleep(0)
    return taken


def _paint(view: DiffView) -> None:
    view.screen._compositor.render_strips(view.app.size)
