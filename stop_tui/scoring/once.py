"""Values that several askers share: each is computed once, however many ask at the same time.

Nothing here may know what is computed.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Hashable
from typing import Generic, TypeVar

Key = TypeVar("Key", bound=Hashable)
Value = TypeVar("Value")


class Once(Generic[Key, Value]):
    """Keeps the `keep` values that were asked for last. A failure is not kept."""

    def __init__(self, compute: Callable[[Key], Awaitable[Value]], *, keep: int) -> None:
        self._compute = compute
        self._keep = keep
        self._tasks: OrderedDict[Key, asyncio.Future[Value]] = OrderedDict()

    async def get(self, key: Key) -> Value:
        """The value of `key`; raises what computing it raises."""
        task = self._tasks.get(key)
        if task is None:
            task = self._tasks[key] = asyncio.ensure_future(self._compute(key))
            task.add_done_callback(lambda done: self._settle(key, done))
            self._forget_oldest()
        self._tasks.move_to_end(key)
        # Others may wait for the same value: one that is cancelled must not take it from them.
        return await asyncio.shield(task)

    async def close(self) -> None:
        """Stop what is being computed."""
        tasks = list(self._tasks.values())
        self._tasks.clear()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _settle(self, key: Key, task: asyncio.Future[Value]) -> None:
        failed = task.cancelled() or task.exception() is not None
        if failed and self._tasks.get(key) is task:
            del self._tasks[key]

    def _forget_oldest(self) -> None:
        done = [key for key, task in self._tasks.items() if task.done()]
        for key in done[: max(0, len(self._tasks) - self._keep)]:
            del self._tasks[key]
