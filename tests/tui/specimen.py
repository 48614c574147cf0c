"""A run as people meet them, the same to the last byte every time: for pictures of the screens."""

from collections.abc import Iterator
from itertools import count
from pathlib import Path

import msgspec

from stop_tui.core import events as ev
from stop_tui.core.analysis.source_warnings import source_warnings
from stop_tui.core.analysis.strategies import strategies
from stop_tui.core.keys import text_hash
from stop_tui.core.statistics import chance_better, meta_utility, paired_difference
from stop_tui.core.verdicts import Isolation, Verdict
from stop_tui.engine.gate import SEALED, Review
from stop_tui.engine.recorder import Recorder
from stop_tui.engine.versions import Versions
from stop_tui.store.journal import Journal
from stop_tui.store.lineage import Lineage
from stop_tui.tui.runs.screen_gate import ProposalQuestion
from stop_tui.tui.runs.session import RunSession
from stop_tui.workspace import Workspace, create_workspace
from tests.copies import copied

NAME = "brave-otter"
BEGAN = 1_790_000_000.0
"""When the run was started: 2026-09-21 14:13:20 UTC."""

REPEATS = 3

IDEA = """\
**Idea.** The incumbent asks once and takes the best. I keep a *beam* of the best
programs, show the model their measured scores, and ask it for better ones, round
after round, until the budget of calls is spent.
"""

SOLUTION = """\
def algorithm(train_samples, train_parity, test_samples):
    import numpy as np

    weights = np.linalg.lstsq(train_samples, train_parity, rcond=None)[0]
    return (test_samples @ weights > 0.5).astype(int)
"""

BETTER_SOLUTION = SOLUTION.replace("0.5", "0.45")

SCORES = {
    "best_of_n": (0.71, 0.74, 0.69),
    "chain_of_thought": (0.78, 0.81, 0.80),
    "greedy_iterative": (0.84, 0.82, 0.88),
    "beam_search": (0.91, 0.93, 0.90),
    "seed": (0.70, 0.72, 0.68),
}


def specimen(folder: Path, *, until: type[ev.Event] | None = None) -> Workspace:
    """A workspace with the run `brave-otter`: one accepted version, one rejected proposal, and a
    third meta-iteration that waits for a decision. With `until` it ends at the first such event
    of the last meta-iteration."""
    return copied(folder, _make, until)


def _make(folder: Path, until: type[ev.Event] | None) -> None:
    workspace = create_workspace(folder)
    texts = {path.stem: path.read_text() for path in sorted(workspace.improvers.glob("*.py"))}
    task = (workspace.tasks / "lpn" / "utility.py").read_text()
    settings = ev.Settings(
        name=NAME, repeats=REPEATS, iterations=4, gate="human", limits=ev.Limits(lm_calls=2000)
    )
    clock = count()
    with Journal.open(workspace.journal) as journal:
        recorder = Recorder(journal, NAME)
        recorder._clock = lambda: BEGAN + 1.5 * next(clock)
        recorder.start(
            ev.RunStarted(
                settings=settings,
                source=text_hash(texts["seed"]),
                tasks={"lpn": text_hash(task)},
                author=("ada", "ada@localhost"),
                responses_at_most=5000,
            ),
            [*texts.values(), task, IDEA, SOLUTION, BETTER_SOLUTION],
        )
        versions = Versions(Lineage.open(workspace.lineage), recorder)
        versions.commit_start()
        recorder.record(ev.IsolationTested(level=Isolation.FULL))
        first = _Meta(1, texts["seed"], ("best_of_n", "greedy_iterative", "beam_search"), texts)
        recorder.record(*first.events("beam_search", "approve", "beyond noise"))
        versions.commit(recorder.state.iterations[1])
        second = _Meta(2, texts["beam_search"], ("chain_of_thought", "best_of_n"), texts)
        recorder.record(*second.events("chain_of_thought", "reject", "worse, and no new idea"))
        third = _Meta(3, texts["beam_search"], ("best_of_n", "greedy_iterative"), texts)
        for event in third.events("greedy_iterative", None, ""):
            recorder.record(event)
            if until is not None and isinstance(event, until):
                break


class _Meta:
    """The events of one meta-iteration."""

    def __init__(
        self, number: int, incumbent: str, candidates: tuple[str, ...], texts: dict[str, str]
    ) -> None:
        self._number = number
        self._incumbent = incumbent
        self._candidates = candidates
        self._texts = texts

    def events(self, proposal: str, choice: str | None, reason: str) -> Iterator[ev.AnyEvent]:
        number, source = self._number, text_hash(self._texts[proposal])
        incumbent = text_hash(self._incumbent)
        yield ev.IterationStarted(iteration=number, incumbent=incumbent)
        for position, name in enumerate(self._candidates, start=1):
            yield from self._candidate(position, name)
        yield ev.ProposalReturned(iteration=number, source=source)
        phase = f"measure/I{number}"
        name = next(n for n, text in self._texts.items() if text == self._incumbent)
        ours = [value - 0.01 for value in SCORES[proposal]]
        theirs = [value - 0.02 for value in SCORES[name]]
        for improver, values in ((source, ours), (incumbent, theirs)):
            for repeat, value in enumerate(values, start=1):
                yield self._repeat(phase, improver, repeat, value, test=value - 0.02)
        yield ev.ProposalMeasured(
            iteration=number,
            source=source,
            incumbent=incumbent,
            proposal_val=meta_utility({"lpn": ours}),
            incumbent_val=meta_utility({"lpn": theirs}),
            difference=paired_difference({"lpn": ours}, {"lpn": theirs}),
            chance=chance_better({"lpn": ours}, {"lpn": theirs}),
            proposal_test=meta_utility({"lpn": [value - 0.02 for value in ours]}),
            incumbent_test=meta_utility({"lpn": [value - 0.02 for value in theirs]}),
        )
        yield ev.DecisionAwaited(iteration=number, question="proposal", source=source)
        if choice is not None:
            yield ev.DecisionMade(
                iteration=number, choice=choice, source=source, by="ada", reason=reason
            )

    def _candidate(self, position: int, name: str) -> Iterator[ev.AnyEvent]:
        number, text = self._number, self._texts[name]
        source = text_hash(text)
        yield ev.CandidateProposed(
            iteration=number,
            candidate=position,
            source=source,
            strategies=strategies(text),
            warnings=source_warnings(text, ev.Budget()),
            idea=text_hash(IDEA),
        )
        for repeat, value in enumerate(SCORES[name], start=1):
            program = f"I{number}/selection/{source[:16]}/lpn/r{repeat}"
            yield ev.RepeatStarted(
                iteration=number, phase="selection", improver=source, task="lpn", repeat=repeat
            )
            yield ev.ModelCalled(
                program=program,
                request=text_hash(program),
                occurrence=0,
                prompt=text_hash(text),
                responses=(text_hash(SOLUTION), text_hash(BETTER_SOLUTION)),
                model="offline",
                n=2,
                temperature=0.7,
                finish_reasons=("stop", "stop"),
                prompt_tokens=812,
                completion_tokens=296,
                cost_usd=0.0,
                seconds=0.1,
            )
            yield self._scored(program, SOLUTION, value - 0.05)
            yield self._scored(program, BETTER_SOLUTION, value)
            if name == "best_of_n" and repeat == 2:
                yield ev.SandboxEvent(
                    program=f"I{number}/solution",
                    source=text_hash(BETTER_SOLUTION),
                    trust="verified",
                    what="start a process",
                    detail="/bin/sh",
                )
            yield self._repeat("selection", source, repeat, value)
        yield ev.CandidateEvaluated(
            iteration=number,
            candidate=position,
            source=source,
            meta_utility=meta_utility({"lpn": SCORES[name]}),
        )

    def _scored(self, program: str, solution: str, value: float) -> ev.SolutionScored:
        right = ev.InstanceScore(score=value, verdict=Verdict.OK, cpu_seconds=0.004)
        wrong = ev.InstanceScore(
            score=0.0, verdict=Verdict.ERROR, cpu_seconds=0.001, error="ValueError: shapes (3,4)"
        )
        return ev.SolutionScored(
            task="lpn",
            split="val",
            phase="selection",
            source=text_hash(solution),
            utility=value,
            instances=(right, right, wrong),
            program=program,
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
            solution=text_hash(BETTER_SOLUTION),
            lm_calls=4,
            utility_calls=12,
            cpu_seconds=0.31,
        )


def ask(session: RunSession) -> ProposalQuestion:
    """Let the third meta-iteration of `session` wait as if this process were driving it."""
    state = session.state
    iteration = state.iterations[3]
    source = iteration.under_review
    assert source is not None
    measured = iteration.measured[source]
    improvers = (source, iteration.incumbent)
    repeats = tuple(
        msgspec.structs.replace(repeat, test=None)
        for key, repeat in state.repeats.items()
        if key[:2] == (3, "measure/I3") and key[2] in improvers
    )
    question = ProposalQuestion(
        review=Review(
            run=session.name,
            iteration=3,
            source=session.text(source),
            incumbent=session.text(iteration.incumbent),
            measured=msgspec.structs.replace(measured, proposal_test=SEALED, incumbent_test=SEALED),
            candidate=iteration.candidates[source],
            candidates=tuple(iteration.candidates.values()),
            sandbox_events=tuple(iteration.sandbox_events),
            repeats=repeats,
            idea=IDEA,
            reveal_test=lambda by: (measured.proposal_test, measured.incumbent_test),
        )
    )
    session.question = question
    return question
