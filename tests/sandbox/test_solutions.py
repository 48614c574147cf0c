"""However a solution behaves, each of its calls has a verdict, and no other program notices."""

import math

import numpy as np
import pytest

from stop_tui.core.verdicts import Verdict
from stop_tui.sandbox import SolutionRun
from stop_tui.sandbox.inside import wire
from tests.sandbox.sandboxes import Sandboxes

OK = Verdict.OK
LIMIT = 0.1


def verdicts(run: SolutionRun) -> list[Verdict]:
    return [call.verdict for call in run.calls]


def test_every_input_has_its_own_call_and_result(sandboxes: Sandboxes) -> None:
    run = sandboxes.evaluate("def algorithm(a, b): return [a, b]", (1, 2), ("x", None), ((), {}))
    assert verdicts(run) == [OK, OK, OK]
    assert [wire.decode(call.value or b"") for call in run.calls] == [[1, 2], ["x", None], [(), {}]]
    assert run.cpu_seconds > 0
    assert run.memory_bytes > 1 << 20
    assert run.attempts == ()
    assert run.untimely == ()


def test_arrays_go_in_and_come_out(sandboxes: Sandboxes) -> None:
    matrix = np.arange(6.0).reshape(2, 3)
    assert (sandboxes.value("def algorithm(m): return m.T * 2", matrix) == matrix.T * 2).all()


def test_a_result_may_be_larger_than_a_pipe_holds(sandboxes: Sandboxes) -> None:
    source = "def algorithm(n): return bytes(range(256)) * n"
    run = sandboxes.evaluate(source, (20_000,), (20_001,), (1,))
    sizes = [len(wire.decode(call.value or b"")) for call in run.calls]
    assert sizes == [20_000 * 256, 20_001 * 256, 256]


def test_many_calls_are_told_apart(sandboxes: Sandboxes) -> None:
    run = sandboxes.evaluate("def algorithm(i): return i", *[(i,) for i in range(500)])
    assert [wire.decode(call.value or b"") for call in run.calls] == list(range(500))


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        ("def algorithm(:\n", "SyntaxError"),
        ("x = 1", "does not define a function `algorithm`"),
        ("algorithm = 3", "does not define a function `algorithm`"),
        ("import nonsense\ndef algorithm(): pass", "No module named 'nonsense'"),
        ("raise SystemExit(3)", "SystemExit: 3"),
        ("def algorithm(): pass\n\n1 / 0", "ZeroDivisionError: division by zero (line 3)"),
        ("\ud800 = 1", "Error"),
        ("\x00", "Error"),
    ],
)
def test_a_module_that_does_not_load_fails_every_call(
    sandboxes: Sandboxes, source: str, reason: str
) -> None:
    run = sandboxes.evaluate(source, (), ())
    assert verdicts(run) == [Verdict.ERROR, Verdict.ERROR]
    assert reason in (run.calls[0].error or "")


def test_a_call_that_raises_fails_alone_and_says_where(sandboxes: Sandboxes) -> None:
    source = (
        "def algorithm(x):\n    if x == 1:\n        raise ValueError('no ones')\n    return x\n"
    )
    run = sandboxes.evaluate(source, (0,), (1,), (2,))
    assert verdicts(run) == [OK, Verdict.ERROR, OK]
    assert run.calls[1].error == "ValueError: no ones (line 3)"


def test_an_exception_that_cannot_be_shown_is_an_error_all_the_same(sandboxes: Sandboxes) -> None:
    source = """
class Hidden(BaseException):
    def __str__(self):
        raise Hidden
def algorithm():
    raise Hidden
"""
    run = sandboxes.evaluate(source)
    assert verdicts(run) == [Verdict.ERROR]


def test_error_messages_are_bounded(sandboxes: Sandboxes) -> None:
    run = sandboxes.evaluate("def algorithm(): raise ValueError('x' * 10**6)")
    assert len(run.calls[0].error or "") <= 300


def test_an_infinite_loop_is_a_timeout_and_takes_no_other_call_down(sandboxes: Sandboxes) -> None:
    source = "def algorithm(x):\n    while x == 1: pass\n    return x\n"
    run = sandboxes.evaluate(source, (0,), (1,), (2,), (3,), limit=LIMIT)
    assert verdicts(run) == [OK, Verdict.TIMEOUT, OK, OK]
    assert [wire.decode(call.value or b"") for call in run.calls if call.value] == [0, 2, 3]
    assert "cpu limit" in run.untimely


def test_three_timeouts_end_an_evaluation(sandboxes: Sandboxes) -> None:
    source = "def algorithm(x):\n    while x: pass\n    return x\n"
    run = sandboxes.evaluate(source, (1,), (0,), (1,), (1,), (0,), (0,), limit=LIMIT)
    lost = Verdict.TIMEOUT
    assert verdicts(run) == [lost, OK, lost, lost, lost, lost]


def test_a_loop_while_loading_is_a_timeout_of_every_call(sandboxes: Sandboxes) -> None:
    run = sandboxes.evaluate("while True: pass", (), (), limit=LIMIT)
    assert verdicts(run) == [Verdict.TIMEOUT, Verdict.TIMEOUT]


def test_sleeping_is_ended_by_the_clock_on_the_wall(sandboxes: Sandboxes) -> None:
    source = "import time\ndef algorithm(): time.sleep(10**6)"
    assert verdicts(sandboxes.evaluate(source, limit=0.01)) == [Verdict.TIMEOUT]


@pytest.mark.parametrize(
    ("ending", "reason"),
    [
        ("import os; os._exit(3)", "exit status 3"),
        ("import os; os._exit(0)", "exit status 0"),
        ("import ctypes; ctypes.string_at(0)", "SIGSEGV"),
        ("import os; os.abort()", "SIGABRT"),
        ("import os; os.closerange(0, 64); [0 for _ in iter(int, 1)]", "SIGKILL"),
    ],
)
def test_a_call_that_ends_its_process_is_lost_alone(
    sandboxes: Sandboxes, ending: str, reason: str
) -> None:
    source = f"def algorithm(x):\n    if x: {ending}\n    return x\n"
    run = sandboxes.evaluate(source, (0,), (1,), (0,))
    assert verdicts(run) == [OK, Verdict.DIED, OK]
    assert reason in (run.calls[1].error or "")


def test_a_crash_is_a_verified_attempt(sandboxes: Sandboxes) -> None:
    run = sandboxes.evaluate("import ctypes\ndef algorithm(): ctypes.string_at(0)")
    assert [a.trust for a in run.attempts if "SIGSEGV" in a.detail] == ["verified"]


@pytest.mark.parametrize(
    "bomb",
    [
        "[0] * 10**12",
        "bytearray(2 << 30)",
        "__import__('numpy').ones(1 << 28)",
    ],
)
def test_a_memory_bomb_hits_the_limit(sandboxes: Sandboxes, bomb: str) -> None:
    run = sandboxes.evaluate(f"def algorithm(): return {bomb}", limit=5.0)
    assert verdicts(run) == [Verdict.ERROR]
    assert "Memory" in (run.calls[0].error or "")


def test_a_huge_result_is_too_large(sandboxes: Sandboxes) -> None:
    source = "def algorithm(n): return bytes(n)"
    run = sandboxes.evaluate(source, (1,), (9 << 20,), (1,), limit=5.0)
    assert verdicts(run)[0] == verdicts(run)[2] == OK
    assert verdicts(run)[1] in (Verdict.TOO_LARGE, Verdict.BAD_RESULT)
    assert "allowed" in (run.calls[1].error or "")


@pytest.mark.parametrize("result", ["object()", "lambda: 0", "open", "2**2000", "'\\ud800'"])
def test_a_result_that_cannot_be_sent_is_bad(sandboxes: Sandboxes, result: str) -> None:
    run = sandboxes.evaluate(f"def algorithm(): return {result}")
    assert verdicts(run) == [Verdict.BAD_RESULT]


def test_nan_passes_as_a_value_for_the_scorer_to_refuse(sandboxes: Sandboxes) -> None:
    assert math.isnan(sandboxes.value("def algorithm(): return float('nan')"))


def test_printing_is_harmless(sandboxes: Sandboxes) -> None:
    source = """
import sys
def algorithm():
    for _ in range(1000):
        print("x" * 10_000)
        print("y" * 1000, file=sys.stderr)
    return input if sys.stdin.read() else "done"
"""
    assert sandboxes.value(source) == "done"


FORGERIES = {
    "a flood": "write(b'x' * 1000)\n        while True: write(b'x' * 65536)",
    "a length without end": "write(b'\\xff\\xff\\xff\\xff')\n        sleep(10**6)",
    "an unknown kind": "write(b'\\x01\\x00\\x00\\x00\\xee')",
    "a frame that never comes": "write(b'\\x10\\x00\\x00\\x00\\x00')\n        exit(0)",
    "an empty frame": "write(b'\\x00\\x00\\x00\\x00')",
}


@pytest.mark.parametrize("forgery", FORGERIES.values(), ids=FORGERIES.keys())
def test_forged_frames_cost_their_program_and_nobody_else(
    sandboxes: Sandboxes, forgery: str
) -> None:
    source = f"""
import os
from os import _exit as exit
from time import sleep
def write(data):
    for fd in range(3, 64):
        try:
            os.write(fd, data)
        except OSError:
            pass
def algorithm(x):
    if x == 1:
        {forgery}
    return x
"""
    run = sandboxes.evaluate(source, (0,), (1,), limit=LIMIT)
    assert run.calls[0].verdict is OK
    assert run.calls[1].verdict is not OK
    assert sandboxes.value("def algorithm(x): return x", 5) == 5


def test_a_program_that_mutates_its_inputs_changes_nothing_outside(sandboxes: Sandboxes) -> None:
    source = "def algorithm(items, m): items.append(1); m[:] = 9; return len(items)"
    items: list[int] = []
    matrix = np.zeros(3)
    data = wire.encode((items, matrix))
    run = sandboxes.run(sandboxes.pool.evaluate(source, [data, data], limit=1.0, seed=0))
    assert [wire.decode(call.value or b"") for call in run.calls] == [1, 1]
    assert items == []
    assert not matrix.any()


def test_threads_are_allowed_and_marked(sandboxes: Sandboxes) -> None:
    source = """
from concurrent.futures import ThreadPoolExecutor
def algorithm(n):
    with ThreadPoolExecutor(16) as threads:
        return list(threads.map(lambda x: x * x, range(n)))
"""
    run = sandboxes.evaluate(source, (50,))
    assert wire.decode(run.calls[0].value or b"") == [x * x for x in range(50)]
    assert run.untimely == ("threads",)
    assert run.attempts == ()


def test_a_thread_that_goes_on_does_not_outlive_its_program(sandboxes: Sandboxes) -> None:
    source = """
import threading
def algorithm():
    threading.Thread(target=lambda: [0 for _ in iter(int, 1)], daemon=True).start()
    threading.Thread(target=threading.Event().wait).start()
    return 1
"""
    assert sandboxes.value(source) == 1
    assert (
        sandboxes.value("import threading\ndef algorithm(): return threading.active_count()") == 1
    )


def test_classes_and_recursion_work_as_in_any_module(sandboxes: Sandboxes) -> None:
    source = """
from __future__ import annotations
import dataclasses, inspect, pickle
@dataclasses.dataclass
class Node:
    depth: int
    inner: Node | None = None
def algorithm():
    copy = pickle.loads(pickle.dumps(Node(1, Node(2))))
    return [copy.inner.depth, "return" in inspect.getsource(algorithm), __name__ == "__main__"]
"""
    assert sandboxes.value(source) == [2, True, False]


def test_an_evaluation_without_inputs_runs_nothing(sandboxes: Sandboxes) -> None:
    run = sandboxes.run(sandboxes.pool.evaluate("1/0", [], limit=1.0, seed=0))
    assert run.calls == ()


def test_another_function_than_algorithm_can_be_named(sandboxes: Sandboxes) -> None:
    run = sandboxes.run(
        sandboxes.pool.evaluate(
            "def utility(s): return len(s)",
            [wire.encode(("abc",))],
            limit=1.0,
            seed=0,
            function="utility",
        )
    )
    assert wire.decode(run.calls[0].value or b"") == 3
