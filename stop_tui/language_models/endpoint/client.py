"""One HTTP request through the official SDK: out goes a body, back comes an answer or a failure.

The only module that imports openai, which is loaded when the first request is made. It neither
retries nor learns; the SDK's own retries are switched off, since they know of no budget. HTTP is
that of aiohttp, which the SDK offers for speed: what arrived together is read at once there, while
by default each piece of an answer goes through a dozen layers.
"""

import asyncio
import logging
import math
import os
import socket
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import aclosing, asynccontextmanager
from typing import Any, cast

import aiohttp
import httpx2
import openai

from stop_tui.core.model_profile import Profile
from stop_tui.language_models.endpoint.answers import Answer, Gathering
from stop_tui.language_models.endpoint.events import decoded, objects
from stop_tui.language_models.endpoint.failures import Failure, Faults
from stop_tui.language_models.endpoint.retrying import retry_after

CONNECT_SECONDS = 10.0

AFTER_THE_END = 0.2
"""Seconds that a server gets to close a stream after it said that it is over."""

_UNREAD = {"X-Stainless-Raw-Response": "stream"}
"""Asks the SDK, and no server, for the response before its body is there."""

LONGEST_ERROR = 20_000
"""Characters of an error that are looked at."""

_NO_CONNECTION = aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError
"""Errors after which nothing was sent."""

# Their traces repeat what servers send in headers, and some send the key back.
for _talkative in ("openai", "httpx2", "aiohttp"):
    logging.getLogger(_talkative).setLevel(logging.WARNING)

Heard = Callable[[int, str], None]


class Client:
    """An open connection pool to the endpoint of `profile`."""

    def __init__(self, profile: Profile, faults: Faults, now: Callable[[], float]) -> None:
        self._profile = profile
        self._faults = faults
        self._now = now
        # Headers with the key go to the address that the user wrote and to no other.
        http = openai.DefaultAioHttpClient(follow_redirects=False)
        self._sdk = openai.AsyncOpenAI(
            api_key="",
            base_url=profile.base_url,
            max_retries=0,
            timeout=openai.Timeout(None, connect=CONNECT_SECONDS),
            http_client=http,
            _enforce_credentials=False,
        )
        # The SDK takes more from the environment than its key, for whatever server is asked.
        self._sdk.organization = self._sdk.project = self._sdk.admin_api_key = None
        self._sdk._custom_headers = profile.headers

    async def close(self) -> None:
        """Close all connections."""
        await self._sdk.close()

    async def exchange(
        self, body: dict[str, Any], key: str, heard: Heard | None = None
    ) -> Answer | Failure:
        """What the server makes of `body`. Cancelling closes the connection."""
        gathering = Gathering(heard)
        try:
            async with asyncio.timeout(self._profile.timeout):
                failure = await self._gather(body, key, gathering)
        except TimeoutError:
            failure = self._faults.too_slow("timeout")
        if gathering.whole or gathering.endless:
            # What went wrong after the last word, if anything did, takes nothing from it.
            return gathering.answer()
        if failure is not None:
            return failure
        return self._faults.dropped() if gathering.begun else self._faults.no_choices()

    async def _gather(self, body: dict[str, Any], key: str, gathering: Gathering) -> Failure | None:
        """Fill `gathering`; what went wrong, if anything did."""
        try:
            return await self._patiently(body, key, gathering)
        except openai.APIStatusError as error:
            response = error.response
            said = response.text[:LONGEST_ERROR]
            explained = decoded(said.encode()) or said
            wait = retry_after(response.headers, self._now())
            return self._faults.of_status(response.status_code, explained, wait)
        except openai.APIConnectionError as error:
            causes = list(_causes(error))
            never = any(isinstance(cause, _NO_CONNECTION) for cause in causes)
            return self._faults.of_connection(_words(causes[-1]), reached=not never)
        except aiohttp.ClientResponseError as error:
            # What the SDK has no name for: the answer is not even HTTP.
            return self._faults.of_connection(error.message, reached=True)
        except (httpx2.HTTPError, OSError):
            return self._faults.dropped()

    async def _patiently(
        self, body: dict[str, Any], key: str, gathering: Gathering
    ) -> Failure | None:
        """Fill `gathering` as long as the next piece comes in time."""
        loop = asyncio.get_running_loop()
        profile = self._profile
        heard_at = -math.inf
        # Without streaming, the first word comes with the last.
        first = profile.first_token_timeout if body.get("stream") else profile.timeout
        try:
            async with (
                asyncio.timeout(first) as patience,
                self._response(body | profile.body, key) as response,
                aclosing(objects(response.iter_bytes())) as arriving,
            ):
                gathering.server = response.headers.get("server", "")
                async for data in arriving:
                    if isinstance(data, bytes):
                        text = data[:LONGEST_ERROR].decode("utf-8", "replace")
                        return self._faults.not_json(text)
                    if data.get("error"):
                        return self._faults.in_stream(data["error"])
                    gathering.take(data)
                    if gathering.endless:
                        return None
                    if gathering.done:
                        # Reading on to the end lets the connection be used again.
                        patience.reschedule(loop.time() + AFTER_THE_END)
                    elif (
                        gathering.begun
                        and (now := loop.time()) > heard_at + profile.stall_timeout / 50
                    ):
                        # Not at every piece: there may be thousands in a second.
                        patience.reschedule(now + profile.stall_timeout)
                        heard_at = now
        except TimeoutError:
            if not patience.expired():
                raise
            begun = "stall_timeout" if gathering.begun else "first_token_timeout"
            return self._faults.too_slow(begun)
        return None

    @asynccontextmanager
    async def _response(
        self, body: dict[str, Any], key: str
    ) -> AsyncIterator[openai.AsyncAPIResponse[object]]:
        """What the server answers, its body still to be read."""
        # By its address: where the SDK knows the fields it goes through them one by one for what
        # might have to be put otherwise, which is a third of the work for a request.
        headers = {"Authorization": f"Bearer {key}" if key else openai.omit, **_UNREAD}
        answered = await self._sdk.post(
            "/chat/completions", cast_to=object, body=body, options={"headers": headers}
        )
        response = cast("openai.AsyncAPIResponse[object]", answered)
        try:
            yield response
        finally:
            await response.close()


def _causes(error: BaseException) -> Iterator[BaseException]:
    cause: BaseException | None = error
    while cause is not None:
        yield cause
        cause = cause.__cause__


def _words(error: BaseException) -> str:
    if isinstance(error, ConnectionError) and error.errno is not None:
        return os.strerror(error.errno)
    if isinstance(error, socket.gaierror):
        return error.strerror or str(error)
    return str(error) or type(error).__name__
