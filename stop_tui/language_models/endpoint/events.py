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
        self._data = bytearray()
        """An object that takes several lines, of the event that is under way."""

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
            half = b""  # of a line end
            if b"\r" in rest:
                half = rest[-1:] if rest.endswith(b"\r") else b""
                rest = _with_newlines(rest.removesuffix(half))
            *lines, rest = rest.split(b"\n")
            found = self._events(lines)
            rest += half
        self._rest = rest
        if len(rest) + len(self._data) > LONGEST:
            found.append(bytes(self._data) or rest)
        return found

    def end(self) -> list[dict[str, Any] | bytes]:
        """What was not whole before the response ended. A document ends as announced."""
        rest, self._rest = self._rest, b""
        if self._are_events or _EVENT.match(rest):
            return self._events([*_with_newlines(rest).split(b"\n"), b""])
        if not rest.strip():
            return []
        whole = decoded(rest)
        return [whole if isinstance(whole, dict) else rest, DONE]

    def _events(self, lines: list[bytes]) -> list[dict[str, Any] | bytes]:
        found: list[dict[str, Any] | bytes] = []
        for line in lines:
            if line.startswith(b"data:"):
                payload = line[5:].strip()
                if self._data:
                    self._data += b"\n" + payload
                elif isinstance(data := _object(payload), dict):
                    found.append(data)
                else:
                    self._data += payload
            elif not line and self._data:
                found.append(_object(bytes(self._data)))
                self._data.clear()
            elif line.startswith(b"error:"):  # llama.cpp until 2025
                found.append({"error": decoded(line[6:]) or _text(line[6:])})
        return found


def _object(payload: bytes) -> dict[str, Any] | bytes:
    """What the data of an event says; as it is, where it is no object."""
    data = DONE if payload == b"[DONE]" else decoded(payload)
    return data if isinstance(data, dict) else payload


def _with_newlines(lines: bytes) -> bytes:
    """`lines` with the one of the three line ends that events may have that most do."""
    return lines.replace(b"\r\n", b"\n").replace(b"\r", b"\n")


def _text(line: bytes) -> str:
    return line.decode("utf-8", "replace").strip()


def decoded(data: bytes) -> object:
    """JSON as a value; None when it is none."""
    try:
        return _decode(data)
    except (msgspec.MsgspecError, ValueError, RecursionError):
        return None
