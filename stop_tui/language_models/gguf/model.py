"""A language model in a GGUF file: its server starts with the first request and ends with close."""

import asyncio
import secrets

from stop_tui.core.errors import ModelOutage
from stop_tui.core.model_profile import Price, Profile
from stop_tui.core.plain_text import one_line
from stop_tui.language_models.endpoint import EndpointModel
from stop_tui.language_models.gguf.file import usable_file
from stop_tui.language_models.gguf.server import CONTEXT, Server
from stop_tui.language_models.protocol import (
    Completion,
    Heard,
    NoUsableAnswer,
    OutageAfter,
    Request,
)

LONGEST_ANSWER = 2048
"""Tokens of one answer; a small model that never finds an end is cut off there."""

_KEY = "STOP_TUI_GGUF_KEY"
"""Stands for the key of the server where a profile names the variable of one; it is in no
environment."""

_FREE = Price(input=0.0, output=0.0)

_NOTHING_SENT = Completion("gguf", (), prompt_tokens=0, completion_tokens=0, cost_usd=0.0, untold=0)


class GgufModel:
    """The model of one file. It costs nothing, which is known."""

    offline = False

    def __init__(self, name: str) -> None:
        """Raises UsageError when the file that `name` ends in, or llama.cpp, is not there."""
        self.name = name
        self._file = usable_file(name)
        self._starting = asyncio.Lock()
        self._server: Server | None = None
        self._endpoint: EndpointModel | None = None

    def check_task(self, utility_text: str, seed_solution: str) -> None:
        """As in the protocol: a real model has some answer about anything."""

    async def complete(self, request: Request, heard: Heard | None = None) -> Completion:
        """As in the protocol."""
        server, endpoint = await self._open()
        try:
            return await endpoint.complete(request, heard)
        except NoUsableAnswer as error:
            # An endpoint's hints are about settings that there are none of here.
            raise NoUsableAnswer(
                error.message,
                error.spent,
                hint=f"An answer has up to {LONGEST_ANSWER} tokens here, and {CONTEXT} with its "
                "prompt; a larger model is likelier to come to an end.",
            ) from error
        except OutageAfter as error:
            outage = ModelOutage(error.message, hint="Resume the run to start the server again.")
            raise OutageAfter(outage if server.alive else server.ended(), error.spent) from error

    async def close(self) -> None:
        """As in the protocol; asked again, it starts another server."""
        server, self._server = self._server, None
        endpoint, self._endpoint = self._endpoint, None
        try:
            if endpoint is not None:
                await endpoint.close()
        finally:
            if server is not None:
                await server.stop()

    async def _open(self) -> tuple[Server, EndpointModel]:
        async with self._starting:
            if self._server is not None and not self._server.alive:
                await self.close()
            if self._server is None or self._endpoint is None:
                key = secrets.token_urlsafe(32)
                try:
                    self._server = await Server.start(self._file, key)
                except ModelOutage as outage:
                    raise OutageAfter(outage, _NOTHING_SENT) from outage
                self._endpoint = self._at(self._server.url, key)
            return self._server, self._endpoint

    def _at(self, url: str, key: str) -> EndpointModel:
        model = one_line(self._file.name, 100)
        profile = Profile(
            base_url=url,
            model=model,
            api_key_env=_KEY,
            concurrency=1,
            # A large model on a small machine reads and writes a few tokens a second.
            timeout=3600.0,
            first_token_timeout=1800.0,
            stall_timeout=300.0,
            retries=1,
            max_tokens=LONGEST_ANSWER,
            # A file without a template of its own gets ChatML's; its model has no token then for
            # the end of an answer and spells the marks out.
            body={"stop": ["<|im_end|>", "<|im_start|>"]},
        )
        # There is one slot, so one choice a request.
        return EndpointModel(
            "gguf",
            profile,
            environment={_KEY: key},
            prices={model: _FREE},
            one_choice=True,
        )
