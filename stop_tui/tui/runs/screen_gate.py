"""The gate that asks on the screens: each question is a value with a future, answered by a human.

It draws nothing and decides nothing. Whoever shows a question answers it once; a run that is
cancelled takes its question back.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Generic, TypeVar, cast

from stop_tui.core.events import Finding
from stop_tui.engine.gate import Decision, Execution, Failure, Review, StepBack

A = TypeVar("A")


@dataclass(slots=True)
class Question(Generic[A]):
    """Something that a run waits for. `answer` does nothing once it is answered or taken back."""

    future: "asyncio.Future[A]" = field(default_factory=lambda: asyncio.Future())

    def answer(self, value: A) -> bool:
        """Let the run go on with `value`; False when it is no longer waiting."""
        if self.future.done():
            return False
        self.future.set_result(value)
        return True


@dataclass(slots=True)
class ProposalQuestion(Question[Decision]):
    """What is to happen with a proposal?"""

    review: Review = field(kw_only=True)


@dataclass(slots=True)
class ExecutionQuestion(Question[Execution]):
    """May this candidate's code run?"""

    source: str = field(kw_only=True)
    warnings: tuple[Finding, ...] = field(kw_only=True)


@dataclass(slots=True)
class FailureQuestion(Question[StepBack | None]):
    """A meta-iteration failed: which version to go on from?"""

    failure: Failure = field(kw_only=True)


AnyQuestion = ProposalQuestion | ExecutionQuestion | FailureQuestion


class ScreenGate:
    """Asks through `ask`, which is told of every question, and of None once it is settled."""

    waits = True

    def __init__(self, ask: Callable[[AnyQuestion | None], None]) -> None:
        self._ask = ask

    async def decide(self, review: Review) -> Decision:
        """What a human decides about the proposal of `review`."""
        return await self._answered(ProposalQuestion(review=review))

    async def allow(self, source: str, warnings: tuple[Finding, ...]) -> Execution:
        """Whether a human lets the candidate `source` run."""
        return await self._answered(ExecutionQuestion(source=source, warnings=warnings))

    async def after_failure(self, failure: Failure) -> StepBack | None:
        """The version a human wants to go on from."""
        return await self._answered(FailureQuestion(failure=failure))

    async def _answered(self, question: Question[A]) -> A:
        self._ask(cast(AnyQuestion, question))
        try:
            return await question.future
        finally:
            self._ask(None)
