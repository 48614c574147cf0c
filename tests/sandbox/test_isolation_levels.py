"""The level of isolation is what was found by trying, and what is missing is named."""

import asyncio
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from stop_tui.core.errors import IsolationError
from stop_tui.core.verdicts import Isolation, Verdict
from stop_tui.sandbox import Pool, SolutionRun, escapes, launch
from stop_tui.sandbox.inside import wire


@pytest.fixture
def no_sandlock(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(scratch: Path, readable: Sequence[str]) -> launch.Process:
        raise IsolationError("sandlock cannot be used here: no user namespaces")

    monkeypatch.setattr(launch, "sandlocked", refuse)


@pytest.fixture
def no_lockdown(monkeypatch: pytest.MonkeyPatch, no_sandlock: None) -> None:
    """As on a machine without Landlock, seccomp or sandlock: zygotes start without any."""
    here = Path(launch.__file__).parent / "inside"
    unlocked = f"""
import importlib, sys
sys.argv = ["", {str(here / "__init__.py")!r}]
source = open({str(here / "__main__.py")!r}).read().replace(
    "zygote.become(", "importlib.import_module('inside.lockdown').sys = "
    "type(sys)('elsewhere'); importlib.import_module('inside.lockdown').sys.platform = 'other'; "
    "zygote.become(")
exec(compile(source, "start", "exec"), {{"__name__": "__main__"}})
"""
    monkeypatch.setattr(
        launch,
        "_command",
        lambda: [sys.executable, "-S", "-s", "-P", "-B", "-c", unlocked],
    )


def opened(scratch: Path, *, unsafe: bool = False) -> tuple[Pool, SolutionRun, SolutionRun]:
    """A pool, a run in it that tries to read a file outside, and one that behaves."""

    async def run() -> tuple[Pool, SolutionRun, SolutionRun]:
        async with Pool(size=1, scratch=scratch, unsafe_no_isolation=unsafe) as pool:
            reading = f"def algorithm(): return open({__file__!r}).read(10)"
            tried = await pool.evaluate(reading, [wire.encode(())], limit=1.0, seed=0)
            behaved = await pool.evaluate(
                "def algorithm(x): return x", [wire.encode((3,))] * 3, limit=1.0, seed=0
            )
            return pool, tried, behaved

    return asyncio.run(run())


def test_with_everything_in_place_isolation_is_full(tmp_path: Path) -> None:
    pool, tried, behaved = opened(tmp_path)
    assert pool.isolation is Isolation.FULL
    assert pool.missing == ()
    assert tried.calls[0].verdict is Verdict.ERROR
    assert behaved.calls[0].verdict is Verdict.OK


@pytest.mark.usefixtures("no_sandlock")
def test_without_sandlock_it_is_degraded_and_says_why(tmp_path: Path) -> None:
    pool, tried, behaved = opened(tmp_path)
    assert pool.isolation is Isolation.DEGRADED
    assert "sandlock cannot be used here: no user namespaces" in pool.missing
    assert tried.calls[0].verdict is Verdict.ERROR
    assert behaved.calls[0].verdict is Verdict.OK


@pytest.mark.usefixtures("no_lockdown")
def test_without_any_isolation_nothing_runs(tmp_path: Path) -> None:
    with pytest.raises(IsolationError) as caught:
        opened(tmp_path)
    assert "programs can read other files" in caught.value.message
    assert "programs can start processes" in caught.value.message
    assert "--unsafe-no-isolation" in (caught.value.hint or "")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.usefixtures("no_lockdown")
def test_without_any_isolation_programs_run_if_that_is_asked_for(tmp_path: Path) -> None:
    pool, tried, behaved = opened(tmp_path, unsafe=True)
    assert pool.isolation is Isolation.NONE
    assert tried.calls[0].verdict is Verdict.OK
    assert [call.verdict for call in behaved.calls] == [Verdict.OK] * 3


def test_a_sandbox_that_lets_programs_out_is_not_called_full(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = Path(str(escapes.__file__)).read_text()
    leaking = source.replace('return os.memfd_create("hidden") >= 0', "return True")
    fake = tmp_path / "escapes.py"
    fake.write_text(leaking)
    monkeypatch.setattr(escapes, "__file__", str(fake))
    pool, _, _ = opened(tmp_path / "scratch")
    assert pool.isolation is Isolation.DEGRADED
    assert pool.missing == ("programs can keep files in hidden memory",)


def test_an_interpreter_that_does_not_start_is_an_error_with_its_reason(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        launch, "_command", lambda: [sys.executable, "-c", "raise SystemExit('no luck')"]
    )
    with pytest.raises(IsolationError, match="did not start"):
        opened(tmp_path)
