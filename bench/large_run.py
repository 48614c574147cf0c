"""A run as large as they get: thousands of candidates, tens of thousands of events."""

from collections.abc import Iterator
from pathlib import Path

from stop_tui.core import events as ev
from stop_tui.core.analysis.strategies import strategies
from stop_tui.core.keys import text_hash
from stop_tui.core.statistics import meta_utility
from stop_tui.engine.recorder import Recorder
from stop_tui.engine.versions import Versions
from stop_tui.store.journal import Journal
from stop_tui.store.lineage import Lineage
from stop_tui.workspace import Workspace, create_workspace

ITERATIONS = 80
CANDIDATES = 25
REPEATS = 3
TO_COME = 20
"""Meta-iterations that are left, so that the engine works for longer than anybody measures."""
NAME = "large-run"


def large_run(folder: Path, iterations: int = ITERATIONS) -> Workspace:
    """A workspace with a paused run of `iterations` meta-iterations and some still to come.

    Each has 25 candidates with three repeats, a model call and an estimate: 2,000 candidates and
    more than 20,000 events in 80 meta-iterations. Every tenth proposal was accepted.
    """
    workspace = create_workspace(folder)
    source = (workspace.improvers / "seed.py").read_text()
    task = (workspace.tasks / "lpn" / "utility.py").read_text()
    lineage = Lineage.open(workspace.lineage)
    settings = ev.Settings(name=NAME, iterations=iterations + TO_COME, repeats=REPEATS, gate="auto")
    with Journal.open(workspace.journal) as journal:
        recorder = Recorder(journal, NAME)
        started = ev.RunStarted(
            settings=settings, source=text_hash(source), tasks={"lpn": text_hash(task)}
        )
        recorder.start(started, [source, task])
        versions = Versions(lineage, recorder)
        versions.commit_start()
        for number in range(1, iterations + 1):
            iteration = _Iteration(number, recorder.state.incumbent, source)
            recorder.record(*iteration.events(), texts=iteration.texts)
            if number % 10 == 0:
                versions.commit(recorder.state.iterations[number])
        recorder.record(ev.RunPaused(reason="stopped"))
    return workspace


class _Iteration:
    """The events of one meta-iteration and the texts they name."""

    def __init__(self, number: int, incumbent: str, source: str) -> None:
        self._number = number
        self._incumbent = incumbent
        self._sources = [
            f"# candidate {n} of meta-iteration {number}\n{source}"
            for n in range(1, CANDIDATES + 1)
        ]
        self._found = strategies(self._sources[0])
        self._prompt = "Improve the following solution:\n" + source
        self._solution = "def algorithm(samples):\n    return []\n"
        self.texts = [*self._sources, self._prompt, self._solution]

    def events(self) -> Iterator[ev.AnyEvent]:
        number = self._number
        yield ev.IterationStarted(iteration=number, incumbent=self._incumbent)
        for position, source in enumerate(self._sources, start=1):
            yield from self._candidate(position, text_hash(source))
        proposal = text_hash(self._sources[-1])
        yield ev.ProposalReturned(iteration=number, source=proposal)
        phase = f"measure/I{number}"
        for improver, value in ((proposal, 0.8), (self._incumbent, 0.7)):
            for repeat in range(1, REPEATS + 1):
                yield self._repeat(phase, improver, repeat, value, test=value)
        accepted = number % 10 == 0
        good, bad = self._estimate(0.8), self._estimate(0.7)
        yield ev.ProposalMeasured(
            iteration=number,
            source=proposal,
            incumbent=self._incumbent,
            proposal_val=good,
            incumbent_val=bad,
            difference=self._estimate(0.1),
            chance=0.98,
            proposal_test=good,
            incumbent_test=bad,
        )
        yield ev.DecisionMade(
            iteration=number,
            choice="approve" if accepted else "reject",
            source=proposal,
            by="auto",
            reason="measures no worse: +0.100" if accepted else "not this time",
        )

    def _candidate(self, position: int, source: str) -> Iterator[ev.AnyEvent]:
        number = self._number
        value = 0.5 + 0.4 * ((position * 37 + number * 11) % 100) / 100
        yield ev.CandidateProposed(
            iteration=number, candidate=position, source=source, strategies=self._found
        )
        for repeat in range(1, REPEATS + 1):
            yield ev.ModelCalled(
                program=f"I{number}/selection/{source[:16]}/lpn/r{repeat}",
                request=text_hash(f"{number} {position} {repeat}"),
                occurrence=0,
                prompt=text_hash(self._prompt),
                responses=(text_hash(self._solution),),
                model="offline",
                n=1,
                temperature=0.7,
                prompt_tokens=400,
                completion_tokens=300,
                cost_usd=0.0,
            )
            yield ev.SolutionScored(
                task="lpn",
                split="val",
                phase="selection",
                source=text_hash(self._solution),
                utility=value,
                instances=(),
            )
            yield self._repeat("selection", source, repeat, value + repeat / 100)
        yield ev.CandidateEvaluated(
            iteration=number, candidate=position, source=source, meta_utility=self._estimate(value)
        )

    def _repeat(
        self, phase: str, improver: str, repeat: int, value: float, test: float | None = None
    ) -> ev.RepeatFinished:
        return ev.RepeatFinished(
            iteration=self._number,
            phase=phase,
            improver=improver,
            task="lpn",
            repeat=repeat,
            val=value,
            test=test,
            solution=text_hash(self._solution),
            lm_calls=4,
            utility_calls=6,
            cpu_seconds=0.1,
        )

    def _estimate(self, value: float) -> ev.Estimate:
        return meta_utility({"lpn": [value, value + 0.01, value + 0.02]})
