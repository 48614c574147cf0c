"""One HTTP request through the official SDK: out goes a body, back comes an answer or a failure.

The only module that imports openai, which is loaded when the first request is made. It neither
retries nor learns; the SDK's own retries are switched off, since they know of no budget.
"""

import asyncio
import logging
import math
import os
import socket
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, suppress
from contextvars import ContextVar
from typing import Any, cast

import httpx2
import openai

from stop_tui.core.model_profile import Profile
from stop_tui.language_models.endpoint.answers import Answer, Gathering
from stop_tui.language_models.endpoint.connections import direct
from stop_tui.language_models.endpoint.events import Events, decoded
from stop_tui.language_models.endpoint.failures import Failure, Faults
from stop_tui.language_models.endpoint.retrying import retry_after

CONNECT_SECONDS = 10.0

AFTER_THE_END = 0.2
"""Seconds that a server gets to close a stream after it said that it is over."""

_UNREAD = {"X-Stainless-Raw-Response": "stream"}
"""Asks the SDK for the response before its body is there. Servers get it too, as from any program
that streams with the SDK."""

_TURNS_DOWN = ("403", "407")
"""What a proxy answers that is set to connect nobody there, or nobody without a password."""

LONGEST_ERROR = 20_000
"""Bytes of an error that are looked at."""

ERROR_SECONDS = 5.0
"""How long the text of an error is waited for; its status is there already."""

# Their traces repeat what servers send in headers, and some send the key back.
for _talkative in ("openai", "httpx2", "httpcore2"):
    logging.getLogger(_talkative).setLevel(logging.WARNING)

Heard = Callable[[int, str], None]

_leaves: ContextVar[Callable[[], None]] = ContextVar("leaves")
"""What is to be called when the request of this task is sent."""


class Client:
    """An open connection pool to the endpoint of `profile`."""

    def __init__(self, profile: Profile, faults: Faults, now: Callable[[], float]) -> None:
        """Raises ModelOutage when the address, or a proxy of the environment, cannot be meant."""
        self._profile = profile
        self._faults = faults
        self._now = now
        try:
            # Headers with the key go to the address that the user wrote and to no other.
            http = openai.DefaultAsyncHttpxClient(
                follow_redirects=False,
                event_hooks={"request": [_watch], "response": [_judge]},
                transport=direct(
                    httpx2.URL(profile.base_url), CONNECT_SECONDS, lambda: _leaves.get()()
                ),
            )
            self._sdk = openai.AsyncOpenAI(
                api_key="",
                base_url=profile.base_url,
                max_retries=0,
                timeout=openai.Timeout(None, connect=CONNECT_SECONDS),
                http_client=http,
                _enforce_credentials=False,
            )
        except ImportError as error:
            raise faults.of_address("a proxy of the environment speaks SOCKS").outage() from error
        except (httpx2.InvalidURL, ValueError) as error:
            raise faults.of_address(str(error)).outage() from error
        # The SDK takes more from the environment than its key, for whatever server is asked.
        self._sdk.organization = self._sdk.project = self._sdk.admin_api_key = None
        self._sdk._custom_headers = profile.headers

    async def close(self) -> None:
        """Close all connections."""
        await self._sdk.close()

    async def exchange(
        self,
        body: dict[str, Any],
        key: str,
        leaves: Callable[[], None],
        heard: Heard | None = None,
    ) -> Answer | Failure:
        """What the server makes of `body`. `leaves` is called, at most once, when it is sent, for
        which there has to be a connection first. Cancelling closes the connection."""
        gathering = Gathering(heard)
        _leaves.set(leaves)
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
        except _Refusal as refusal:
            wait = retry_after(refusal.headers, self._now())
            return self._faults.of_status(refusal.status, refusal.explained, wait)
        except openai.APIConnectionError as error:
            why = _why(error)
            if isinstance(error.__cause__, httpx2.ProxyError) and why.startswith(_TURNS_DOWN):
                return self._faults.of_address(f"the proxy says {why}")
            return self._faults.of_connection(why)
        except (httpx2.InvalidURL, UnicodeError) as error:
            return self._faults.of_address(str(error))
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
            ):
                gathering.server = response.headers.get("server", "")
                events = Events()
                async for chunk in _body(response):
                    if failure := self._take(events.feed(chunk), gathering):
                        return failure
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
                return self._take(events.end(), gathering)
        except TimeoutError:
            if not patience.expired():
                raise
            begun = "stall_timeout" if gathering.begun else "first_token_timeout"
            return self._faults.too_slow(begun)

    def _take(self, arrived: list[dict[str, Any] | bytes], gathering: Gathering) -> Failure | None:
        """Put what `arrived` to the rest; a failure, where it says one."""
        for data in arrived:
            if isinstance(data, bytes):
                return self._faults.not_json(data[:LONGEST_ERROR].decode("utf-8", "replace"))
            if error := _error_in(data):
                return self._faults.in_stream(error)
            gathering.take(data)
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


class _Refusal(Exception):
    """An answer with a status that is no success, and the beginning of what it says."""

    def __init__(self, response: httpx2.Response, said: bytes) -> None:
        super().__init__(response.status_code)
        self.status = response.status_code
        self.headers = response.headers
        self.explained = decoded(said) or said.decode("utf-8", "replace")


async def _watch(request: httpx2.Request) -> None:
    """Have it told when `request`, which has yet to find a connection, is sent."""
    leaves: Callable[[], None] | None = _leaves.get()

    async def trace(event: str, info: dict[str, Any]) -> None:
        nonlocal leaves
        if leaves is None or not event.endswith(".send_request_headers.started"):
            return
        if info["request"].method != b"CONNECT":  # that only asks a proxy for a connection
            leaves()
            leaves = None

    request.extensions["trace"] = trace


async def _judge(response: httpx2.Response) -> None:
    """Raise _Refusal unless `response` is a success. The SDK reads errors to their end, which may
    never come, and knows nothing of one that breaks off."""
    if response.is_success:
        return
    said = bytearray()
    with suppress(httpx2.HTTPError, TimeoutError):
        async with asyncio.timeout(ERROR_SECONDS):
            async for chunk in response.aiter_bytes():
                said += chunk
                if len(said) >= LONGEST_ERROR:
                    break
    raise _Refusal(response, bytes(said[:LONGEST_ERROR]))


def _error_in(data: dict[str, Any]) -> object:
    """The error that a server sent in place of a piece, if it did: some give it no name."""
    return data.get("error") or ("message" in data and "choices" not in data and data)


def _body(response: openai.AsyncAPIResponse[object]) -> AsyncIterator[bytes]:
    """The body of `response` as it arrives."""
    if "content-encoding" in response.headers:
        return response.iter_bytes()
    # What is not encoded needs none of the layers that decode, which every piece would go through.
    stream = response.http_response.stream
    assert isinstance(stream, httpx2.AsyncByteStream)
    return aiter(stream)


def _why(error: BaseException) -> str:
    """What came in the way of a connection, in the words of the operating system where it is from
    there."""
    for cause in _causes(error):
        match cause:
            case httpx2.ConnectTimeout():
                return f"no connection within {CONNECT_SECONDS:g} s"
            case ConnectionError(errno=int(number)):
                return os.strerror(number)
            case socket.gaierror(strerror=str(words)):
                return words
    told = error.__cause__ or error
    return str(told) or type(told).__name__


def _causes(error: BaseException) -> Iterator[BaseException]:
    cause: BaseException | None = error
    while cause is not None:
        yield cause
        cause = cause.__cause__ or cause.__context__
