"""When a request is sent again: backoff with jitter, Retry-After, and a budget shared by all.

Time and chance are passed in; nothing here sleeps.
"""

import asyncio
import math
import random
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import UTC
from email.utils import parsedate_to_datetime

FIRST_WAIT = 0.5
LONGEST_WAIT = 30.0
"""Seconds: the first backoff on average, doubled from try to try up to the longest."""

LONGEST_ASKED = 120.0
"""A server that asks for more patience than this many seconds is down, and the run pauses."""

REFUND = 2
"""Retries that one answer earns: a server that answers less than a third of requests is down."""


@dataclass(frozen=True, slots=True)
class Timing:
    """The clock (seconds), how to wait, chance, and the wall clock; replaced in tests."""

    clock: Callable[[], float] = time.monotonic
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    random: Callable[[], float] = random.random
    now: Callable[[], float] = time.time


class RetryBudget:
    """How many retries all requests of an endpoint may still make together."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._left = most

    def spend(self) -> bool:
        """Take one retry; False when none is left."""
        if self._left < 1:
            return False
        self._left -= 1
        return True

    def earn(self) -> None:
        """An answer came."""
        self._left = min(self._most, self._left + REFUND)


def backoff(tries: int, chance: float, asked: float | None = None) -> float | None:
    """Seconds to wait after `tries` faults (1 or more); None when the server asks for too many.

    `chance` in [0, 1) spreads the wait over 50 to 150 % of its mean. What the server asked for
    is the least, and is spread upwards by up to a tenth, so that not all come back at once.
    """
    if asked is not None and asked > LONGEST_ASKED:
        return None
    mean = min(LONGEST_WAIT, FIRST_WAIT * 2.0 ** min(tries - 1, 20))
    own = mean * (0.5 + chance)
    return own if asked is None else max(own, asked * (1.0 + chance / 10))


def retry_after(headers: Mapping[str, str], now: float) -> float | None:
    """Seconds that a server asks to wait: `retry-after-ms`, else `retry-after`, number or date."""
    milliseconds = _number(headers.get("retry-after-ms", ""))
    if milliseconds is not None:
        return milliseconds / 1000
    value = headers.get("retry-after", "")
    seconds = _number(value)
    if seconds is not None:
        return seconds
    try:
        date = parsedate_to_datetime(value)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    if date.tzinfo is None:
        date = date.replace(tzinfo=UTC)
    return max(0.0, date.timestamp() - now)


def _number(value: str) -> float | None:
    try:
        number = float(value)
    except ValueError:
        return None
    return None if math.isnan(number) else max(0.0, number)
