"""What an explorer may send to a terminal: text without any control character, and the sequences
of Textual that are listed here. Everything else fails."""

import base64
import fcntl
import os
import pty
import re
import select
import signal
import struct
import subprocess
import sys
import termios
import time
from pathlib import Path
from typing import Any

from rich.cells import cell_len
from textual.app import App

from stop_tui.core.plain_text import plain

_SIZE = ("COLUMNS", "LINES")
_ENVIRONMENT = {name: value for name, value in os.environ.items() if name not in _SIZE} | {
    "TERM": "xterm-256color",
    "COLORTERM": "truecolor",
}
"""Without a size, which would win over the terminal's: whoever runs tests side by side sets one."""

PATIENCE = 60.0
"""Seconds until something that is never painted is a failure."""

_SEQUENCE = re.compile(
    r"\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)|\x1b\[[0-?]*[ -/]*[@-~]|\x1b[PX^_]|\x1b."
)
_ALLOWED = re.compile(
    r"\x1b\[(?:"
    r"[0-9;]*[mH]"  # styles, cursor positions
    r"|\?(?:25|1000|1002|1003|1004|1006|1015|1016|1049|2004|2026|2048|7)[hl]"  # modes
    r"|\?(?:2026|2048)\$p"  # questions about modes
    r"|>[0-9;]*u|<u"  # the keyboard protocol
    r"|\?u|6n|c"  # questions about the keyboard, the cursor, the terminal
    r"|[0-9]*[JKA]"
    r")"
)
_POINTER = re.compile(r"\x1b\]22;[a-z-]*(?:\x07|\x1b\\)")
_CLIPBOARD = re.compile(r"\x1b\]52;c;([A-Za-z0-9+/]*={0,2})\x07")
_WHITE = "\n\r"


def accepted(output: str) -> list[str]:
    """Check every character of `output`; what was copied in it (OSC 52), decoded."""
    copied = []
    at = 0
    while at < len(output):
        found = _SEQUENCE.search(output, at)
        end = len(output) if found is None else found.start()
        text = output[at:end]
        assert inert(text), f"raw text for the terminal: {text!r}"
        if found is None:
            break
        sequence, at = found[0], found.end()
        if clip := _CLIPBOARD.fullmatch(sequence):
            copied.append(base64.b64decode(clip[1], validate=True).decode())
        elif not (_ALLOWED.fullmatch(sequence) or _POINTER.fullmatch(sequence)):
            raise AssertionError(f"{output[max(0, at - 80) : at + 40]!r} has {sequence!r}")
    return copied


def inert(text: str) -> bool:
    """Whether `text` has nothing that could act on a terminal."""
    bare = text.translate(dict.fromkeys(map(ord, _WHITE)))
    return plain(bare) == bare


def sound(app: App[Any]) -> str:
    """The screen as text, after a look at all that would be sent to a terminal for it: every line
    takes the width of the screen, and no sequence is in it but Textual's."""
    compositor = app.screen._compositor
    strips = compositor.render_strips(app.size)
    assert len(strips) == app.size.height
    for y, strip in enumerate(strips):
        assert inert(strip.text), f"line {y}: {strip.text!r}"
        assert "\n" not in strip.text, f"line {y}: {strip.text!r}"
        assert strip.cell_length == app.size.width, f"line {y}: {strip.text!r}"
        assert cell_len(strip.text) == app.size.width, f"line {y}: {strip.text!r}"
    update = compositor.render_update(full=True, screen_stack=app._background_screens)
    assert accepted(update.render_segments(app.console)) == []
    return "\n".join(strip.text for strip in strips)


class StrictTerminal:
    """`stop-tui` on a terminal of its own; all it writes must be acceptable."""

    def __init__(self, cwd: Path, *arguments: str, columns: int = 140, rows: int = 40) -> None:
        self._master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
        self.process = subprocess.Popen(
            [str(Path(sys.executable).with_name("stop-tui")), *arguments],
            cwd=cwd,
            stdin=slave,
            stdout=slave,
            stderr=slave,
            env=_ENVIRONMENT,
            start_new_session=True,
        )
        os.close(slave)
        self._written = b""
        self._seen = 0

    def press(self, keys: str, then: str) -> str:
        """Send `keys` as a terminal would, and wait until `then` (a pattern) is painted; all that
        was painted."""
        self._seen = len(self._written)
        data = keys.encode()
        while data:
            data = data[os.write(self._master, data[:1024]) :]
            self._read(0)
        self.until(then)
        return self._painted()

    def until(self, wanted: str) -> None:
        """Wait until a pattern is painted, since the keys that were sent last."""
        deadline = time.monotonic() + PATIENCE
        pattern = re.compile(wanted)
        while not pattern.search(self._painted()):
            left = deadline - time.monotonic()
            assert left > 0 and self.process.poll() is None, f"{wanted!r}: {self._painted()!r}"
            self._read(min(left, 0.2))

    def output(self) -> str:
        """All that was written, to the end of the process."""
        deadline = time.monotonic() + PATIENCE
        while self.process.poll() is None and time.monotonic() < deadline:
            self._read(0.1)
        while self._read(0):
            pass
        return self._written.decode()

    def close(self) -> None:
        """End it, whatever it does."""
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        os.close(self._master)

    def _painted(self) -> str:
        return _SEQUENCE.sub("", self._written[self._seen :].decode(errors="ignore"))

    def _read(self, seconds: float) -> bool:
        if not select.select([self._master], [], [], seconds)[0]:
            return False
        try:
            data = os.read(self._master, 1 << 16)
        except OSError:  # the other side was closed
            return False
        self._written += data
        return bool(data)
