"""`stop-tui serve` in a process of its own, as tests start and end it."""

import contextlib
import os
import select
import signal
import subprocess
from pathlib import Path

from yarl import URL

from tests.commands.terminal import STOP_TUI


class Served:
    """A server on a free port, and where it is."""

    def __init__(self, folder: Path, *options: str) -> None:
        self.said: tuple[str, str] | None = None
        self.process = subprocess.Popen(
            [STOP_TUI, "serve", "--port", "0", *options],
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert self.process.stdout is not None
        first = self.process.stdout.readline()
        assert "The explorer is at" in first
        self.address = URL(first.split()[-1])
        self.origin = str(self.address.origin())
        self.socket = str(self.address.origin().with_scheme("ws") / "ws")

    def explorers(self) -> list[int]:
        """The processes that it started and that have not ended."""
        found = []
        for status in Path("/proc").glob("[0-9]*/status"):
            with contextlib.suppress(OSError):
                text = status.read_text()
                if f"\nPPid:\t{self.process.pid}\n" in text and "\nState:\tZ" not in text:
                    found.append(int(status.parent.name))
        return found

    def end(self) -> tuple[int, str, str]:
        """End it as ctrl-c does; its exit code, and what else it said."""
        if self.said is None:
            self.process.send_signal(signal.SIGINT)
            self.said = self.process.communicate(timeout=60)
        return self.process.returncode, *self.said


def gone(pid: int) -> None:
    """Wait until a process has ended."""
    with contextlib.suppress(ProcessLookupError):
        waiting = os.pidfd_open(pid)
        assert select.select([waiting], [], [], 60)[0], "it goes on"
        os.close(waiting)
