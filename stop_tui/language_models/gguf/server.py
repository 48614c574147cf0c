"""The host's side of the process that serves a GGUF file: start it, hear its last words, end it."""

import asyncio
import json
import os
import re
import sys
from pathlib import Path
from typing import Self

from stop_tui.core.errors import ModelOutage
from stop_tui.core.plain_text import one_line

CONTEXT = 8192
"""Tokens of a request and its answer together."""

START_SECONDS = 600.0
"""How long loading a file may take; a large one comes from a slow disk."""

_KEPT = 4000
_LINES = 4
_LONGEST_WORDS = 400
_STAMP = re.compile(r"^[\d.]+ [A-Z] +")

_PASSED_ON = ("PATH", "PYTHONPATH", "LD_LIBRARY_PATH", "HOME", "LANG", "TMPDIR")
_PASSED_ON_FROM = ("CUDA_", "GGML_", "OMP_")
"""Variables that the process gets, by name and by beginning: what loading needs, and no keys."""


class Server:
    """One running server. Its process dies with this one, however this one ends."""

    def __init__(self, process: asyncio.subprocess.Process, file: Path) -> None:
        self.url = ""
        self._process = process
        self._file = file
        self._tail = b""
        self._listening = asyncio.create_task(self._listen())

    @classmethod
    async def start(cls, file: Path, key: str, seconds: float = START_SECONDS) -> Self:
        """Serve `file` to whoever has `key`; raises ModelOutage when that takes more than `seconds`
        or fails."""
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-P", "-m", "stop_tui.language_models.gguf.serving"),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            env=_environment(),
            start_new_session=True,  # ctrl-c is for the run, which ends the server itself
        )
        server = cls(process, file)
        try:
            async with asyncio.timeout(seconds):
                await server._ask(key)
        except BaseException as error:
            await server.stop()
            if isinstance(error, TimeoutError):
                raise server._failed(f"was not ready after {seconds:g} s") from None
            raise
        return server

    @property
    def alive(self) -> bool:
        """Whether its process runs."""
        return self._process.returncode is None

    def ended(self) -> ModelOutage:
        """The error for a server that ended by itself."""
        return self._failed("ended", "It often means that memory ran out. Resume to start again.")

    async def stop(self) -> None:
        """End it; nothing of it is left when this returns."""
        if self.alive:
            self._process.kill()
        await self._process.wait()
        await self._listening

    async def _ask(self, key: str) -> None:
        """Say what to serve and wait for the address."""
        assert self._process.stdin and self._process.stdout
        wanted = {
            "file": str(self._file),
            "model": self._file.name,
            "key": key,
            "context": CONTEXT,
            "threads": _threads(),
        }
        self._process.stdin.write(json.dumps(wanted).encode() + b"\n")
        address = await self._process.stdout.readline()
        if not address:
            await self._process.wait()
            await self._listening
            raise self._failed("cannot be served")
        self.url = f"{address.decode().strip()}/v1"

    async def _listen(self) -> None:
        """Keep the end of what it writes; a pipe that nobody empties would hold it up."""
        assert self._process.stderr
        while piece := await self._process.stderr.read(4096):
            self._tail = (self._tail + piece)[-_KEPT:]

    def _failed(self, what: str, hint: str | None = None) -> ModelOutage:
        lines = self._tail.decode("utf-8", "replace").splitlines()
        said = [_STAMP.sub("", line).strip() for line in lines if line.strip()][-_LINES:]
        words = one_line("; ".join(said), _LONGEST_WORDS)
        return ModelOutage(
            f"The model file {one_line(str(self._file), 200)} {what}"
            + (f"; the last words of llama.cpp: “{words}”." if words else "."),
            hint=hint
            or "The file may be damaged, too large for the memory that is free, or of a "
            "kind that this llama.cpp does not know: pip install --upgrade 'stop-tui[gguf]'.",
        )


def _environment() -> dict[str, str]:
    return {
        name: value
        for name, value in os.environ.items()
        if name in _PASSED_ON or name.startswith(_PASSED_ON_FROM)
    }


def _threads() -> int:
    """One core is left to generated programs: llama.cpp's threads wait for each other busily."""
    cores = len(os.sched_getaffinity(0)) if sys.platform == "linux" else os.cpu_count() or 1
    return max(1, cores - 1)
