"""Connections straight to an endpoint, which cost little for each piece of an answer.

The HTTP library that comes with the SDK passes every piece of a stream through a dozen layers of
Python. aiohttp, which parses in C, takes two fifths less computing for a whole call. It reads HTTP
by the letter and knows few kinds of proxies, so where either is in the way the SDK's own library is
used.
"""

import asyncio
import select
from collections.abc import AsyncIterator, Callable
from contextvars import ContextVar
from functools import partial
from io import BytesIO
from typing import Any, cast
from urllib.request import getproxies, proxy_bypass
from weakref import WeakSet

import aiohttp
import httpx2
import yarl
from aiohttp.client_proto import ResponseHandler

LONGEST_HEADER = 64 * 1024
"""Bytes of a header of an answer."""

AT_ONCE = 1 << 20
"""Bytes of a request that are handed on at once; more would hold up the loop."""

_ADDED_BY_AIOHTTP = ("Accept", "Accept-Encoding", "Content-Type", "User-Agent")
"""Headers that requests have already, or are to go without."""

_carries: ContextVar[asyncio.Transport | None] = ContextVar("carries", default=None)
"""The connection that carries the request of this task."""


def direct(
    url: httpx2.URL, connect_seconds: float, leaves: Callable[[], None]
) -> httpx2.AsyncBaseTransport | None:
    """What carries requests to the server at `url`; None where a proxy of the environment does.

    `leaves` is called when a request is sent, by the task that asks, unless the extension `trace`
    of the request tells of it.
    """
    proxies = getproxies()
    if not proxies.keys().isdisjoint({url.scheme, "all"}) and not proxy_bypass(url.netloc.decode()):
        return None
    return _Direct(url.scheme == "https", connect_seconds, leaves)


class _Direct(httpx2.AsyncBaseTransport):
    """HTTP/1.1 with no proxy in between. It follows no redirects and keeps no cookies: that is for
    the layers above."""

    def __init__(self, encrypted: bool, connect_seconds: float, leaves: Callable[[], None]) -> None:
        self._connect_seconds = connect_seconds
        self._session: aiohttp.ClientSession | None = None
        self._lenient: httpx2.AsyncHTTPTransport | None = None
        # As the SDK has it, so that the same authorities are trusted.
        self._tls = httpx2.create_ssl_context() if encrypted else None
        if self._tls is not None:
            self._tls.set_alpn_protocols(["http/1.1"])

        async def sent(*_: object) -> None:
            leaves()

        self._trace = aiohttp.TraceConfig()
        self._trace.on_request_headers_sent.append(sent)

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        if self._lenient is not None:
            return await self._lenient.handle_async_request(request)
        if self._session is None:
            self._session = self._opened()
        _carries.set(None)
        body = await request.aread()
        try:
            response = await self._session.request(
                request.method,
                yarl.URL(str(request.url), encoded=True).with_user(None),
                headers=[(name.decode(), value.decode()) for name, value in request.headers.raw],
                data=body if len(body) < AT_ONCE else BytesIO(body),
                allow_redirects=False,
            )
        except (aiohttp.ClientError, OSError, ValueError) as error:
            if isinstance(error, aiohttp.ClientResponseError) and self._lenient is None:
                # What h11 makes of such a server shows when it is asked again.
                self._lenient = httpx2.AsyncHTTPTransport(verify=self._tls or False)
            raise _translated(error) from error
        except asyncio.CancelledError:
            task = asyncio.current_task()
            if task is not None and not task.cancelling():  # but a task of aiohttp's was
                raise httpx2.ConnectError("it was closed") from None
            if (transport := _carries.get()) is not None:
                transport.abort()  # what was not sent yet would go on to be
            raise
        return httpx2.Response(
            response.status, headers=list(response.raw_headers), stream=_Body(response)
        )

    async def aclose(self) -> None:
        if self._session is not None:
            connector = self._session.connector
            if isinstance(connector, _Connector):
                await connector.abort()
            await self._session.close()
        if self._lenient is not None:
            await self._lenient.aclose()

    def _opened(self) -> aiohttp.ClientSession:
        return aiohttp.ClientSession(
            connector=_Connector(ssl=self._tls or True, limit=0),
            timeout=aiohttp.ClientTimeout(total=None, connect=self._connect_seconds),
            trace_configs=[self._trace],
            cookie_jar=aiohttp.DummyCookieJar(),
            skip_auto_headers=_ADDED_BY_AIOHTTP,
            auto_decompress=False,
            max_line_size=LONGEST_HEADER,
            max_field_size=LONGEST_HEADER,
        )


class _Answering(ResponseHandler):
    """Tells whoever reads a body that its framing is broken, too. aiohttp itself tells only those
    who wait for an answer to begin, and the others wait until they give up."""

    def set_exception(self, exc: BaseException, *cause: BaseException) -> None:
        super().set_exception(exc, *cause)
        body = self._payload
        if body is not None and not body.is_eof() and body.exception() is None:
            body.set_exception(aiohttp.ClientPayloadError(str(exc)))


class _Connector(aiohttp.TCPConnector):
    """Uses no connection again that is closing, or on which something came that nobody asked for:
    it would be read as the next answer."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(**settings)
        self._factory = cast("partial[ResponseHandler]", partial(_Answering, loop=self._loop))
        self._used = WeakSet[ResponseHandler]()

    async def abort(self) -> None:
        """Break off what is under way."""
        for protocol in list(self._used):
            if protocol.transport is not None:
                protocol.transport.abort()
        await asyncio.sleep(0)  # whoever reads has heard of it now

    async def connect(self, *args: Any, **kwargs: Any) -> aiohttp.connector.Connection:
        while True:
            connection = await super().connect(*args, **kwargs)
            protocol, transport = connection.protocol, connection.transport
            assert protocol is not None
            if protocol not in self._used or (
                transport is not None
                and not protocol.should_close
                and not _has_something_to_read(transport)
            ):
                self._used.add(protocol)
                _carries.set(transport)
                return connection
            connection.close()


def _has_something_to_read(transport: asyncio.Transport) -> bool:
    """Whether anything came, be it the end, to which the loop has yet to come."""
    if transport.is_closing():
        return True
    poll = select.poll()
    poll.register(transport.get_extra_info("socket"), select.POLLIN)
    return bool(poll.poll(0))


class _Body(httpx2.AsyncByteStream):
    """The body of `response`: what has arrived together comes together."""

    def __init__(self, response: aiohttp.ClientResponse) -> None:
        self._response = response

    async def __aiter__(self) -> AsyncIterator[bytes]:
        try:
            async for arrived in self._response.content.iter_any():
                yield arrived
        except (aiohttp.ClientError, OSError) as error:
            raise _translated(error) from error

    async def aclose(self) -> None:
        connection = self._response.connection
        if connection is not None and connection.transport is not None:
            connection.transport.abort()
        self._response.close()


def _translated(error: Exception) -> Exception:
    """`error` as the SDK's own library would have put it."""
    said = str(error) or type(error).__name__
    match error:
        case aiohttp.ConnectionTimeoutError():
            return httpx2.ConnectTimeout(said)
        case aiohttp.ClientConnectorError():
            return httpx2.ConnectError(said)
        case UnicodeError():
            return httpx2.ConnectError("no server can have this name")
        case aiohttp.ClientResponseError():
            return httpx2.RemoteProtocolError(error.message)
        case ValueError():
            return httpx2.InvalidURL(said)
        case OSError(errno=None):
            return httpx2.ReadError("it closed the connection")
        case _:
            return httpx2.ReadError(said)
