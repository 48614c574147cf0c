"""The host's ends of a sandbox's pipes, for asyncio: nothing here ever blocks the loop.

Reads try first and wait after, since a program has often answered before one asks.
"""

import array
import asyncio
import fcntl
import os
import select
import sys
import termios
from collections.abc import Callable
from contextlib import suppress

_PIECE = 1 << 18
_WIDE = 1 << 20
_SET_PIPE_SIZE = 1031
"""Linux's F_SETPIPE_SZ."""


class Closed(Exception):
    """The other end of the pipe is closed: its process is gone."""


class _End:
    def __init__(self, fd: int) -> None:
        os.set_blocking(fd, False)
        if sys.platform == "linux":
            # A wide pipe saves wake-ups; beyond what a user may have, the usual width will do.
            with suppress(OSError):
                fcntl.fcntl(fd, _SET_PIPE_SIZE, _WIDE)
        self._fd = fd

    def close(self) -> None:
        """Close this end; may be called again."""
        if self._fd >= 0:
            os.close(self._fd)
            self._fd = -1

    def waiting(self) -> int:
        """How many bytes are in the pipe, written and not yet read by anyone."""
        count = array.array("i", [0])
        fcntl.ioctl(self._fd, termios.FIONREAD, count)
        return count[0]


class Source(_End):
    """An end to read from."""

    def __init__(self, fd: int) -> None:
        super().__init__(fd)
        self._buffer = bytearray()

    async def exactly(self, size: int) -> bytes:
        """`size` bytes; raises Closed when fewer will come."""
        while len(self._buffer) < size:
            if not self._fill():
                await _until(self._fd, reading=True)
        data = bytes(self._buffer[:size])
        del self._buffer[:size]
        return data

    def take(self, size: int) -> bytes | None:
        """`size` bytes if they are here already, without waiting."""
        with suppress(Closed):
            while len(self._buffer) < size and self._fill():
                pass
        if len(self._buffer) < size:
            return None
        data = bytes(self._buffer[:size])
        del self._buffer[:size]
        return data

    def everything(self) -> bytes:
        """What is here now; to be asked for when nobody writes any more."""
        with suppress(Closed):
            while self._fill():
                pass
        data = bytes(self._buffer)
        self._buffer.clear()
        return data

    def closed(self) -> bool:
        """Whether the other end is closed."""
        poll = select.poll()
        poll.register(self._fd, 0)
        return bool(poll.poll(0))

    def _fill(self) -> bool:
        try:
            piece = os.read(self._fd, _PIECE)
        except BlockingIOError:
            return False
        if not piece:
            raise Closed
        self._buffer += piece
        return True


class Target(_End):
    """An end to write to; one writer at a time."""

    async def write(self, data: bytes) -> None:
        """All of `data`; raises Closed when nobody will read it."""
        rest = memoryview(data)
        while rest:
            try:
                rest = rest[os.write(self._fd, rest) :]
            except BlockingIOError:
                await _until(self._fd, reading=False)
            except BrokenPipeError:
                raise Closed from None


async def _until(fd: int, *, reading: bool) -> None:
    loop = asyncio.get_running_loop()
    ready: asyncio.Future[None] = loop.create_future()

    def wake() -> None:
        if not ready.done():
            ready.set_result(None)

    remove: Callable[[int], bool]
    if reading:
        loop.add_reader(fd, wake)
        remove = loop.remove_reader
    else:
        loop.add_writer(fd, wake)
        remove = loop.remove_writer
    try:
        await ready
    finally:
        remove(fd)
