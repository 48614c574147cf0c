"""Ctrl-c, the same for all commands that work for long: once pauses cleanly, twice ends at once."""

import asyncio
import os
import signal
import sys
from collections.abc import Coroutine

from stop_tui.commands import INTERRUPTED


async def until_interrupted(work: Coroutine[object, object, None], go_on: str) -> int:
    """Do `work`; 0, or INTERRUPTED when SIGINT or SIGTERM cancelled it. `go_on` says then, on
    standard error, how to continue. A second signal ends the process."""
    doing = asyncio.ensure_future(work)
    loop = asyncio.get_running_loop()
    asked = 0

    def interrupt() -> None:
        nonlocal asked
        asked += 1
        if asked > 1:
            # Programs in sandboxes die with their host; the journal is complete at any moment.
            print(f"\nEnded. {go_on}", file=sys.stderr, flush=True)
            os._exit(INTERRUPTED)
        doing.cancel()

    def heard(*_: object) -> None:
        loop.call_soon_threadsafe(interrupt)

    # Not as handlers of the loop: it hears of signals through a socket, into which a child that was
    # just forked writes too when ctrl+c goes to all of the group. One signal would count as two.
    before = {number: signal.signal(number, heard) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        await doing
    except asyncio.CancelledError:
        if not asked:
            raise
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
    if asked:  # also where the work ended in the same moment: nothing further is to begin
        print(f"\nPaused. {go_on}", file=sys.stderr)
        return INTERRUPTED
    return 0
