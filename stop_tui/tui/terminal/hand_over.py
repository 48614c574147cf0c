"""Lends the terminal to another program, and takes it back when that has ended.

The runs that are open go on meanwhile. Nothing may be drawn then: a suspended driver takes a few
writes and blocks the event loop at the next.
"""

import asyncio
import signal
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from textual.app import SuspendNotSupported

from stop_tui.core.errors import UsageError

if TYPE_CHECKING:
    from stop_tui.tui.app import Explorer


async def hand_over(
    explorer: "Explorer", command: Sequence[str], *, cwd: Path, environment: Mapping[str, str]
) -> int:
    """Run `command` on the terminal until it ends; its exit code.

    Raises UsageError where the terminal cannot be lent (in a browser), OSError or ValueError when
    the command cannot be started.
    """
    failure: BaseException | None = None
    code = 0
    try:
        with explorer.batch_update(), _interrupts_are_the_others(), explorer.suspend():
            # Textual takes the terminal back only if nothing is raised in here.
            try:
                code = await _ended(command, cwd, environment)
            except (OSError, ValueError, asyncio.CancelledError) as error:
                failure = error
    except SuspendNotSupported:
        raise UsageError(
            "This terminal cannot be lent to another program.",
            hint="Use that program in a terminal of its own, for example `stop-tui git log`.",
        ) from None
    if failure is not None:
        raise failure
    return code


async def _ended(command: Sequence[str], cwd: Path, environment: Mapping[str, str]) -> int:
    other = await asyncio.create_subprocess_exec(*command, cwd=cwd, env=environment)
    try:
        return await other.wait()
    except asyncio.CancelledError:
        other.terminate()
        await other.wait()
        raise


@contextmanager
def _interrupts_are_the_others() -> Iterator[None]:
    """The terminal sends ctrl+c to everyone who uses it; it is meant for the other program."""
    # A function, not SIG_IGN, which the other program would inherit.
    signals = (signal.SIGINT, signal.SIGQUIT)
    before = [signal.signal(each, lambda *_: None) for each in signals]
    try:
        yield
    finally:
        for each, handler in zip(signals, before, strict=True):
            signal.signal(each, handler)
