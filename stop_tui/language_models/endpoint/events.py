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

_EVENT = re.compile(rb"\s*(?:data|event|id|retry)?:")


async def objects(chunks: AsyncIterator[bytes]) -> AsyncGenerator[dict[str, Any] | bytes, None]:
    """Each JSON object as it arrives, `DONE` at an announced end, and, as the last, what is none.

    A document ends as announced.
    """
    rest, events = b"", False
    async for chunk in chunks:
        rest += chunk
        if not events:
            if not rest.strip() or (len(rest) < 64 and b"\n" not in rest):
                continue
            events = _EVENT.match(rest) is not None
        if events:
            *lines, rest = rest.replace(b"\r\n", b"\n").split(b"\n")
            for line in lines:
                if line.startswith(b"data:"):
                    data = _event(line)
                    yield data
                    if isinstance(data, bytes):
                        return
        if len(rest) > LONGEST:
            yield rest
            return
    if events or _EVENT.match(rest):
        for line in rest.split(b"\n"):
            if line.startswith(b"data:"):
                yield _event(line)
    elif rest.strip():
        whole = decoded(rest)
        yield whole if isinstance(whole, dict) else rest
        yield DONE


def decoded(data: bytes) -> object:
    """JSON as a value; None when it is none."""
    try:
        return msgspec.json.decode(data)
    except (msgspec.MsgspecError, ValueError, RecursionError):
        return None


def _event(line: bytes) -> dict[str, Any] | bytes:
    payload = line[5:].strip()
    if payload == b"[DONE]":
        return DONE
    data = decoded(payload)
    return data if isinstance(data, dict) else payload
