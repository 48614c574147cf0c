"""One run as the explorer has it open: read from its journal, or driven by this process.

A session holds what screens render (events, state, texts) and passes on what a human wants of the
run. It knows no widgets: whoever shows it is told that something changed, and looks.
"""

import asyncio
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING

from stop_tui.core import events as ev
from stop_tui.core.errors import StopError, UsageError
from stop_tui.core.garbage import keep_what_is_there
from stop_tui.core.state import State, Status, fold
from stop_tui.store.journal import Journal
from stop_tui.store.run_lock import is_locked
from stop_tui.workspace import Workspace

if TYPE_CHECKING:  # the engine is loaded when a run is driven, not before the first screen
    from stop_tui.engine.gate import Gate
    from stop_tui.engine.pace import Pace
    from stop_tui.engine.recorder import Recorder
    from stop_tui.engine.run import FinishedRun, Run
    from stop_tui.tui.runs.screen_gate import AnyQuestion

CallKey = tuple[str, str, int]

TEXTS_KEPT = 16_000_000
"""Characters of the journal's texts that are kept in memory; the others are read again."""


class RunSession:
    """One open run. `changed` is called after every event and whenever control changes."""

    def __init__(
        self, workspace: Workspace, name: str, changed: Callable[["RunSession"], None]
    ) -> None:
        self.workspace = workspace
        self.name = name
        self.events: list[ev.AnyEvent] = []
        self.state = State()
        self.question: AnyQuestion | None = None
        self.error: StopError | None = None
        """What ended the run early, until it was told."""
        self.heard: dict[CallKey, dict[int, list[str]]] = {}
        """Pieces of responses that are still arriving, by call and index of the response."""
        self.crash: Exception | None = None
        """What should never happen while driving; whoever shows the session must raise it."""
        self._changed = changed
        self._driving: asyncio.Task[None] | None = None
        self._pace: Pace | None = None
        self._journal: Journal | None = None
        self._texts: dict[str, str] = {}
        self._kept = 0

    @property
    def live(self) -> bool:
        """Whether this process is driving the run right now."""
        return self._driving is not None

    @property
    def elsewhere(self) -> bool:
        """Whether another process is driving it."""
        return not self.live and is_locked(self.workspace.locks, self.name)

    @property
    def stopping(self) -> bool:
        """Whether it will stop after the meta-iteration that is under way."""
        return self._pace is not None and self._pace.stop_after_iteration

    def read(self) -> None:
        """Take everything that the journal holds; raises StopError when it cannot be read."""
        self.events = [event for _, event in self._open_journal().events(self.name)]
        self.state = fold(self.events)
        keep_what_is_there()

    def catch_up(self) -> None:
        """Take what another process has written since; raises StopError when it cannot be read."""
        for _, event in self._open_journal().events(self.name, after=len(self.events)):
            self.events.append(event)
            self.state.fold(event)

    def text(self, key: str) -> str:
        """The text (source, prompt, response) stored under `key`, raw and hostile."""
        known = self._texts.get(key)
        if known is None:
            known = self._open_journal().text(key)
            self._texts[key] = known
            self._kept += len(known)
            while self._kept > TEXTS_KEPT:
                self._kept -= len(self._texts.pop(next(iter(self._texts))))
        return known

    def begin(self, settings: ev.Settings, *, step: bool) -> None:
        """Start the new run `settings` and drive it; with `step` one meta-iteration of it."""
        from stop_tui.engine.starting import new_run

        self._drive(
            lambda: new_run(self.workspace, settings, self._gate, [self._take], hear=[self._hear]),
            step=step,
        )

    def go(self, *, step: bool, limits: ev.Limits | None = None) -> None:
        """Drive the run: one meta-iteration with `step`, else until it ends; `limits` are those
        from now on, if they change. While it is driven this only changes whether it stops after
        the meta-iteration under way."""
        if self._pace is not None:
            self._pace.stop_after_iteration = step
            self._changed(self)
            return
        if self.live or self.state.status is Status.FINISHED:
            return
        from stop_tui.engine.starting import resumed_run

        self.catch_up()
        self._drive(
            lambda: resumed_run(
                self.workspace,
                self.name,
                self._gate,
                [self._take],
                hear=[self._hear],
                limits=lambda _: limits,
            ),
            step=step,
        )

    async def pause(self) -> None:
        """Stop now, down to the model's connection and the sandboxed processes."""
        driving = self._driving
        if driving is not None:
            driving.cancel()
            await asyncio.wait([driving])

    async def settled(self) -> None:
        """Wait until the run is no longer driven here."""
        if self._driving is not None:
            await asyncio.wait([self._driving])

    async def cancel(self, by: str, reason: str) -> None:
        """End the run for good; raises StopError when it cannot be."""
        from stop_tui.engine.starting import cancel_run

        await self.pause()
        cancel_run(self.workspace, self.name, by=by, reason=reason)
        self.read()
        self._changed(self)

    def close(self) -> None:
        """Let go of the journal; the run must not be driven any more."""
        if self._journal is not None:
            self._journal.close()
            self._journal = None

    def _open_journal(self) -> Journal:
        if self._journal is None:
            self._journal = Journal.open(self.workspace.journal, create=False)
        return self._journal

    def _drive(
        self, open_run: "Callable[[], AbstractContextManager[Run | FinishedRun]]", *, step: bool
    ) -> None:
        self.error = None
        self._driving = asyncio.create_task(self._driven(open_run, step), name=f"run {self.name}")
        self._changed(self)

    async def _driven(
        self, open_run: "Callable[[], AbstractContextManager[Run | FinishedRun]]", step: bool
    ) -> None:
        from stop_tui.engine.pace import Pace
        from stop_tui.engine.run import Run

        try:
            with open_run() as run:
                keep_what_is_there()
                if isinstance(run, Run):
                    self._pace = Pace(stop_after_iteration=step)
                    await run.execute(self._pace)
        except StopError as error:
            self.error = error
        except asyncio.CancelledError:
            pass  # paused: the run has journalled it, and nobody waits for this task's result
        except Exception as error:  # noqa: BLE001 - becomes the crash report
            self.crash = error
        finally:
            self._driving = self._pace = self.question = None
            self.heard.clear()
            self._changed(self)

    def _gate(self, settings: ev.Settings, recorder: "Recorder") -> "Gate":
        from stop_tui.engine.gate import automatic
        from stop_tui.tui.runs.screen_gate import ScreenGate

        gate = automatic(settings.gate)
        return ScreenGate(self._ask) if gate is None else gate

    def _ask(self, question: "AnyQuestion | None") -> None:
        self.question = question
        self._changed(self)

    def _take(self, event: ev.AnyEvent, state: State) -> None:
        self.events.append(event)
        self.state = state
        if isinstance(event, ev.ModelCalled):
            self.heard.pop((event.program, event.request, event.occurrence), None)
        self._changed(self)

    def _hear(self, call: CallKey, index: int, text: str) -> None:
        """Text of a response that is still arriving; the journalled answer replaces it."""
        self.heard.setdefault(call, {}).setdefault(index, []).append(text)
        self._changed(self)


def open_session(
    workspace: Workspace, name: str, changed: Callable[[RunSession], None]
) -> RunSession:
    """The run `name`, read from its journal; raises StopError when there is none."""
    if not workspace.journal.exists():
        raise UsageError(f"There is no run {name!r}: this workspace has no runs yet.")
    session = RunSession(workspace, name, changed)
    try:
        session.read()
    except StopError:
        session.close()
        raise
    return session
