"""Reads what a program's end tells: its wait status, and the notes of its audit hook.

The notes are hostile bytes and only ever reported; a status is the kernel's and verified.
"""

import os
import signal

from stop_tui.core.plain_text import one_line
from stop_tui.sandbox.inside.audit import ATTEMPT, DETAIL, UNTIMELY
from stop_tui.sandbox.results import Attempt

_WHAT = 60
_MOST = 20
CPU_MARK = "cpu limit"
THREADS_MARK = "threads"
NEAR = 0.8
"""From this part of its CPU limit on, how a call ended may depend on the load of the machine."""


def described(status: int) -> str:
    """How the process ended that left `status`, in words."""
    code = os.waitstatus_to_exitcode(status)
    if code >= 0:
        return f"it ended its own process with exit status {code}"
    try:
        name = signal.Signals(-code).name
    except ValueError:
        name = f"signal {-code}"
    return f"its process was killed by {name}"


def is_end(status: int) -> bool:
    """Whether `status` is one that a process can end with."""
    return os.WIFEXITED(status) or os.WIFSIGNALED(status)


def overran(status: int) -> bool:
    """Whether the kernel ended the process for its CPU time."""
    return os.waitstatus_to_exitcode(status) == -signal.SIGXCPU


def crashed(status: int) -> Attempt | None:
    """What is worth telling of a process that ended by a signal nobody in here sends."""
    code = os.waitstatus_to_exitcode(status)
    if code < 0 and -code not in (signal.SIGKILL, signal.SIGXCPU):
        return Attempt("verified", "crash its process", described(status))
    return None


def reported(notes: bytes) -> tuple[tuple[Attempt, ...], tuple[str, ...]]:
    """The attempts and the untimely marks in `notes`, without what does not look like one."""
    attempts: list[Attempt] = []
    marks: set[str] = set()
    text = notes.partition(b"\0")[0].decode("utf-8", "replace")
    for line in text.split("\n"):
        kind, rest = line[:1], line[1:]
        what, detail = (one_line(part) for part in rest.partition("\t")[::2])
        if kind == ATTEMPT and what and len(attempts) < _MOST:
            attempt = Attempt("reported", what[:_WHAT], detail[:DETAIL])
            if attempt not in attempts:
                attempts.append(attempt)
        elif kind == UNTIMELY and rest == THREADS_MARK:
            marks.add(rest)
    return tuple(attempts), tuple(sorted(marks))
