"""What a program cannot do, and what is said of its trying."""

import os
from pathlib import Path

import pytest

from stop_tui.core.verdicts import Isolation, Verdict
from stop_tui.sandbox import Attempt, SolutionRun
from stop_tui.sandbox.inside import wire
from tests.sandbox.sandboxes import Sandboxes

pytestmark = pytest.mark.skipif(
    os.uname().sysname != "Linux", reason="there is no isolation to test elsewhere"
)


def reports(run: SolutionRun) -> set[str]:
    return {attempt.what for attempt in run.attempts if attempt.trust == "reported"}


def refused(sandboxes: Sandboxes, statement: str) -> SolutionRun:
    """Run `statement`, which must raise OSError; the run it was tried in."""
    source = f"""
def algorithm():
    import ctypes, os, socket, subprocess
    try:
        {statement}
    except OSError:
        return "refused"
    return "done"
"""
    run = sandboxes.evaluate(source)
    assert [wire.decode(call.value or b"") for call in run.calls] == ["refused"]
    return run


def test_this_machine_isolates_fully(sandboxes: Sandboxes) -> None:
    assert sandboxes.pool.isolation is Isolation.FULL
    assert sandboxes.pool.missing == ()


def test_hidden_answers_cannot_be_read(sandboxes: Sandboxes, tmp_path: Path) -> None:
    secret = tmp_path / "answers"
    secret.write_text("42")
    for path in (secret, Path("/etc/passwd"), Path("/proc/self/environ"), Path(__file__)):
        run = refused(sandboxes, f"open({str(path)!r}).read()")
        assert Attempt("reported", "read a file outside", str(path)[:120]) in run.attempts


def test_this_package_and_other_packages_cannot_be_read(sandboxes: Sandboxes) -> None:
    import msgspec

    import stop_tui.sandbox

    for module in (msgspec, stop_tui.sandbox):
        refused(sandboxes, f"open({str(module.__file__)!r}).read()")
        refused(sandboxes, f"os.listdir({str(Path(str(module.__file__)).parent)!r})")


def test_keys_in_the_environment_are_not_there(
    sandboxes: Sandboxes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "a secret")
    seen = sandboxes.value("import os\ndef algorithm(): return dict(os.environ)")
    assert "OPENAI_API_KEY" not in seen
    assert "a secret" not in seen.values()
    assert seen["PYTHONHASHSEED"] == "0"


@pytest.mark.parametrize(
    ("statement", "attempt"),
    [
        ("socket.create_connection(('127.0.0.1', 9))", "use the network"),
        ("socket.socket(socket.AF_INET, socket.SOCK_DGRAM)", "use the network"),
        ("os.fork()", "start a process"),
        ("subprocess.run(['/bin/sh', '-c', 'true'])", "start a process"),
        ("os.execv('/bin/sh', ['sh'])", "start a process"),
        ("os.posix_spawn('/bin/sh', ['sh'], {})", "start a process"),
        ("os.kill(os.getppid(), 9)", "signal a process"),
        ("os.remove('/etc/passwd')", "change a file outside"),
        ("open('/tmp/written', 'w')", "change a file outside"),
        ("os.mkdir('/tmp/made')", "change a file outside"),
        ("ctypes.CDLL('/tmp/missing.so')", "call native code"),
    ],
)
def test_leaving_is_refused_and_reported(
    sandboxes: Sandboxes, statement: str, attempt: str
) -> None:
    assert attempt in reports(refused(sandboxes, statement))


def test_reports_are_few_however_often_something_is_tried(sandboxes: Sandboxes) -> None:
    source = """
def algorithm():
    for n in range(20_000):
        try: open(f"/secret/{n % 1000}")
        except OSError: pass
"""
    assert 1 < len(sandboxes.evaluate(source, limit=10.0).attempts) <= 20


def test_a_report_survives_the_death_of_its_program(sandboxes: Sandboxes) -> None:
    source = """
import os
def algorithm():
    try: os.fork()
    except OSError: os._exit(1)
"""
    run = sandboxes.evaluate(source)
    assert run.calls[0].verdict is Verdict.DIED
    assert "start a process" in reports(run)


def test_harmless_programs_are_not_reported(sandboxes: Sandboxes) -> None:
    source = """
import asyncio, csv, decimal, json, logging, multiprocessing, sqlite3, tempfile, unittest, zoneinfo
import numpy as np, numpy.polynomial
async def later(): return 1
def algorithm():
    with tempfile.TemporaryFile("w+") as file: file.write("x")
    open("notes.txt", "w").close()
    try: raise ValueError
    except ValueError: logging.exception("x")
    return asyncio.run(later()) + int(np.linalg.det(np.eye(3)))
"""
    run = sandboxes.evaluate(source, limit=10.0)
    assert run.calls[0].verdict is Verdict.OK, run
    assert run.attempts == ()


@pytest.mark.parametrize("name", ["msgspec", "sklearn", "pytest", "inside", "stop_tui", "sandlock"])
def test_only_the_standard_library_and_numpy_can_be_imported(
    sandboxes: Sandboxes, name: str
) -> None:
    run = sandboxes.evaluate(f"import {name}\ndef algorithm(): pass")
    assert f"No module named '{name}'" in (run.calls[0].error or "")


def test_extract_code_can_be_imported(sandboxes: Sandboxes) -> None:
    source = "from helpers import extract_code\ndef algorithm(text): return extract_code(text)"
    assert sandboxes.value(source, "```python\nx = 1\n```").strip() == "x = 1"


def test_the_scratch_folder_can_be_used_and_is_empty_for_the_next(sandboxes: Sandboxes) -> None:
    source = """
import os, pathlib, tempfile
def algorithm():
    before = os.listdir()
    pathlib.Path("mine").write_text("kept")
    with tempfile.NamedTemporaryFile(delete=False) as file: file.write(b"kept")
    return before, len(os.listdir()), pathlib.Path("mine").read_text()
"""
    for _ in range(3):
        assert sandboxes.value(source) == ([], 2, "kept")


def test_a_file_in_the_scratch_folder_cannot_grow_without_end(sandboxes: Sandboxes) -> None:
    refused(sandboxes, "open('big', 'wb').write(bytes(17 << 20))")


def test_a_full_scratch_folder_ends_its_program_and_is_emptied(sandboxes: Sandboxes) -> None:
    source = """
def algorithm():
    for n in range(6): open(str(n), "wb").write(bytes(15 << 20))
    while True: pass
"""
    run = sandboxes.evaluate(source, limit=30.0)
    assert run.calls[0].verdict is Verdict.DIED
    assert run.calls[0].error is not None
    assert "scratch" in run.calls[0].error
    assert sandboxes.value("import os\ndef algorithm(): return os.listdir()") == []


def test_nothing_of_a_program_is_left_for_the_next(sandboxes: Sandboxes) -> None:
    first = """
import builtins, math, os, random, sys, gc
import numpy as np
builtins.leak = "SECRET-" + "OF-THE-FIRST"
math.leak = sys.leak = np.leak = builtins.leak
os.environ["LEAK"] = builtins.leak
def algorithm(): return 1
"""
    second = """
import builtins, gc, math, os, sys
import numpy as np
def algorithm():
    places = [builtins, math, sys, np]
    texts = [o for o in gc.get_objects() if isinstance(o, (dict, list, tuple))]
    found = [t for t in texts for x in (t.values() if isinstance(t, dict) else t)
             if isinstance(x, str) and x.startswith("SECRET-") and x.endswith("FIRST")]
    return [hasattr(p, "leak") for p in places], "LEAK" in os.environ, len(found)
"""
    for _ in range(2):
        assert sandboxes.value(first) == 1
        assert sandboxes.value(second) == ([False] * 4, False, 0)


def test_no_path_of_the_host_is_told_to_programs(sandboxes: Sandboxes) -> None:
    source = """
import sys
def algorithm(): return [sys.argv, sys.orig_argv, list(vars(sys.modules["__main__"]))]
"""
    argv, original, names = sandboxes.value(source)
    assert argv == [""]
    assert original == []
    assert not {name for name in names if not name.startswith("__")}
