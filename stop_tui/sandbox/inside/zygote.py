"""The zygote: a warm interpreter in the sandbox that forks a child for every program.

It reads fixed headers and never holds a byte of a program: the child reads its own, results are
spliced to the host inside the kernel, notes go from shared memory to the host unread. So one
zygote serves many programs that must not learn of each other. It measures a child's CPU time from
outside and ends it by SIGKILL.
"""

import contextlib
import gc
import os
import select
import signal
import sys
import time
import types
from collections.abc import Callable
from dataclasses import dataclass
from mmap import mmap
from typing import Any

from . import chance, lockdown
from .audit import Places
from .child import ChildPipes, run_program
from .forwarding import Forwarding
from .frames import EndOfPipe, read_exactly, write_all
from .landlock import Reach
from .messages import HEADER_BYTES, NOTES_BYTES, Ending, Header, Kind, Report, Word

_UNUSABLE = 70
"""A child's exit status when its lock-down was refused."""
_WALL = 5.0
_WALL_EXTRA = 3.0
"""A call may take this many times its CPU limit, and so many seconds, by the clock on the wall."""

_CORES = os.cpu_count() or 1


@dataclass(frozen=True, slots=True)
class Pipes:
    """The zygote's ends: from the host, a program's frames to it, and the zygote's own word."""

    orders: int
    frames: int
    control: int


class Zygote:
    """Serves programs one after the other until the host goes away.

    The child for the next program is forked as soon as the last one is over, and waits.
    """

    def __init__(self, pipes: Pipes, reach: Reach, lock: lockdown.Lockdown) -> None:
        self._pipes = pipes
        self._places = Places(reach)
        self._lock = lock

    def serve(self) -> None:
        """Say that it is up, then run programs; returns when the host closes its end."""
        gc.collect()
        gc.freeze()
        abi = 0 if self._lock.domain is None else self._lock.domain.abi
        filtered = int(self._lock.filter is not None)
        self._report(Report(Word.READY, Ending.OK, size=abi, status=filtered))
        child = self._fork()
        while True:
            try:
                header = Header.unpack(read_exactly(self._pipes.orders, HEADER_BYTES))
                ending = self._watch(child, header)
            except EndOfPipe:
                self._kill(child)
                return
            self._kill(child)
            # While the kernel takes the old child apart, the next one gets ready.
            spare = self._fork(after=child)
            self._report_end(child, ending)
            child = spare

    def _fork(self, after: "_Child | None" = None) -> "_Child":
        """A child that waits for a program, and has nothing of the one that came before it."""
        page = mmap(-1, NOTES_BYTES)
        frames, its_frames = os.pipe()
        its_orders, orders = os.pipe()
        parent = os.getpid()
        pid = os.fork()
        if pid == 0:
            try:
                os.close(frames)
                os.close(orders)
                os.close(self._pipes.control)
                if after is not None:
                    after.page.close()
                lockdown.die_with_parent(parent)
                pipes = ChildPipes(its_orders, its_frames, self._pipes.orders, self._pipes.frames)
                run_program(pipes, page, self._places, self._lock)
            finally:
                os._exit(_UNUSABLE)
        os.close(its_frames)
        os.close(its_orders)
        os.set_blocking(orders, False)
        if not self._lock.confines_processes:
            os.setpgid(pid, pid)
        return _Child(pid, orders, frames, page)

    def _watch(self, child: "_Child", header: Header) -> Ending:
        """Have `child` run the program of `header`; returns why it is to be ended."""
        with contextlib.suppress(BrokenPipeError):  # to be seen as the end of its frames
            os.write(child.orders, header.pack())
        if header.kind is Kind.SOLUTION:
            return self._watch_calls(child, header)
        return self._await_end(child, header)

    def _watch_calls(self, child: "_Child", header: Header) -> Ending:
        forwarding = Forwarding(
            source=child.frames,
            go=child.orders,
            target=self._pipes.frames,
            orders=self._pipes.orders,
            control=self._pipes.control,
            clock=_cpu_clock(child.pid),
        )
        for call in range(header.calls + 1):
            limit = header.call_limit if call else header.load_limit
            ending = forwarding.frame(cpu_limit=limit, wall_limit=_WALL * limit + _WALL_EXTRA)
            if ending is not Ending.OK:
                break
        forwarding.flush()
        return ending

    def _await_end(self, child: "_Child", header: Header) -> Ending:
        """Return when the child closes its pipe, which it does at the latest by dying, or when it
        has used up its CPU time. Raises EndOfPipe when the host is gone."""
        clock = _cpu_clock(child.pid)
        end = clock() + header.call_limit
        poll = select.poll()
        poll.register(child.frames, select.POLLIN)
        poll.register(self._pipes.orders, 0)
        while (left := end - clock()) > 0:
            ready = dict(poll.poll(int(left * 1000 / _CORES) + 1))
            if child.frames in ready:
                return Ending.OK
            if self._pipes.orders in ready:
                raise EndOfPipe
        return Ending.TIMEOUT

    def _kill(self, child: "_Child") -> None:
        os.close(child.orders)
        os.close(child.frames)
        target = child.pid if self._lock.confines_processes else -child.pid
        with contextlib.suppress(ProcessLookupError):
            os.kill(target, signal.SIGKILL)

    def _report_end(self, child: "_Child", ending: Ending) -> None:
        """Wait for the end of a killed child and tell the host what it was, with its notes."""
        _, status, used = os.wait4(child.pid, 0)
        # The child shared these pipes and may have changed how they behave.
        os.set_blocking(self._pipes.orders, True)
        os.set_blocking(self._pipes.frames, True)
        cpu = used.ru_utime + used.ru_stime
        memory = used.ru_maxrss * (1 if sys.platform == "darwin" else 1024)
        self._report(Report(Word.END, ending, cpu, memory, NOTES_BYTES, status))
        with memoryview(child.page) as notes:
            write_all(self._pipes.control, notes)
        child.page.close()

    def _report(self, report: Report) -> None:
        write_all(self._pipes.control, report.pack())


@dataclass(frozen=True, slots=True)
class _Child:
    """A child as the zygote holds it: where to write to it and read from it, and its notes."""

    pid: int
    orders: int
    frames: int
    page: mmap


def become(reach: dict[str, Any]) -> None:
    """Turn this process into a zygote for programs with this `reach` (the fields of Reach)."""
    chance.install()
    # A program's standard streams lead nowhere; the pipes move to numbers of their own.
    pipes = Pipes(orders=os.dup(0), frames=os.dup(1), control=os.dup(2))
    nowhere = os.open(os.devnull, os.O_RDWR)
    for stream in range(3):
        os.dup2(nowhere, stream)
    os.close(nowhere)
    lockdown.die_with_parent(os.getppid())
    given = Reach(**reach)
    _hide_what_programs_must_not_see()
    Zygote(pipes, given, lockdown.prepared(given)).serve()


def _cpu_clock(pid: int) -> Callable[[], float]:
    """Reads the CPU seconds of the process `pid`; where the system has no such clock, always 0."""
    if sys.platform != "linux":
        return lambda: 0.0
    number = (~pid << 3) | 2  # how Linux numbers the CPU clocks of other processes
    last = 0.0

    def read() -> float:
        nonlocal last
        # A process that has ended has no clock; what it used up to its last reading stands.
        with contextlib.suppress(OSError):
            last = time.clock_gettime(number)
        return last

    return read


def _hide_what_programs_must_not_see() -> None:
    """Leave standard library and numpy as all there is to import, and no host paths to read."""
    hidden = (__package__, "msgspec")
    for name in list(sys.modules):
        if name.split(".")[0] in hidden:
            del sys.modules[name]
    sys.modules["__main__"] = types.ModuleType("__main__")
    sys.argv[:] = [""]
    sys.orig_argv[:] = []
