"""The host's side of the scoring process: one child that runs the user's `instance` and `score`.

It is started when first needed, and again after it died or overran a deadline; everything it
answers is a value, so nothing is lost. Nothing here may decode what comes from a sandbox, nor wait
without a deadline.
"""

import asyncio
import contextlib
import os
import signal
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import Iterable, Mapping, Sequence

from stop_tui.core.errors import StopError, TaskError
from stop_tui.core.events import Phase, Split
from stop_tui.scoring import messages as say
from stop_tui.scoring.reading import line_of
from stop_tui.scoring.task import Task

DEADLINE = 10.0
"""Seconds of wall time for one call of `instance` or `score`."""

GRACE = 1.5
"""After that many deadlines the host ends what the alarm in the process could not interrupt."""

START_DEADLINE = 60.0

TO_CORRECT = "This task cannot be used until that is corrected; other tasks can."

KILLED = (
    "See whether it kills itself or needs more memory than this machine has; until then this task "
    "cannot be used, but other tasks can."
)

_KEPT_ENVIRONMENT = ("PATH", "LD_LIBRARY_PATH", "TZ")


class TaskFault(TaskError):
    """The task's code fails on an output; `outside` is the score outside [0, 1] that it gave, in
    words, or empty."""

    outside = ""


class _Killed(TaskError):
    """The process was ended by SIGKILL, which is not this program's doing."""


class ScoringProcess:
    """Makes instances and scores outputs. Use as an async context manager, or call `close`."""

    def __init__(self, *, deadline: float = DEADLINE) -> None:
        self._deadline = deadline
        self._process: Process | None = None
        self._loaded: dict[str, str] = {}
        self._lock = asyncio.Lock()

    async def __aenter__(self) -> "ScoringProcess":
        return self

    async def __aexit__(self, *exc: object) -> None:
        await self.close()

    async def close(self) -> None:
        """End the process; it is started again if something is asked later."""
        async with self._lock:
            await self._end()

    async def instances(
        self, task: Task, split: Split, phase: Phase, seed: int, indexes: Sequence[int]
    ) -> tuple[bytes, ...]:
        """The inputs of the instances, each a tuple in the wire's encoding.

        Raises TaskError, with file and line, where the task's code fails."""
        questions = [
            say.MakeInstance(say.Place(task.name, split, phase, seed, index)) for index in indexes
        ]
        replies = await self._ask(task, questions, "instance")
        return tuple(reply.data for reply in replies if isinstance(reply, say.Inputs))

    async def score(
        self, task: Task, split: Split, phase: Phase, seed: int, outputs: Mapping[int, bytes]
    ) -> dict[int, say.Score | say.Refused]:
        """The scores of `outputs`, values in the wire's encoding by the index of their instance.

        Raises TaskError where the task's code fails otherwise than by refusing an output."""
        questions = [
            say.ScoreOutput(say.Place(task.name, split, phase, seed, index), output)
            for index, output in outputs.items()
        ]
        replies = await self._ask(task, questions, "score")
        return dict(zip(outputs, _scores(replies), strict=True))

    async def numbers(
        self, task: Task, outputs: Mapping[int, bytes]
    ) -> dict[int, say.Score | say.Refused]:
        """What a utility of the original's form returned, as scores; keys and encoding as above."""
        questions = [say.CheckNumber(output) for output in outputs.values()]
        replies = await self._ask(task, questions, "utility")
        return dict(zip(outputs, _scores(replies), strict=True))

    async def _ask(
        self, task: Task, questions: Sequence[say.AnyQuestion], what: str
    ) -> list[say.AnyReply]:
        async with self._lock:
            try:
                return await self._loaded_and_asked(task, questions, what)
            except _Killed:
                # From outside, or for lack of memory: all it answers are values, so ask again.
                return await self._loaded_and_asked(task, questions, what)

    async def _loaded_and_asked(
        self, task: Task, questions: Sequence[say.AnyQuestion], what: str
    ) -> list[say.AnyReply]:
        if task.form == "instances" and self._loaded.get(task.name) != task.utility_text:
            load = say.Load(task.name, str(task.utility_file), task.utility_text)
            await self._exchange(task, [load], "the file")
            self._loaded[task.name] = task.utility_text
        return await self._exchange(task, questions, what)

    async def _exchange(
        self, task: Task, questions: Sequence[say.AnyQuestion], what: str
    ) -> list[say.AnyReply]:
        process = self._process or await self._start()
        try:
            replies = await self._replies(process, questions)
        except TimeoutError:
            await self._end()
            message = f"`{what}` took more than {self._deadline:g} s and could not be interrupted."
            raise TaskError(f"{_where(task, what)}: {message}", hint=TO_CORRECT) from None
        except (asyncio.IncompleteReadError, ConnectionError):
            code = await self._end()
            if code == -signal.SIGKILL:
                message = f"`{what}` ended its process (signal 9), twice."
                raise _Killed(f"{_where(task, what)}: {message}", hint=KILLED) from None
            how = f"signal {-code}" if code < 0 else f"exit code {code}"
            message = f"`{what}` ended its process ({how})."
            raise TaskError(f"{_where(task, what)}: {message}", hint=TO_CORRECT) from None
        except say.Nonsense:
            await self._end()
            message = f"`{what}` wrote into the pipe on which its process answers."
            raise TaskError(f"{_where(task, what)}: {message}", hint=TO_CORRECT) from None
        except asyncio.CancelledError:
            # The replies that are still to come would be taken for those to the next questions.
            await self._end()
            raise
        for reply in replies:
            if isinstance(reply, say.Broken):
                await self._end()
                message = f"{task.utility_file}:{reply.line}: {reply.message}."
                fault = TaskFault(message, hint=TO_CORRECT)
                fault.outside = reply.outside
                raise fault
        return replies

    async def _replies(
        self, process: Process, questions: Sequence[say.AnyQuestion]
    ) -> list[say.AnyReply]:
        """The replies to `questions`, up to the first that says that the task is broken."""
        assert process.stdin is not None
        # Not drained: while it is written, replies must be read, or both pipes may fill up.
        process.stdin.writelines([say.frame(question) for question in questions])
        replies: list[say.AnyReply] = []
        for question in questions:
            async with asyncio.timeout(self._deadline * GRACE):
                replies.append(await _reply(process, question))
            if isinstance(replies[-1], say.Broken):
                break
        return replies

    async def _start(self) -> Process:
        environment = {
            name: os.environ[name] for name in _KEPT_ENVIRONMENT if name in os.environ
        } | {"PYTHONHASHSEED": "0", "LANG": "C.UTF-8", "OMP_NUM_THREADS": "1"}
        self._process = await asyncio.create_subprocess_exec(
            sys.executable,
            *("-s", "-P", "-B", "-m", "stop_tui.scoring.worker"),
            *(str(self._deadline), str(os.getpid())),
            stdin=PIPE,
            stdout=PIPE,
            stderr=DEVNULL,
            env=environment,
            cwd="/",
            start_new_session=True,
        )
        try:
            async with asyncio.timeout(START_DEADLINE):
                await _reply(self._process)
        except (TimeoutError, asyncio.IncompleteReadError, say.Nonsense) as error:
            code = await self._end()
            raise StopError(
                f"The process that scores solutions does not start (exit code {code}).",
                hint=f"See what `{sys.executable} -c 'import stop_tui.scoring.worker'` prints.",
            ) from error
        except asyncio.CancelledError:
            await self._end()
            raise
        return self._process

    async def _end(self) -> int:
        """Kill the process with all it started; returns its exit code."""
        process, self._process = self._process, None
        self._loaded.clear()
        if process is None:
            return 0
        assert process.stdin is not None
        if process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
        process.stdin.close()
        return await process.wait()


def _where(task: Task, function: str) -> str:
    return f"{task.utility_file}:{line_of(task.utility_text, function)}"


def _scores(replies: Iterable[say.AnyReply]) -> list[say.Score | say.Refused]:
    return [reply for reply in replies if isinstance(reply, say.Score | say.Refused)]


async def _reply(process: Process, question: say.AnyQuestion | None = None) -> say.AnyReply:
    assert process.stdout is not None
    size = say.reply_size(await process.stdout.readexactly(say.HEADER.size))
    return say.reply(await process.stdout.readexactly(size), question)
