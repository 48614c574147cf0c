"""A language model that takes a fixed time to answer."""

import asyncio

from stop_tui.language_models import Completion, Heard, LanguageModel, Request


class WithLatency:
    """`model`, answering after `seconds`."""

    def __init__(self, model: LanguageModel, seconds: float) -> None:
        self._model = model
        self._seconds = seconds
        self.name = model.name
        self.offline = model.offline

    def check_task(self, utility_text: str, seed_solution: str) -> None:
        self._model.check_task(utility_text, seed_solution)

    async def complete(self, request: Request, heard: Heard | None = None) -> Completion:
        completion, _ = await asyncio.gather(
            self._model.complete(request, heard), asyncio.sleep(self._seconds)
        )
        return completion

    async def close(self) -> None:
        await self._model.close()
