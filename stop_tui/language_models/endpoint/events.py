"""JSON objects out of the bytes of a response: a stream of events, or one document.

Servers that cannot stream send one document whatever they are asked, and few set the content type
right, so the first bytes decide. Every event and document is bounded in length.
"""

import re
from collections.abc import AsyncGenerator, AsyncIterator
from typing import Any

import msgspec

LONGEST = 4_000_000
"""Bytes of an event or a document; a server that sends more has lost its way."""

DONE: dict[str, Any] = {"done": True}
"""Stands for the end that a server announces."""

_BOM = b"\xef\xbb\xbf"

_EVENT = re.compile(rb"\s*(?:data|event|id|retry|error)?:")

_decode = msgspec.json.Decoder().decode


async def objects(chunks: AsyncIterator[bytes]) -> AsyncGenerator[dict[str, Any] | bytes, None]:
    """Each JSON object as it arrives, `DONE` at an announced end, and, as the last, what is none.

    A document ends as announced.
    """
    rest, events = b"", False
    async for chunk in chunks:
        rest = rest + chunk if rest else chunk
        if not events:
            rest = rest.removeprefix(_BOM)
            if not rest.strip() or (len(rest) < 64 and b"\n" not in rest):
                continue
            events = _EVENT.match(rest) is not None
        if events:
            *lines, rest = rest.replace(b"\r\n", b"\n").split(b"\n")
            for line in lines:
                if line and (data := _event(line)) is not None:
                    yield data
                    if isinstance(data, bytes):
                        return
        if len(rest) > LONGEST:
            yield rest
            return
    if events or _EVENT.match(rest):
        for line in rest.split(b"\n"):
            if (data := _event(line)) is not None:
                yield data
    elif rest.strip():
        whole = decoded(rest)
        yield whole if isinstance(whole, dict) else rest
        yield DONE


def _event(line: bytes) -> dict[str, Any] | bytes | None:
    """What a line of a stream says: an object, `DONE`, what is no JSON, or nothing."""
    if line.startswith(b"data:"):
        payload = line[5:].strip()
        if payload == b"[DONE]":
            return DONE
        data = decoded(payload)
        return data if isinstance(data, dict) else payload
    if line.startswith(b"error:"):  # llama.cpp until 2025
        return {"error": decoded(line[6:]) or line[6:].decode("utf-8", "replace").strip()}
    return None


def decoded(data: bytes) -> object:
    """JSON as a value; None when it is none."""
    try:
        return _decode(data)
    except (msgspec.MsgspecError, ValueError, RecursionError):
        return None
