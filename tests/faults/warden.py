"""Starts hosts, ends them by SIGKILL, and waits until nothing that they started is left.

A process of its own, which has imported everything: a host is forked and begins at once. Whatever
a host leaves becomes the warden's child (it is their subreaper), so nothing can hide. One job and
one outcome a line, as JSON.
"""

import ctypes
import os
import resource
import select
import signal
import sys
import time
import traceback
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any, Literal

import msgspec
import numpy  # noqa: F401 - a host shall not have to load it
import sandlock  # noqa: F401

from stop_tui.core.errors import StopError
from stop_tui.engine.starting import new_run  # noqa: F401
from stop_tui.store.journal import Journal
from stop_tui.store.version_objects import VersionWriter
from stop_tui.workspace import Workspace
from tests.faults.small_run import NAME, SETTINGS, is_known, model
from tests.tiny import resume, start

LEFT_SECONDS = 20.0
"""How long what a host left behind may take to end before it counts as left running."""

_PR_SET_CHILD_SUBREAPER = 36
_BOUNDARIES = (
    (Journal, "add_run"),
    (Journal, "append"),
    (VersionWriter, "write"),
    (VersionWriter, "move_branch"),
    (VersionWriter, "point_head"),
)


class Job(msgspec.Struct):
    """Go on with the run in `workspace`, or start it; kill the host at the boundary numbered
    `boundary`, counted from 1, or after `seconds`, or not at all."""

    workspace: str
    boundary: int | None = None
    seconds: float | None = None


class Outcome(msgspec.Struct):
    """How a host ended: `finished`, `killed`, or `failed` with what it said; `left` names the
    processes that it left running, `boundaries` is how many it passed."""

    ending: Literal["finished", "killed", "failed"]
    seconds: float
    said: str = ""
    left: list[str] = []
    boundaries: int = 0


class _Overdue(Exception):
    """What a host left behind does not end."""


def perform(job: Job) -> Outcome:
    """Do one job."""
    reading, writing = os.pipe()
    begun = time.monotonic()
    pid = os.fork()
    if pid == 0:
        os.close(reading)
        _be_host(job, writing)
    os.close(writing)
    status = _wait_or_kill(pid, job.seconds)
    seconds = time.monotonic() - begun
    left = _outlive()
    with os.fdopen(reading, "rb") as pipe:
        passed, _, said = pipe.read().decode().partition("\n")
    if os.WIFSIGNALED(status):
        ending: Literal["finished", "killed", "failed"] = "killed"
    else:
        ending = "finished" if status == 0 else "failed"
    return Outcome(ending, seconds, said, left, int(passed or 0))


def _be_host(job: Job, writing: int) -> None:
    """Work on the run in this process, and end it."""
    nothing = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1, 2):
        os.dup2(nothing, stream)
    code = 1
    passed = [0]
    try:
        _count_boundaries(passed, job.boundary)
        workspace = Workspace(Path(job.workspace))
        if is_known(workspace):
            resume(workspace, NAME, model=model())
        else:
            start(workspace, SETTINGS, model=model())
        os.write(writing, f"{passed[0]}\n".encode())
        code = 0
    except StopError as error:
        os.write(writing, f"{passed[0]}\n{error.message} {error.hint or ''}".encode())
    except BaseException:  # noqa: BLE001 - told to whoever gave the job
        os.write(writing, f"{passed[0]}\n{traceback.format_exc()}".encode()[-60_000:])
    finally:
        os._exit(code)


def _count_boundaries(passed: list[int], last: int | None) -> None:
    def reached() -> None:
        passed[0] += 1
        if passed[0] == last:
            os.kill(os.getpid(), signal.SIGKILL)

    def counted(original: Callable[..., Any]) -> Callable[..., Any]:
        def call(*arguments: Any, **options: Any) -> Any:
            reached()
            result = original(*arguments, **options)
            reached()
            return result

        return call

    for owner, name in _BOUNDARIES:
        setattr(owner, name, counted(getattr(owner, name)))


def _wait_or_kill(pid: int, seconds: float | None) -> int:
    """The status with which the host ended, by itself or killed after `seconds`."""
    descriptor = os.pidfd_open(pid)
    try:
        poll = select.poll()
        poll.register(descriptor, select.POLLIN)
        if not poll.poll(None if seconds is None else seconds * 1000):
            os.kill(pid, signal.SIGKILL)
    finally:
        os.close(descriptor)
    return os.waitpid(pid, 0)[1]


def _outlive() -> list[str]:
    """Wait until everything is gone that a host started; names what does not go, and ends it."""
    left: list[str] = []
    signal.setitimer(signal.ITIMER_REAL, LEFT_SECONDS)
    while True:
        try:
            os.waitpid(-1, 0)
        except ChildProcessError:
            signal.setitimer(signal.ITIMER_REAL, 0)
            return left
        except _Overdue:
            for pid in _children():
                left.append(Path(f"/proc/{pid}/cmdline").read_text().replace("\0", " "))
                os.kill(pid, signal.SIGKILL)


def _children() -> list[int]:
    text = Path(f"/proc/self/task/{os.getpid()}/children").read_text()
    return [int(word) for word in text.split()]


def _overdue(number: int, frame: object) -> None:
    raise _Overdue


def main() -> None:
    """Serve until the pipe is closed."""
    ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    signal.signal(signal.SIGALRM, _overdue)
    with suppress(BrokenPipeError):
        for line in sys.stdin.buffer:
            outcome = perform(msgspec.json.decode(line, type=Job))
            sys.stdout.buffer.write(msgspec.json.encode(outcome) + b"\n")
            sys.stdout.buffer.flush()


if __name__ == "__main__":
    main()
