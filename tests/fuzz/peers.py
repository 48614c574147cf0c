"""Pieces of conversation as a hostile or broken peer sends them, and a worker that hears them."""

import os
from contextlib import suppress
from pathlib import Path

import msgspec
from hypothesis import strategies as st

from stop_tui.sandbox.inside.frames import framed
from stop_tui.sandbox.inside.messages import NOTES_BYTES, Ending, Report, Word
from stop_tui.sandbox.scratch import Scratch
from stop_tui.sandbox.worker import Worker

JUNK = st.binary(max_size=60)

REPORTS = st.builds(
    lambda word, ending, cpu, size, status: Report(word, ending, cpu, 0, size, status).pack(),
    st.sampled_from(Word),
    st.sampled_from(Ending),
    st.floats(),
    st.integers(0, 40) | st.integers(0, 2**32 - 1),
    st.integers(-(2**31), 2**31 - 1) | st.sampled_from([0, 9, 256, 0x7F, 0x57F, 0xFFFF]),
)
ENDS = st.builds(
    lambda status, notes: (
        Report(Word.END, Ending.OK, 0.1, 0, 0, status).pack() + notes.ljust(NOTES_BYTES, b"\0")
    ),
    st.sampled_from([0, 9, 256, 0x7F]),
    JUNK | st.just(b"!\xff\n!\x1b[31m\tx\n?\n"),
)

_FIELD = (
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**63 - 1)
    | st.floats()
    | JUNK
    | st.lists(JUNK, max_size=3)
    | st.text(max_size=5)
)
_NAMES = (
    *("id", "solution", "expertise", "messages", "n", "temperature", "batch", "source"),
    *("verdict", "reason", "kind", "score", "data", "line", "message", "other"),
)
_KINDS = (
    *("utility", "uses", "model", "returned", "failed"),
    *("done", "inputs", "score", "refused", "broken", "nothing"),
)
MESSAGES = st.builds(
    lambda tag, kind, fields: msgspec.msgpack.encode({tag: kind, **fields}),
    st.sampled_from(["type", "kind"]),
    st.sampled_from(_KINDS),
    st.dictionaries(st.sampled_from(_NAMES), _FIELD, max_size=8),
)
"""Messages of every kind, with fields of any type; some of them are right."""

RIGHT = st.sampled_from(
    [
        {"type": "utility", "id": 1, "solution": b"x = 1"},
        {"type": "uses", "id": 2},
        {"type": "returned", "source": b"def improve_algorithm(): pass"},
        {"type": "returned", "source": b"\xff"},
        {"type": "failed", "verdict": "error", "reason": b"\xff\x1b[31m"},
        {
            "type": "model",
            "id": 3,
            "expertise": b"e",
            "messages": [b"m", b"\xed\xa0\x80"],
            "n": 2,
            "temperature": float("nan"),
            "batch": True,
        },
    ]
).map(msgspec.msgpack.encode)

FRAMES = st.lists(
    (RIGHT | MESSAGES | JUNK).map(framed) | JUNK | st.just(b"\xff\xff\xff\xff"), max_size=6
).map(b"".join)


class _NoProcess:
    """Pipes with nobody behind them."""

    pid = 0

    def __init__(self, orders: int, frames: int, control: int) -> None:
        self.orders, self.frames, self.control = orders, frames, control

    def kill(self) -> None:
        """Nothing to end."""

    def reap(self) -> None:
        """Nothing to wait for."""


class Deaf:
    """A worker whose peer has said all it will ever say, and reads nothing; a context manager."""

    def __init__(self, folder: Path, frames: bytes, control: bytes) -> None:
        self._ends: list[int] = []
        orders = os.pipe()
        self._ends.append(orders[0])
        process = _NoProcess(orders[1], _holding(frames), _holding(control))
        self.worker = Worker(process, Scratch(folder))

    def __enter__(self) -> Worker:
        return self.worker

    def __exit__(self, *_: object) -> None:
        for end in (self.worker.orders, self.worker.frames, self.worker.control):
            end.close()
        for descriptor in self._ends:
            with suppress(OSError):
                os.close(descriptor)
        self.worker.scratch.remove()


def _holding(data: bytes) -> int:
    """The reading end of a pipe that holds `data`, with the other end closed."""
    reading, writing = os.pipe()
    assert len(data) < 60_000, "a pipe holds no more without a reader"
    os.write(writing, data)
    os.close(writing)
    return reading
