"""A child of the zygote, from its fork to its program.

It is forked ahead of time and prepares what it can, then waits for a header. Nothing of the
program's may run before the lock-down is complete; nothing of ours runs after it but the code that
speaks with zygote and host.
"""

import os
from dataclasses import dataclass
from mmap import mmap

from . import improver_child, solution_child
from .audit import Notes, Places, watch
from .conversation import Conversation
from .frames import EndOfPipe, read_exactly
from .lockdown import Lockdown
from .messages import HEADER_BYTES, Header, Kind


@dataclass(frozen=True, slots=True)
class ChildPipes:
    """A child's ends: from and to its zygote, and those it shares with the zygote to the host."""

    orders: int
    frames: int
    host_orders: int
    host_frames: int


def run_program(pipes: ChildPipes, page: mmap, places: Places, lock: Lockdown) -> None:
    """Everything a child does; never returns, raises only before the program begins."""
    lock.enter()
    try:
        header = Header.unpack(read_exactly(pipes.orders, HEADER_BYTES))
        payload = read_exactly(pipes.host_orders, header.payload)
    except EndOfPipe:
        os._exit(0)
    notes = Notes(page)
    if header.kind is Kind.SOLUTION:
        os.close(pipes.host_orders)
        os.close(pipes.host_frames)
        seconds = header.load_limit + header.call_limit * header.calls
        lock.limit(cpu_seconds=_backstop(seconds), memory=header.memory)
        given, inputs = solution_child.program(payload)
        watch(notes, places)
        solution_child.run(given, inputs, pipes.orders, pipes.frames)
    else:
        lock.limit(cpu_seconds=_backstop(header.call_limit), memory=header.memory)
        conversation = Conversation(pipes.host_orders, pipes.host_frames)
        improver = improver_child.program(payload)
        watch(notes, places)
        improver_child.run(improver, conversation, notes)
    os._exit(0)


def _backstop(seconds: float) -> int:
    """The kernel's own limit, behind the zygote's: it counts in ticks, so it may err by far."""
    return int(2 * seconds) + 2
