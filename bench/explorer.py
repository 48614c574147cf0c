"""The explorer as its users feel it: cold start, opening, keys, idling, leaving."""

import statistics
import sys
import tempfile
import time
from pathlib import Path

from bench.large_run import CANDIDATES, NAME, large_run
from bench.row import Row, median_command
from bench.terminal import ExplorerTerminal
from stop_tui.workspace import create_workspace

STARTS = 9
KEYS = 200
IDLE_SECONDS = 10.0
PAUSE = 0.06
"""Seconds between two keys: faster than people read, slower than a key that repeats."""


def measure() -> list[Row]:
    with tempfile.TemporaryDirectory() as folder:
        small = create_workspace(Path(folder) / "small")
        large = large_run(Path(folder) / "large")
        return [_first_paint(small.root), *_with_a_large_run(large.root)]


def _first_paint(root: Path) -> Row:
    textual = median_command([sys.executable, "-c", "import textual.app"])
    painted = statistics.median(_painted_after(root) for _ in range(STARTS))
    return Row(
        "explorer: first paint / import textual.app",
        painted / textual,
        2.5,
        "x",
        f"{painted * 1000:.0f} ms, import textual.app: {textual * 1000:.0f} ms",
    )


def _painted_after(root: Path) -> float:
    terminal = ExplorerTerminal(root)
    try:
        return terminal.until("New run") - terminal.began
    finally:
        terminal.close()


def _with_a_large_run(root: Path) -> list[Row]:
    terminal = ExplorerTerminal(root)
    try:
        terminal.until(NAME)
        terminal.drain(1.0)
        opened = terminal.until_after("\r", "Candidates of I80")
        terminal.drain(1.0)
        idle = _idle(terminal)
        keys = _keys(terminal)
        sent = terminal.press("\x11")  # ctrl+q
        left = terminal.ended() - sent
    finally:
        terminal.close()
    slowest = f"median {statistics.median(keys) * 1000:.0f} ms, longest {max(keys) * 1000:.0f} ms"
    return [
        Row("explorer: opens 2,000 candidates, 22,811 events", opened, 1.5, "s"),
        Row("explorer: idle with it open, of one core", idle, 0.01, "", "CPU / wall over 10 s"),
        Row("explorer: key to paint, 95th percentile", _percentile(keys), 0.05, "s", slowest),
        Row("explorer: leaves while the engine works", left, 1.0, "s"),
    ]


def _idle(terminal: ExplorerTerminal) -> float:
    before = terminal.cpu_seconds()
    terminal.drain(IDLE_SECONDS)
    return (terminal.cpu_seconds() - before) / IDLE_SECONDS


def _keys(terminal: ExplorerTerminal) -> list[float]:
    """Seconds from each key to its paint, moving through candidates while the engine works."""
    terminal.until_after("1", ".")
    terminal.until_after("\x1b[A", "Candidates of I79")  # up: off the newest meta-iteration
    terminal.until_after("2g", "Incumbent of I79")  # to the first row
    terminal.until_after(" ", "running")
    terminal.drain(1.0)
    taken = []
    place, step = 0, 1
    for _ in range(KEYS):
        if place + step not in range(CANDIDATES + 1):
            step = -step
        place += step
        wanted = "Incumbent of I79" if place == 0 else f"Candidate {place} of I79"
        taken.append(terminal.until_after("\x1b[B" if step > 0 else "\x1b[A", wanted))
        time.sleep(PAUSE)
    return taken


def _percentile(values: list[float]) -> float:
    return statistics.quantiles(values, n=20)[-1]
