"""Doing something once, a little later.

Textual's one-shot timers never fire when the event loop is busy for their whole interval before
they begin to wait, so a screen could stay as it was for good.
"""

import asyncio
from collections.abc import Callable

from textual.message_pump import MessagePump


def later(node: MessagePump, seconds: float, callback: Callable[[], object]) -> asyncio.TimerHandle:
    """Let `node` call `callback` in about `seconds`, unless it is gone or this is cancelled."""
    return asyncio.get_running_loop().call_later(seconds, node.call_later, callback)
