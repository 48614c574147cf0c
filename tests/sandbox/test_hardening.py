"""What an attacker found, one test each: it must stay closed."""

import asyncio
import os

import pytest

from stop_tui.core.verdicts import Verdict
from stop_tui.sandbox import (
    Answer,
    ImproverRun,
    PromptRequest,
    Reply,
    Request,
    SolutionRun,
    endings,
    improver_run,
)
from stop_tui.sandbox.inside import wire
from tests.sandbox.sandboxes import Recorder, Sandboxes, improver, returned

pytestmark = pytest.mark.skipif(
    os.uname().sysname != "Linux", reason="there is no isolation to test elsewhere"
)


def outcome(sandboxes: Sandboxes, *lines: str) -> object:
    """What a solution with these lines leaves in `out`; `tried` and `refused` give errors names."""
    body = "".join(f"    {line}\n" for line in lines)
    return sandboxes.value(
        "import ctypes, errno, fcntl, mmap, os, socket, struct, tempfile\n"
        "libc = ctypes.CDLL(None, use_errno=True)\n"
        "def tried(call, *arguments):\n"
        "    ctypes.set_errno(0)\n"
        "    done = call(*arguments)\n"
        "    return errno.errorcode[ctypes.get_errno()] if done < 0 else 'done'\n"
        "def refused(call, *arguments):\n"
        "    try: call(*arguments)\n"
        "    except OSError as error: return errno.errorcode[error.errno]\n"
        "    return 'done'\n"
        f"def algorithm():\n{body}    return out\n"
    )


def no_break(run: ImproverRun | SolutionRun) -> bool:
    return not any(attempt.trust == "verified" for attempt in run.attempts)


# Files


def test_space_cannot_be_taken_beyond_the_largest_size_of_a_file(sandboxes: Sandboxes) -> None:
    assert outcome(
        sandboxes,
        "fd = os.open('big', os.O_CREAT | os.O_RDWR)",
        "size = ctypes.c_long(64 << 20)",
        "out = tried(libc.fallocate, fd, 1, ctypes.c_long(0), size), os.fstat(fd).st_blocks",
    ) == ("EPERM", 0)


def test_files_without_a_name_cannot_be_made(sandboxes: Sandboxes) -> None:
    assert outcome(
        sandboxes,
        "out = [refused(os.open, '.', os.O_TMPFILE | os.O_RDWR)]",
        "flags = os.O_TMPFILE | os.O_RDWR",
        "how = ctypes.create_string_buffer(struct.pack('<QQQ', flags, 0o600, 0))",
        "out.append(tried(libc.syscall, ctypes.c_long(437), -100, b'.', how, 24))",
        "if os.uname().machine == 'x86_64':",
        "    out.append(tried(libc.syscall, ctypes.c_long(2), b'.', flags, 0o600))",
        "with tempfile.TemporaryFile() as file: out.append(file.write(b'as ever'))",
    ) == ["ENOTSUP", "ENOSYS", *["ENOTSUP"] * (os.uname().machine == "x86_64"), 7]


@pytest.mark.parametrize("keep", ["kept.append(fd)", "kept.append(mmap.mmap(fd, 1)); os.close(fd)"])
def test_removed_files_are_counted_as_long_as_they_take_space(
    sandboxes: Sandboxes, keep: str
) -> None:
    run = sandboxes.evaluate(
        "import mmap, os, time\n"
        "def algorithm():\n"
        "    kept = []\n"
        "    for n in range(6):\n"
        "        fd = os.open('f', os.O_CREAT | os.O_RDWR)\n"
        "        os.unlink('f')\n"
        "        os.write(fd, bytes(15 << 20))\n"
        f"        {keep}\n"
        "    time.sleep(5)\n"
        "    return 'hidden'\n",
        limit=8.0,
    )
    assert run.calls[0].verdict is Verdict.DIED
    assert "removed files" in (run.calls[0].error or "")


def test_a_few_removed_files_are_fine(sandboxes: Sandboxes) -> None:
    assert (
        outcome(
            sandboxes,
            "import time",
            "with tempfile.TemporaryFile() as file:",
            "    out = file.write(bytes(1 << 20)); file.flush(); time.sleep(0.6)",
        )
        == 1 << 20
    )


def test_only_harmless_ioctls_are_left(sandboxes: Sandboxes) -> None:
    # FS_IOC_SETFLAGS on a file of its own, FIOSETOWN and FIOASYNC on a socket; then FIONREAD.
    assert outcome(
        sandboxes,
        "fd = os.open('own', os.O_CREAT | os.O_RDWR)",
        "a, b = socket.socketpair()",
        "one = ctypes.c_long(1)",
        "asks = ((fd, 0x40086602), (a.fileno(), 0x8901), (a.fileno(), 0x5452),",
        "        (fd, 0x80086601), (a.fileno(), 0x541B))",
        "out = [tried(libc.ioctl, n, ctypes.c_ulong(r), ctypes.byref(one)) for n, r in asks]",
    ) == ["EPERM"] * 4 + ["done"]


def test_files_outside_are_not_leased_and_pipes_keep_their_ways(sandboxes: Sandboxes) -> None:
    assert (
        outcome(
            sandboxes,
            "fd = os.open(os.__file__, os.O_RDONLY)",
            "own = os.open('own', os.O_CREAT | os.O_RDWR)",
            "r, w = os.pipe()",
            "flags = fcntl.fcntl(w, fcntl.F_GETFL)",
            "asks = ((fd, 1024, 0), (own, 1024, 1), (fd, 1026, 1), (w, 1031, 4096),",
            "        (w, 4, flags | os.O_DIRECT), (w, 4, flags | os.O_NONBLOCK), (w, 1, 0))",
            "out = [refused(fcntl.fcntl, *ask) for ask in asks]",
        )
        == ["EPERM"] * 5 + ["done"] * 2
    )


# Notes


def test_forged_notes_cannot_act_on_a_terminal() -> None:
    notes = "!ha\x1b[2Jck\tand \x1b]52;c;ZQ==\x07\u202e more\r\n!\x1b\t\n".encode()
    attempts, _ = endings.reported(notes.ljust(4096, b"\0"))
    assert attempts
    for attempt in attempts:
        assert (attempt.what + attempt.detail).isprintable()
        assert "\u202e" not in attempt.detail


# Threads


def test_a_flood_of_threads_ends_the_program(sandboxes: Sandboxes) -> None:
    run = sandboxes.improve(
        improver(
            "import _thread, threading, time",
            "threading.stack_size(32768)",
            "lock = _thread.allocate_lock(); lock.acquire()",
            "for n in range(2000): _thread.start_new_thread(lock.acquire, ())",
            "time.sleep(5)",
            "return 'flooded'",
        )
    )
    assert run.verdict is Verdict.DIED
    assert "threads" in (run.failure or "")
    assert returned(sandboxes, "return 'fine'") == "fine"


# Conversation


@pytest.mark.parametrize("messages", ["[]", "[b'a', b'b']"])
def test_a_prompt_that_is_no_batch_has_one_message(sandboxes: Sandboxes, messages: str) -> None:
    recorder = Recorder()
    run = sandboxes.improve(
        improver(
            "Ask = type(language_model)._ask.__globals__['AskModel']",
            "c = language_model._conversation",
            f"return repr(c.ask(Ask(c.next_id(), b'e', {messages}, 1, 0.7, False)))",
        ),
        recorder,
    )
    assert run.verdict is Verdict.BAD_RESULT
    assert recorder.requests == []


def test_a_value_error_in_serving_is_not_the_programs_fault(sandboxes: Sandboxes) -> None:
    async def fail(request: Request) -> Reply:
        raise ValueError("a mistake of ours")

    with pytest.raises(ValueError, match="a mistake of ours"):
        sandboxes.improve(improver("utility('x')"), fail)
    assert returned(sandboxes, "return 'fine'") == "fine"


@pytest.mark.parametrize(
    "call",
    [
        "language_model.batch_prompt('e', ['x'] * 10_001)",
        "language_model.prompt('e', 'x' * (9 << 20))",
        "utility('x' * (9 << 20))",
    ],
)
def test_requests_that_are_too_large_raise_in_the_program(sandboxes: Sandboxes, call: str) -> None:
    run = sandboxes.improve(
        improver(f"try: {call}", "except ValueError as error: return f'told: {error}'")
    )
    assert (run.returned or "").startswith("told: "), run
    assert no_break(run)


def test_bytes_in_open_requests_are_bounded(
    sandboxes: Sandboxes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(improver_run, "MAX_OUTSTANDING_BYTES", 2_500_000)
    asked: list[Request] = []
    both = asyncio.Event()

    async def serve(request: Request) -> Reply:
        asked.append(request)
        if isinstance(request, PromptRequest):
            both.set()
            return Answer(["go on"])
        await asyncio.wait_for(both.wait(), 10)
        return Answer(1.0)

    run = sandboxes.improve(
        improver(
            "import threading, queue",
            "refused = queue.Queue()",
            "def ask():",
            "    try: utility('x' * 1_000_000)",
            "    except ValueError: refused.put(1)",
            "threads = [threading.Thread(target=ask) for _ in range(5)]",
            "for thread in threads: thread.start()",
            "for _ in range(3): refused.get()",
            "language_model.prompt('e', 'm')",
            "for thread in threads: thread.join()",
            "utility('x' * 1_000_000)",
            "return str(refused.qsize())",
        ),
        serve,
    )
    assert run.returned == "0", run
    assert len(asked) == 4


# Objects that do harm when they are looked at

_EVIL = """
class Meta(type):
    @property
    def __name__(cls): raise KeyboardInterrupt
class Hidden(Exception, metaclass=Meta): pass
class Text(str):
    def __str__(self): return 5
    def __getitem__(self, index): return self
    def __add__(self, other): return self
    def __radd__(self, other): return self
    def __format__(self, how): raise SystemExit
    def encode(self, *how): return 5
class Loud(Exception):
    def __str__(self): return Text('y' * 1000)
"""


@pytest.mark.parametrize(
    ("last", "verdict"),
    [
        ("raise Hidden()", Verdict.ERROR),
        ("raise Loud()", Verdict.ERROR),
        ("return Hidden()", Verdict.BAD_RESULT),
    ],
)
def test_evil_objects_give_a_verdict(sandboxes: Sandboxes, last: str, verdict: Verdict) -> None:
    assert sandboxes.improve(_EVIL + improver(last)).verdict is verdict
    run = sandboxes.evaluate(_EVIL + f"def algorithm():\n    {last}\n")
    assert [call.verdict for call in run.calls] == [verdict]
    assert len(run.calls[0].error or "") <= 300


def test_evil_strings_are_taken_for_their_text(sandboxes: Sandboxes) -> None:
    recorder = Recorder()
    run = sandboxes.improve(
        _EVIL
        + improver(
            "assert utility(Text('abc')) == 3.0",
            "assert language_model.prompt(Text('e'), Text('m')) == ['M']",
            "return Text('source')",
        ),
        recorder,
    )
    assert run.returned == "source", run


# Results


@pytest.mark.parametrize(
    "result",
    [
        "'x' * 100_000_000",
        "'x' * 1_000_000_000",
        "b'x' * 700_000_000",
        "['x' * 100_000_000] * 50",
        "[['x' * 7_000_000], ['x' * 7_000_000]]",
        "{'x' * 600_000_000: 1}",
        "numpy.zeros(20_000_000)",
        "[numpy.zeros(1_000_000)] * 200",
        "[0] * 2_000_000",
    ],
)
def test_large_results_are_too_large(sandboxes: Sandboxes, result: str) -> None:
    run = sandboxes.evaluate(f"import numpy\ndef algorithm():\n    return {result}\n", limit=5.0)
    assert [call.verdict for call in run.calls] == [Verdict.TOO_LARGE], run
    assert no_break(run)


def test_the_largest_results_still_pass() -> None:
    text = "x" * (wire.MAX_BYTES - 100)
    assert wire.decode(wire.encode([text])) == [text]


def test_results_that_are_too_large_all_together_are_not_held(sandboxes: Sandboxes) -> None:
    source = "def algorithm(x):\n    return bytes(3 << 20)\n"
    run = sandboxes.evaluate(source, *((number,) for number in range(12)))
    verdicts = [call.verdict for call in run.calls]
    assert verdicts == [Verdict.OK] * 10 + [Verdict.TOO_LARGE] * 2
    assert "all together" in (run.calls[-1].error or "")
