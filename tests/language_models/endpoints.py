"""Endpoint models against a fault server, with a clock that nobody waits for."""

import asyncio
from collections.abc import Mapping
from typing import Any

from stop_tui.core.model_profile import Price, Profile
from stop_tui.language_models.endpoint import EndpointModel
from stop_tui.language_models.endpoint.retrying import Timing
from stop_tui.language_models.protocol import Completion, Heard, Request

REQUEST = Request("You are an expert.", "Improve it.", n=1, temperature=0.7, seed=7)


class Clock:
    """A clock that goes on only when somebody sleeps; what was slept is kept."""

    def __init__(self, chance: float = 0.5) -> None:
        self.time = 0.0
        self.slept: list[float] = []
        self.timing = Timing(lambda: self.time, self._sleep, lambda: chance, lambda: 1_000_000.0)

    async def _sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.time += seconds
        await asyncio.sleep(0)


def model_at(
    url: str,
    clock: Clock | None = None,
    *,
    environment: Mapping[str, str] | None = None,
    prices: Mapping[str, Price] | None = None,
    name: str = "fast",
    **settings: Any,
) -> EndpointModel:
    """The model `some-model` at `url`."""
    profile = Profile(**{"base_url": url, "model": "some-model", **settings})
    return EndpointModel(
        name,
        profile,
        environment=environment or {},
        prices=prices or {},
        timing=(clock or Clock()).timing,
    )


def ask(model: EndpointModel, *requests: Request, heard: Heard | None = None) -> Completion:
    """What `model` answers to the last of `requests`, asked one after the other."""

    async def body() -> Completion:
        try:
            for request in requests or (REQUEST,):
                completion = await model.complete(request, heard)
            return completion
        finally:
            await model.close()

    return asyncio.run(body())


def learned_words(model: EndpointModel) -> tuple[str, ...]:
    """What its server turned out not to do."""
    (limits,) = model.learned().values()
    return limits.words()


def texts(completion: Completion) -> list[str]:
    """The texts of its responses."""
    return [response.text for response in completion.responses]
