"""Whose turn it is: as many requests in flight as allowed, fair between programs, fewer after 429.

A turn is taken for one HTTP request, so a slow one holds nobody but itself.
"""

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from stop_tui.language_models.endpoint.retrying import Timing


class Turns:
    """Hands out turns round-robin between those who ask; `most` at once, fewer while the server
    says that there are too many."""

    def __init__(self, most: int, timing: Timing) -> None:
        self._most = most
        self._allowed = float(most)
        self._timing = timing
        self._waiting: dict[str, deque[asyncio.Future[None]]] = {}
        self._in_flight = 0
        self._wave = 0
        self._not_before = 0.0

    @property
    def allowed(self) -> int:
        """How many may be in flight now."""
        return int(self._allowed)

    @property
    def in_flight(self) -> int:
        """How many are."""
        return self._in_flight

    @asynccontextmanager
    async def turn(self, asker: str) -> AsyncIterator[int]:
        """One turn for `asker`; its value is to be given to `too_many`."""
        await self._wait(asker)
        try:
            # A loop: while one sleeps, another may learn that it has to be longer.
            while (left := self._not_before - self._timing.clock()) > 0:
                await self._timing.sleep(left)
            yield self._wave
        finally:
            self._in_flight -= 1
            self._next()

    def too_many(self, wave: int, seconds: float) -> None:
        """The server turned a request down that was sent in `wave`; nobody asks for `seconds`.

        Requests sent before the last such answer say nothing new, so they halve nothing again.
        """
        self._not_before = max(self._not_before, self._timing.clock() + seconds)
        if wave == self._wave:
            self._wave += 1
            self._allowed = max(1.0, self._allowed / 2)

    def went_well(self) -> None:
        """An answer came: one more may be in flight after as many answers as are allowed now."""
        self._allowed = min(float(self._most), self._allowed + 1 / self._allowed)
        self._next()

    async def _wait(self, asker: str) -> None:
        if self._in_flight < self.allowed and not self._waiting:
            self._in_flight += 1
            return
        waiter: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.setdefault(asker, deque()).append(waiter)
        try:
            await waiter
        except asyncio.CancelledError:
            if waiter.done() and not waiter.cancelled():
                # The turn was given in the same moment: it goes on to the next.
                self._in_flight -= 1
                self._next()
            else:
                self._leave(asker, waiter)
            raise

    def _leave(self, asker: str, waiter: asyncio.Future[None]) -> None:
        queue = self._waiting.get(asker)
        if queue is not None and waiter in queue:
            queue.remove(waiter)
            if not queue:
                del self._waiting[asker]

    def _next(self) -> None:
        while self._waiting and self._in_flight < self.allowed:
            asker = next(iter(self._waiting))
            queue = self._waiting.pop(asker)
            waiter = queue.popleft()
            if queue:
                self._waiting[asker] = queue  # at the end: the others come first
            if not waiter.done():
                self._in_flight += 1
                waiter.set_result(None)
