"""JSON objects out of the bytes of a response: a stream of events, or one document.

Servers that cannot stream send one document whatever they are asked, and few set the content type
right, so the first bytes decide. Every event and document is bounded in length.
"""

import re
from typing import Any

import msgspec

LONGEST = 4_000_000
"""Bytes of an event or a document; a server that sends more has lost its way."""

DONE: dict[str, Any] = {"done": True}
"""Stands for the end that a server announces."""

_BOM = b"\xef\xbb\xbf"

_EVENT = re.compile(rb"\s*(?:data|event|id|retry|error)?:")

_decode = msgspec.json.Decoder().decode


class Events:
    """Makes objects of the bytes of a response, as they arrive."""

    def __init__(self) -> None:
        self._rest = b""
        self._are_events = False

    def feed(self, chunk: bytes) -> list[dict[str, Any] | bytes]:
        """Each JSON object that is whole now, `DONE` at an announced end, and what is none, after
        which there is nothing worth reading."""
        rest = self._rest + chunk if self._rest else chunk
        found: list[dict[str, Any] | bytes] = []
        if not self._are_events:
            rest = rest.removeprefix(_BOM)
            if rest.strip() and (len(rest) >= 64 or b"\n" in rest):
                self._are_events = _EVENT.match(rest) is not None
        if self._are_events:
            *lines, rest = rest.replace(b"\r\n", b"\n").split(b"\n")
            found = _of_lines(lines)
        self._rest = rest
        if len(rest) > LONGEST:
            found.append(rest)
        return found

    def end(self) -> list[dict[str, Any] | bytes]:
        """What was not whole before the response ended. A document ends as announced."""
        rest, self._rest = self._rest, b""
        if self._are_events or _EVENT.match(rest):
            return _of_lines(rest.split(b"\n"))
        if not rest.strip():
            return []
        whole = decoded(rest)
        return [whole if isinstance(whole, dict) else rest, DONE]


def _of_lines(lines: list[bytes]) -> list[dict[str, Any] | bytes]:
    return [data for line in lines if line and (data := _event(line)) is not None]


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
