"""Bytes through pipes: exact reads, complete writes, and frames with their length in front.

It knows nothing of what the bytes mean.
"""

import os
import struct

LENGTH = struct.Struct("<I")
MAX_FRAME = 8 << 20
"""No frame from a program may be longer than this many bytes."""


class EndOfPipe(Exception):
    """The other end of the pipe is closed."""


def read_exactly(fd: int, size: int) -> bytes:
    """`size` bytes from `fd`; raises EndOfPipe when there are fewer."""
    data = bytearray()
    while len(data) < size:
        piece = os.read(fd, min(size - len(data), 1 << 20))
        if not piece:
            raise EndOfPipe
        data += piece
    return bytes(data)


def write_all(fd: int, data: bytes | memoryview) -> None:
    """All of `data` to `fd`, however many writes that takes."""
    rest = memoryview(data)
    while rest:
        rest = rest[os.write(fd, rest) :]


def framed(body: bytes) -> bytes:
    """`body` with its length in front."""
    return LENGTH.pack(len(body)) + body
