"""An OpenAI-compatible server on loopback that does to a client what real ones do.

Real HTTP, in a thread with a loop of its own. Each request is answered by the next behaviour of a
script, and by the last one for ever after; a behaviour is a function of an `Exchange`.
"""

import asyncio
import contextlib
import json
import ssl
import threading
from base64 import b64encode
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, Self
from urllib.parse import quote


@dataclass
class Exchange:
    """One request, and the means to answer it badly."""

    body: dict[str, Any]
    headers: dict[str, str]
    path: str
    reader: asyncio.StreamReader = field(repr=False)
    writer: asyncio.StreamWriter = field(repr=False)
    left: threading.Event = field(repr=False)
    closes: bool = False

    async def send(
        self,
        body: bytes | str | object,
        status: int = 200,
        *,
        kind: str = "application/json",
        headers: dict[str, str] | None = None,
    ) -> None:
        """A whole response; what is neither bytes nor text is sent as JSON."""
        if not isinstance(body, bytes):
            body = (body if isinstance(body, str) else json.dumps(body)).encode()
        lines = [f"HTTP/1.1 {status} Whatever", f"content-type: {kind}"]
        lines += [f"{name}: {value}" for name, value in (headers or {}).items()]
        lines += [f"content-length: {len(body)}", "", ""]
        self.writer.write("\r\n".join(lines).encode() + body)
        await self.writer.drain()

    async def stream(self, kind: str = "text/event-stream", server: str = "loopback") -> None:
        """Begin a response that comes in pieces."""
        lines = ("HTTP/1.1 200 OK", f"content-type: {kind}", "transfer-encoding: chunked")
        head = "\r\n".join((*lines, f"server: {server}", "", ""))
        self.writer.write(head.encode())
        await self.writer.drain()

    async def raw(self, data: bytes) -> None:
        """One piece."""
        self.writer.write(f"{len(data):x}\r\n".encode() + data + b"\r\n")
        await self.writer.drain()

    async def event(self, data: object) -> None:
        """One server-sent event: JSON, or the text as it is."""
        text = data if isinstance(data, str) else json.dumps(data)
        await self.raw(f"data: {text}\n\n".encode())

    async def end(self) -> None:
        """The end of a response in pieces."""
        self.writer.write(b"0\r\n\r\n")
        await self.writer.drain()

    def drop(self) -> None:
        """Cut the connection."""
        self.closes = True
        self.writer.transport.abort()

    async def gone(self) -> None:
        """Wait until the client has closed the connection."""
        await self.reader.read()
        self.closes = True
        self.left.set()


Behaviour = Callable[[Exchange], Awaitable[None]]


class FaultServer:
    """Serves a script of behaviours; use it in a `with`."""

    def __init__(self, *script: Behaviour, tls: ssl.SSLContext | None = None) -> None:
        self._script = list(script)
        self._tls = tls
        self.requests: list[Exchange] = []
        self.in_flight = 0
        self.most_in_flight = 0
        self.connections = 0
        self.left = threading.Event()
        """Set when a client has closed a connection that a behaviour held open."""
        self._ready = threading.Event()
        self._loop = asyncio.new_event_loop()
        self._over = asyncio.Event()
        self._port = 0
        self._thread = threading.Thread(target=self._serve)

    @property
    def url(self) -> str:
        """The base URL."""
        return f"http{'s' if self._tls else ''}://127.0.0.1:{self._port}/v1"

    @property
    def bodies(self) -> list[dict[str, Any]]:
        """What was sent, in order."""
        return [exchange.body for exchange in self.requests]

    def __enter__(self) -> Self:
        self._thread.start()
        self._ready.wait()
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._over.set)
        self._thread.join()

    def _serve(self) -> None:
        try:
            self._loop.run_until_complete(self._main())
        finally:
            self._loop.close()

    async def _main(self) -> None:
        server = await asyncio.start_server(self._connected, "127.0.0.1", 0, ssl=self._tls)
        self._port = server.sockets[0].getsockname()[1]
        self._ready.set()
        await self._over.wait()
        server.close()
        others = asyncio.all_tasks() - {asyncio.current_task()}
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        with contextlib.suppress(
            ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError
        ):
            while await self._one(reader, writer):
                pass
        writer.close()
        with contextlib.suppress(ConnectionError, asyncio.CancelledError):
            await writer.wait_closed()

    async def _one(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        head = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
        headers = {
            name.lower(): value.strip()
            for name, _, value in (line.partition(":") for line in head[1:] if line)
        }
        body = await reader.readexactly(int(headers.get("content-length", "0")))
        exchange = Exchange(
            json.loads(body or b"{}"), headers, head[0].split()[1], reader, writer, self.left
        )
        behaviour = self._script.pop(0) if len(self._script) > 1 else self._script[0]
        self.requests.append(exchange)
        self.in_flight += 1
        self.most_in_flight = max(self.most_in_flight, self.in_flight)
        try:
            await behaviour(exchange)
        finally:
            self.in_flight -= 1
        return not exchange.closes


def piece(text: str | None = None, index: int = 0, finish: str | None = None, **delta: Any) -> Any:
    """One chunk of a stream."""
    content = {} if text is None else {"content": text}
    return {
        "model": "served",
        "choices": [{"index": index, "delta": content | delta, "finish_reason": finish}],
    }


USAGE = {"prompt_tokens": 10, "completion_tokens": 20}


def answers(
    *texts: str,
    finish: str | None = "stop",
    usage: dict[str, Any] | None = USAGE,
    choices: int | None = None,
    server: str = "loopback",
    **delta: Any,
) -> Behaviour:
    """A good server: one choice for each that is asked for, `texts` over and over."""

    async def behave(exchange: Exchange) -> None:
        n = choices or exchange.body.get("n", 1)
        said = [texts[index % len(texts)] for index in range(n)]
        if not exchange.body.get("stream"):
            await exchange.send(
                {
                    "model": "served",
                    "choices": [
                        {
                            "index": index,
                            "message": {"content": text} | delta,
                            "finish_reason": finish,
                        }
                        for index, text in enumerate(said)
                    ],
                    "usage": usage,
                }
            )
            return
        await exchange.stream(server=server)
        for index, text in enumerate(said):
            await exchange.event(piece("", index, role="assistant", **delta))
            for start in range(0, len(text), 7):
                await exchange.event(piece(text[start : start + 7], index))
            await exchange.event(piece(None, index, finish))
        if usage is not None:
            await exchange.event({"model": "served", "choices": [], "usage": usage})
        await exchange.event("[DONE]")
        await exchange.end()

    return behave


def says(status: int, body: object, headers: dict[str, str] | None = None) -> Behaviour:
    """A status, and a body: JSON, or text as a web page."""

    async def behave(exchange: Exchange) -> None:
        kind = "text/html" if isinstance(body, str) else "application/json"
        await exchange.send(body, status, kind=kind, headers=headers)

    return behave


def error(
    status: int, message: str, headers: dict[str, str] | None = None, **more: Any
) -> Behaviour:
    """An error in OpenAI's shape."""
    return says(status, {"error": {"message": message, **more}}, headers)


def refusing(
    refuses: Callable[[dict[str, Any]], bool], refusal: Behaviour, *texts: str
) -> Behaviour:
    """A server that turns some requests down and answers the others."""
    good = answers(*(texts or ("fine",)))

    async def behave(exchange: Exchange) -> None:
        await (refusal if refuses(exchange.body) else good)(exchange)

    return behave


def in_pieces(*pieces: object, then: str = "end") -> Behaviour:
    """A stream of `pieces`, which then ends, is dropped, or stalls."""

    async def behave(exchange: Exchange) -> None:
        await exchange.stream()
        for one in pieces:
            await (exchange.raw(one) if isinstance(one, bytes) else exchange.event(one))
        if then == "end":
            await exchange.end()
        elif then == "drop":
            exchange.drop()
        else:
            await exchange.gone()

    return behave


async def silent(exchange: Exchange) -> None:
    """Takes the request and never says a word."""
    await exchange.gone()


async def hangs_up(exchange: Exchange) -> None:
    """Cuts the connection instead of answering."""
    exchange.drop()


async def endless(exchange: Exchange) -> None:
    """The same words for ever."""
    await exchange.stream()
    with contextlib.suppress(ConnectionError):
        while True:
            await exchange.event(piece("and so on " * 2000))
    exchange.closes = True


class Told:
    """A server that streams what a test says, when it says so, to one request after the other."""

    def __init__(self) -> None:
        self._pieces: asyncio.Queue[str | None] = asyncio.Queue()
        self._loop: asyncio.AbstractEventLoop | None = None
        self.asked = 0

    def say(self, *pieces: str) -> None:
        """Send these pieces now; somebody must have asked."""
        self._put(*pieces)

    def end(self) -> None:
        """End the answer as it should."""
        self._put("end of the answer")

    def break_off(self) -> None:
        """Cut the connection."""
        self._put(None)

    def _put(self, *pieces: str | None) -> None:
        assert self._loop is not None, "nobody asked"
        for one in pieces:
            self._loop.call_soon_threadsafe(self._pieces.put_nowait, one)

    async def __call__(self, exchange: Exchange) -> None:
        """The behaviour."""
        self._loop = asyncio.get_running_loop()
        self.asked += 1
        await exchange.stream()
        while (said := await self._pieces.get()) is not None:
            if said == "end of the answer":
                await exchange.event(piece(finish="stop"))
                await exchange.event("[DONE]")
                await exchange.end()
                return
            await exchange.event(piece(said))
        exchange.drop()


def key_of(exchange: Exchange) -> str:
    """The key that came with a request."""
    return exchange.headers["authorization"].removeprefix("Bearer ")


def echoing(text: str) -> Behaviour:
    """A server that answers `text` with the key in all places where an answer has room for it."""

    async def behave(exchange: Exchange) -> None:
        key = key_of(exchange)
        for_urls = quote(f"Bearer {key}", safe="")
        encoded = b64encode(f"Bearer {key}".encode()).decode()
        said = f"{text}\n{key} {encoded} {for_urls} {json.dumps(key)}\n"
        await exchange.stream(f"text/event-stream; key={key}")
        for start in range(0, len(said), 5):
            await exchange.event({**piece(said[start : start + 5]), "id": key, "model": key})
        await exchange.event(piece("", reasoning_content=key, refusal=key))
        await exchange.event({**piece("", finish=key), "system_fingerprint": key})
        await exchange.event({"usage": {**USAGE, "cost": key, key: key}, "choices": []})
        await exchange.event("[DONE]")
        await exchange.end()

    return behave


def echoing_error(status: int) -> Behaviour:
    """An error that repeats the key in its headers and all over its body."""

    async def behave(exchange: Exchange) -> None:
        key = key_of(exchange)
        said = f"bad {key}, {b64encode(key.encode()).decode()}, {json.dumps(key)}, {quote(key)}"
        headers = {"x-request-id": key, "www-authenticate": key, "set-cookie": f"k={key}"}
        told = {"message": said, "param": key, "code": key, "type": key}
        await exchange.send({"error": told}, status, headers=headers)

    return behave
