"""One explorer, in a process of its own, and the page that shows it.

The explorer draws for a browser instead of a terminal (Textual's web driver). It ends with its
page, and it does not outlive this process either.
"""

import asyncio
import ctypes
import json
import signal
import sys
from asyncio.subprocess import PIPE, Process
from typing import Literal

from aiohttp import WSMsgType, web
from textual_serve.app_service import AppService
from textual_serve.download_manager import DownloadManager

EXPLORER = (sys.executable, "-P", "-m", "stop_tui.cli")
"""The command line; without the folder it is started in, which may have modules of any name."""

LEAVE_WITHIN = 3.0
"""Seconds that an explorer gets to pause its runs and leave."""

LARGEST = 1_000
"""Columns or rows of a terminal; no screen has more."""

UNTAKEN = 8_000_000
"""Bytes that wait for an explorer to take them; what is typed beyond is lost, as on a terminal."""

_PR_SET_PDEATHSIG = 1


class Session(AppService):
    """An explorer that talks to `page`. Use `talk`, once."""

    def __init__(self, page: web.WebSocketResponse) -> None:
        super().__init__(
            " ".join(EXPLORER),
            write_bytes=page.send_bytes,
            write_str=page.send_str,
            close=self._leave_page,
            download_manager=DownloadManager(),
        )
        self._page = page

    async def talk(self, width: int, height: int) -> None:
        """Start the explorer, `width` columns wide, and stay with it until it or its page ends."""
        await self.start(_bounded(width), _bounded(height))
        try:
            async for message in self._page:
                if message.type is WSMsgType.TEXT:
                    await self._take(message.data)
        finally:
            await self.stop()

    async def run(self) -> None:
        """Show on the page what the explorer draws; close the page when it has ended, however."""
        try:
            await super().run()
        finally:
            await self._page.close()

    async def stop(self) -> None:
        """Have the explorer pause its runs and leave; one that does not is killed."""
        process, self._process = self._process, None
        showing = self._task
        if process is None or showing is None or process.stdout is None:
            return
        await self.send_meta({"type": "quit"})
        try:
            async with asyncio.timeout(LEAVE_WITHIN):
                # Not awaited itself: it takes being cancelled for an end, and no time would be up.
                await asyncio.wait([showing])
                # With its page gone nobody reads what it draws, and it must not wait for that.
                while await process.stdout.read(1 << 16):
                    pass
                await process.wait()
        except TimeoutError:
            pass  # it is killed below
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()
            showing.cancel()
            await asyncio.wait([showing])
        if not showing.cancelled():
            showing.result()

    async def send_bytes(self, data: bytes) -> bool:
        """Hand on what was typed; returns whether that could be."""
        return self._hand_on(b"D", data)

    async def send_meta(self, data: dict[str, str | int | bool | None]) -> bool:
        """Hand on what is not typed, such as a new size; returns whether that could be."""
        return self._hand_on(b"M", json.dumps(data).encode())

    def _hand_on(self, kind: Literal[b"D", b"M"], data: bytes) -> bool:
        """Write to the explorer without waiting for it: one that hangs takes nothing, and whoever
        waited for it would not see that the page is closed, nor end it."""
        to_explorer = self.stdin.transport
        if to_explorer.is_closing() or to_explorer.get_write_buffer_size() > UNTAKEN:
            return False
        self.stdin.write(self.encode_packet(kind, data))
        return True

    async def _leave_page(self) -> None:
        await self._page.close()

    async def _take(self, text: str) -> None:
        """Hand on what the page sent; what is no message of the page's is left alone."""
        try:
            message = json.loads(text)
        except (ValueError, RecursionError):
            return
        match message:
            case ["stdin", str(typed)]:
                await self.send_bytes(typed.encode("utf-8", "replace"))
            case ["resize", {"width": int(width), "height": int(height)}]:
                await self.set_terminal_size(_bounded(width), _bounded(height))
            case ["ping", str(sent)]:
                await self._page.send_json(["pong", sent])
            case ["blur"]:
                await self.blur()
            case ["focus"]:
                await self.focus()

    async def _open_app_process(self, width: int = 80, height: int = 24) -> Process:
        libc = ctypes.CDLL(None)

        def end_with_us() -> None:
            libc.prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)

        self._process = await asyncio.create_subprocess_exec(
            *EXPLORER,
            stdin=PIPE,
            stdout=PIPE,
            stderr=PIPE,
            env=self._build_environment(width, height),
            # Ctrl-c on our terminal is for us, who then let each explorer pause its runs.
            process_group=0,
            preexec_fn=end_with_us if sys.platform == "linux" else None,
        )
        self._stdin = self._process.stdin
        return self._process


def _bounded(size: int) -> int:
    return min(max(size, 1), LARGEST)
