"""Asking the gate: where a human is asked, the journal says so and the run's clock stands still.

What is decided, and what follows from it, is the business of whoever asks.
"""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager

from stop_tui.core.events import DecisionAwaited, Finding, Question
from stop_tui.core.keys import text_hash
from stop_tui.engine.gate import Decision, Execution, Failure, Gate, Review, StepBack
from stop_tui.engine.recorder import Recorder


class Asking:
    """The gate of one run, as the run asks it. `clock` is the run's limit of wall time."""

    def __init__(self, gate: Gate, recorder: Recorder, clock: asyncio.Timeout) -> None:
        self._gate = gate
        self._recorder = recorder
        self._clock = clock

    async def decide(self, review: Review) -> Decision:
        """What is to happen with the proposal of `review`."""
        with self._awaited(review.iteration, "proposal", text_hash(review.source)):
            return await self._gate.decide(review)

    async def allow(self, iteration: int, source: str, warnings: tuple[Finding, ...]) -> Execution:
        """May the candidate `source` of meta-iteration `iteration` run?"""
        with self._awaited(iteration, "execution", text_hash(source)):
            return await self._gate.allow(source, warnings)

    async def after_failure(self, failure: Failure) -> StepBack | None:
        """An earlier version to go on from; None to stay."""
        with self._awaited(failure.iteration, "failure", failure.incumbent):
            return await self._gate.after_failure(failure)

    @contextmanager
    def _awaited(self, iteration: int, question: Question, source: str) -> Iterator[None]:
        if not self._gate.waits:
            yield
            return
        self._recorder.record(
            DecisionAwaited(iteration=iteration, question=question, source=source)
        )
        with _standing_still(self._clock):
            yield


@contextmanager
def _standing_still(clock: asyncio.Timeout) -> Iterator[None]:
    """A human who thinks uses nothing up: `clock` goes on afterwards with what was left."""
    deadline = clock.when()
    if deadline is None or clock.expired():
        yield
        return
    loop = asyncio.get_running_loop()
    left = deadline - loop.time()
    clock.reschedule(None)
    try:
        yield
    finally:
        clock.reschedule(loop.time() + left)
