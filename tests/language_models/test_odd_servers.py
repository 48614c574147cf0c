"""What servers send that no standard foresees: an answer where there is one, else plain words."""

import asyncio
import gzip
import json
import threading

import pytest

from stop_tui.core.errors import ModelOutage
from stop_tui.core.model_profile import Profile
from stop_tui.language_models.endpoint import client
from stop_tui.language_models.protocol import CancelledAfter, OutageAfter
from tests.language_models.endpoints import REQUEST, ask, model_at, texts
from tests.language_models.fault_server import Behaviour, Exchange, FaultServer, piece

CHOICE = {"index": 0, "message": {"content": "ready"}, "finish_reason": "stop"}
DOCUMENT = json.dumps({"model": "m", "choices": [CHOICE]}).encode()
STREAM = b"".join(
    b"data: " + json.dumps(one).encode() + b"\n\n"
    for one in (piece("rea"), piece("dy"), piece(finish="stop"))
)
BOM = b"\xef\xbb\xbf"


def sends(answer: bytes) -> Behaviour:
    """A server that answers with these very bytes, and closes."""

    async def behave(exchange: Exchange) -> None:
        exchange.writer.write(answer)
        exchange.writer.close()
        exchange.closes = True

    return behave


def response(body: bytes, *headers: bytes, status: bytes = b"200 OK") -> bytes:
    lines = [b"HTTP/1.1 " + status, *headers, b"content-length: %d" % len(body), b"", b""]
    return b"\r\n".join(lines) + body


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param(response(DOCUMENT, status=b"200 Schl\xfcssig"), id="reason in latin-1"),
        pytest.param(response(DOCUMENT, status=b"200"), id="no reason"),
        pytest.param(response(DOCUMENT, b"x-policy: " + b"a" * 20_000), id="a large header"),
        pytest.param(response(DOCUMENT, b"x-name: \xe9\x1b[31m"), id="odd header values"),
        pytest.param(b"HTTP/1.0 200 OK\r\n\r\n" + STREAM, id="ends with the connection"),
        pytest.param(response(DOCUMENT).replace(b"\r\n", b"\n"), id="newlines alone"),
        pytest.param(b"HTTP/1.1 102 Processing\r\n\r\n" + response(DOCUMENT), id="102 first"),
        pytest.param(
            response(gzip.compress(STREAM), b"content-encoding: gzip"), id="a packed stream"
        ),
        pytest.param(
            response(gzip.compress(DOCUMENT), b"content-encoding: gzip"), id="a packed document"
        ),
        pytest.param(response(BOM + STREAM), id="a stream with a byte order mark"),
        pytest.param(response(BOM + DOCUMENT), id="a document with a byte order mark"),
        pytest.param(response(b": hello\n\nevent: message\n" + STREAM), id="comments and names"),
        pytest.param(response(STREAM.replace(b"\n", b"\r")), id="carriage returns alone"),
        pytest.param(response(STREAM.replace(b", ", b",\ndata: ")), id="objects of several lines"),
    ],
)
def test_what_can_be_read_is_an_answer(answer) -> None:
    with FaultServer(sends(answer)) as server:
        assert texts(ask(model_at(server.url, retries=0))) == ["ready"]


@pytest.mark.parametrize(
    ("answer", "told_of"),
    [
        pytest.param(b"", "cannot be reached: Server disconnected", id="nothing"),
        pytest.param(b"SSH-2.0-OpenSSH_9.2\r\n", "cannot be reached: ", id="no HTTP"),
        pytest.param(
            b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n",
            "cannot be reached: Invalid character in chunk size",
            id="no chunks",
        ),
        pytest.param(
            response(DOCUMENT, b"content-encoding: gzip"), "broke off", id="not packed as it says"
        ),
        pytest.param(
            response(b'event: error\ndata: {"message": "no room left", "code": 503}\n\n'),
            "overloaded or starting .*no room left",
            id="an error with no name",
        ),
        pytest.param(
            response(b'error: {"code": 500, "message": "out of slots"}\n\n'),
            "in trouble .*out of slots",
            id="an error in a line of its own",
        ),
        pytest.param(
            response('data: {"error": {"message": "no", "code": "¹²³"}}\n\n'.encode()),
            "in trouble .*no",
            id="a code of odd digits",
        ),
    ],
)
def test_what_cannot_be_read_is_told_and_may_have_cost_something(answer, told_of) -> None:
    with FaultServer(sends(answer)) as server, pytest.raises(OutageAfter, match=told_of) as told:
        ask(model_at(server.url, retries=0))
    assert told.value.spent.untold == 1


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param(
            response(b'{"error": "bad key"', status=b"401 No").replace(b": 19", b": 900"),
            id="breaks off",
        ),
        pytest.param(
            response(b"bad key", b"content-encoding: gzip", status=b"401 No"), id="not packed"
        ),
        pytest.param(
            response(b"bad key", b"content-type: text/plain; charset=idna", status=b"401 No"),
            id="an odd character set",
        ),
    ],
)
def test_an_error_is_known_by_its_status_whatever_its_text_is_worth(answer) -> None:
    with FaultServer(sends(answer)) as server, pytest.raises(OutageAfter) as told:
        ask(model_at(server.url, retries=0))
    assert "does not accept the key (401)" in told.value.message
    assert told.value.spent.untold == 0


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param(response(DOCUMENT) + b"more", id="bytes after the end"),
        pytest.param(
            response(DOCUMENT, b"content-length: %d" % len(DOCUMENT)), id="its length twice"
        ),
        pytest.param(
            b"HTTP/1.1 200 OK\r\ncontent-length: 3\r\ntransfer-encoding: chunked\r\n\r\n"
            + b"%x\r\n%s\r\n0\r\n\r\n" % (len(STREAM), STREAM),
            id="a length and chunks",
        ),
        pytest.param(response(DOCUMENT, *[b"x-many: 1"] * 300), id="many headers"),
    ],
)
def test_what_is_no_http_by_the_letter_is_read_when_it_comes_again(answer) -> None:
    with FaultServer(sends(answer)) as server:
        completion = ask(model_at(server.url, retries=1), REQUEST, REQUEST)
        assert texts(completion) == ["ready"]
        assert len(server.requests) == 3


def test_an_error_is_known_by_its_status_even_if_it_is_no_http_by_the_letter() -> None:
    answer = b"HTTP/1.1 401 No\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n"
    with FaultServer(sends(answer)) as server, pytest.raises(OutageAfter) as told:
        ask(model_at(server.url, retries=1))
    assert "does not accept the key (401)" in told.value.message


def test_an_error_whose_text_stalls_is_known_by_its_status(monkeypatch) -> None:
    monkeypatch.setattr(client, "ERROR_SECONDS", 0.05)

    async def behave(exchange: Exchange) -> None:
        exchange.writer.write(b"HTTP/1.1 401 No\r\ncontent-length: 900\r\n\r\nbad key")
        await exchange.gone()

    with FaultServer(behave) as server, pytest.raises(OutageAfter, match=r"\(401\): “bad key”"):
        ask(model_at(server.url, retries=0))


def test_an_error_without_end_is_read_no_further_than_it_is_shown() -> None:
    left = threading.Event()

    async def behave(exchange: Exchange) -> None:
        exchange.writer.write(b"HTTP/1.1 500 Oops\r\n\r\n")
        try:
            while True:
                exchange.writer.write(b"and so on " * 10_000)
                await exchange.writer.drain()
        except ConnectionError:
            left.set()
        exchange.closes = True

    with FaultServer(behave) as server:
        with pytest.raises(ModelOutage, match=r"in trouble \(500\): “and so on"):
            ask(model_at(server.url, retries=0))
        assert left.wait(20)


@pytest.mark.parametrize(
    ("url", "told_of"),
    [
        ("http://[::1]a/v1", "cannot be asked: Invalid port"),
        ("http://[v1.a]/v1", "cannot be asked: Invalid IPv6 address"),
        ("http://.../v1", "cannot be reached: "),
    ],
)
def test_an_address_where_no_server_can_be_is_told(url, told_of) -> None:
    with pytest.raises(OutageAfter, match=told_of) as told:
        ask(model_at(url, retries=0))
    assert "base_url" in (told.value.hint or "")
    assert told.value.spent.untold == 0


@pytest.mark.parametrize("proxy", ["socks://127.0.0.1:1", "socks5://127.0.0.1:1"])
def test_a_proxy_that_cannot_be_used_is_told_and_nothing_is_sent(monkeypatch, proxy) -> None:
    monkeypatch.setenv("ALL_PROXY", proxy)
    with pytest.raises(OutageAfter, match="cannot be asked: ") as told:
        ask(model_at("http://model.invalid/v1", retries=0))
    assert "ALL_PROXY" in (told.value.hint or "")
    assert told.value.spent.untold == 0


def test_a_proxy_that_refuses_has_not_had_the_prompt(monkeypatch) -> None:
    refusal = b"HTTP/1.1 407 Proxy Authentication Required\r\ncontent-length: 0\r\n\r\n"
    with FaultServer(sends(refusal)) as proxy:
        monkeypatch.setenv("HTTPS_PROXY", proxy.url.removesuffix("/v1"))
        with pytest.raises(OutageAfter, match="cannot be asked: the proxy says 407") as told:
            ask(model_at("https://model.invalid/v1", retries=3))
        assert proxy.connections == 1
    assert told.value.spent.untold == 0


def test_what_ends_before_there_is_a_connection_has_cost_nothing() -> None:
    async def body() -> None:
        begun, closed = asyncio.Event(), asyncio.Event()

        async def says_nothing(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            begun.set()  # and no handshake of TLS
            await reader.read()
            writer.close()
            closed.set()

        server = await asyncio.start_server(says_nothing, "127.0.0.1", 0)
        async with server:
            port = server.sockets[0].getsockname()[1]
            model = model_at(f"https://127.0.0.1:{port}/v1")
            asking = asyncio.create_task(model.complete(REQUEST))
            await begun.wait()
            asking.cancel()
            with pytest.raises(CancelledAfter) as told:
                await asking
            assert told.value.spent.untold == 0
            await closed.wait()
            await model.close()

    asyncio.run(body())


@pytest.mark.parametrize("name", ["Content-Length", "transfer-encoding", "Expect", "connection"])
def test_headers_that_frame_a_request_are_no_settings(name) -> None:
    with pytest.raises(ValueError, match=r"`headers` .*framed"):
        Profile(base_url="http://h/v1", model="m", headers={name: "1"})
