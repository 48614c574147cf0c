"""A workspace in which every text that someone else may have written is hostile: in the journal, in
the lineage and in the names of tasks."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import msgspec

from stop_tui.core import events as ev
from stop_tui.core.keys import text_hash
from stop_tui.core.server_limits import ServerLimits
from stop_tui.core.statistics import chance_better, meta_utility, paired_difference
from stop_tui.core.verdicts import Isolation, Verdict
from stop_tui.engine.gate import SEALED, Review
from stop_tui.engine.recorder import Recorder
from stop_tui.store.journal import Journal
from stop_tui.store.lineage import Lineage
from stop_tui.store.trailers import Trailers
from stop_tui.store.version_objects import VersionWriter
from stop_tui.tui.runs.session import RunSession
from stop_tui.workspace import Workspace
from tests.tiny import RETURNS_SEED, tiny_workspace

NAME = "brave-otter"
BEGAN = 1_790_000_000.0

SHORT = "\x1b]0;T\x07[/x]\x9b2J\u202e\x00漢\u200be\u0301"
"""Enough for the narrowest places."""

LONG = (
    SHORT
    + "\x1b]52;c;cm0gLXJm\x07\x1b]8;;http://evil\x1b\\link\x1b]8;;\x1b\\"
    + "\x1bP$q\x1b\\\x1b_Ga=T;AAAA\x1b\\\x1b^m\x1b\\\x1b[?1049l\x1b[2J\x1bc"
    + "\x90q\x9c\x9d0;t\x9c\x9b31m\x0e\x0f\x7f\x08\x0b\x0c\x85"
    + "[red]markup[/red][/][@click=app.quit()]click[/][bold{x!r}%s$error"
    + "\u202dRTL\u2066\u2067\u2069\u200e\u200f\u061c\ufeff\u2028\u2029"
    + "a\u0300\u0316\u20dd"
    + "\u0489" * 300
    + "👩\u200d👩\u200d👧🙂⚠\ufe0f🇩🇪한국\u1160ﷺ"
    + "\r\n\ttabs\tand\rreturns\n"
)
"""Everything that was ever used against a terminal, a widget or a layout."""

LONE = "\ud83d\x1b[2J\udfff"
"""Halves of characters; texts may have them, events may not."""

BIG = 5_000_000


def evil(tag: str) -> str:
    """A hostile text that is recognised by `tag` after a §, where it is shown."""
    return f"§{tag}{SHORT}{LONG}"


@dataclass(frozen=True)
class Texts:
    """What is stored beside the events; each as long as it is hostile."""

    start: str = RETURNS_SEED
    proposal: str = f"# §proposal{LONE}{LONG}\ndef improve_algorithm(a, b, c):\n    return a\n"
    other: str = f"# §other{LONE}{LONG}\ndef improve_algorithm(a, b, c):\n    return b\n"
    prompt: str = f"§prompt{LONE}{LONG}"
    response: str = f"§response{LONE}{LONG}```python\n{LONG}"
    solution: str = f"# §solution{LONE}{LONG}\ndef algorithm(x):\n    return 2 * x\n"
    idea: str = f"§idea{LONE}{LONG}"

    def all(self) -> list[str]:
        """Every one."""
        return [getattr(self, name) for name in self.__dataclass_fields__]


@dataclass
class HostileRun:
    """Builds the run `brave-otter`. `long` is appended to every text of every event."""

    texts: Texts = field(default_factory=Texts)
    long: str = ""

    def evil(self, tag: str) -> str:
        """A hostile text for an event."""
        return evil(tag) + self.long

    def build(self, folder: Path) -> Workspace:
        """The workspace with its journal; I1 is accepted, I2 failed, I3 waits for a decision."""
        workspace = tiny_workspace(folder, RETURNS_SEED)
        started = ev.RunStarted(
            settings=ev.Settings(
                name=NAME,
                tasks=(self.task,),
                iterations=9,
                repeats=2,
                model=self.evil("model"),
                start=self.evil("start"),
                gate="human",
                execute_gate=True,
            ),
            source=text_hash(self.texts.start),
            tasks={self.task: "0" * 64},
            author=(self.evil("author"), "x@y"),
        )
        with Journal.open(workspace.journal) as journal:
            recorder = Recorder(journal, NAME)
            ticks = iter(range(10_000))
            recorder._clock = lambda: BEGAN + next(ticks)
            recorder.start(started, self.texts.all())
            for event in self._events():
                recorder.record(event)
        return workspace

    @property
    def task(self) -> str:
        """The name of the only task."""
        return self.evil("task")

    def _events(self) -> Iterator[ev.AnyEvent]:
        texts = self.texts
        start, proposal = text_hash(texts.start), text_hash(texts.proposal)
        yield ev.IsolationTested(level=Isolation.DEGRADED, missing=(self.evil("missing"),))
        yield ev.VersionCommitted(iteration=0, source=start, commit=self.evil("c"))
        yield from self._measured(1, start)
        yield ev.TestRevealed(iteration=1, by=self.evil("revealed"))
        yield ev.DecisionMade(
            iteration=1,
            choice="approve",
            source=proposal,
            by=self.evil("decider"),
            reason=self.evil("reason"),
        )
        yield ev.VersionCommitted(iteration=1, source=proposal, commit="1" * 40)
        yield ev.IterationStarted(iteration=2, incumbent=proposal)
        yield ev.IterationFailed(iteration=2, reason=self.evil("failed"))
        yield ev.SteppedBack(
            iteration=2, source=start, by=self.evil("stepper"), reason=self.evil("why")
        )
        yield from self._measured(3, start)
        yield ev.DecisionAwaited(iteration=3, question="proposal", source=proposal)
        yield ev.DecisionMade(
            iteration=3,
            choice="more-repeats",
            source=proposal,
            by=self.evil("asker"),
            reason=self.evil("more"),
            repeats=1,
        )
        yield ev.TestRevealed(iteration=3, by=self.evil("looked"))
        yield ev.RunPaused(reason=self.evil("paused"))

    def _measured(self, number: int, incumbent: str) -> Iterator[ev.AnyEvent]:
        texts = self.texts
        proposal, other = text_hash(texts.proposal), text_hash(texts.other)
        yield ev.IterationStarted(iteration=number, incumbent=incumbent)
        yield self._call(f"I{number}")
        yield ev.ServerLimitsLearned(
            server=self.evil("server"),
            limits=ServerLimits(max_tokens=self.evil("maximum"), without=(self.evil("without"),)),
        )
        for place, source in enumerate((proposal, other), start=1):
            yield ev.CandidateProposed(
                iteration=number,
                candidate=place,
                source=source,
                strategies=(self._finding("strategy", 1), self._finding("second", 2)),
                warnings=(self._finding("warning", 1),),
                idea=text_hash(texts.idea),
            )
            program = f"I{number}/selection/{source[:16]}/{self.task.replace('/', '')}/r1"
            yield ev.RepeatStarted(
                iteration=number, phase="selection", improver=source, task=self.task, repeat=1
            )
            yield self._call(program)
            yield self._scored("selection", program)
            yield self._suspected(program)
            for repeat in (1, 2):
                yield self._repeat(number, "selection", source, repeat)
            yield ev.CandidateEvaluated(
                iteration=number,
                candidate=place,
                source=source,
                meta_utility=meta_utility({self.task: [0.5, 0.75]}),
            )
        for trust in ("verified", "reported"):
            for source in (proposal, text_hash(texts.solution)):
                yield ev.SandboxEvent(
                    program=f"I{number}/{self.evil('4program')}",
                    source=source,
                    trust=trust,
                    what=self.evil("what"),
                    detail=self.evil("detail"),
                )
        yield ev.ProposalReturned(
            iteration=number, source=proposal, untimely=(self.evil("untimely"),)
        )
        phase = f"measure/I{number}"
        yield self._scored(phase, "")
        for source in (proposal, incumbent):
            for repeat in (1, 2):
                yield self._repeat(number, phase, source, repeat)
        ours = meta_utility({self.task: [0.75, 0.9]})
        theirs = meta_utility({self.task: [0.25, 0.5]})
        yield ev.ProposalMeasured(
            iteration=number,
            source=proposal,
            incumbent=incumbent,
            proposal_val=ours,
            incumbent_val=theirs,
            difference=paired_difference({self.task: [0.75, 0.9]}, {self.task: [0.25, 0.5]}),
            chance=chance_better({self.task: [0.75, 0.9]}, {self.task: [0.25, 0.5]}),
            proposal_test=ours,
            incumbent_test=theirs,
        )

    def _finding(self, tag: str, line: int) -> ev.Finding:
        return ev.Finding(label=self.evil(tag), lines=(line,), detail=self.evil(f"{tag}detail"))

    def _call(self, program: str) -> ev.ModelCalled:
        return ev.ModelCalled(
            program=program,
            request=text_hash(program),
            occurrence=0,
            prompt=text_hash(self.texts.prompt),
            responses=(text_hash(self.texts.response),),
            model=self.evil("asked"),
            n=2,
            temperature=0.5,
            finish_reasons=(self.evil("finish"),),
            error=self.evil("error"),
        )

    def _suspected(self, program: str) -> ev.ScoreSuspected:
        return ev.ScoreSuspected(
            task=self.task,
            split="val",
            phase="selection",
            source=text_hash(self.texts.solution),
            suspicions=(
                ev.Suspicion(self.evil("suspicion"), self.evil("evidence"), lines=(1, BIG)),
            ),
            program=program,
        )

    def _scored(self, phase: str, program: str) -> ev.SolutionScored:
        wrong = ev.InstanceScore(
            score=0.25, verdict=Verdict.ERROR, cpu_seconds=0.1, error=self.evil("instance")
        )
        return ev.SolutionScored(
            task=self.task,
            split="val",
            phase=phase,
            source=text_hash(self.texts.solution),
            utility=0.5,
            instances=(wrong, wrong),
            untimely=(self.evil("mark"),),
            program=program,
        )

    def _repeat(self, number: int, phase: str, improver: str, repeat: int) -> ev.RepeatFinished:
        return ev.RepeatFinished(
            iteration=number,
            phase=phase,
            improver=improver,
            task=self.task,
            repeat=repeat,
            val=0.75,
            test=0.5,
            solution=text_hash(self.texts.solution),
            failure=self.evil("failure"),
            untimely=(self.evil("unsteady"),),
        )

    def review(self, session: RunSession) -> Review:
        """What a human is asked about I3."""
        state = session.state
        iteration = state.iterations[3]
        source = text_hash(self.texts.proposal)
        measured = iteration.measured[source]
        return Review(
            run=session.name,
            iteration=3,
            source=self.texts.proposal,
            incumbent=self.texts.start,
            measured=msgspec.structs.replace(measured, proposal_test=SEALED, incumbent_test=SEALED),
            candidate=iteration.candidates[source],
            candidates=tuple(iteration.candidates.values()),
            sandbox_events=tuple(iteration.sandbox_events),
            repeats=tuple(each for key, each in state.repeats.items() if key[0] == 3),
            idea=self.texts.idea,
            reveal_test=lambda by: (measured.proposal_test, measured.incumbent_test),
        )


def hostile_lineage(workspace: Workspace, texts: Texts, long: str = "") -> list[str]:
    """Versions with hostile words: two that the store made of them, and one that somebody forged
    with git, who also named its run; their commit ids, oldest first."""
    lineage = Lineage.open(workspace.lineage)
    author = (evil("committer"), "x@y")
    commits: list[str] = []
    for iteration in (0, 1):
        trailers = Trailers(
            run=NAME,
            iteration=iteration,
            tasks=(evil("tasks"),),
            strategy=(evil("strategy"),),
            model=evil("model"),
            decision=evil("decision"),
            decided_by=evil("by"),
            reason=evil("reason"),
        )
        commits.append(
            lineage.commit_version(
                texts.proposal if iteration else texts.start,
                trailers,
                idea=texts.idea.encode(errors="replace").decode(),
                title=evil("title"),
                parent=commits[-1] if commits else None,
                at=BEGAN + iteration,
                author=author,
            )
        )
    crafted = evil("run").replace("\0", "").replace("\n", " ")
    message = (
        f"§subject{crafted}\n\n§told{crafted}{long}\n\nRun: {crafted}\nIteration: 7\n"
        f"Meta-Utility: §score{crafted}\nStrategy: §strategy{crafted}\nModel: §model{crafted}\n"
        f"Decision: §decision{crafted}\n{crafted}: §value{crafted}\n"
    )
    writer = VersionWriter(workspace.lineage)
    forged = writer.write(
        texts.other, message, parent=commits[-1], at=BEGAN + 9, author=("somebody", "x@y")
    )
    assert writer.move_branch("forged", forged, expected=None) is None
    lineage.add_note(forged, f"§note{LONG}", author)
    return [*commits, forged]
