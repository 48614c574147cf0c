"""What tests of the explorer share: running one, waiting for something, reading the screen."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

from textual.app import App
from textual.pilot import Pilot

ROUNDS = 1500


def run(coroutine: Coroutine[Any, Any, None]) -> None:
    """Run the body of a test: ``run(body())``."""
    asyncio.run(coroutine)


async def until(pilot: Pilot[Any], condition: Callable[[], object], what: str) -> None:
    """Let the app work until `condition` holds; fails with `what` and the screen if it never does.

    A round waits until the app has nothing left to do, so this waits for work, not for time.
    """
    for _ in range(ROUNDS):
        if condition():
            return
        await pilot.pause()
    raise AssertionError(f"waited in vain for {what}; the screen was:\n{screen_text(pilot.app)}")


async def resize(pilot: Pilot[Any], size: tuple[int, int]) -> None:
    """Give the terminal another size, and wait until the screen has settled to it."""
    await pilot.resize_terminal(*size)
    before = ""
    while before != (now := screen_text(pilot.app)):
        before = now
        await pilot.pause()


def screen_text(app: App[Any]) -> str:
    """What the terminal shows, as text: one line for each row, without colours."""
    strips = app.screen._compositor.render_strips(app.size)
    return "\n".join(strip.text.rstrip() for strip in strips)


def told(app: App[Any]) -> str:
    """Everything that notifications say."""
    return "\n".join(f"{note.title}: {note.message}" for note in app._notifications)
