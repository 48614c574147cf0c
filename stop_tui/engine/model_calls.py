"""Calls of the language model: served from the journal where recorded, else made, metered, kept.

A call's key is the program run it belongs to, the hash of its request, and how often that request
was made before in it; its seed derives from the run's seed and the same words. The order of
arrival plays no part, since generated programs use threads.
"""

import asyncio
from collections import Counter

from stop_tui.core.errors import LimitReached
from stop_tui.core.events import ModelCalled
from stop_tui.core.keys import digest, seed_from, text_hash
from stop_tui.engine.memory import Memory
from stop_tui.engine.recorder import Recorder
from stop_tui.language_models.protocol import LanguageModel, Request


class ModelCalls:
    """The language model of a run, as its program runs share it."""

    def __init__(self, model: LanguageModel, recorder: Recorder, memory: Memory) -> None:
        self._model = model
        self._recorder = recorder
        self._memory = memory
        self._in_flight: dict[asyncio.Task[list[str]], int] = {}

    def of(self, program: str, seed_words: tuple[str | int, ...]) -> "ProgramCalls":
        """The calls of the program run named `program`; `seed_words` are what its seeds rest on."""
        return ProgramCalls(self, program, seed_words)

    async def finish_in_flight(self) -> None:
        """Wait for calls that are under way (they are paid for) and record their answers."""
        await asyncio.gather(*self._in_flight, return_exceptions=True)

    async def cancel(self) -> None:
        """Drop calls that are under way."""
        for call in self._in_flight:
            call.cancel()
        await self.finish_in_flight()

    async def ask(self, program: str, key: str, occurrence: int, request: Request) -> list[str]:
        """The texts of the responses to `request`, recorded or new.

        Raises LimitReached when a limit of the run allows no further call, ModelError when the
        model gives no usable answer.
        """
        known = self._memory.calls.get((program, key, occurrence))
        if known is not None:
            return [self._recorder.text(response) for response in known.responses]
        self._check_limits(request)
        call = asyncio.create_task(self._call(program, key, occurrence, request))
        self._in_flight[call] = self._expected_tokens(request)
        call.add_done_callback(lambda done: self._in_flight.pop(done, None))
        # A program that is killed must not take a paid answer with it.
        return await asyncio.shield(call)

    async def _call(self, program: str, key: str, occurrence: int, request: Request) -> list[str]:
        completion = await self._model.complete(request)
        prompt = f"{request.expertise}\n\n{request.message}"
        texts = [response.text for response in completion.responses]
        counts = [response.completion_tokens for response in completion.responses]
        event = ModelCalled(
            program=program,
            request=key,
            occurrence=occurrence,
            prompt=text_hash(prompt),
            responses=tuple(text_hash(text) for text in texts),
            model=completion.model,
            n=request.n,
            temperature=request.temperature,
            finish_reasons=tuple(response.finish_reason for response in completion.responses),
            prompt_tokens=completion.prompt_tokens,
            completion_tokens=None if None in counts else sum(c for c in counts if c is not None),
            cost_usd=completion.cost_usd,
            seconds=completion.seconds,
        )
        self._recorder.record(event, texts=[prompt, *texts])
        self._memory.take(event)
        return texts

    def _expected_tokens(self, request: Request) -> int:
        """A guess at what `request` will use, so that calls in flight count against limits."""
        spent = self._recorder.state.spent
        a_response = spent.tokens // spent.responses if spent.responses else 0
        return len(request.message) // 4 + request.n * a_response

    def _check_limits(self, request: Request) -> None:
        state = self._recorder.state
        limits, spent = state.limits, state.spent
        calls = spent.lm_calls + len(self._in_flight)
        if limits.lm_calls is not None and calls >= limits.lm_calls:
            raise _reached("language-model calls", f"{limits.lm_calls:,}", "--max-calls")
        tokens = spent.tokens + sum(self._in_flight.values()) + self._expected_tokens(request)
        if limits.tokens is not None and tokens > limits.tokens:
            raise _reached("tokens", f"{limits.tokens:,}", "--max-tokens")
        if limits.usd is not None:
            if spent.usd is None:
                raise LimitReached(
                    f"The run has a limit of {limits.usd:.2f} USD, but the cost of a call to "
                    f"{self._model.name} is unknown.",
                    hint="Resume with --max-calls or --max-tokens instead.",
                )
            a_call = spent.usd / spent.lm_calls if spent.lm_calls else 0.0
            if spent.usd + a_call * (len(self._in_flight) + 1) > limits.usd:
                raise _reached("money", f"{limits.usd:.2f} USD", "--max-usd")


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
        request = Request(expertise, message, n=n, temperature=temperature, seed=seed)
        return await self._calls.ask(self._program, key, occurrence, request)


def _reached(what: str, limit: str, option: str) -> LimitReached:
    return LimitReached(
        f"The run's limit of {limit} {what} is reached; the run is paused and nothing is lost.",
        hint=f"Resume it with a larger {option}.",
    )
