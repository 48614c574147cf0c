"""Improvers ask through their handles and are answered by the host."""

import asyncio
from collections.abc import Callable

import pytest

from stop_tui.core.verdicts import Verdict
from stop_tui.sandbox import Attempt, PromptRequest, Refusal, Reply, Request, UtilityRequest
from tests.sandbox.sandboxes import Recorder, Sandboxes, friendly, improver, returned


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
