"""A process that attacks aim at, run as a script: it holds a secret and handles every signal.

It lets anyone of its user trace it, so that what protects it is the attacker's sandbox alone. It
prints its secret's address and the number of an open file, then waits for its standard input.
"""

import contextlib
import ctypes
import json
import os
import signal
import sys

_PR_SET_PTRACER, _ANY = 0x59616D61, ctypes.c_ulong(-1)
_NOT_OURS = {signal.SIGKILL, signal.SIGSTOP, signal.SIGCHLD}


def main(secret_file: str, secret: str) -> None:
    ctypes.CDLL(None).prctl(_PR_SET_PTRACER, _ANY, 0, 0, 0)
    memory = ctypes.create_string_buffer(secret.encode().ljust(64, b"."), 64)
    opened = os.open(secret_file, os.O_RDONLY)
    out = os.dup(1)
    for number in signal.valid_signals() - _NOT_OURS:
        with contextlib.suppress(OSError, ValueError):
            signal.signal(number, lambda given, frame: os.write(out, f"{given}\n".encode()))
    up = {"address": ctypes.addressof(memory), "opened": opened}
    os.write(out, json.dumps(up).encode() + b"\n")
    while os.read(0, 1):
        pass


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
