"""While another program has the terminal nothing is drawn, nothing stops, and all comes back."""

import os
import pty
import select
import subprocess
import sys
import time
from pathlib import Path

PROGRAM = """\
import asyncio, os, sys
from pathlib import Path
from textual.app import App
from textual.widgets import Static
from stop_tui.tui.terminal.hand_over import hand_over

OTHER = '''
import pathlib, signal, sys, time
assert signal.getsignal(signal.SIGINT) is signal.default_int_handler, "interrupts reach it"
pathlib.Path("lent").touch()
while not pathlib.Path("busy").exists():
    time.sleep(0.01)
'''


class Lender(App):
    def compose(self):
        yield Static("begun")

    def on_mount(self):
        self.run_worker(self.lend())
        self.run_worker(self.work())

    async def lend(self):
        code = await hand_over(
            self, [sys.executable, "-c", OTHER], cwd=Path.cwd(), environment=dict(os.environ)
        )
        try:
            await hand_over(self, ["no-such-program"], cwd=Path.cwd(), environment={})
        except OSError:
            self.query_one(Static).update(f"taken back with {code}")
        self.call_after_refresh(self.exit)

    async def work(self):
        while not Path("lent").exists():
            await asyncio.sleep(0.01)
        for number in range(200):  # more than a suspended driver takes
            self.query_one(Static).update(f"secret {number}")
            await asyncio.sleep(0.002)
        os.kill(os.getpid(), 2)
        Path("busy").touch()


Lender().run()
"""


def test_the_app_works_on_draws_nothing_and_takes_the_terminal_back(tmp_path: Path) -> None:
    master, slave = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-c", PROGRAM],
        cwd=tmp_path,
        stdin=slave,
        stdout=slave,
        stderr=slave,
        env={**os.environ, "TERM": "xterm-256color"},
        start_new_session=True,
    )
    os.close(slave)
    shown = _shown_until_the_end(master)
    os.close(master)
    if process.poll() is None and "taken back" not in shown:
        process.kill()
    assert process.wait() == 0, shown
    assert "taken back with 0" in shown
    assert shown.count("secret") <= 1  # the last one, if it was drawn before the next text


def _shown_until_the_end(master: int, seconds: float = 30) -> str:
    shown, deadline = b"", time.monotonic() + seconds
    while select.select([master], [], [], max(0, deadline - time.monotonic()))[0]:
        try:
            piece = os.read(master, 65536)
        except OSError:  # the other side was closed
            break
        if not piece:
            break
        shown += piece
    return shown.decode("utf-8", "replace")
