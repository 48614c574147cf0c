"""Runs an improver in a worker and serves what it asks for, many requests at once.

The host's clock runs only while the program has nothing to wait for. Whatever goes wrong on the
program's side becomes a verdict; what goes wrong in serving it is raised, after it was killed.
"""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from time import monotonic

import msgspec

from stop_tui.core.verdicts import Verdict
from stop_tui.sandbox import endings
from stop_tui.sandbox.inside.frames import LENGTH, MAX_FRAME, framed
from stop_tui.sandbox.inside.messages import (
    AskModel,
    AskUses,
    AskUtility,
    Ending,
    Failed,
    FromImprover,
    Header,
    ImproverProgram,
    Kind,
    Refused,
    Report,
    Returned,
    ToImprover,
    Value,
    Word,
    as_bytes,
    as_text,
)
from stop_tui.sandbox.inside.program import REASON
from stop_tui.sandbox.pipes import Closed
from stop_tui.sandbox.results import (
    Answer,
    Attempt,
    ImproverRun,
    PromptRequest,
    Refusal,
    Reply,
    Request,
    UsesRequest,
    UtilityRequest,
)
from stop_tui.sandbox.worker import GONE, Worker

CPU_SECONDS = 60.0
WALL_SECONDS = 60.0
"""By the clock on the wall, with no request outstanding."""
MAX_OUTSTANDING = 256
MAX_OUTSTANDING_BYTES = 64 << 20
"""Of the requests that are not answered yet; one beyond that is refused."""
_LEAVE_SECONDS = 5.0
"""How long a program that has returned may take to be gone."""

_TOO_MUCH = Refusal(
    f"more than {MAX_OUTSTANDING_BYTES} bytes in requests that are not answered yet", "value"
)

Serve = Callable[[Request], Awaitable[Reply]]
_decoder: msgspec.msgpack.Decoder[FromImprover] = msgspec.msgpack.Decoder(FromImprover)
_encoder = msgspec.msgpack.Encoder()


class _Violation(Exception):
    """The program broke the rules of the conversation; the message says how."""

    def __init__(self, verdict: Verdict, what: str) -> None:
        super().__init__(what)
        self.verdict = verdict
        self.what = what


async def improve(
    worker: Worker, program: ImproverProgram, *, memory: int, serve: Serve
) -> ImproverRun:
    """Run `program`, with `memory` bytes, answering its requests by `serve`."""
    return await _Conversation(worker, serve).run(program, memory)


class _Conversation:
    """One program's requests and how it ended."""

    def __init__(self, worker: Worker, serve: Serve) -> None:
        self._worker = worker
        self._serve = serve
        self._serving: set[asyncio.Task[None]] = set()
        self._thinking = 0
        """Requests that the host has not answered yet."""
        self._outstanding = 0
        """Bytes of these requests."""
        self._writing = asyncio.Lock()
        self._last: Returned | Failed | None = None

    async def run(self, program: ImproverProgram, memory: int) -> ImproverRun:
        payload = msgspec.msgpack.encode(program)
        header = Header(Kind.IMPROVER, len(payload), 0, CPU_SECONDS, CPU_SECONDS, memory)
        try:
            await self._worker.give(header, payload)
            end = await self._until_the_end()
            notes = await self._worker.notes()
            await self._stop_serving()
            self._read_what_is_left()
            self._worker.settle()
        except _Violation as violation:
            self._worker.kill(violation.what)
            return _broken(violation)
        except Closed:
            self._worker.kill(GONE)
            why = self._worker.killed
            return _broken(
                _Violation(Verdict.DIED, f"the sandbox ended: {why}"), attempted=why != GONE
            )
        finally:
            await self._stop_serving()
        return self._result(end, notes)

    async def _until_the_end(self) -> Report:
        """Serve the program until its end is reported; raises _Violation, Closed and errors of
        serving it."""
        left = WALL_SECONDS
        ended = asyncio.create_task(self._worker.report())
        frame = asyncio.create_task(self._frame())
        try:
            while True:
                since = monotonic()
                idle = self._thinking == 0
                limit = min(left, _LEAVE_SECONDS) if self._last else left if idle else None
                waited = {ended, frame, *self._serving}
                done, _ = await asyncio.wait(
                    waited, timeout=limit, return_when=asyncio.FIRST_COMPLETED
                )
                left -= monotonic() - since if idle else 0.0
                if not done:
                    raise _overdue(self._last)
                for task in done & self._serving:
                    self._serving.discard(task)
                    if self._last is None:
                        task.result()
                if frame in done:
                    self._take(*frame.result())
                    frame = asyncio.create_task(self._frame())
                elif ended in done:
                    return _end(ended)
        finally:
            for task in (ended, frame):
                task.cancel()
            await asyncio.gather(ended, frame, return_exceptions=True)

    async def _frame(self) -> tuple[FromImprover, int]:
        """The program's next message and its size in bytes."""
        (length,) = LENGTH.unpack(await self._worker.frames.exactly(LENGTH.size))
        if length > MAX_FRAME:
            raise _Violation(Verdict.TOO_LARGE, "it sent more than a message may hold")
        return _message(await self._worker.frames.exactly(length)), length

    def _take(self, message: FromImprover, size: int) -> None:
        if self._last is not None:
            return
        if isinstance(message, Returned | Failed):
            self._last = message
            for task in self._serving:
                task.cancel()
            return
        if len(self._serving) >= MAX_OUTSTANDING:
            raise _Violation(Verdict.DIED, f"more than {MAX_OUTSTANDING} requests at once")
        if self._outstanding + size > MAX_OUTSTANDING_BYTES:
            work = self._reply(message.id, _TOO_MUCH)
        else:
            self._thinking += 1
            self._outstanding += size
            work = self._answer(message, size)
        self._serving.add(asyncio.create_task(work))

    async def _answer(self, ask: AskUtility | AskUses | AskModel, size: int) -> None:
        try:
            reply = await self._serve(_request(ask))
        finally:
            self._thinking -= 1
            self._outstanding -= size
        await self._reply(ask.id, reply)

    async def _reply(self, number: int, reply: Reply) -> None:
        data = framed(_encoder.encode(_as_message(number, reply)))
        with suppress(Closed):  # a program that is gone needs no answer
            async with self._writing:
                await self._worker.orders.write(data)

    async def _stop_serving(self) -> None:
        for task in self._serving:
            task.cancel()
        await asyncio.gather(*self._serving, return_exceptions=True)
        self._serving.clear()

    def _read_what_is_left(self) -> None:
        """The program is gone: look for its last word in what it left in the pipe."""
        frames = self._worker.frames
        while (head := frames.take(LENGTH.size)) is not None:
            body = frames.take(min(LENGTH.unpack(head)[0], MAX_FRAME))
            if body is None:
                break
            message = _message(body)
            if self._last is None and isinstance(message, Returned | Failed):
                self._last = message
        frames.everything()

    def _result(self, end: Report, notes: bytes) -> ImproverRun:
        attempts, marks = endings.reported(notes)
        verdict, returned, failure = _outcome(self._last, end)
        crash = endings.crashed(end.status)
        if crash is not None:
            attempts = (*attempts, crash)
        if verdict is Verdict.TIMEOUT or end.cpu >= endings.NEAR * CPU_SECONDS:
            marks = tuple(sorted({*marks, endings.CPU_MARK}))
        return ImproverRun(returned, verdict, failure, end.cpu, end.memory, attempts, marks)


def _outcome(last: Returned | Failed | None, end: Report) -> tuple[Verdict, str | None, str | None]:
    """Verdict, what was returned, and the reason where nothing was."""
    if isinstance(last, Failed):
        reason = last.reason.decode("utf-8", "replace")[:REASON]
        return Verdict(last.verdict), None, reason
    if isinstance(last, Returned):
        try:
            return Verdict.OK, as_text(last.source), None
        except UnicodeDecodeError:
            return Verdict.BAD_RESULT, None, "what it returned is no text"
    if end.ending is Ending.TIMEOUT or endings.overran(end.status):
        return Verdict.TIMEOUT, None, f"it used up its {CPU_SECONDS:g} s of CPU time"
    return Verdict.DIED, None, endings.described(end.status)


def _broken(violation: _Violation, *, attempted: bool = True) -> ImproverRun:
    attempt = Attempt("verified", "break its sandbox", violation.what)
    if violation.verdict is Verdict.TIMEOUT:
        return ImproverRun(None, violation.verdict, violation.what, 0.0, 0, (), (endings.CPU_MARK,))
    attempts = (attempt,) if attempted else ()
    return ImproverRun(None, violation.verdict, violation.what, 0.0, 0, attempts)


def _overdue(last: Returned | Failed | None) -> _Violation:
    if last is not None:
        return _Violation(Verdict.DIED, "it went on after it had returned")
    return _Violation(
        Verdict.TIMEOUT, f"{WALL_SECONDS:g} s passed in which it was waiting for nothing"
    )


def _end(ended: "asyncio.Task[Report]") -> Report:
    try:
        report = ended.result()
    except ValueError:
        raise Closed from None  # a zygote that says anything else is as good as gone
    if report.word is not Word.END or not endings.is_end(report.status):
        raise Closed
    return report


def _message(data: bytes) -> FromImprover:
    try:
        return _decoder.decode(data)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise _Violation(Verdict.BAD_RESULT, "it sent a forged message") from None


def _request(ask: AskUtility | AskUses | AskModel) -> Request:
    try:
        match ask:
            case AskUtility(solution=None):
                return UtilityRequest(None)
            case AskUtility(solution=bytes(solution)):
                return UtilityRequest(as_text(solution))
            case AskModel(batch=False) if len(ask.messages) != 1:
                raise _Violation(Verdict.BAD_RESULT, "it sent a forged message")
            case AskModel():
                return PromptRequest(
                    messages=tuple(as_text(message) for message in ask.messages),
                    expertise=as_text(ask.expertise),
                    n=ask.n,
                    temperature=ask.temperature,
                    batch=ask.batch,
                )
        return UsesRequest()
    except UnicodeDecodeError:
        raise _Violation(Verdict.BAD_RESULT, "it sent a forged message") from None


def _as_message(number: int, reply: Reply) -> ToImprover:
    if isinstance(reply, Answer):
        value = reply.value
        return Value(number, [as_bytes(v) for v in value] if isinstance(value, list) else value)
    return Refused(number, as_bytes(reply.message), reply.error)
