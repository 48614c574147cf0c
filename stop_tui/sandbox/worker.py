"""One zygote as the host sees it: its process, its pipes and its scratch folder.

A worker serves one program at a time. It is used again only when a program has ended as it should
and has left nothing behind; else it is killed, and another is started.
"""

import asyncio
import json
from concurrent.futures import Executor
from dataclasses import asdict

from stop_tui.core.errors import IsolationError
from stop_tui.sandbox import reach
from stop_tui.sandbox.inside.frames import framed
from stop_tui.sandbox.inside.messages import NOTES_BYTES, REPORT_BYTES, Header, Report
from stop_tui.sandbox.launch import Process
from stop_tui.sandbox.pipes import Closed, Source, Target
from stop_tui.sandbox.scratch import Scratch

_START_SECONDS = 30.0

GONE = "its process is gone"
"""Why a worker was given up whose process somebody ended: no attempt of its program, which cannot
reach it, while a machine that is out of memory can."""


class Worker:
    """A started process; `ready` must be awaited before it is given a program."""

    def __init__(self, process: Process, scratch: Scratch) -> None:
        self._process = process
        self.pid = process.pid
        self.scratch = scratch
        self.orders = Target(process.orders)
        self.frames = Source(process.frames)
        self.control = Source(process.control)
        self.landlock = 0
        self.filtered = False
        self.killed: str | None = None
        self._clean = True

    async def ready(self) -> None:
        """Tell the zygote what it needs and wait until it is up; raises IsolationError."""
        wanted = {
            "modules": reach.modules(),
            "reach": asdict(reach.reach(self.scratch.folder)),
        }
        try:
            async with asyncio.timeout(_START_SECONDS):
                await self.orders.write(framed(json.dumps(wanted).encode()))
                report = await self.report()
        except (Closed, TimeoutError, ValueError):
            self.kill("it did not start")
            said = self.control.everything().decode("utf-8", "replace").strip()
            reason = said.splitlines()[-1] if said else "it gave no reason"
            raise IsolationError(f"A sandboxed interpreter did not start: {reason}") from None
        self.landlock = report.size
        self.filtered = bool(report.status)

    async def give(self, header: Header, payload: bytes) -> None:
        """Hand over a program; raises Closed when the process is gone."""
        self._clean = False
        await self.orders.write(header.pack() + payload)

    async def report(self) -> Report:
        """The zygote's next word; raises Closed, or ValueError when it is none."""
        return Report.unpack(await self.control.exactly(REPORT_BYTES))

    async def notes(self) -> bytes:
        """The notes that follow the report of a program's end."""
        return await self.control.exactly(NOTES_BYTES)

    def settle(self) -> None:
        """A program has ended and all it said was read: is nothing of it left in the pipes?

        What nobody read would be taken for the beginning of the next program.
        """
        self._clean = not self.orders.waiting() and not self.frames.waiting()

    def usable(self) -> bool:
        """Whether it can serve another program; empties its scratch folder."""
        return self._clean and self.killed is None and self.scratch.empty()

    def alive(self) -> bool:
        """Whether its process is there."""
        return self.killed is None and not self.control.closed()

    def kill(self, reason: str) -> None:
        """End it and whatever it runs, at once; does not wait."""
        if self.killed is None:
            self.killed = reason
            self._process.kill()

    async def close(self, executor: Executor) -> None:
        """Kill it, reap it in a thread of `executor`, and remove its scratch folder."""
        self.kill("it is not needed any more")
        for end in (self.orders, self.frames, self.control):
            end.close()
        try:
            await asyncio.get_running_loop().run_in_executor(executor, self._bury)
        except RuntimeError:  # no thread can be started
            self._bury()

    def _bury(self) -> None:
        try:
            self._process.reap()
        finally:
            self.scratch.remove()
