"""Memory of the host process over a long run."""

import os
import tempfile
from pathlib import Path

from bench.in_process import run_in_process
from bench.row import Row
from stop_tui.core import events as ev
from stop_tui.core.state import State

ITERATIONS = 20


class Resident:
    """Resident memory of this process in MB after each meta-iteration."""

    def __init__(self) -> None:
        self.after: dict[int, float] = {}

    def __call__(self, event: ev.AnyEvent, state: State) -> None:
        if isinstance(event, ev.DecisionMade | ev.IterationFailed):
            pages = int(Path("/proc/self/statm").read_text().split()[1])
            self.after[event.iteration] = pages * os.sysconf("SC_PAGE_SIZE") / 1e6


def measure() -> list[Row]:
    resident = Resident()
    settings = ev.Settings(name="bench", iterations=ITERATIONS, repeats=2)
    with tempfile.TemporaryDirectory() as folder:
        run_in_process(Path(folder) / "workspace", settings, [resident])
    grown = resident.after[ITERATIONS] - resident.after[2]
    return [
        Row(
            "host memory, 20th meta-iteration less 2nd",
            grown,
            50,
            "MB",
            f"{resident.after[2]:.0f} -> {resident.after[ITERATIONS]:.0f} MB",
        )
    ]
