"""Generated programs, run in a pool of sandboxes from plain tests."""

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from typing import Any, TypeVar

from stop_tui.core.events import Budget
from stop_tui.sandbox import (
    Answer,
    ImproverRun,
    Pool,
    PromptRequest,
    Reply,
    Request,
    SolutionRun,
    UsesRequest,
    UtilityRequest,
)
from stop_tui.sandbox.inside import wire

T = TypeVar("T")
Serve = Callable[[Request], Coroutine[Any, Any, Reply]]


class Sandboxes:
    """A pool and the loop it lives in."""

    def __init__(self, runner: asyncio.Runner, pool: Pool) -> None:
        self.run = runner.run
        self.pool = pool

    def evaluate(
        self, source: str, *calls: Sequence[object], limit: float = 1.0, seed: int = 1
    ) -> SolutionRun:
        """Evaluate `source` on the arguments of each call; one call without any by default."""
        inputs = [wire.encode(tuple(arguments)) for arguments in calls or [()]]
        return self.run(self.pool.evaluate(source, inputs, limit=limit, seed=seed))

    def value(self, source: str, *arguments: object, seed: int = 1) -> Any:
        """What `source` returns for `arguments`; it must end well."""
        (call,) = self.evaluate(source, arguments, seed=seed).calls
        assert call.value is not None, call
        return wire.decode(call.value)

    def improve(
        self, source: str, serve: Serve | None = None, *, seed: int = 1, text: str = "a utility"
    ) -> ImproverRun:
        """Run the improver `source` on the solution "initial"."""
        return self.run(
            self.pool.improve(
                source,
                "initial",
                utility_text=text,
                budget=Budget(lm_calls=4, responses_per_call=6, utility_calls=25),
                seed=seed,
                serve=serve or friendly,
            )
        )


async def friendly(request: Request) -> Reply:
    """Answers everything: the length of a solution, messages in capitals, no uses."""
    match request:
        case UtilityRequest(solution):
            return Answer(float(len(solution)) if solution is not None else 0.0)
        case PromptRequest(messages=messages, n=n, batch=batch):
            return Answer([m.upper() for m in messages] if batch else [messages[0].upper()] * n)
        case UsesRequest():
            return Answer(0)


class Recorder:
    """Serves as `friendly` does and remembers what was asked."""

    def __init__(self) -> None:
        self.requests: list[Request] = []

    async def __call__(self, request: Request) -> Reply:
        self.requests.append(request)
        return await friendly(request)


def improver(*lines: str) -> str:
    """An improver with these lines as its body."""
    body = "".join(f"    {line}\n" for line in lines)
    return f"def improve_algorithm(initial_solution, utility, language_model):\n{body}"


def returned(sandboxes: Sandboxes, *lines: str) -> str:
    """What an improver with these lines returns; it must end well."""
    run = sandboxes.improve(improver(*lines))
    assert run.returned is not None, run
    return run.returned
