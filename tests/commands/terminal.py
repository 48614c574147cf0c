"""The `stop-tui` command as a user has it: a process, with or without a terminal; or, where it does
not matter that it is a process of its own, in this one, which saves loading everything again.
"""

import io
import os
import pty
import select
import subprocess
import sys
import time
from contextlib import chdir, redirect_stderr, redirect_stdout
from pathlib import Path
from unittest.mock import patch

from stop_tui.cli import main

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


def here(
    *arguments: str, cwd: Path, environment: dict[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """Run a command without a terminal, in this process; what it fails to handle is raised."""
    out, err = (io.TextIOWrapper(io.BytesIO(), encoding="utf-8", newline="\n") for _ in range(2))
    with (
        Path(os.devnull).open() as nothing,
        chdir(cwd),
        patch.dict(os.environ, environment or {}),
        patch("sys.stdin", nothing),
        redirect_stdout(out),
        redirect_stderr(err),
        patch("gc.freeze"),  # what is garbage here is for the tests to say
        patch("gc.set_threshold"),
    ):
        try:
            code = main(arguments)
        except SystemExit as ended:  # as argparse does
            code = ended.code if isinstance(ended.code, int) else 1
    for stream in (out, err):
        stream.flush()
    said = [stream.buffer.getvalue().decode() for stream in (out, err)]
    return subprocess.CompletedProcess(arguments, code, *said)


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
