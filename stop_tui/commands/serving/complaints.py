"""What the server says on its terminal when something goes wrong: a line, and no traceback.

Whoever reaches the port can make things go wrong, and must not fill the terminal with it.
"""

import asyncio
import errno
import logging
import sys
from typing import Any

from aiohttp.http_exceptions import HttpProcessingError

from stop_tui.core.plain_text import one_line

_NO_ROOM = (errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM)


class OfRequests(logging.Handler):
    """Says what failed here; what is no request is only refused."""

    def emit(self, record: logging.LogRecord) -> None:
        """Say it, unless it is the fault of who asked."""
        error = record.exc_info[1] if record.exc_info else None
        if not isinstance(error, HttpProcessingError):
            why = one_line(str(error) if error else record.getMessage(), 200)
            print(f"stop-tui: a request could not be answered: {why}", file=sys.stderr)


def of_requests() -> logging.Logger:
    """What a runner of aiohttp tells its complaints, which have tracebacks."""
    logger = logging.Logger("stop_tui.serving", logging.WARNING)
    logger.addHandler(OfRequests())
    return logger


class OfTheLoop:
    """An event loop's handler of exceptions: that there is no room for a connection is said once,
    where the loop would say it a hundred times a second."""

    def __init__(self) -> None:
        self._said = False

    def __call__(self, loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        """Say it, or leave it to the loop."""
        error = context.get("exception")
        if not isinstance(error, OSError) or error.errno not in _NO_ROOM:
            loop.default_exception_handler(context)
        elif not self._said:
            self._said = True
            print(
                "stop-tui: too many connections are open, so no other page opens until some of "
                "them end. Pages that are open go on.",
                file=sys.stderr,
            )
