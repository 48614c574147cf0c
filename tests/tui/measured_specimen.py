"""Measurements of the specimen's version, the same to the last byte every time: for pictures."""

from collections.abc import Iterator
from itertools import count

from stop_tui.config import Config, RunDefaults
from stop_tui.core import events as ev
from stop_tui.core.keys import text_hash
from stop_tui.core.verdicts import Isolation, Verdict
from stop_tui.engine.experiments.facts import NAME as MEASUREMENTS
from stop_tui.engine.experiments.facts import Facts
from stop_tui.engine.experiments.measurements import SEED_SOLUTION_RUN, Measurements, Missing
from stop_tui.engine.recorder import Recorder
from stop_tui.engine.suspecting import program_run
from stop_tui.store.journal import Journal
from stop_tui.tui.measuring.subject import Subject, find_subject
from stop_tui.workspace import Workspace
from tests.tui.specimen import BEGAN, NAME, SOLUTION

REV = f"{NAME}:I1"
REPEATS = 3
CONFIG = Config(run=RunDefaults(repeats=REPEATS))

UTILITIES = {
    "lpn": (0.52, 0.70, 0.81, 0.70, 0.93),
    "maxcut": (0.01, 0.58, 0.61, 0.58, 0.66),
    "mqap": (0.20, 0.26, 0.27, 0.26, 0.27),
    "parity": (0.50, 0.66, 0.71, 0.66, 0.79),
    "string_grid_distance": (0.43, 0.91, 0.96, 0.91, 1.0),
    "three_sat": (0.10, 0.72, 0.84, 0.72, 0.88),
}
"""What the programs find, in the order in which they are shown."""

_AROUND = (-0.012, 0.02, -0.004, 0.009)


def measure(
    workspace: Workspace, *, made: int | None = None, isolation: Isolation = Isolation.FULL
) -> None:
    """Keep the first `made` measurements of the transfer of I1 (all of them by default), and have
    begun the next."""
    subject = find_subject(workspace, CONFIG, REV)
    programs = {source: number for number, source in enumerate(subject.programs.values())}
    measurements = subject.measurements(tuple(subject.tasks), REPEATS, Facts())
    workspace.experiments.mkdir()
    clock = count()
    with Journal.open(measurements.path) as journal:
        recorder = Recorder(journal, MEASUREMENTS)
        recorder._clock = lambda: BEGAN + 1.5 * next(clock)
        first = text_hash(subject.programs["seed improver"] or "")
        hashes = {name: text_hash(task.utility_text) for name, task in subject.tasks.items()}
        sources = [source for source in subject.programs.values() if source is not None]
        recorder.start(
            ev.RunStarted(settings=subject.settings, source=first, tasks=hashes), sources
        )
        missing = ("no sandlock here",) if isolation is not Isolation.FULL else ()
        recorder.record(ev.IsolationTested(level=isolation, missing=missing))
        wanted = measurements.missing()
        for each in wanted[:made]:
            program = programs[each.improver]
            value = UTILITIES[each.task][program] + _around(program, each.repeat)
            recorder.record(*_events(measurements, subject, each, min(value, 1.0)))
        if made is None:
            recorder.record(ev.RunPaused(reason="all that was asked for is measured"))
        for each in wanted[len(wanted) if made is None else made :][:2]:
            if each.improver is not None:
                recorder.record(_begun(measurements, each))


def _around(program: int, repeat: int) -> float:
    """By how much a repeat is off; the sham asks with the same seeds as the seed improver."""
    like = 1 if program == 3 else program
    return _AROUND[repeat - 1] + _AROUND[(like * repeat) % 4] / 2


def _begun(measurements: Measurements, each: Missing) -> ev.RepeatStarted:
    return ev.RepeatStarted(
        iteration=0,
        phase=measurements._phase(each.task, each.repeat),
        improver=text_hash(each.improver or ""),
        task=each.task,
        repeat=1,
    )


def _events(
    measurements: Measurements, subject: Subject, each: Missing, value: float
) -> Iterator[ev.AnyEvent]:
    phase = measurements._phase(each.task, each.repeat)
    if each.improver is None:
        yield ev.SolutionScored(
            task=each.task,
            split="test",
            phase=phase,
            source=text_hash(subject.tasks[each.task].seed_solution),
            utility=value,
            instances=(ev.InstanceScore(score=value, verdict=Verdict.OK, cpu_seconds=0.004),),
            program=SEED_SOLUTION_RUN,
        )
        return
    name = text_hash(each.improver)
    yield _begun(measurements, each)
    yield ev.ModelCalled(
        program=program_run(0, phase, name, each.task, 1),
        request=text_hash(phase + name),
        occurrence=0,
        prompt=text_hash(SOLUTION),
        responses=(text_hash(SOLUTION),) * 6,
        model="offline",
        n=6,
        temperature=0.7,
        finish_reasons=("stop",) * 6,
        prompt_tokens=812,
        completion_tokens=1480,
        cost_usd=0.0,
        seconds=0.1,
    )
    failed = (
        each.task == "maxcut" and each.repeat == 2 and each.improver == subject.programs["improver"]
    )
    yield ev.RepeatFinished(
        iteration=0,
        phase=phase,
        improver=name,
        task=each.task,
        repeat=1,
        val=value + 0.01,
        test=value,
        solution=text_hash(SOLUTION),
        lm_calls=1,
        utility_calls=6,
        cpu_seconds=0.31,
        failure="it returned no solution" if failed else None,
        untimely=("CPU limit",) if each.task == "mqap" else (),
    )
