"""A program's conversation with the host: requests with an id, each thread waiting for its own.

One thread reads all replies, since a program's signal handlers, which run in the main thread only,
must not cut a reply in two.
"""

import itertools
import os
import queue
import signal
import threading

import msgspec

from .frames import LENGTH, MAX_FRAME, EndOfPipe, framed, read_exactly, write_all
from .messages import Ask, FromImprover, Refused, ToImprover, Value, as_text

_decoder: msgspec.msgpack.Decoder[ToImprover] = msgspec.msgpack.Decoder(ToImprover)
_encoder = msgspec.msgpack.Encoder()


class BudgetExceeded(Exception):
    """More was asked of the language model than the budget allows."""


class Conversation:
    """Requests to the host over two pipes; every method may be called from any thread."""

    def __init__(self, replies: int, requests: int) -> None:
        self._replies = replies
        self._requests = requests
        self._numbers = itertools.count(1)
        self._waiting: dict[int, queue.SimpleQueue[Value | Refused]] = {}
        self._sending = threading.Lock()
        threading.Thread(target=self._read, daemon=True).start()

    def next_id(self) -> int:
        """A number for the next request."""
        return next(self._numbers)

    def ask(self, request: Ask) -> float | int | list[str]:
        """The host's answer to `request`; raises BudgetExceeded or ValueError if it refuses,
        and ValueError for a request that is larger than a message may be."""
        body = _encoder.encode(request)
        if len(body) > MAX_FRAME:
            raise ValueError(f"a request of {len(body)} bytes, at most {MAX_FRAME} are allowed")
        mailbox: queue.SimpleQueue[Value | Refused] = queue.SimpleQueue()
        self._waiting[request.id] = mailbox
        try:
            self._send(body)
            reply = mailbox.get()
        finally:
            self._waiting.pop(request.id, None)
        if isinstance(reply, Refused):
            message = as_text(reply.message)
            raise BudgetExceeded(message) if reply.error == "budget" else ValueError(message)
        if isinstance(reply.value, list):
            return [as_text(text) for text in reply.value]
        return reply.value

    def say(self, message: FromImprover) -> None:
        """Send `message`, whole."""
        self._send(_encoder.encode(message))

    def _send(self, body: bytes) -> None:
        frame = framed(body)
        with self._sending:
            before = signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())
            try:
                write_all(self._requests, frame)
            finally:
                signal.pthread_sigmask(signal.SIG_SETMASK, before)

    def _read(self) -> None:
        try:
            while True:
                (length,) = LENGTH.unpack(read_exactly(self._replies, LENGTH.size))
                reply = _decoder.decode(read_exactly(self._replies, length))
                mailbox = self._waiting.get(reply.id)
                if mailbox is not None:
                    mailbox.put(reply)
        except (EndOfPipe, OSError):
            os._exit(0)
