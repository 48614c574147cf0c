"""The broker serves one generated program: it answers its requests and holds its budget.

The program has handles to ask with; every number is kept here. What a program asks for beyond its
budget is refused: a utility call gives 0, a language-model call raises in the program.
"""

import math
from collections.abc import Awaitable, Callable

from stop_tui.core.budgets import Account
from stop_tui.core.errors import ModelError, ModelOutage
from stop_tui.engine.concurrently import concurrently
from stop_tui.engine.model_calls import ProgramCalls
from stop_tui.sandbox import (
    Answer,
    PromptRequest,
    Refusal,
    Reply,
    Request,
    UsesRequest,
    UtilityRequest,
)

UtilityFunction = Callable[[str], Awaitable[float]]


class Broker:
    """Answers the requests of one program run."""

    def __init__(
        self,
        account: Account,
        utility: UtilityFunction,
        model: ProgramCalls,
        refusal: ModelError | None = None,
    ) -> None:
        """`refusal` is raised when the model has no answer: it has none about the whole task."""
        self.account = account
        self._utility = utility
        self._model = model
        self._refusal = refusal

    async def serve(self, request: Request) -> Reply:
        """The reply to one request; errors of the run itself (limits, outages) are raised."""
        match request:
            case UsesRequest():
                return Answer(self.account.utility_calls)
            case UtilityRequest(solution):
                if not self.account.spend_utility_call() or solution is None:
                    return Answer(0.0)
                return Answer(await self._utility(solution))
            case PromptRequest():
                return await self._prompt(request)

    async def _prompt(self, request: PromptRequest) -> Reply:
        budget = self.account.budget
        responses = len(request.messages) if request.batch else request.n
        if responses < 1:
            return Refusal("at least one response must be asked for", "value")
        if responses > budget.responses_per_call:
            self.account.beyond += 1
            return Refusal(
                f"{responses} responses asked for in one call, "
                f"at most {budget.responses_per_call} are allowed",
                "budget",
            )
        if not math.isfinite(request.temperature):
            return Refusal("temperature must be a finite number", "value")
        if not self.account.spend_lm_call():
            return Refusal(f"all {budget.lm_calls} language-model calls are spent", "budget")
        if not request.batch and len(request.messages) != 1:
            return Refusal("a prompt has one message", "value")
        try:
            if not request.batch:
                return Answer(await self._ask(request, request.messages[0], request.n))
            answers = await concurrently(
                self._ask(request, message, 1) for message in request.messages
            )
        except ModelOutage:
            raise
        except ModelError as error:
            if self._refusal is not None:
                raise self._refusal from error
            return Refusal(error.message, "value")
        return Answer([answer[0] if answer else "" for answer in answers])

    async def _ask(self, request: PromptRequest, message: str, n: int) -> list[str]:
        return await self._model.ask(request.expertise, message, n, request.temperature)
