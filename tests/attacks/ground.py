"""Where attacks are run: a pool of one sandbox with bait around it, and the judgement.

An attack succeeded if the host's own state says so: what is outside has changed, a secret came
out, the sandbox's processes are or have what they must not, a bound was passed, or the program that
comes next finds what was left for it.
"""

import asyncio
import itertools
import os
import re
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

from stop_tui.core.events import Budget
from stop_tui.core.verdicts import Verdict
from stop_tui.sandbox import (
    Answer,
    ImproverRun,
    Pool,
    PromptRequest,
    Refusal,
    Reply,
    Request,
    SolutionRun,
    UsesRequest,
    UtilityRequest,
    improver_run,
)
from stop_tui.sandbox.inside import wire
from tests.attacks import levels
from tests.attacks.catalogue import Attack
from tests.attacks.inmates import Held, strangers, strays
from tests.attacks.outside import Outside
from tests.attacks.scored import Scored, utility

MEMORY = 256 << 20
LIMIT = 0.2
"""Seconds of CPU time that a solution which goes on without end is given."""
PATIENT = 5.0
"""Those of an attack that works before it is held."""
_GROWTH = 150 << 20
_LATEST = 90.0
_SOON = 5.0
_MOMENT = 0.1
_LOOK_AROUND = 50

_NEXT = """
import builtins, gc, math, os, random, signal, sys
import numpy as np
def algorithm():
    places = [builtins, math, sys, np, os, random]
    return [
        sorted(os.listdir()), sorted(os.environ), [hasattr(place, "attacked") for place in places],
        max([1, 2]), float(np.sum([1.0, 2.0])), sys.getrecursionlimit(), gc.isenabled(),
        sys.gettrace() is None, signal.getitimer(signal.ITIMER_REAL), random.random(),
        repr(signal.getsignal(signal.SIGALRM)),
    ]
"""


class Ground:
    """A pool at a level of isolation, in a loop of its own; to be used as a context manager."""

    def __init__(self, folder: Path, level: str = "full") -> None:
        self._folder = folder
        self._level = level
        self._scratch = folder / "scratch"
        self.outside = Outside(folder / "outside", self._scratch / "neighbour")

    def __enter__(self) -> "Ground":
        self._runner = asyncio.Runner()
        self._at = levels.at(self._level)
        self._at.__enter__()
        self.outside.__enter__()
        self.pool = Pool(
            size=1,
            scratch=self._scratch,
            unsafe_no_isolation=self._level == "none",
            memory=MEMORY,
        )
        self._runner.run(self.pool.__aenter__())
        assert self.pool.isolation is levels.LEVELS[self._level], self.pool.missing
        self._next = self._runner.run(self._what_comes_next())
        self._scored = Scored(self.pool, self._folder)
        return self

    def __exit__(self, *exc: object) -> None:
        self._runner.run(self._scored.close())
        self._runner.run(self.pool.__aexit__(None, None, None))
        self.outside.__exit__()
        self._at.__exit__(None, None, None)
        self._runner.close()

    def harm(self, attack: Attack) -> list[str]:
        """What `attack` achieved, in words; empty if it was stopped."""
        return self._runner.run(self._harm(attack))

    def evaluate(self, source: str, inputs: list[bytes]) -> SolutionRun:
        """An evaluation of `source` with nothing that watches it."""
        return self._runner.run(self.pool.evaluate(source, inputs, limit=PATIENT, seed=1))

    def utility(self, score: str, source: str) -> float:
        """The utility of `source` on a task whose `score` has this body."""
        folder = self._folder / f"task of {abs(hash(score))}"
        return self._runner.run(utility(self.pool, folder, score, source))

    async def _harm(self, attack: Attack) -> list[str]:
        before = _own_use()
        if attack.role == "evaluation":
            found = await self._scored.harm(attack)
            return [*found, *self.outside.harm(), *_grown(before, _own_use())]
        watch = _Watch(self._scratch)
        task = asyncio.create_task(self._run(attack))
        found = await watch.until_done(task)
        run, served = task.result()
        found += _beyond(attack, run, served)
        found += self.outside.leaked(_told(run, served))
        found += self.outside.harm()
        found += await watch.left()
        if await self._what_comes_next() != self._next:
            found.append("the next program finds what was left for it")
        found += _grown(before, _own_use())
        return list(dict.fromkeys(found))

    async def _run(self, attack: Attack) -> "tuple[SolutionRun | ImproverRun, _Served]":
        served = _Served()
        source = attack.source(self.outside.bait)
        limit = LIMIT if attack.kind in ("deadlines", "forging") else PATIENT
        if attack.role == "solution":
            inputs = [wire.encode(())] * (1 if attack.kind == "deadlines" else 2)
            return await self.pool.evaluate(source, inputs, limit=limit, seed=1), served
        before = improver_run.CPU_SECONDS, improver_run.WALL_SECONDS
        improver_run.CPU_SECONDS = improver_run.WALL_SECONDS = max(1.0, limit)
        try:
            return await self.pool.improve(
                source, "x", utility_text="t", budget=served.budget, seed=1, serve=served
            ), served
        finally:
            improver_run.CPU_SECONDS, improver_run.WALL_SECONDS = before

    async def _what_comes_next(self) -> object:
        secret = self.outside.secret("another program's source")
        run = await self.pool.evaluate(
            f"{_NEXT}\n# {secret}\n", [wire.encode(())], limit=5.0, seed=1
        )
        (call,) = run.calls
        if call.value is None:
            return call.error
        found: object = wire.decode(call.value)
        return found


class _Watch:
    """Looks at programs that are held, and lets them go."""

    def __init__(self, scratch: Path) -> None:
        self._scratch = scratch
        self._seen: set[Path] = set()

    async def until_done(self, task: "asyncio.Task[Any]") -> list[str]:
        """What is seen until `task` is done; it is ended if it goes on for too long."""
        found: list[str] = []
        end = time.monotonic() + _LATEST
        for turn in itertools.count(1):
            if task.done():
                break
            # Who has become another program is not held; it can be seen for as long as it runs.
            if turn % _LOOK_AROUND == 0:
                found += strangers(self._scratch)
            for flag in self._scratch.glob("*/attacked"):
                found += await self._look(flag, task)
            await asyncio.wait({task}, timeout=0.003)
            if time.monotonic() > end:
                task.cancel()
                await asyncio.wait({task})
                raise AssertionError("the attack goes on, and the host waits for it")
        return found

    async def _look(self, flag: Path, task: "asyncio.Task[Any]") -> list[str]:
        held = Held(flag.parent, MEMORY)
        if len(held.pids) > 2:  # a program that was killed takes a moment to be gone
            await asyncio.wait({task}, timeout=_MOMENT)
            held = Held(flag.parent, MEMORY)
        self._seen.add(flag.parent)
        found = held.harm() if not task.done() else []
        end = time.monotonic() + _SOON
        excess = held.excess()
        while excess and not task.done() and time.monotonic() < end:
            await asyncio.wait({task}, timeout=0.05)
            excess = held.excess()
        if not task.done():
            found += excess
        with suppress(FileNotFoundError):
            os.unlink(flag)  # noqa: PTH108 - takes no time
        return found

    async def left(self) -> list[str]:
        """Processes of programs that go on when their sandbox has none or another program."""
        end = time.monotonic() + _SOON
        left: set[int] = set()
        while time.monotonic() < end:
            left = set().union(*map(strays, self._seen))
            if not left:
                return []
            await asyncio.sleep(0.05)
        for pid in left:
            with suppress(ProcessLookupError):
                os.kill(pid, 9)
        return [f"{len(left)} of its processes go on"]


class _Served:
    """Serves an improver within a budget and remembers what it was asked."""

    budget = Budget(lm_calls=2, responses_per_call=3, utility_calls=4)

    def __init__(self) -> None:
        self.requests: list[Request] = []

    async def __call__(self, request: Request) -> Reply:
        self.requests.append(request)
        match request:
            case UtilityRequest():
                return Answer(0.0)
            case PromptRequest(n=n):
                return Answer(["x"] * n) if n <= 3 else Refusal("too many", "budget")
            case UsesRequest():
                return Answer(0)


def _told(run: SolutionRun | ImproverRun, served: _Served) -> bytes:
    """Everything that came out of the sandbox."""
    told = repr((run.attempts, run.untimely, served.requests)).encode()
    if isinstance(run, ImproverRun):
        return told + repr((run.returned, run.failure)).encode("utf-8", "surrogatepass")
    return told + b"".join((call.value or b"") + repr(call.error).encode() for call in run.calls)


def _beyond(attack: Attack, run: SolutionRun | ImproverRun, served: _Served) -> list[str]:
    """Bounds that the kernel's account of the program says it passed."""
    found = []
    if run.memory_bytes > MEMORY + (300 << 20):
        found.append(f"it used {run.memory_bytes >> 20} MiB of memory")
    if attack.kind == "deadlines":
        if isinstance(run, ImproverRun):
            ended, most = run.verdict is not Verdict.OK, 2.5
        else:
            ended = all(call.verdict is not Verdict.OK for call in run.calls)
            most = LIMIT + 2.0
        if not ended:
            found.append("it went on, and that counts as a result")
        if run.cpu_seconds > most:
            found.append(f"it used {run.cpu_seconds:.1f} s of CPU time")
    return found


def _own_use() -> tuple[int, int]:
    """This process's memory in bytes and its open files."""
    status = Path("/proc/self/status").read_text()
    match = re.search(r"VmRSS:\s*(\d+) kB", status)
    assert match is not None
    return int(match[1]) * 1024, len(list(Path("/proc/self/fd").iterdir()))


def _grown(before: tuple[int, int], after: tuple[int, int]) -> list[str]:
    if after[0] - before[0] > _GROWTH:
        return [f"the host grew by {(after[0] - before[0]) >> 20} MiB"]
    return []
