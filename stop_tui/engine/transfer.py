"""Transfer: what an improver is worth on tasks beside the seed improver and controls.

Every program has the same budget, the same instances and the same seeds. Best of n spends that
budget and builds on nothing; the sham is the seed improver with the improver's length and code, of
which nothing is run, so what it gains is chance.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from stop_tui.core.errors import UsageError
from stop_tui.core.spending import Spent, total
from stop_tui.core.transfer import Standing, standings
from stop_tui.core.transfer_sham import sham
from stop_tui.engine.experiments.measurements import Measurements
from stop_tui.engine.sources import Improver, read_source
from stop_tui.store.lineage import Lineage
from stop_tui.workspace import Workspace

SEED_SOLUTION = "seed solution"
SEED_IMPROVER = "seed improver"
BEST_OF_N = "best of n"
SHAM = "sham"
IMPROVER = "improver"

Programs = Mapping[str, str | None]
"""Sources of improvers by what they stand for; None is the task's seed solution."""


class Measured(NamedTuple):
    """One program on one task, or on all: how it stands, how many of its repeats found nothing,
    how many are not reproducible, how many found something with a suspicious score, the mean
    utility on validation (None for the seed solution), the repeats that all this rests on, what
    they have cost, and how many things it and what it found verifiably attempted."""

    standing: Standing
    failed: int
    not_reproducible: int
    suspicious: int
    validation: float | None
    repeats: int
    spent: Spent
    attempts: int = 0


@dataclass(frozen=True, slots=True)
class Comparison:
    """Programs side by side: on each task, and as the mean over all of them. Empty tuples where no
    repeat is complete yet."""

    by_task: Mapping[str, tuple[Measured, ...]]
    together: tuple[Measured, ...]


def transfer_programs(workspace: Workspace, improver: Improver) -> dict[str, str | None]:
    """What `improver` is measured beside; without best of n where the workspace has none.

    Raises UsageError where it has no seed improver.
    """
    if "seed" not in workspace.improver_names():
        raise UsageError(
            "There is no improvers/seed.py in this workspace, with which others are compared.",
            hint="Put the improver there that counts as the seed; `stop-tui init DIR` brings one.",
        )
    seed = read_source(workspace.improvers / "seed.py")
    programs: dict[str, str | None] = {SEED_SOLUTION: None, SEED_IMPROVER: seed}
    if "best_of_n" in workspace.improver_names():
        programs[BEST_OF_N] = read_source(workspace.improvers / "best_of_n.py")
    programs[SHAM] = sham(seed, improver.source)
    programs[IMPROVER] = improver.source
    return programs


def trained_on(lineage: Lineage, improver: Improver) -> tuple[str, ...]:
    """The tasks of the run that made the version; none for what is no version."""
    if improver.commit is None:
        return ()
    version = lineage.version(improver.commit)
    return version.trailers.tasks if version.iteration > 0 else ()


def compared(
    measurements: Measurements, tasks: Sequence[str], programs: Programs, against: str
) -> Comparison:
    """How `programs` stand beside `against`, by what is measured: repeats that are complete."""
    complete = {task: measurements.complete(task) for task in tasks}
    scores: dict[str, dict[str, list[float]]] = {
        name: {
            task: [_test(measurements, source, task, number) for number in complete[task]]
            for task in tasks
        }
        for name, source in programs.items()
    }

    def measured(of: Sequence[str]) -> tuple[Measured, ...]:
        return tuple(
            _measured(measurements, standing, programs[standing.program], of, complete)
            for standing in standings(scores, of, against)
        )

    return Comparison({task: measured((task,)) for task in tasks}, measured(tasks))


def _test(measurements: Measurements, source: str | None, task: str, number: int) -> float:
    if source is None:
        utility = measurements.seed_solution(task, number)
    else:
        repeat = measurements.repeat(source, task, number)
        utility = None if repeat is None else repeat.test
    assert utility is not None, "a complete repeat has everything"
    return utility


def _measured(
    measurements: Measurements,
    standing: Standing,
    source: str | None,
    tasks: Sequence[str],
    complete: Mapping[str, Sequence[int]],
) -> Measured:
    count = sum(len(complete[task]) for task in tasks)
    if source is None:
        return Measured(standing, 0, 0, 0, None, count, Spent())
    repeats = [
        repeat
        for task in tasks
        for number in complete[task]
        if (repeat := measurements.repeat(source, task, number)) is not None
    ]
    return Measured(
        standing,
        sum(repeat.failure is not None for repeat in repeats),
        sum(bool(repeat.untimely) for repeat in repeats),
        sum(bool(measurements.suspicions(repeat)) for repeat in repeats),
        sum(repeat.val for repeat in repeats) / len(repeats),
        count,
        total(measurements.spent_on(source, task, complete[task]) for task in tasks),
        measurements.attempts(repeats),
    )
