"""The sandboxes and the scoring that a run, or a single measurement, works in."""

import os
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

from stop_tui.core.events import Settings
from stop_tui.engine.limits_here import take_what_is_needed
from stop_tui.sandbox import Pool
from stop_tui.scoring import Evaluator, Task


@asynccontextmanager
async def sandboxed(
    settings: Settings, tasks: Mapping[str, Task], scratch: Path
) -> AsyncIterator[tuple[Pool, Evaluator]]:
    """A pool of sandboxes and an evaluator in it.

    Raises IsolationError where there is none and the settings do not accept that, Shortage where
    this process may have too little.
    """
    take_what_is_needed()
    pool = Pool(
        size=cores(),
        scratch=scratch,
        unsafe_no_isolation=settings.unsafe_no_isolation,
    )
    async with pool, Evaluator(pool, tasks, settings.seed) as evaluator:
        yield pool, evaluator


def cores() -> int:
    """How many programs that compute may run at once: the cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return max(1, len(os.sched_getaffinity(0)))
    return os.cpu_count() or 1
