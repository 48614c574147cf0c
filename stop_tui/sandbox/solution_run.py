"""Evaluates a solution in a worker: one call for each input, each with a verdict of its own.

A call that overruns or kills its process takes no other down: a fresh child makes the calls that
remain, until three were lost that way. Results are passed on undecoded; they are hostile.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace

import msgspec

from stop_tui.core.verdicts import Verdict
from stop_tui.sandbox import endings
from stop_tui.sandbox.inside.frames import MAX_FRAME
from stop_tui.sandbox.inside.messages import (
    Ending,
    Header,
    Kind,
    Outcome,
    Report,
    SolutionProgram,
    Word,
    as_bytes,
)
from stop_tui.sandbox.inside.program import REASON
from stop_tui.sandbox.pipes import Closed
from stop_tui.sandbox.results import Attempt, Call, SolutionRun
from stop_tui.sandbox.worker import GONE, Worker

LOAD_SECONDS = 2.0
"""CPU time that loading a solution's module may take, at least."""
MAX_RESULTS = 32 << 20
"""Bytes of results that the host holds of one child."""
_STRIKES = 3
_WALL = 6.0
_WALL_EXTRA = 5.0
"""Behind the zygote's own limits on the wall clock, which are a little shorter."""


@dataclass(frozen=True, slots=True)
class Solution:
    """What to evaluate: `inputs` are encoded tuples of arguments, `limit` CPU seconds a call,
    `memory` in bytes."""

    source: str
    function: str
    seed: int
    inputs: Sequence[bytes]
    limit: float
    memory: int

    @property
    def load_limit(self) -> float:
        """CPU seconds for loading the module."""
        return max(LOAD_SECONDS, self.limit)


async def evaluate(worker: Worker, solution: Solution) -> SolutionRun:
    """Make all calls of `solution`. Kills the worker rather than wait for it without end."""
    total = SolutionRun((), 0.0, 0)
    lost = 0
    while len(total.calls) < len(solution.inputs):
        rest = replace(solution, inputs=solution.inputs[len(total.calls) :])
        run = await _in_one_child(worker, rest)
        total = _joined(total, run)
        last = run.calls[-1]
        lost += 1
        unfinished = len(solution.inputs) - len(total.calls)
        if lost == _STRIKES or worker.killed is not None:
            never = replace(last, error="not called: too many calls were lost", cpu_seconds=0.0)
            total = replace(total, calls=total.calls + (never,) * unfinished)
    return _marked(total, solution)


async def _in_one_child(worker: Worker, solution: Solution) -> SolutionRun:
    """The calls that one child makes: all, or those up to the first that is lost.

    A module that does not load gives all calls its verdict.
    """
    count = len(solution.inputs)
    program = SolutionProgram(
        as_bytes(solution.source), solution.function, solution.seed, list(solution.inputs)
    )
    payload = msgspec.msgpack.encode(program)
    header = Header(
        Kind.SOLUTION, len(payload), count, solution.load_limit, solution.limit, solution.memory
    )
    calls: list[Call] = []
    attempts: list[Attempt] = []
    try:
        async with asyncio.timeout(
            _WALL * (solution.load_limit + count * solution.limit) + (count + 1) * _WALL_EXTRA
        ):
            await worker.give(header, payload)
            end = await _calls(worker, calls, count)
            notes = await worker.notes()
    except (Closed, TimeoutError, ValueError) as error:
        worker.kill(GONE if isinstance(error, Closed) else "it did not answer")
        calls.append(Call(Verdict.DIED, error=f"the sandbox ended: {worker.killed}"))
        end, notes = Report(Word.END, Ending.DIED), b""
        if worker.killed != GONE:
            attempts.append(Attempt("verified", "break its sandbox", worker.killed or ""))
    else:
        worker.settle()
    reported, marks = endings.reported(notes)
    attempts += reported
    if calls[-1].verdict is Verdict.DIED and worker.killed is None:
        calls[-1] = _died(calls[-1], end.status)
        crash = endings.crashed(end.status)
        attempts += [crash] if crash else []
    if calls[-1].verdict is Verdict.TOO_LARGE and calls[-1].error is None:
        calls[-1] = replace(calls[-1], error="it sent more than a result may hold")
        attempts.append(Attempt("verified", "flood its sandbox with output"))
    loading, *made = calls
    if not made or loading.verdict is not Verdict.OK:
        made = [replace(loading, value=None, cpu_seconds=0.0)] * count
    return SolutionRun(tuple(made[:count]), end.cpu, end.memory, tuple(attempts), marks)


async def _calls(worker: Worker, calls: list[Call], count: int) -> Report:
    """Fill `calls` (loading the module, then `count` more) and return the report of the end.

    Raises Closed, and ValueError when the reports do not make sense or never end.
    """
    body, held = b"", 0
    while True:
        report = await worker.report()
        if report.word is Word.END:
            if not calls or not endings.is_end(report.status):
                raise ValueError("no end of a child that was asked something")
            return report
        if len(calls) > count or len(body) + report.size > 2 * MAX_FRAME:
            raise ValueError("more than was asked for")
        body += await worker.frames.exactly(report.size)
        if report.word is Word.FRAME:
            held += len(body)
            if held > MAX_RESULTS:
                body = bytes((Outcome.TOO_LARGE,)) + b"its results are too large all together"
            calls.append(_call(report, body))
            body = b""


def _call(report: Report, body: bytes) -> Call:
    if report.ending is Ending.TIMEOUT:
        return Call(Verdict.TIMEOUT, error="it took too long", cpu_seconds=report.cpu)
    if report.ending is Ending.DIED:
        return Call(Verdict.DIED, cpu_seconds=report.cpu)
    if report.ending is Ending.TOO_LARGE:
        return Call(Verdict.TOO_LARGE, cpu_seconds=report.cpu)
    try:
        outcome = Outcome(body[0])
    except (IndexError, ValueError):
        return Call(Verdict.BAD_RESULT, error="it sent a forged result", cpu_seconds=report.cpu)
    if outcome is Outcome.VALUE:
        return Call(Verdict.OK, value=body[1:], cpu_seconds=report.cpu)
    verdict = {
        Outcome.ERROR: Verdict.ERROR,
        Outcome.TOO_LARGE: Verdict.TOO_LARGE,
        Outcome.BAD_RESULT: Verdict.BAD_RESULT,
    }[outcome]
    reason = body[1:].decode("utf-8", "replace")[:REASON]
    return Call(verdict, error=reason, cpu_seconds=report.cpu)


def _died(call: Call, status: int) -> Call:
    if endings.overran(status):
        return replace(call, verdict=Verdict.TIMEOUT, error="it took too long")
    return replace(call, error=endings.described(status))


def _joined(first: SolutionRun, second: SolutionRun) -> SolutionRun:
    return SolutionRun(
        first.calls + second.calls,
        first.cpu_seconds + second.cpu_seconds,
        max(first.memory_bytes, second.memory_bytes),
        tuple(dict.fromkeys(first.attempts + second.attempts)),
        tuple(sorted({*first.untimely, *second.untimely})),
    )


def _marked(run: SolutionRun, solution: Solution) -> SolutionRun:
    """`run` with a mark if some verdict might be another on a machine with another load."""
    near = any(
        call.verdict is Verdict.TIMEOUT or call.cpu_seconds >= endings.NEAR * solution.limit
        for call in run.calls
    )
    marks = {*run.untimely, endings.CPU_MARK} if near else run.untimely
    return replace(run, untimely=tuple(sorted(marks)))
