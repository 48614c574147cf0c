"""Moves a child's frames to the host inside the kernel, and judges when the child overruns.

Not a byte of a frame but its length enters this process where the kernel can splice. The host is
told of several frames at once, since waking it costs more than a short call does; what it has not
been told of waits in the pipe.
"""

import os
import select
import sys
import time
from collections.abc import Callable

from .frames import LENGTH, MAX_FRAME, EndOfPipe, write_all
from .messages import Ending, Report, Word

_PIECE = 1 << 16
_QUICK = 0.02
"""A call is quick that takes less than this part of its limit."""
_MOST_AT_ONCE = 16


class Overrun(Exception):
    """The child used up its CPU time, or the time on the wall."""


class Gone(Exception):
    """The child closed its end before a frame was complete."""


class Forwarding:
    """The frames of one child, from the pipe `source` to the pipe `target`.

    `orders` is only watched: when the host closes it, EndOfPipe is raised. `clock` gives the CPU
    seconds that the child has used. Each byte on `go` lets the child begin one call: while it waits
    its clock stands still, and tells what a call has cost however late this process looks. After
    quick calls it is let go for several, since to wait costs more than they do. What such a call
    is charged may then lie on either side, so only the last of several is judged by its charge: no
    call is ever charged with another's time.
    """

    def __init__(
        self,
        *,
        source: int,
        go: int,
        target: int,
        orders: int,
        control: int,
        clock: Callable[[], float],
    ) -> None:
        self._source = source
        self._go = go
        self._target = target
        self._orders = orders
        self._control = control
        self._clock = clock
        self._held = bytearray()
        self._moved = 0
        self._allowed = 0
        self._batch = 1
        self._poll = select.poll()
        self._poll.register(source, select.POLLIN)
        self._poll.register(orders, 0)
        self._writable = select.poll()
        self._writable.register(target, select.POLLOUT)
        self._move = self._spliced if sys.platform == "linux" else self._copied

    def frame(self, *, cpu_limit: float, wall_limit: float) -> Ending:
        """Forward the next frame and report how its call ended; limits in seconds."""
        started = self._clock()
        self._cpu_end = started + cpu_limit
        self._wall_end = time.monotonic() + wall_limit
        self._moved = 0
        try:
            self._let_go()
            length = self._length()
            if length > MAX_FRAME:
                ending = Ending.TOO_LARGE
            else:
                while length:
                    length -= self._move(length)
                ending = Ending.OK
        except Overrun:
            ending = Ending.TIMEOUT
        except Gone:
            ending = Ending.DIED
        cpu = self._clock() - started
        self._allowed -= 1
        if self._allowed == 0:
            if ending is Ending.OK and cpu > cpu_limit:
                ending = Ending.TIMEOUT
            quick = cpu < _QUICK * cpu_limit
            self._batch = min(4 * self._batch, _MOST_AT_ONCE) if quick else 1
        self._held += Report(Word.FRAME, ending, cpu=cpu, size=self._moved).pack()
        return ending

    def flush(self) -> None:
        """Tell the host of everything so far."""
        write_all(self._control, bytes(self._held))
        self._held.clear()

    def _let_go(self) -> None:
        if self._allowed:
            return
        self._allowed = self._batch
        try:
            os.write(self._go, bytes(self._batch))
        except (BrokenPipeError, BlockingIOError):
            raise Gone from None

    def _length(self) -> int:
        head = b""
        while len(head) < LENGTH.size:
            self._await_source()
            piece = os.read(self._source, LENGTH.size - len(head))
            if not piece:
                raise Gone
            head += piece
        length: int = LENGTH.unpack(head)[0]
        return length

    def _spliced(self, most: int) -> int:
        try:
            moved = os.splice(self._source, self._target, most, flags=os.SPLICE_F_NONBLOCK)
        except BlockingIOError:
            if self._writable.poll(0):
                self._await_source()
            else:
                self._tell_part()
                self._writable.poll()
            return 0
        if not moved:
            raise Gone
        self._moved += moved
        return moved

    def _copied(self, most: int) -> int:
        self._await_source()
        piece = os.read(self._source, min(most, _PIECE))
        if not piece:
            raise Gone
        self._moved += len(piece)
        self._tell_part()
        write_all(self._target, piece)
        return len(piece)

    def _tell_part(self) -> None:
        """Have the host read what is in the pipe already."""
        self._held += Report(Word.PART, Ending.OK, size=self._moved).pack()
        self._moved = 0
        self.flush()

    def _await_source(self) -> None:
        while True:
            left = min(self._cpu_end - self._clock(), self._wall_end - time.monotonic())
            ready = dict(self._poll.poll(max(0, int(left * 1000) + 1)))
            if self._source in ready:
                return
            if self._orders in ready:
                raise EndOfPipe
            if left <= 0:
                raise Overrun
