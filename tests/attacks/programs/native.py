"""What the programs of this folder share: calls of the kernel by number, and a moment to be seen.

Its text is put in front of every program. `BAIT` names what is outside; the host fills it in.
"""

import ctypes
import errno
import os
import time
from typing import Any

BAIT: dict[str, Any] = {}
libc = ctypes.CDLL(None, use_errno=True)
libc.syscall.restype = ctypes.c_long


def call(number, *arguments):
    """System call `number` of x86-64; raises OSError."""
    given = [ctypes.c_long(a) if isinstance(a, int) else a for a in arguments]
    return checked(libc.syscall(ctypes.c_long(number), *given))


def checked(result):
    """What the C library returned; raises OSError for -1."""
    if result == -1:
        code = ctypes.get_errno()
        raise OSError(code, errno.errorcode.get(code, "?"))
    return result


def room(size):
    """`size` bytes that the kernel may write to."""
    return ctypes.create_string_buffer(size)


def forever(step):
    """Do `step` until it fails; what it returned is kept."""
    kept = []
    try:
        while True:
            kept.append(step())
    except (OSError, MemoryError, RuntimeError):
        return kept


def hold():
    """Stay as one is until the host has looked: it removes the file that is renamed here."""
    os.rename("ready", "attacked")
    while os.path.exists("attacked"):
        time.sleep(0.002)
