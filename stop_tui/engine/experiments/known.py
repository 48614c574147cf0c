"""The transfer of versions that is measured already, in whichever file of the workspace it is.

It only reads: nothing is locked, and whoever is measuring goes on.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from msgspec.structs import replace

from stop_tui.core import events as ev
from stop_tui.core.errors import JournalError
from stop_tui.core.keys import text_hash
from stop_tui.engine.experiments.facts import NAME, Facts
from stop_tui.engine.experiments.measurements import Measurements
from stop_tui.engine.sources import Improver
from stop_tui.engine.transfer import SEED_IMPROVER, Comparison, compared, transfer_programs
from stop_tui.scoring import Task
from stop_tui.scoring.task import load_tasks
from stop_tui.store.journal import Journal
from stop_tui.workspace import Workspace

_REPEAT = re.compile(r"held-out-[0-9a-f]+-([0-9]{1,6})")


@dataclass(frozen=True, slots=True)
class Transfer:
    """What is measured of a version's transfer in one file, with its model, seed and budget: on the
    tasks with a complete repeat of every program. `missing` names the other tasks; `isolation` is
    what programs ran in the last time."""

    version: int
    settings: ev.Settings
    comparison: Comparison
    missing: tuple[str, ...]
    isolation: ev.IsolationTested | None


@dataclass(frozen=True, slots=True)
class Known:
    """All that is measured, by version, and the names of files that could not be read."""

    transfers: tuple[Transfer, ...] = ()
    unreadable: tuple[str, ...] = ()


def known_transfers(workspace: Workspace, sources: Mapping[int, str]) -> Known:
    """What is measured of the versions whose `sources` these are, by their numbers.

    Tasks, seed improver and best of n are those that the workspace has now: what was measured
    beside others would be measured again, and is not known.
    """
    paths = sorted(workspace.experiments.glob(f"{NAME}-*.db"))
    if not paths or "seed" not in workspace.improver_names():
        return Known()
    loaded = load_tasks(workspace.tasks).items()
    tasks = {name: task for name, task in loaded if isinstance(task, Task)}
    found: list[Transfer] = []
    unreadable: list[str] = []
    for path in paths:
        try:
            found += _in_file(workspace, path, tasks, sources)
        except JournalError:
            unreadable.append(path.name)
    return Known(tuple(sorted(found, key=lambda each: each.version)), tuple(unreadable))


def _in_file(
    workspace: Workspace, path: Path, tasks: Mapping[str, Task], sources: Mapping[int, str]
) -> Iterator[Transfer]:
    facts = Facts()
    with Journal.open(path, create=False) as journal:
        facts.catch_up(journal)
    if facts.state.started is None:
        return
    repeats = facts.state.repeats
    numbers = [int(match[1]) for key in repeats if (match := _REPEAT.fullmatch(key[1]))]
    settings = replace(facts.state.settings, repeats=max(numbers, default=0))
    improvers = {key[2] for key in repeats}
    for version, source in sources.items():
        if text_hash(source) not in improvers:
            continue
        programs = transfer_programs(workspace, Improver(source, f"I{version}"))
        if source == programs[SEED_IMPROVER]:
            continue  # beside itself it is worth nothing more
        measured = [text for text in programs.values() if text is not None]
        measurements = Measurements(workspace, settings, tasks, measured, facts=facts)
        complete = [task for task in tasks if measurements.complete(task)]
        missing = tuple(task for task in tasks if task not in complete)
        comparison = compared(measurements, complete, programs, SEED_IMPROVER)
        yield Transfer(version, settings, comparison, missing, measurements.isolation)
