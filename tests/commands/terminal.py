"""The `stop-tui` command as a user has it: a process, with or without a terminal."""

import os
import pty
import select
import subprocess
import sys
import time
from pathlib import Path

STOP_TUI = str(Path(sys.executable).with_name("stop-tui"))


def stop_tui(
    *arguments: str, cwd: Path, environment: dict[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """Run a command without a terminal."""
    return subprocess.run(
        [STOP_TUI, *arguments],
        cwd=cwd,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, **(environment or {})},
    )


class Terminal:
    """A command on a terminal of its own: type to it, and wait for what it shows."""

    def __init__(self, *arguments: str, cwd: Path) -> None:
        self._master, slave = pty.openpty()
        self.process = subprocess.Popen(
            [STOP_TUI, *arguments],
            cwd=cwd,
            stdin=slave,
            stdout=slave,
            stderr=slave,
            env={**os.environ, "TERM": "xterm", "COLUMNS": "120"},
            start_new_session=True,
        )
        os.close(slave)
        self.shown = ""

    def wait_for(self, text: str, seconds: float = 30) -> str:
        """All that was shown until `text` came; fails when it never does."""
        deadline = time.monotonic() + seconds
        begun = len(self.shown)
        while text not in self.shown[begun:]:
            left = deadline - time.monotonic()
            assert left > 0, f"{text!r} was not shown in:\n{self.shown}"
            if select.select([self._master], [], [], left)[0]:
                self.shown += self._read()
        return self.shown[begun:]

    def type(self, text: str) -> None:
        """Type `text` and a return."""
        os.write(self._master, text.encode() + b"\n")

    def end(self) -> int:
        """Wait for the process to end; its exit code."""
        while self.process.poll() is None:
            if select.select([self._master], [], [], 0.2)[0]:
                self.shown += self._read()
        os.close(self._master)
        return self.process.returncode

    def _read(self) -> str:
        try:
            return os.read(self._master, 65536).decode("utf-8", "replace")
        except OSError:
            # The other side was closed; poll() will tell.
            return ""
