"""A meta-iteration against a model with fixed latency, beside its critical path.

The critical path is the longest chain of dependent model calls and evaluations: the outer program
asks, then looks at one candidate after the other; the repeats of a candidate go on side by side,
each with its own chain of model calls, and what they evaluate shares the cores.
"""

import os
import tempfile
import time
from pathlib import Path

from bench.in_process import run_in_process
from bench.latency import WithLatency
from bench.row import Row
from stop_tui.core import events as ev
from stop_tui.core.state import State
from stop_tui.language_models import open_model

LATENCY = 1.0


class Chain:
    """Adds up the critical path from the events of a run."""

    def __init__(self) -> None:
        self.begun = 0.0
        self.ended = 0.0
        self.ideal = 0.0
        self._cpu = 0.0
        self._calls: dict[str, int] = {}

    def __call__(self, event: ev.AnyEvent, state: State) -> None:
        match event:
            case ev.IterationStarted():
                self.begun = time.perf_counter()
            case ev.SolutionScored():
                self._cpu += event.cpu_seconds
            case ev.RepeatFinished():
                self._cpu += event.cpu_seconds
                self._calls[event.improver] = max(
                    event.lm_calls, self._calls.get(event.improver, 0)
                )
            case ev.CandidateEvaluated() | ev.ProposalMeasured():
                longest = max(self._calls.values(), default=0)
                self.ideal += longest * LATENCY + self._cpu / (os.cpu_count() or 1)
                self._cpu, self._calls = 0.0, {}
            case ev.DecisionMade():
                self.ended = time.perf_counter()
            case _:
                pass


def measure() -> list[Row]:
    settings = ev.Settings(name="bench", iterations=1)
    chain = Chain()
    with tempfile.TemporaryDirectory() as folder:
        run_in_process(
            Path(folder) / "workspace",
            settings,
            [chain],
            WithLatency(open_model("offline"), LATENCY),
        )
    ideal = chain.ideal + LATENCY  # the outer program's own call
    wall = chain.ended - chain.begun
    return [
        Row(
            "meta-iteration at 1 s latency / its critical path",
            wall / ideal,
            1.25,
            "x",
            f"{wall:.1f} s, critical path {ideal:.1f} s",
        )
    ]
