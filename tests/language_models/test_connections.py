"""Connections to a server: encrypted, used again, given up, and with or without a proxy."""

import asyncio
import gc
import json
import os
import ssl
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from stop_tui.language_models.protocol import NoUsableAnswer, OutageAfter, Request
from tests.language_models.endpoints import REQUEST, ask, model_at, texts
from tests.language_models.fault_server import FaultServer, answers, piece

CERTIFICATE = Path(__file__).parent / "loopback.pem"
"""For 127.0.0.1, signed by itself, with its key: of no use for anything but these tests."""

LONG = Request("", "x" * 20_000_000, n=1, temperature=0.7, seed=7)

Serve = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


def encrypted() -> ssl.SSLContext:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(CERTIFICATE)
    return context


def whole(text: str, status: str = "200 OK") -> bytes:
    choice = {"index": 0, "message": {"content": text}, "finish_reason": "stop"}
    body = json.dumps({"model": "m", "choices": [choice]}).encode()
    return f"HTTP/1.1 {status}\r\ncontent-length: {len(body)}\r\n\r\n".encode() + body


def open_files() -> int:
    gc.collect()  # of tests before
    return len(os.listdir("/dev/fd"))  # noqa: PTH208 - as good as a count


async def request_head(reader: asyncio.StreamReader) -> int:
    """Read a request up to its body; the length of that."""
    head = (await reader.readuntil(b"\r\n\r\n")).lower()
    return int(head.partition(b"content-length:")[2].split(b"\r\n")[0])


async def served(serve: Serve, body: Callable[[str], Awaitable[None]]) -> None:
    """Do `body` with the URL of a server that does `serve` with each connection."""

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await serve(reader, writer)
        except (ConnectionError, asyncio.IncompleteReadError):
            pass  # the client has left
        finally:
            writer.close()

    async with await asyncio.start_server(connected, "127.0.0.1", 0) as server:
        await body(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/v1")


def test_an_encrypted_connection_is_used_again(monkeypatch) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(CERTIFICATE))
    with FaultServer(answers("ready"), tls=encrypted()) as server:
        assert texts(ask(model_at(server.url), REQUEST, REQUEST)) == ["ready"]
        assert (len(server.requests), server.connections) == (2, 1)


def test_a_server_that_nobody_vouches_for_is_told_nothing() -> None:
    with FaultServer(answers("ready"), tls=encrypted()) as server:
        with pytest.raises(OutageAfter, match=r"cannot be reached: .*certificate") as told:
            ask(model_at(server.url, retries=0))
        assert server.requests == []
    assert told.value.spent.untold == 0


def test_what_a_server_says_unasked_is_no_answer() -> None:
    connections = 0

    async def body(url: str) -> None:
        model = model_at(url, retries=0)
        assert texts(await model.complete(REQUEST)) == ["connection 1"]
        answered.set()
        await said.wait()
        assert texts(await model.complete(REQUEST)) == ["connection 2"]
        await model.close()

    async def talkative(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal connections
        connections += 1
        await reader.readexactly(await request_head(reader))
        writer.write(whole(f"connection {connections}"))
        await answered.wait()
        writer.write(whole("unasked"))
        await writer.drain()
        said.set()
        await reader.read()

    answered, said = asyncio.Event(), asyncio.Event()
    asyncio.run(served(talkative, body))


def test_cancelling_closes_the_connection_whatever_was_not_sent_yet() -> None:
    async def body(url: str) -> None:
        model = model_at(url)
        asking = asyncio.create_task(model.complete(LONG))
        await begun.wait()
        for _ in range(1000):  # until no more can be sent
            await asyncio.sleep(0)
        open_before = open_files()
        asking.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asking
        assert open_files() == open_before - 1
        cancelled.set()
        assert await arrived < len(LONG.message)
        await model.close()

    async def reads_late(reader: asyncio.StreamReader, _: asyncio.StreamWriter) -> None:
        await request_head(reader)
        begun.set()
        await cancelled.wait()
        arrived.set_result(len(await reader.read()))

    async def main() -> None:
        nonlocal arrived
        arrived = asyncio.get_running_loop().create_future()
        await served(reads_late, body)

    begun, cancelled = asyncio.Event(), asyncio.Event()
    arrived: asyncio.Future[int]
    asyncio.run(main())


def test_an_error_that_comes_before_the_prompt_was_read_is_told() -> None:
    async def body(url: str) -> None:
        model = model_at(url, retries=0)
        with pytest.raises(NoUsableAnswer, match="413"):
            await model.complete(LONG)
        assert texts(await model.complete(REQUEST)) == ["ready"]
        await model.close()

    async def turns_down(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            if (length := await request_head(reader)) > 1_000_000:
                writer.write(whole("too much", "413 Content Too Large"))
                while await reader.read(1 << 16):
                    pass  # a close with something unread would take the answer back
                return
            await reader.readexactly(length)
            writer.write(whole("ready"))

    asyncio.run(served(turns_down, body))


@pytest.mark.parametrize("then", ["bad framing", "closed by us"])
def test_an_answer_that_breaks_off_after_its_first_words_is_told_at_once(then) -> None:
    async def body(url: str) -> None:
        model = model_at(url, retries=0)
        asking = asyncio.create_task(model.complete(REQUEST, lambda *_: heard.set()))
        await heard.wait()
        if then == "closed by us":
            await model.close()
        with pytest.raises(OutageAfter, match="broke off within an answer"):
            await asking
        await model.close()

    async def begins(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readexactly(await request_head(reader))
        event = b"data: " + json.dumps(piece("def ")).encode() + b"\n\n"
        writer.write(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n")
        writer.write(b"%x\r\n%s\r\n" % (len(event), event))
        await heard.wait()
        if then == "bad framing":
            writer.write(b"zz\r\n")
        await reader.read()

    heard = asyncio.Event()
    asyncio.run(served(begins, body))


def test_a_server_that_is_excepted_from_a_proxy_is_asked_directly(monkeypatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    with FaultServer(answers("ready")) as server:
        with pytest.raises(OutageAfter, match="cannot be reached"):
            ask(model_at(server.url, retries=0))
        monkeypatch.setenv("NO_PROXY", "127.0.0.1")
        assert texts(ask(model_at(server.url, retries=0))) == ["ready"]
