"""The transfer of one version as the explorer has it open: what is measured by now, and measuring.

It holds what the screen renders, folded from the journal of measurements, and knows no widgets:
whoever shows it is told that something changed, and looks. Leaving the screen does not end it.
"""

import asyncio
import time
from collections.abc import Callable
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from stop_tui.config import Config, load_config
from stop_tui.core import events as ev
from stop_tui.core.errors import StopError
from stop_tui.core.plain_text import one_line
from stop_tui.core.state import Status
from stop_tui.core.transfer import UNASKED_REPEATS

if TYPE_CHECKING:  # the engine is loaded when a transfer is opened, not before the first screen
    from stop_tui.engine.experiments.facts import Facts
    from stop_tui.engine.experiments.measurements import Measurements, Missing
    from stop_tui.engine.transfer import Comparison
    from stop_tui.tui.measuring.subject import Subject
    from stop_tui.workspace import Workspace


class Figures:
    """What is known of a choice of tasks and repeats at one moment; each part when it is asked."""

    def __init__(self, subject: "Subject", measurements: "Measurements") -> None:
        self._subject = subject
        self.measurements = measurements

    @cached_property
    def found(self) -> "Comparison":
        """How the programs stand, by the repeats that all of them have."""
        from stop_tui.engine.transfer import SEED_IMPROVER, compared

        tasks = self.measurements.tasks
        return compared(self.measurements, tasks, self._subject.programs, SEED_IMPROVER)

    @cached_property
    def missing(self) -> "list[Missing]":
        """What has not been measured yet."""
        return self.measurements.missing()

    @cached_property
    def responses_at_most(self) -> int:
        """How many responses of the model that may cost."""
        return self.measurements.responses_at_most()

    @cached_property
    def under_way(self) -> "list[Missing]":
        """What the journal has begun and not ended."""
        return self.measurements.under_way()


class TransferSession:
    """One transfer. `rev` names the version as every command takes it; `shared` keeps the facts of
    each file, which sessions have in common; `changed` is called whenever something may look
    different."""

    def __init__(
        self,
        workspace: "Workspace",
        config: Config,
        rev: str,
        shared: "dict[Path, Facts]",
        changed: Callable[["TransferSession"], None],
    ) -> None:
        self.workspace = workspace
        self.rev = rev
        self.subject: Subject | None = None
        self.tasks: tuple[str, ...] = ()
        """The tasks that are chosen, in the order of all."""
        self.repeats = min(config.run.repeats, UNASKED_REPEATS)
        self.error: StopError | None = None
        """Why there is nothing to show, or why measuring ended early."""
        self.crash: Exception | None = None
        """What should never happen while measuring; whoever shows the session must raise it."""
        self.ended = False
        """Whether measuring has ended since somebody last looked at that."""
        self._config = config
        self._shared = shared
        self._changed = changed
        self._figures: Figures | None = None
        self._figures_at = -1
        self._measuring: asyncio.Task[None] | None = None

    @property
    def live(self) -> bool:
        """Whether this process is measuring for this transfer right now."""
        return self._measuring is not None

    @property
    def model(self) -> str:
        """What is asked."""
        return self._config.run.model

    @property
    def elsewhere(self) -> bool:
        """Whether somebody else is measuring into the same file: another process, or another
        transfer of this one."""
        return not self.live and self.subject is not None and self.figures.measurements.is_locked

    @property
    def under_way(self) -> "list[Missing]":
        """What is being measured. A process that was killed has left more in the journal than
        that, which only counts while somebody is at work."""
        begun = self.figures.under_way
        return begun if begun and (self.live or self.elsewhere) else []

    @property
    def ended_words(self) -> str:
        """How measuring ended, where no error says it."""
        left = len(self.figures.missing)
        if left:
            return f"The transfer of {one_line(self.rev, 60)} is paused."
        return f"The transfer of {one_line(self.rev, 60)} is measured."

    @property
    def wanted(self) -> int:
        """How many measurements there are of the tasks and repeats that are chosen, made or not."""
        if self.subject is None:
            return 0
        return len(self.tasks) * self.repeats * len({*self.subject.programs.values()})

    @property
    def seconds(self) -> float:
        """How long the file was worked on; while measuring, those since the last event included."""
        state = self.facts.state
        running = self.live and state.status is Status.RUNNING
        return state.seconds + (max(0.0, time.time() - state.at) if running else 0.0)

    @property
    def facts(self) -> "Facts":
        """What the file says by now."""
        return self.figures.measurements.facts

    @property
    def figures(self) -> Figures:
        """What is known of the tasks and repeats that are chosen."""
        known = self._figures
        assert self.subject is not None and known is not None, "there is a subject to ask about"
        if self._figures_at != known.measurements.facts.figures:
            self._figures_at = known.measurements.facts.figures
            self._figures = known = Figures(self.subject, known.measurements)
        return known

    async def open(self) -> None:
        """Find out what it is about and what is measured; what is wrong is in `error` then. Each
        time anew: tasks and improvers are the user's, who may have edited them."""
        if self.live:
            return
        try:
            subject, facts = await asyncio.to_thread(self._found)
        except StopError as error:
            self.error = error
        else:
            known = self.subject
            if subject != known and not self.live:
                self.error, self.subject = None, subject
                before = () if known is None else known.tasks
                tasks = (name for name in subject.tasks if name in self.tasks or name not in before)
                self.choose(tuple(tasks), self.repeats, facts)
            self.catch_up()
        self._changed(self)

    def choose(self, tasks: tuple[str, ...], repeats: int, facts: "Facts | None" = None) -> None:
        """Ask about these tasks and so many repeats from now on; not while measuring."""
        assert self.subject is not None and not self.live, "it is known what can be chosen"
        self.tasks, self.repeats = tasks, repeats
        known = self.subject.measurements(tasks, repeats, facts or self.facts)
        self._figures = Figures(self.subject, known)
        self._figures_at = known.facts.figures
        self._changed(self)

    def catch_up(self) -> None:
        """Take what others have measured since."""
        if self.subject is None or self.live:
            return
        try:
            self.figures.measurements.read()
        except StopError as error:
            self.error = error

    def begin(self) -> None:
        """Measure what is missing; nothing happens while that is being done."""
        if self.live or self.subject is None:
            return
        self.error, self.ended = None, False
        self._measuring = asyncio.create_task(self._measured(self.subject), name="transfer")
        self._changed(self)

    def limits(self) -> ev.Limits:
        """Those of the workspace as they are now: one that was reached may have been raised."""
        path = self.workspace.config
        return load_config(path).limits if path.exists() else self._config.limits

    async def pause(self) -> None:
        """Stop now, down to the model's connection and the sandboxed processes."""
        measuring = self._measuring
        if measuring is not None:
            measuring.cancel()
            await asyncio.wait([measuring])
            if self._measuring is measuring:  # it had not even begun
                self._end()

    def _found(self) -> "tuple[Subject, Facts]":
        """What `open` needs to know; runs in a thread of its own."""
        from stop_tui.engine.experiments.facts import Facts
        from stop_tui.tui.measuring.subject import find_subject

        subject = find_subject(self.workspace, self._config, self.rev)
        known = subject.measurements(tuple(subject.tasks), self.repeats, Facts())
        shared = self._shared.get(known.path)
        if shared is not None:
            return subject, shared
        known.read()
        return subject, self._shared.setdefault(known.path, known.facts)

    async def _measured(self, subject: "Subject") -> None:
        from stop_tui.language_models.registry import open_model

        config = self._config
        try:
            model = await asyncio.to_thread(open_model, self.model, config.models, config.prices)
            with subject.measurements(
                self.tasks,
                self.repeats,
                self.facts,
                limits=self.limits(),
                listeners=(lambda event, state: self._changed(self),),
            ) as measurements:
                await measurements.measure(model)
        except StopError as error:
            self.error = error
        except asyncio.CancelledError:
            pass  # paused: the journal says so, and nobody waits for this task's result
        except Exception as error:  # noqa: BLE001 - becomes the crash report
            self.crash = error
        finally:
            self._end()

    def _end(self) -> None:
        self._measuring = None
        self.ended = True
        self._changed(self)
