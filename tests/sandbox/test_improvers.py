"""Improvers ask through their handles, are answered by the host, and end with a verdict."""

import asyncio
from collections.abc import Callable

import pytest

from stop_tui.core.verdicts import Verdict
from stop_tui.sandbox import (
    Answer,
    Attempt,
    PromptRequest,
    Refusal,
    Reply,
    Request,
    UsesRequest,
    UtilityRequest,
    improver_run,
)
from stop_tui.sandbox.inside.frames import framed
from tests.sandbox.sandboxes import Sandboxes, friendly


class Recorder:
    """Serves as `friendly` does and remembers what was asked."""

    def __init__(self) -> None:
        self.requests: list[Request] = []

    async def __call__(self, request: Request) -> Reply:
        self.requests.append(request)
        return await friendly(request)


def improver(*lines: str) -> str:
    """An improver with these lines as its body."""
    body = "".join(f"    {line}\n" for line in lines)
    return f"def improve_algorithm(initial_solution, utility, language_model):\n{body}"


def returned(sandboxes: Sandboxes, *lines: str) -> str:
    run = sandboxes.improve(improver(*lines))
    assert run.returned is not None, run
    return run.returned


def test_an_improver_returns_source(sandboxes: Sandboxes) -> None:
    run = sandboxes.improve(improver("return initial_solution + '!'"))
    assert run.returned == "initial!"
    assert run.verdict is Verdict.OK
    assert run.failure is None
    assert run.attempts == ()
    assert run.untimely == ()
    assert run.cpu_seconds > 0
    assert run.memory_bytes > 1 << 20


def test_the_handles_show_what_the_host_says(sandboxes: Sandboxes) -> None:
    shown = returned(
        sandboxes,
        "numbers = utility.budget, utility.uses, language_model.budget",
        "return repr((*numbers, language_model.max_responses_per_call, utility.str))",
    )
    assert shown == repr((25, 0, 4, 6, "a utility"))


def test_arguments_may_be_given_by_name_or_by_place(sandboxes: Sandboxes) -> None:
    serve = Recorder()
    run = sandboxes.improve(
        improver(
            "lm = language_model",
            "a = lm.prompt('e', 'm', 2, 0.5)",
            "b = lm.prompt(expertise='e', message='m', n_responses=2, temperature=0.5)",
            "c = lm.prompt('e', 'm')",
            "d = lm.batch_prompt('e', ['m', 'n'], 1)",
            "e = lm.batch_prompt(expertise='e', message_batch=('m', 'n'), temperature=1)",
            "return repr([a, b, c, d, e])",
        ),
        serve,
    )
    assert run.returned == repr([["M", "M"], ["M", "M"], ["M"], ["M", "N"], ["M", "N"]])
    twice = PromptRequest(("m",), "e", 2, 0.5, batch=False)
    batch = PromptRequest(("m", "n"), "e", 1, 1.0, batch=True)
    once = PromptRequest(("m",), "e", 1, 0.7, batch=False)
    assert serve.requests == [twice, twice, once, batch, batch]


def test_numpy_numbers_count_as_numbers(sandboxes: Sandboxes) -> None:
    lines = (
        "import numpy as np",
        "return repr(language_model.prompt('e','m',np.int64(2),np.float32(1)))",
    )
    assert returned(sandboxes, *lines) == "['M', 'M']"


@pytest.mark.parametrize("given", ["None", "3", "b'x'", "['x']"])
def test_the_utility_of_no_string_is_asked_for_all_the_same(
    sandboxes: Sandboxes, given: str
) -> None:
    serve = Recorder()
    assert sandboxes.improve(improver(f"return repr(utility({given}))"), serve).returned == "0.0"
    assert serve.requests == [UtilityRequest(None)]


def test_texts_pass_unchanged_whatever_is_in_them(sandboxes: Sandboxes) -> None:
    text = "\x00\x1b[31m \ud800 \U0001f600 \r\n"
    serve = Recorder()
    run = sandboxes.improve(
        improver(
            f"text = {text!r}", "utility(text)", "return language_model.prompt(text, text)[0]"
        ),
        serve,
    )
    assert run.returned == text.upper()
    assert serve.requests == [
        UtilityRequest(text),
        PromptRequest((text,), text, 1, 0.7, batch=False),
    ]


def test_a_refusal_is_an_exception_that_can_be_caught(sandboxes: Sandboxes) -> None:
    async def refuse(request: Request) -> Reply:
        if isinstance(request, PromptRequest) and request.n == 7:
            return Refusal("too many", "value")
        return Refusal("all spent", "budget")

    lines = (
        "caught = []",
        "for n in (7, 1):",
        "    try: language_model.prompt('e', 'm', n)",
        "    except Exception as error: caught.append((type(error).__name__, str(error)))",
        "return repr(caught)",
    )
    run = sandboxes.improve(improver(*lines), refuse)
    assert run.returned == repr([("ValueError", "too many"), ("BudgetExceeded", "all spent")])


def test_a_refusal_that_is_not_caught_is_the_failure(sandboxes: Sandboxes) -> None:
    async def refuse(request: Request) -> Reply:
        return Refusal("all 4 language-model calls are spent", "budget")

    run = sandboxes.improve(improver("", "language_model.prompt('e', 'm')"), refuse)
    assert run.verdict is Verdict.ERROR
    assert run.failure == "BudgetExceeded: all 4 language-model calls are spent (line 3)"


@pytest.mark.parametrize(
    "call",
    [
        "language_model.prompt('e', 3)",
        "language_model.prompt(None, 'm')",
        "language_model.batch_prompt('e', 3)",
        "language_model.prompt('e', 'm', 'many')",
        "language_model.prompt('e', 'm', 2**40)",
        "language_model.prompt('e', 'm', temperature='hot')",
    ],
)
def test_a_malformed_prompt_raises_in_the_program_and_asks_nothing(
    sandboxes: Sandboxes, call: str
) -> None:
    serve = Recorder()
    run = sandboxes.improve(improver(call), serve)
    assert run.verdict is Verdict.ERROR
    assert serve.requests == []


def test_assigning_to_a_handle_changes_nothing_and_is_reported(sandboxes: Sandboxes) -> None:
    run = sandboxes.improve(
        improver(
            "utility.budget = 10**6",
            "utility.uses = 0",
            "language_model.max_responses_per_call += 100",
            "setattr(language_model, 'budget', 99)",
            "return repr((utility.budget, language_model.max_responses_per_call))",
        )
    )
    assert run.returned == repr((25, 6))
    assert run.attempts == (
        Attempt("reported", "assign to utility.budget", "1000000"),
        Attempt("reported", "assign to utility.uses", "0"),
        Attempt("reported", "assign to language_model.max_responses_per_call", "106"),
        Attempt("reported", "assign to language_model.budget", "99"),
    )


def test_other_attributes_of_handles_belong_to_the_program(sandboxes: Sandboxes) -> None:
    run = sandboxes.improve(
        improver(
            "import copy, functools",
            "utility.cache = {1: 2}",
            "cached = functools.lru_cache(copy.deepcopy(utility))",
            "return repr((utility.cache, cached('four')))",
        )
    )
    assert run.returned == repr(({1: 2}, 4.0))
    assert run.attempts == ()


def test_threads_ask_at_the_same_time_and_each_gets_its_own_answer(sandboxes: Sandboxes) -> None:
    together = 8
    all_there = asyncio.Barrier(together)

    async def when_all_are_there(request: Request) -> Reply:
        await all_there.wait()
        return await friendly(request)

    run = sandboxes.improve(
        improver(
            "from concurrent.futures import ThreadPoolExecutor",
            f"with ThreadPoolExecutor({together}) as pool:",
            f"    return repr(list(pool.map(lambda n: utility('x' * n), range({together}))))",
        ),
        when_all_are_there,
    )
    assert run.returned == repr([float(n) for n in range(together)])
    assert run.untimely == ("threads",)


def test_answers_may_come_in_any_order(sandboxes: Sandboxes) -> None:
    later: list[asyncio.Event] = []

    async def last_first(request: Request) -> Reply:
        mine = asyncio.Event()
        later.append(mine)
        if len(later) == 3:
            mine.set()
        await mine.wait()
        later[later.index(mine) - 1].set()
        return await friendly(request)

    run = sandboxes.improve(
        improver(
            "from concurrent.futures import ThreadPoolExecutor",
            "with ThreadPoolExecutor(3) as pool:",
            "    return repr(list(pool.map(utility, ['a', 'bb', 'ccc'])))",
        ),
        last_first,
    )
    assert run.returned == repr([1.0, 2.0, 3.0])


def test_a_signal_handler_may_interrupt_a_question(sandboxes: Sandboxes) -> None:
    never = asyncio.Event()

    async def slow(request: Request) -> Reply:
        if request == UtilityRequest("slow"):
            await never.wait()
        return await friendly(request)

    run = sandboxes.improve(
        improver(
            "import signal",
            "def ring(*given): raise TimeoutError",
            "signal.signal(signal.SIGALRM, ring)",
            "signal.setitimer(signal.ITIMER_REAL, 0.01)",
            "try: utility('slow')",
            "except TimeoutError: return repr(utility('fast'))",
        ),
        slow,
    )
    assert run.returned == "4.0"


def test_many_questions_with_long_texts_are_all_answered(sandboxes: Sandboxes) -> None:
    run = sandboxes.improve(
        improver(
            "long = 'x' * 1_000_000",
            "return repr(sum(len(language_model.prompt(long, long)[0]) for _ in range(20)))",
        )
    )
    assert run.returned == str(20_000_000)


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
        (improver("import os; os.closerange(0, 64)", "while True: pass"), Verdict.DIED, "SIGKILL"),
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


def test_the_module_may_run_code_of_its_own(sandboxes: Sandboxes) -> None:
    source = "import helpers\nPREFIX = helpers.extract_code('```\\nx\\n```').strip()\n" + improver(
        "print('harmless')", "return PREFIX + initial_solution"
    )
    run = sandboxes.improve(source)
    assert run.returned == "xinitial"


@pytest.mark.parametrize("seed", [0, 2**63 - 1])
def test_chance_starts_from_the_seed(sandboxes: Sandboxes, seed: int) -> None:
    source = improver("import random, numpy", "return repr((random.random(), numpy.random.rand()))")
    runs: list[Callable[[], object]] = [lambda: sandboxes.improve(source, seed=seed).returned] * 2
    assert runs[0]() == runs[1]()
    assert sandboxes.improve(source, seed=seed).returned != sandboxes.improve(source).returned
