"""The sandboxes and the scoring that a run, or a single measurement, works in."""

import os
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

from stop_tui.core.errors import IsolationError
from stop_tui.core.events import Settings
from stop_tui.core.verdicts import Isolation
from stop_tui.sandbox import Pool
from stop_tui.scoring import Evaluator, Task


@asynccontextmanager
async def sandboxed(
    settings: Settings, tasks: Mapping[str, Task], scratch: Path
) -> AsyncIterator[tuple[Pool, Evaluator]]:
    """A pool of sandboxes and an evaluator in it; raises IsolationError where there is none."""
    pool = Pool(
        size=cores(),
        scratch=scratch,
        unsafe_no_isolation=settings.unsafe_no_isolation,
    )
    async with pool, Evaluator(pool, tasks, settings.seed) as evaluator:
        if pool.isolation is Isolation.NONE and not settings.unsafe_no_isolation:
            raise IsolationError(
                "Generated code cannot be isolated on this machine: " + "; ".join(pool.missing),
                hint="Run `stop-tui doctor`, or accept the risk with --unsafe-no-isolation.",
            )
        yield pool, evaluator


def cores() -> int:
    """How many programs that compute may run at once: the cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return max(1, len(os.sched_getaffinity(0)))
    return os.cpu_count() or 1
