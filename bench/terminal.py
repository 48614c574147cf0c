"""The explorer on a terminal of its own, timed from key to paint."""

import fcntl
import os
import pty
import re
import select
import signal
import struct
import subprocess
import termios
import time
from pathlib import Path

from bench.workspaces import STOP_TUI

_ESCAPES = re.compile(
    rb"\x1b(?:\[[0-9;?<>=]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)|[PX^_][^\x1b]*\x1b\\|.)"
)


class ExplorerTerminal:
    """`stop-tui` under a pty; what it writes is read as it comes, without its escape sequences."""

    def __init__(self, cwd: Path, *arguments: str, columns: int = 140, rows: int = 40) -> None:
        self._master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
        self.began = time.perf_counter()
        self.process = subprocess.Popen(
            [STOP_TUI, *arguments],
            cwd=cwd,
            stdin=slave,
            stdout=slave,
            stderr=slave,
            env={**os.environ, "TERM": "xterm-256color", "COLORTERM": "truecolor"},
            start_new_session=True,
        )
        os.close(slave)
        self._raw = b""

    def press(self, keys: str) -> float:
        """Send `keys` as a terminal would; when they were sent."""
        self._raw = b""
        sent = time.perf_counter()
        os.write(self._master, keys.encode())
        return sent

    def until(self, text: str, seconds: float = 30.0) -> float:
        """Read until `text` was painted since the last key; when that was."""
        wanted = re.compile(text.encode())
        deadline = time.perf_counter() + seconds
        while not wanted.search(_ESCAPES.sub(b"", self._raw)):
            left = deadline - time.perf_counter()
            if left <= 0 or not self._read(left):
                raise AssertionError(f"{text!r} was never painted")
        return time.perf_counter()

    def until_after(self, keys: str, text: str) -> float:
        """Seconds from sending `keys` until `text` was painted."""
        sent = self.press(keys)
        return self.until(text) - sent

    def drain(self, seconds: float) -> None:
        """Read for so long, whatever comes."""
        deadline = time.perf_counter() + seconds
        while (left := deadline - time.perf_counter()) > 0:
            self._read(left)

    def cpu_seconds(self) -> float:
        """CPU time of the explorer's own process."""
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def ended(self, seconds: float = 30.0) -> float:
        """Read until the process has ended; when that was."""
        deadline = time.perf_counter() + seconds
        while self.process.poll() is None:
            if time.perf_counter() > deadline:
                raise AssertionError("it did not end")
            self._read(0.005)
        return time.perf_counter()

    def close(self) -> None:
        """End it, whatever it does."""
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        os.close(self._master)

    def _read(self, seconds: float) -> bool:
        if not select.select([self._master], [], [], seconds)[0]:
            return False
        try:
            data = os.read(self._master, 1 << 16)
        except OSError:  # the other side was closed
            return False
        self._raw += data
        return bool(data)
