"""A run: meta-iterations in order, from its first event to its last, and again after a crash.

Resuming is replay: what the journal holds is not done again. Whatever ends a run early leaves it
paused, with the reason in the journal, and everything paid for kept.
"""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from stop_tui.core import events as ev
from stop_tui.core.errors import LimitReached, ModelOutage, OutputClosed, StopError
from stop_tui.core.shortage import shortage
from stop_tui.core.state import State
from stop_tui.engine.asking import Asking
from stop_tui.engine.deciding import Deciding
from stop_tui.engine.gate import DecisionLeft, Gate
from stop_tui.engine.memory import Memory
from stop_tui.engine.meta_utility import MetaUtility
from stop_tui.engine.model_calls import ModelCalls
from stop_tui.engine.pace import Pace
from stop_tui.engine.proposing import Proposing
from stop_tui.engine.recorder import Recorder
from stop_tui.engine.sandboxed import sandboxed
from stop_tui.engine.utilities import Utilities
from stop_tui.engine.versions import Versions
from stop_tui.language_models.protocol import LanguageModel, RemoteModel
from stop_tui.scoring import Task
from stop_tui.store.lineage import Lineage


@dataclass(frozen=True, slots=True)
class FinishedRun:
    """A run with nothing left to do."""

    state: State


class Run:
    """One run, whose first event is in the journal already."""

    def __init__(
        self,
        recorder: Recorder,
        memory: Memory,
        *,
        lineage: Lineage,
        tasks: Mapping[str, Task],
        model: LanguageModel,
        gate: Gate,
        scratch: Path,
    ) -> None:
        self._recorder = recorder
        self._memory = memory
        self._tasks = tasks
        self._model = model
        self._gate = gate
        self._scratch = scratch
        self._versions = Versions(lineage, recorder)

    @property
    def state(self) -> State:
        """What is known of the run by now."""
        return self._recorder.state

    async def execute(self, pace: Pace | None = None) -> None:
        """Go on until the last meta-iteration is done, or `pace` says to stop after one.

        Raises StopError when something ends the run early (a limit, an outage, a full disk);
        it is then paused. Cancelling pauses it too, and reaches calls of the model and programs.
        """
        try:
            self._versions.commit_start()
            stopped_after = await self._iterate_in_sandbox(pace or Pace())
        except StopError as error:
            self._pause(error.message, _cause(error))
            raise
        except asyncio.CancelledError:
            self._pause("interrupted", "user")
            raise
        except (OSError, MemoryError, RuntimeError) as error:
            found = shortage(error)
            if found is None:
                raise
            self._pause(found.message, "error")
            raise found from error
        if stopped_after is None:
            self._recorder.record(ev.RunFinished())
        else:
            self._pause(f"stopped after I{stopped_after}, as asked", "stepped")

    async def _iterate_in_sandbox(self, pace: Pace) -> int | None:
        """Do what remains; after which meta-iteration it was to stop, None when all are over."""
        settings = self.state.settings
        if isinstance(self._model, RemoteModel):
            self._model.get_ready()
        async with sandboxed(settings, self._tasks, self._scratch) as (pool, evaluator):
            self._recorder.record(ev.IsolationTested(level=pool.isolation, missing=pool.missing))
            calls = ModelCalls(self._model, self._recorder, self._memory)
            utilities = Utilities(evaluator, self._recorder, self._memory)
            meta_utility = MetaUtility(
                settings, self._tasks, pool, calls, utilities, self._recorder
            )
            # For the first candidate, while the incumbent asks for it.
            meta_utility.prepare(measured=1, beside=1)
            clock = asyncio.timeout(self._seconds_left())
            asking = Asking(self._gate, self._recorder, clock)
            proposing = Proposing(
                settings, pool, calls, meta_utility, self._memory, self._recorder, asking
            )
            deciding = Deciding(settings, meta_utility, proposing, self._recorder, asking)
            try:
                async with clock:
                    for task in settings.tasks:
                        await evaluator.check(task)
                    return await self._iterate(pace, proposing, deciding)
            except LimitReached:
                await calls.finish_in_flight()
                raise
            except TimeoutError:
                if not clock.expired():
                    raise
                await calls.finish_in_flight()
                raise LimitReached(
                    f"The limit of {self.state.limits.seconds:,g} s of wall time is reached; what "
                    "was done is kept.",
                    hint="Resume the run with a larger --max-seconds.",
                    configured="Go on with larger seconds in [limits] of .stop/config.toml.",
                ) from None
            finally:
                await calls.cancel()
                await utilities.cancel()

    async def _iterate(self, pace: Pace, proposing: Proposing, deciding: Deciding) -> int | None:
        last = self.state.settings.iterations
        for number in range(1, last + 1):
            begun = self.state.iterations.get(number)
            was_over = begun is not None and begun.over
            await self._iteration(number, proposing, deciding)
            if pace.stop_after_iteration and not was_over and number < last:
                return number
        return None

    async def _iteration(self, number: int, proposing: Proposing, deciding: Deciding) -> None:
        """One meta-iteration, or what an interruption left of it."""
        begun = self.state.iterations.get(number)
        if begun is not None and begun.over:
            if begun.failure is not None and begun.stepped_back is None:
                await deciding.after_failure(number)
            return
        if begun is None or begun.proposal is None:
            incumbent = self.state.incumbent
            attempt = 1 if begun is None else begun.attempt + 1
            self._recorder.record(
                ev.IterationStarted(iteration=number, incumbent=incumbent, attempt=attempt)
            )
            if await proposing.propose(number, self._recorder.text(incumbent)) is None:
                await deciding.after_failure(number)
                return
        decision = await deciding.decide(number)
        if decision.choice == "approve":
            self._versions.commit(self.state.iterations[number])

    def _seconds_left(self) -> float | None:
        limit = self.state.limits.seconds
        return None if limit is None else max(0.0, limit - self.state.seconds)

    def _pause(self, reason: str, cause: ev.PauseCause) -> None:
        self._recorder.record(ev.RunPaused(reason=reason, cause=cause))


def _cause(error: StopError) -> ev.PauseCause:
    """Why a run pauses that `error` ended."""
    match error:
        case LimitReached():
            return "limit"
        case ModelOutage():
            return "outage"
        case DecisionLeft() | OutputClosed():
            return "user"
        case _:
            return "error"
