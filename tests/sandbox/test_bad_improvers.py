"""However an improver behaves, it ends with a verdict and a reason, and no other notices."""

import asyncio

import pytest

from stop_tui.core.verdicts import Verdict
from stop_tui.sandbox import (
    Answer,
    Attempt,
    Reply,
    Request,
    UsesRequest,
    UtilityRequest,
    improver_run,
)
from stop_tui.sandbox.inside.frames import framed
from tests.sandbox.sandboxes import Sandboxes, improver, returned


@pytest.mark.parametrize(
    ("source", "verdict", "reason"),
    [
        ("def improve_algorithm(:", Verdict.ERROR, "SyntaxError"),
        ("x = 1", Verdict.ERROR, "does not define a function `improve_algorithm`"),
        (improver("return 3"), Verdict.BAD_RESULT, "it returned int instead of source text"),
        (improver("pass"), Verdict.BAD_RESULT, "it returned NoneType instead of source text"),
        (improver("", "1 / 0"), Verdict.ERROR, "ZeroDivisionError: division by zero (line 3)"),
        (improver("raise SystemExit(2)"), Verdict.ERROR, "SystemExit: 2"),
        (improver("import os; os._exit(7)"), Verdict.DIED, "exit status 7"),
        (improver("import ctypes; ctypes.string_at(0)"), Verdict.DIED, "SIGSEGV"),
        (improver("import os; os.closerange(0, 64)", "while True: pass"), Verdict.DIED, "its"),
        (improver("bytearray(4 << 30)"), Verdict.ERROR, "MemoryError"),
        (improver("import os; os.fork()"), Verdict.ERROR, "PermissionError"),
        (improver("import socket; socket.create_connection(('127.0.0.1', 9))"), Verdict.ERROR, "P"),
        (improver("open('/etc/passwd').read()"), Verdict.ERROR, "PermissionError"),
    ],
)
def test_a_bad_improver_has_a_verdict_and_a_reason(
    sandboxes: Sandboxes, source: str, verdict: Verdict, reason: str
) -> None:
    run = sandboxes.improve(source)
    assert run.returned is None
    assert run.verdict is verdict
    assert reason in (run.failure or "")
    assert returned(sandboxes, "return 'the next one works'") == "the next one works"


@pytest.mark.parametrize(
    "written",
    [
        "b'\\xff\\xff\\xff\\xff'",
        "b'\\x03\\x00\\x00\\x00abc'",
        "b'\\x00\\x00\\x00\\x00'",
        "b'x' * 10_000_000",
        "b'\\x11\\x00\\x00\\x00\\x82\\xa4type\\xa8returned'",
    ],
)
def test_forged_messages_end_a_program_and_no_other(sandboxes: Sandboxes, written: str) -> None:
    run = sandboxes.improve(
        improver(
            "import os",
            "for fd in range(3, 64):",
            f"    try: os.write(fd, {written})",
            "    except OSError: pass",
            "return 'x'",
        )
    )
    assert run.returned is None
    assert run.verdict in (Verdict.DIED, Verdict.TOO_LARGE, Verdict.BAD_RESULT)
    assert any(attempt.trust == "verified" for attempt in run.attempts) or run.failure
    assert returned(sandboxes, "return 'fine'") == "fine"


def test_a_program_cannot_go_on_after_it_has_returned(
    sandboxes: Sandboxes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(improver_run, "_LEAVE_SECONDS", 0.1)
    body = b"\x82\xa4type\xa8returned\xa6source\xc4\x05early"
    forged = (
        "import os",
        f"os.write(utility._conversation._requests, {framed(body)!r})",
        "while True: pass",
    )
    run = sandboxes.improve(improver(*forged))
    assert run.returned is None
    assert run.verdict is Verdict.DIED
    assert "after it had returned" in (run.failure or "")


def test_waiting_for_nothing_is_ended_by_the_clock_on_the_wall(
    sandboxes: Sandboxes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(improver_run, "WALL_SECONDS", 0.1)
    run = sandboxes.improve(improver("import time; time.sleep(10**6)"))
    assert run.verdict is Verdict.TIMEOUT
    assert "cpu limit" in run.untimely


def test_time_spent_waiting_for_an_answer_does_not_count(
    sandboxes: Sandboxes, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = [0.0]
    monkeypatch.setattr(improver_run, "monotonic", lambda: clock[0])

    async def patient(request: Request) -> Reply:
        clock[0] += 10 * improver_run.WALL_SECONDS
        return Answer(0.25)

    run = sandboxes.improve(improver("return repr(utility('x'))"), patient)
    assert run.returned == "0.25"


def test_using_up_the_cpu_time_is_a_timeout(
    sandboxes: Sandboxes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(improver_run, "CPU_SECONDS", 0.5)
    run = sandboxes.improve(improver("while True: pass"))
    assert run.verdict is Verdict.TIMEOUT
    assert run.untimely == ("cpu limit",)


def test_a_flood_of_requests_ends_the_program(
    sandboxes: Sandboxes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(improver_run, "MAX_OUTSTANDING", 3)
    never = asyncio.Event()

    async def silent(request: Request) -> Reply:
        await never.wait()
        return Answer(0.0)

    run = sandboxes.improve(
        improver(
            "import threading",
            "for n in range(5): threading.Thread(target=utility, args=('x',)).start()",
            "threading.Event().wait()",
        ),
        silent,
    )
    assert run.verdict is Verdict.DIED
    assert Attempt("verified", "break its sandbox", run.failure or "") in run.attempts


def test_what_serving_raises_is_raised_and_ends_the_program(sandboxes: Sandboxes) -> None:
    class Outage(Exception):
        pass

    async def fail(request: Request) -> Reply:
        raise Outage

    with pytest.raises(Outage):
        sandboxes.improve(improver("utility('x')"), fail)
    assert returned(sandboxes, "return 'fine'") == "fine"


def test_questions_left_open_are_given_up_when_the_improver_returns(
    sandboxes: Sandboxes,
) -> None:
    cancelled: list[Request] = []
    asked = asyncio.Event()

    async def forever(request: Request) -> Reply:
        if isinstance(request, UsesRequest):
            await asked.wait()
            return Answer(1)
        asked.set()
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            cancelled.append(request)
            raise
        return Answer(0.0)

    run = sandboxes.improve(
        improver(
            "import threading",
            "threading.Thread(target=utility, args=('open',), daemon=True).start()",
            "return str(utility.uses)",
        ),
        forever,
    )
    assert run.returned == "1"
    assert cancelled == [UtilityRequest("open")]


def test_a_program_cannot_change_how_the_pipes_behave_for_the_next(sandboxes: Sandboxes) -> None:
    returned(
        sandboxes,
        "import os",
        "for fd in range(3, 64):",
        "    try: os.set_blocking(fd, False)",
        "    except OSError: pass",
        "return 'changed'",
    )
    long = returned(sandboxes, "return language_model.prompt('e', 'x' * 4_000_000)[0]")
    assert len(long) == 4_000_000
