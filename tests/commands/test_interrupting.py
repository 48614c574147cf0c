"""Ctrl-c while a command works, and in the very moment in which it ends."""

import asyncio
import os
import signal

from stop_tui.commands import INTERRUPTED
from stop_tui.commands.interrupting import until_interrupted


def test_work_that_nobody_interrupts_ends_well(capsys):
    async def work() -> None:
        await asyncio.sleep(0)

    assert asyncio.run(until_interrupted(work(), "Go on.")) == 0
    assert capsys.readouterr().err == ""


def test_work_is_cancelled_and_one_is_told_how_to_go_on(capsys):
    async def work() -> None:
        os.kill(os.getpid(), signal.SIGINT)
        await asyncio.Event().wait()

    assert asyncio.run(until_interrupted(work(), "Go on with it.")) == INTERRUPTED
    assert capsys.readouterr().err == "\nPaused. Go on with it.\n"


def test_nothing_further_begins_where_work_ended_as_it_was_interrupted():
    async def work() -> None:
        try:
            os.kill(os.getpid(), signal.SIGINT)
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            return  # it was done already

    assert asyncio.run(until_interrupted(work(), "Go on.")) == INTERRUPTED


def test_a_signal_that_a_child_gets_is_not_ours(capsys):
    """Between its birth and its own program a child still has our handlers, and our sockets."""

    def bear() -> None:
        child = os.fork()
        if child == 0:
            os.kill(os.getpid(), signal.SIGINT)
            os._exit(0)
        os.waitpid(child, 0)

    async def work() -> None:
        bear()
        for _ in range(10):
            await asyncio.sleep(0)

    assert asyncio.run(until_interrupted(work(), "Go on.")) == 0
    assert capsys.readouterr().err == ""


def test_the_handlers_of_before_come_back():
    async def work() -> None:
        await asyncio.sleep(0)

    handlers = [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)]
    asyncio.run(until_interrupted(work(), "Go on."))
    assert [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)] == handlers
