"""Calls of the language model: served from the journal where recorded, else made, metered, kept.

A call's key is the program run it belongs to, the hash of its request, and how often that request
was made before in it; its seed derives from the run's seed and the same words. The order of
arrival plays no part, since generated programs use threads.
"""

import asyncio
from collections import Counter
from functools import partial
from math import ceil

from msgspec.structs import replace

from stop_tui.core.errors import LimitReached, ModelError, ModelOutage
from stop_tui.core.events import ModelCalled, ModelCallLost, ModelCallSent, ServerLimitsLearned
from stop_tui.core.keys import digest, seed_from, text_hash
from stop_tui.core.plain_text import one_line
from stop_tui.core.server_limits import ServerLimits
from stop_tui.core.state import CallKey
from stop_tui.engine.attempts import LONGEST_REASON
from stop_tui.engine.memory import Memory
from stop_tui.engine.recorder import Recorder
from stop_tui.language_models.protocol import (
    CancelledAfter,
    Completion,
    LanguageModel,
    NoUsableAnswer,
    OutageAfter,
    RemoteModel,
    Request,
)
from stop_tui.scoring import Task


class ModelCalls:
    """The language model of a run, as its program runs share it."""

    def __init__(self, model: LanguageModel, recorder: Recorder, memory: Memory) -> None:
        self._model = model
        self._recorder = recorder
        self._memory = memory
        self._tasks: set[asyncio.Task[ModelCalled | ModelOutage]] = set()
        self._in_flight: dict[CallKey, Request] = {}
        self._first = asyncio.Lock()
        self._outage: ModelOutage | None = None
        self._remote = model if isinstance(model, RemoteModel) else None
        if self._remote is not None:
            self._remote.recall(recorder.state.servers)

    def of(self, program: str, seed_words: tuple[str | int, ...]) -> "ProgramCalls":
        """The calls of the program run named `program`; `seed_words` are what its seeds rest on."""
        return ProgramCalls(self, program, seed_words)

    def refusal(self, task: Task) -> ModelError | None:
        """What the model says of a task that it has no answers about, else None."""
        try:
            self._model.check_task(task.utility_text, task.seed_solution)
        except ModelError as error:
            return error
        return None

    async def finish_in_flight(self) -> None:
        """Wait for calls that are under way (they are paid for) and record their answers."""
        await asyncio.gather(*list(self._tasks), return_exceptions=True)

    async def cancel(self) -> None:
        """Drop calls that are under way and let go of the model's connections."""
        for call in list(self._tasks):
            call.cancel()
        await self.finish_in_flight()
        await self._model.close()

    async def ask(self, program: str, key: str, occurrence: int, request: Request) -> list[str]:
        """The texts of the responses to `request`, recorded or new.

        Raises LimitReached when a limit of the run allows no further call, ModelOutage when the
        model cannot be reached, ModelError when it has no usable answer to this request.
        """
        known = self._memory.calls.get((program, key, occurrence))
        if known is not None:
            return self._answer(known)
        if self._cost_is_unknown_yet():
            async with self._first:
                if self._cost_is_unknown_yet():
                    return self._answer(await self._make(program, key, occurrence, request))
        return self._answer(await self._make(program, key, occurrence, request))

    def _answer(self, call: ModelCalled) -> list[str]:
        if call.error is not None:
            raise ModelError(call.error)
        return [self._recorder.text(response) for response in call.responses]

    async def _make(self, program: str, key: str, occurrence: int, request: Request) -> ModelCalled:
        if self._outage is not None:
            # It ends the run in this moment, and what is asked might be charged for all the same.
            raise self._outage
        self._check_limits(request)
        self._in_flight[program, key, occurrence] = request
        call = asyncio.create_task(self._call(program, key, occurrence, request))
        self._tasks.add(call)
        call.add_done_callback(self._tasks.discard)
        # A program that is killed must not take a paid answer with it.
        answered = await asyncio.shield(call)
        if isinstance(answered, ModelOutage):
            raise answered
        return answered

    async def _call(
        self, program: str, key: str, occurrence: int, request: Request
    ) -> ModelCalled | ModelOutage:
        """What came of a call. An outage is returned: who asked may have ended by then, and an
        error that nobody fetches ends up among what the program prints."""
        prompt = f"{request.expertise}\n\n{request.message}"
        sent = ModelCallSent(
            program=program,
            request=key,
            occurrence=occurrence,
            prompt=text_hash(prompt),
            model=self._model.name,
            n=request.n,
            temperature=request.temperature,
        )
        self._recorder.record(sent, texts=[prompt])
        event = ModelCalled(
            program=program,
            request=key,
            occurrence=occurrence,
            prompt=sent.prompt,
            responses=(),
            model=sent.model,
            n=request.n,
            temperature=request.temperature,
        )
        try:
            event, texts = await self._completed(event, request)
        except asyncio.CancelledError as error:
            self._lose(sent, error.spent if isinstance(error, CancelledAfter) else None)
            raise
        except ModelOutage as error:
            self._lose(sent, error.spent if isinstance(error, OutageAfter) else None)
            self._outage = error
            return error
        finally:
            # In the same step as its answer is recorded: it counts once, not twice and not never.
            self._in_flight.pop((program, key, occurrence), None)
            self._note_limits()
        self._recorder.record(event, texts=texts)
        self._memory.take(event)
        return event

    async def _completed(
        self, event: ModelCalled, request: Request
    ) -> tuple[ModelCalled, list[str]]:
        """`event` with what came of it, and the texts of the responses."""
        call = event.program, event.request, event.occurrence
        try:
            completion = await self._model.complete(request, partial(self._recorder.stream, call))
        except ModelOutage:
            raise
        except NoUsableAnswer as error:
            # What was thrown away was paid for all the same.
            event = _answered(event, error.spent)
            return replace(event, error=one_line(error.message, LONGEST_REASON)), []
        except ModelError as error:
            # The model has spoken: asking the same again would not help, not on resuming either.
            event = replace(event, prompt_tokens=0, completion_tokens=0, cost_usd=0.0)
            return replace(event, error=one_line(error.message, LONGEST_REASON)), []
        except (TimeoutError, OSError) as error:
            raise ModelOutage(
                f"The language model {self._model.name} cannot be reached: {error or 'timeout'}."
            ) from error
        return _answered(event, completion), [response.text for response in completion.responses]

    def _note_limits(self) -> None:
        """Record what the model's servers turned out not to do since this was noted last."""
        if self._remote is not None:
            known = self._recorder.state.servers
            for server, limits in self._remote.learned().items():
                if limits != known.get(server, ServerLimits()):
                    self._recorder.record(ServerLimitsLearned(server=server, limits=limits))

    def _lose(self, sent: ModelCallSent, spent: Completion | None) -> None:
        """Record that there is no answer, and what was used: `spent`, or else nobody knows."""
        lost = ModelCallLost(
            program=sent.program,
            request=sent.request,
            occurrence=sent.occurrence,
            untold=0 if self._model.offline else 1,
        )
        if spent is not None:
            lost = replace(
                lost,
                prompt_tokens=spent.prompt_tokens,
                completion_tokens=spent.completion_tokens,
                cost_usd=spent.cost_usd,
                untold=spent.untold,
            )
        self._recorder.record(lost)

    def _cost_is_unknown_yet(self) -> bool:
        """Whether a limit needs to know what a call uses, which only the first will tell: until
        it has, calls are made one by one."""
        state = self._recorder.state
        limited = state.limits.tokens is not None or state.limits.usd is not None
        return limited and state.spent.responses == 0

    def _expected_tokens(self, request: Request) -> int:
        """A guess at what `request` will use, so that calls in flight count against limits."""
        spent = self._recorder.state.spent
        a_response = spent.tokens_at_least // spent.responses if spent.responses else 0
        return (len(request.message) + len(request.expertise)) // 4 + request.n * a_response

    def _check_limits(self, request: Request) -> None:
        state = self._recorder.state
        limits, spent = state.limits, state.spent
        pending = [*self._in_flight.values(), request]
        if limits.lm_calls is not None and spent.lm_calls + len(pending) > limits.lm_calls:
            raise _reached(
                "language-model calls", f"{limits.lm_calls:,}", "--max-calls", "lm_calls"
            )
        # What ended without a word counts as a call would: the server may have charged for it.
        if limits.tokens is not None:
            if spent.uncounted:
                raise self._unknown(f"{limits.tokens:,} tokens", "use", "--max-calls", "lm_calls")
            untold = ceil(spent.untold * (spent.tokens_a_call or 0))
            expected = sum(map(self._expected_tokens, pending))
            if spent.tokens_at_least + untold + expected > limits.tokens:
                raise _reached("tokens", f"{limits.tokens:,}", "--max-tokens", "tokens")
        if limits.usd is not None:
            if spent.unpriced:
                options, keys = "--max-calls or --max-tokens", "lm_calls or tokens"
                raise self._unknown(f"{limits.usd:.2f} USD", "cost", options, keys)
            a_response = spent.usd_at_least / spent.responses if spent.responses else 0.0
            usd = sum(waiting.n for waiting in pending) * a_response
            usd += spent.untold * (spent.usd_a_call or 0.0)
            if spent.usd_at_least + usd > limits.usd:
                raise _reached("money", f"{limits.usd:.2f} USD", "--max-usd", "usd")

    def _unknown(self, limit: str, what: str, options: str, keys: str) -> LimitReached:
        name = self._model.name
        return LimitReached(
            f"There is a limit of {limit}, but the {what} of a call to {name} is unknown.",
            hint=f"Resume with {options} instead.",
            configured=f"Limit {keys} instead in [limits] of .stop/config.toml.",
        )


class ProgramCalls:
    """The language-model calls of one program run: gives every request its key and its seed."""

    def __init__(self, calls: ModelCalls, program: str, seed_words: tuple[str | int, ...]) -> None:
        self._calls = calls
        self._program = program
        self._seed_words = seed_words
        self._made: Counter[str] = Counter()

    async def ask(self, expertise: str, message: str, n: int, temperature: float) -> list[str]:
        """The texts of up to `n` responses."""
        key = digest(expertise, message, n, temperature)
        occurrence = self._made[key]
        self._made[key] += 1
        seed = seed_from(*self._seed_words, "model", key, occurrence)
        request = Request(
            expertise, message, n=n, temperature=temperature, seed=seed, asker=self._program
        )
        return await self._calls.ask(self._program, key, occurrence, request)


def _answered(event: ModelCalled, completion: Completion) -> ModelCalled:
    """`event` with what the model answered."""
    tokens = completion.completion_tokens
    if tokens is None:
        counts = [response.completion_tokens for response in completion.responses]
        known = [count for count in counts if count is not None]
        tokens = sum(known) if len(known) == len(counts) else None
    return replace(
        event,
        responses=tuple(text_hash(response.text) for response in completion.responses),
        model=completion.model,
        finish_reasons=tuple(response.finish_reason for response in completion.responses),
        prompt_tokens=completion.prompt_tokens,
        completion_tokens=tokens,
        cost_usd=completion.cost_usd,
        seconds=completion.seconds,
        untold=completion.untold,
    )


def _reached(what: str, limit: str, option: str, key: str) -> LimitReached:
    return LimitReached(
        f"The limit of {limit} {what} is reached; what was done is kept.",
        hint=f"Resume the run with a larger {option}.",
        configured=f"Go on with a larger {key} in [limits] of .stop/config.toml.",
    )
