"""Where the engine looks twice at scores, and what it records then. The rules are the core's.

Nothing depends on the order in which scores arrive: a solution is judged by its own instances, a
repeat beside those of the incumbent with the same seeds, or beside earlier meta-iterations.
"""

from collections.abc import Mapping, Sequence

from stop_tui.core import suspicion
from stop_tui.core.events import (
    Finding,
    Phase,
    RepeatFinished,
    ScoreSuspected,
    SolutionScored,
    Suspicion,
)
from stop_tui.core.state import State


def suspected_scores(
    scored: SolutionScored, outside: Mapping[int, str], findings: Sequence[Finding]
) -> tuple[ScoreSuspected, ...]:
    """What is suspicious about the score of one solution by itself: an event, or none.

    `outside` has the scores outside [0, 1] by instance, `findings` what its source says."""
    found = [suspicion.outside_range(outside)]
    if scored.split == "val":
        scores = [instance.score for instance in scored.instances]
        found.append(suspicion.same_answers(scored.answers, scores))
        found += [Suspicion(each.label, each.detail, each.lines) for each in findings]
    return _events(scored, scored.program, found)


def suspected_gap(
    val: SolutionScored, test: SolutionScored, program: str
) -> tuple[ScoreSuspected, ...]:
    """What is suspicious about a solution's scores on both splits: an event, sealed like the test
    split, or none."""
    first, second = ([each.score for each in scored.instances] for scored in (val, test))
    return _events(test, program, [suspicion.gap(first, second)])


def suspected_jumps(
    repeats: Sequence[RepeatFinished], before: Mapping[str, Sequence[float]]
) -> tuple[ScoreSuspected, ...]:
    """Which of an improver's `repeats` are suddenly much better than those `before`, by task."""
    found: list[ScoreSuspected] = []
    for repeat in repeats:
        if repeat.solution is None:
            continue
        why = suspicion.sudden(repeat.val, before.get(repeat.task, ()))
        if why is not None:
            found.append(
                ScoreSuspected(
                    task=repeat.task,
                    split="val",
                    phase=repeat.phase,
                    source=repeat.solution,
                    suspicions=(why,),
                    program=_program_of(repeat),
                )
            )
    return tuple(found)


def utilities_before(state: State, iteration: int) -> dict[str, list[float]]:
    """The utilities of all repeats of earlier meta-iterations, by task."""
    values: dict[str, list[float]] = {}
    for key, repeat in state.repeats.items():
        if key[0] < iteration:
            values.setdefault(repeat.task, []).append(repeat.val)
    return values


def _events(
    scored: SolutionScored, program: str, found: Sequence[Suspicion | None]
) -> tuple[ScoreSuspected, ...]:
    suspicions = tuple(each for each in found if each is not None)
    if not suspicions:
        return ()
    return (
        ScoreSuspected(
            task=scored.task,
            split=scored.split,
            phase=scored.phase,
            source=scored.source,
            suspicions=suspicions,
            program=program,
        ),
    )


def program_run(iteration: int, phase: Phase, improver: str, task: str, repeat: int) -> str:
    """The name of the program run that is one repeat of an improver (its hash) on a task."""
    return f"I{iteration}/{phase.split('/')[0]}/{improver[:16]}/{task}/r{repeat}"


def _program_of(repeat: RepeatFinished) -> str:
    return program_run(repeat.iteration, repeat.phase, repeat.improver, repeat.task, repeat.repeat)
