"""A meta-iteration against a model with fixed latency, beside its critical path.

The critical path is the longest chain of dependent model calls and evaluations: the outer program
asks, then looks at one candidate after the other; the repeats of a candidate go on side by side.
What a candidate takes at least is the longest chain of one of its repeats (its model calls, its own
computing, its share of the evaluations), or all its computing spread over the cores.
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
from stop_tui.language_models import LanguageModel, open_model

LATENCY = 1.0


class Chain:
    """Adds up the critical path from the events of a run."""

    def __init__(self) -> None:
        self.begun = 0.0
        self.ended = 0.0
        self.ideal = 0.0
        self._evaluating = 0.0
        self._repeats: list[ev.RepeatFinished] = []

    def __call__(self, event: ev.AnyEvent, state: State) -> None:
        match event:
            case ev.IterationStarted():
                self.begun = time.perf_counter()
            case ev.SolutionScored():
                self._evaluating += event.cpu_seconds
            case ev.RepeatFinished():
                self._repeats.append(event)
            case ev.CandidateEvaluated() | ev.ProposalMeasured():
                self.ideal += self._at_least()
                self._evaluating, self._repeats = 0.0, []
            case ev.DecisionMade():
                self.ended = time.perf_counter()
            case _:
                pass

    def _at_least(self) -> float:
        """Seconds for what was evaluated just now, on this machine's cores."""
        share = self._evaluating / max(1, len(self._repeats))
        chains = [r.lm_calls * LATENCY + r.cpu_seconds + share for r in self._repeats]
        computing = self._evaluating + sum(r.cpu_seconds for r in self._repeats)
        return max(*chains, computing / (os.cpu_count() or 1), 0.0)


def measure() -> list[Row]:
    return [
        beside_its_critical_path(
            WithLatency(open_model("offline"), LATENCY),
            "meta-iteration at 1 s latency / its critical path",
            1.25,
        )
    ]


def beside_its_critical_path(
    model: LanguageModel, name: str, bound: float, *, at_once: int = 8
) -> Row:
    """One meta-iteration of the default size, `at_once` repeats at once.

    `model` answers as the offline one does, after `LATENCY`.
    """
    settings = ev.Settings(name="bench", iterations=1, concurrency=at_once)
    chain = Chain()
    with tempfile.TemporaryDirectory() as folder:
        run_in_process(Path(folder) / "workspace", settings, [chain], model)
    ideal = chain.ideal + LATENCY  # the outer program's own call
    wall = chain.ended - chain.begun
    return Row(name, wall / ideal, bound, "x", f"{wall:.1f} s, critical path {ideal:.1f} s")
