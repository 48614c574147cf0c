"""What a transfer is about: an improver, the programs beside it, and the tasks there are for it.

Finding it out asks git and reads files, so it is done beside the event loop.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import msgspec

from stop_tui.config import Config
from stop_tui.core import events as ev
from stop_tui.core.errors import UsageError
from stop_tui.core.transfer import UNASKED_REPEATS
from stop_tui.engine.checks import check_improver
from stop_tui.engine.experiments.askable import askable_tasks
from stop_tui.engine.experiments.facts import Facts
from stop_tui.engine.experiments.measurements import Measurements
from stop_tui.engine.experiments.model_version import model_version
from stop_tui.engine.recorder import Listener
from stop_tui.engine.sources import find_improver
from stop_tui.engine.transfer import trained_on, transfer_programs
from stop_tui.language_models.registry import open_model
from stop_tui.scoring import Task
from stop_tui.store.lineage import Lineage
from stop_tui.workspace import Workspace


@dataclass(frozen=True, slots=True)
class Subject:
    """`programs` are sources by what they stand for, None for the task's seed solution; `trained`
    are the tasks of the version's own run; `left_out` says of a task why it cannot be measured;
    `settings` are those of the workspace, `version` tells models of one name apart."""

    workspace: Workspace
    programs: Mapping[str, str | None]
    trained: tuple[str, ...]
    tasks: Mapping[str, Task]
    left_out: Mapping[str, str]
    settings: ev.Settings
    version: str

    def measurements(
        self,
        tasks: tuple[str, ...],
        repeats: int,
        facts: Facts,
        *,
        limits: ev.Limits | None = None,
        listeners: tuple[Listener, ...] = (),
    ) -> Measurements:
        """The measurements of the programs on `tasks`, with so many `repeats`."""
        return Measurements(
            self.workspace,
            msgspec.structs.replace(
                self.settings, repeats=repeats, limits=limits or self.settings.limits
            ),
            {name: self.tasks[name] for name in tasks},
            [source for source in self.programs.values() if source is not None],
            version=self.version,
            facts=facts,
            listeners=listeners,
        )


def find_subject(workspace: Workspace, config: Config, rev: str) -> Subject:
    """What the transfer of the improver `rev` is about. Raises StopError where there can be none:
    no such version, no seed improver, a model that is not known, no task that can be measured."""
    lineage = Lineage(workspace.lineage)
    improver = find_improver(workspace, lineage, rev)
    check_improver(improver.source, improver.label)
    programs = transfer_programs(workspace, improver)
    model = open_model(config.run.model, config.models, config.prices)
    tasks, left_out = askable_tasks(workspace, model)
    if not tasks:
        why = "; ".join(f"{name}: {reason}" for name, reason in left_out.items())
        raise UsageError(
            f"There is no task to measure on in {workspace.tasks}{f': {why}' if why else '.'}",
            hint="`stop-tui tasks` says what a task needs.",
        )
    settings = ev.Settings(
        name="transfer",
        tasks=tuple(tasks),
        repeats=min(config.run.repeats, UNASKED_REPEATS),
        model=config.run.model,
        seed=config.run.seed,
        budget=config.budget,
        limits=config.limits,
        concurrency=config.run.concurrency,
    )
    return Subject(
        workspace,
        programs,
        trained_on(lineage, improver),
        tasks,
        left_out,
        settings,
        model_version(config.models, config.run.model),
    )
