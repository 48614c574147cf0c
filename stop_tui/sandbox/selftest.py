"""Decides how well this machine isolates programs, by having one try to get out.

Full: sandlock and the project's own lock-down are in place, and nothing got out. Degraded: what is
vital is stopped, something else is not, and is named. None: a program could do harm.
"""

import contextlib
import os
import secrets
import socket
import tempfile
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from stop_tui.core.errors import IsolationError
from stop_tui.core.verdicts import Isolation, Verdict
from stop_tui.sandbox import escapes, launch
from stop_tui.sandbox.inside import wire
from stop_tui.sandbox.results import SolutionRun
from stop_tui.sandbox.solution_run import Solution, evaluate
from stop_tui.sandbox.worker import Worker

_MEMORY = 1 << 30
Start = Callable[[bool], Awaitable[Worker]]
"""Starts a worker, in sandlock or (False) without."""


@dataclass(frozen=True, slots=True)
class Finding:
    """What the self-test found: the level, what is not stopped, and the worker it ended with."""

    isolation: Isolation
    missing: tuple[str, ...]
    sandlock: bool
    worker: Worker


async def tested(start: Start) -> Finding:
    """The best isolation this machine gives; `start` must not reuse workers.

    Raises IsolationError when no sandboxed interpreter starts at all.
    """
    reasons: list[str] = []
    try:
        worker = await start(True)
    except IsolationError as error:
        reasons.append(error.message)
    else:
        escaped = await _escaped(worker)
        if not escaped and worker.filtered and worker.landlock:
            return Finding(Isolation.FULL, (), True, worker)
        if not escapes.VITAL.keys() & set(escaped):
            return Finding(Isolation.DEGRADED, _named(worker, escaped), True, worker)
        worker.kill("it does not isolate")
        reasons.append("sandlock does not stop programs here")
    worker = await start(False)
    escaped = await _escaped(worker)
    missing = (*reasons, *_named(worker, escaped))
    level = Isolation.NONE if escapes.VITAL.keys() & set(escaped) else Isolation.DEGRADED
    return Finding(level, missing, False, worker)


def _named(worker: Worker, escaped: tuple[str, ...]) -> tuple[str, ...]:
    layers = []
    if not worker.landlock:
        layers.append("the kernel has no Landlock")
    if not worker.filtered:
        layers.append(f"there is no system call table for {os.uname().machine}")
    return (*layers, *(f"programs can {name}" for name in escaped))


async def _escaped(worker: Worker) -> tuple[str, ...]:
    """The names of the escapes that succeeded in `worker`."""
    with _outside() as given:
        found = _successes(await evaluate(worker, _attempt(given)))
    return tuple(name for name in escapes.ESCAPES if found[name])


def _attempt(given: dict[str, Any]) -> Solution:
    return Solution(
        source=Path(str(escapes.__file__)).read_text(encoding="utf-8"),
        function="algorithm",
        seed=0,
        inputs=[wire.encode((given,))],
        limit=5.0,
        memory=_MEMORY,
    )


def _successes(run: SolutionRun) -> dict[str, bool]:
    call = run.calls[0]
    if call.verdict is not Verdict.OK or call.value is None:
        raise IsolationError(f"The isolation of programs cannot be tested: {call.error}")
    found = wire.decode(call.value)
    return {name: bool(found[name]) for name in escapes.ESCAPES}


@contextlib.contextmanager
def _outside() -> Iterator[dict[str, Any]]:
    """Things that a program must not get at."""
    with (
        tempfile.TemporaryDirectory(prefix="stop-tui-") as folder,
        socket.create_server(("127.0.0.1", 0)) as server,
        socket.socket(socket.AF_UNIX) as service,
        socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as datagrams,
    ):
        secret = Path(folder) / "secret"
        content = secrets.token_hex()
        secret.write_text(content)
        # Its path may be too long for a socket; then there is no such service to reach.
        with contextlib.suppress(OSError):
            service.bind(str(Path(folder) / "service"))
            service.listen()
            datagrams.bind(str(Path(folder) / "datagrams"))
        yield {
            "secret": str(secret),
            "content": content,
            "target": str(Path(folder) / "target"),
            "unix": str(Path(folder) / "service"),
            "datagrams": str(Path(folder) / "datagrams"),
            "port": server.getsockname()[1],
            "pid": os.getpid(),
            "variables": sorted(set(os.environ) - launch.ENVIRONMENT),
        }
