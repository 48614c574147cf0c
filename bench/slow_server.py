"""A language model behind an endpoint that takes a set time to answer.

In a process of its own, so that its computing is not counted as that of the asking program. Answers
stream: nothing for half of the time, then piece by piece until the time is over.
"""

import asyncio
import contextlib
import json
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

TICK = 0.01
"""Seconds between two writes of a stream, as from a server that gives 100 tokens a second."""

PIECE = 4
"""Characters of a piece: about one token."""


@contextmanager
def slow_server(seconds: float, *, offline: bool = False, pieces: int = 100) -> Iterator[str]:
    """The base URL of a server that takes `seconds` to answer.

    It answers as the offline model does, or with always the same code in so many `pieces`.
    """
    process = subprocess.Popen(
        [sys.executable, "-m", __name__, str(seconds), str(int(offline)), str(pieces)],
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    try:
        yield f"http://127.0.0.1:{int(process.stdout.readline())}/v1"
    finally:
        process.kill()
        process.wait()
        process.stdout.close()


class _Server:
    def __init__(self, seconds: float, offline: bool, pieces: int) -> None:
        self._seconds = seconds
        self._model = None
        if offline:
            from stop_tui.language_models import open_model

            self._model = open_model("offline")
        self._always = ("x = 1\n" * pieces)[: pieces * PIECE]

    async def connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer one request after the other."""
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).lower()
                _, _, length = head.partition(b"content-length:")
                asked = json.loads(await reader.readexactly(int(length.split(b"\r\n")[0])))
                await self._answer(asked, writer)
        writer.close()

    async def _answer(self, asked: dict[str, object], writer: asyncio.StreamWriter) -> None:
        loop = asyncio.get_running_loop()
        begun = loop.time()
        half = self._seconds / 2
        events = [_event(piece) for piece in _pieces(await self._texts(asked))]
        await asyncio.sleep(begun + half - loop.time())
        writer.write(
            b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n"
            b"transfer-encoding: chunked\r\n\r\n"
        )
        ticks = max(1, int(half / TICK))
        for tick in range(ticks):
            start, end = (len(events) * at // ticks for at in (tick, tick + 1))
            writer.write(b"".join(events[start:end]))
            await asyncio.sleep(begun + half * (1 + (tick + 1) / ticks) - loop.time())
        usage = {"prompt_tokens": 1000, "completion_tokens": len(events)}
        writer.write(_event({"model": "slow", "choices": [], "usage": usage}))
        writer.write(_chunk(b"data: [DONE]\n\n") + b"0\r\n\r\n")
        await writer.drain()

    async def _texts(self, asked: dict[str, object]) -> Sequence[str]:
        n = asked.get("n", 1)
        assert isinstance(n, int)
        if self._model is None:
            return [self._always] * n
        from stop_tui.language_models import Request

        *expertise, message = (words["content"] for words in asked["messages"])  # type: ignore[attr-defined]
        completion = await self._model.complete(
            Request(
                "".join(expertise),
                message,
                n=n,
                temperature=float(asked["temperature"]),  # type: ignore[arg-type]
                seed=int(asked["seed"]),  # type: ignore[call-overload]
            )
        )
        return [response.text for response in completion.responses]


def _pieces(texts: Sequence[str]) -> Iterator[dict[str, object]]:
    """All texts piece by piece, side by side, as a server sends several choices."""
    for start in range(0, max(map(len, texts)), PIECE):
        for index, text in enumerate(texts):
            if text[start:]:
                yield _choice(index, {"content": text[start : start + PIECE]}, None)
    for index in range(len(texts)):
        yield _choice(index, {}, "stop")


def _choice(index: int, delta: dict[str, str], finish: str | None) -> dict[str, object]:
    # As many fields as servers do send.
    return {
        "id": "chatcmpl-Bq5xZ0t6mVn8QF3yRk1aWc2dEj4H",
        "object": "chat.completion.chunk",
        "created": 1_760_000_000,
        "model": "slow",
        "system_fingerprint": "fp_0123456789",
        "choices": [{"index": index, "delta": delta, "logprobs": None, "finish_reason": finish}],
    }


def _event(data: dict[str, object]) -> bytes:
    return _chunk(b"data: " + json.dumps(data).encode() + b"\n\n")


def _chunk(data: bytes) -> bytes:
    return b"%x\r\n%s\r\n" % (len(data), data)


async def _main(seconds: float, offline: bool, pieces: int) -> None:
    server = _Server(seconds, offline, pieces)
    listening = await asyncio.start_server(server.connected, "127.0.0.1", 0, backlog=1000)
    print(listening.sockets[0].getsockname()[1], flush=True)
    await listening.serve_forever()


if __name__ == "__main__":
    asyncio.run(_main(float(sys.argv[1]), sys.argv[2] == "1", int(sys.argv[3])))
