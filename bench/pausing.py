"""How long pausing takes while a call of the model hangs, and while generated programs compute."""

import asyncio
import tempfile
import time
from pathlib import Path

from bench.row import Row
from stop_tui.core import events as ev
from stop_tui.core.state import State
from stop_tui.engine import starting
from stop_tui.engine.gate import AutoGate
from stop_tui.language_models import Completion, Heard, Request, Response
from stop_tui.workspace import create_workspace

BUSY = 1.0
"""Seconds for which programs have computed when the run is paused."""

_IMPROVER = "def improve_algorithm(initial_solution, utility, language_model):\n"
_ASK = '    language_model.prompt("expert", "improve")\n'
_LOOP = "    while True: pass\n"
_SOLUTION = "def algorithm(*arguments):\\n    while True: pass\\n"
_INNER = f'{_IMPROVER}{_ASK}    return str(utility("{_SOLUTION}"))\n'

CASES = {
    "a call of the model hangs": (_IMPROVER + _ASK, True),
    "an improver computes": (_IMPROVER + _ASK + _LOOP, False),
    "solutions are scored": (f"{_IMPROVER}    return str(utility({_INNER!r}))\n", False),
}


class _Model:
    """Answers at once, or never."""

    name = "bench"
    offline = False

    def __init__(self, hangs: bool) -> None:
        self._hangs = hangs

    def check_task(self, utility_text: str, seed_solution: str) -> None:
        pass

    async def complete(self, request: Request, heard: Heard | None = None) -> Completion:
        if self._hangs:
            await asyncio.Event().wait()
        return Completion("bench", (Response(""),))

    async def close(self) -> None:
        pass


async def _paused_after(run: starting.Run, begun: asyncio.Event) -> float:
    executing = asyncio.create_task(run.execute())
    await begun.wait()
    await asyncio.sleep(BUSY)
    at = time.perf_counter()
    executing.cancel()
    await asyncio.wait([executing])
    return time.perf_counter() - at


def _measure(folder: Path, improver: str, hangs: bool) -> float:
    workspace = create_workspace(folder)
    (workspace.improvers / "seed.py").write_text(improver)
    begun = asyncio.Event()

    def listen(event: ev.AnyEvent, state: State) -> None:
        if isinstance(event, ev.ModelCallSent if hangs else ev.ModelCalled):
            begun.set()

    settings = ev.Settings(name="bench", tasks=("lpn",))
    with starting.new_run(
        workspace, settings, lambda *_: AutoGate(), [listen], model=_Model(hangs)
    ) as run:
        return asyncio.run(_paused_after(run, begun))


def measure() -> list[Row]:
    rows = []
    for name, (improver, hangs) in CASES.items():
        with tempfile.TemporaryDirectory() as folder:
            seconds = _measure(Path(folder) / "workspace", improver, hangs)
        rows.append(Row(f"pausing while {name}", seconds, 1.0, "s", ""))
    return rows
