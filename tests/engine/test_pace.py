"""A run is stepped, paused and ended for good; nothing is lost by it and nothing left behind."""

import asyncio
import os
from pathlib import Path

import pytest

from stop_tui.core import events as ev
from stop_tui.core.errors import UsageError
from stop_tui.core.state import Status, fold
from stop_tui.engine.gate import AutoGate
from stop_tui.engine.pace import Pace
from stop_tui.engine.starting import cancel_run, new_run, resumed_run
from stop_tui.store.lineage import Lineage
from stop_tui.store.run_lock import RunLock
from tests.copies import copy_of
from tests.sandbox.test_lifetime import all_gone, descendants
from tests.tiny import (
    GOOD_SOLUTION,
    MIDDLING_SOLUTION,
    RETURNS_SEED,
    Scripted,
    finds,
    journalled,
    resume,
    start,
    tiny_settings,
    tiny_workspace,
)

FAILS = "def improve_algorithm(initial_solution, utility, language_model):\n    return None\n"
THIRD = finds(GOOD_SOLUTION, note="third")
SECOND = finds(GOOD_SOLUTION, proposes=THIRD, note="second")
FIRST = finds(MIDDLING_SOLUTION, proposes=SECOND)


def step(workspace, settings=None, pace=None):
    """Start the run, or resume it, and do one meta-iteration; its state."""
    pace = pace or Pace(stop_after_iteration=True)
    if settings is not None:
        opened = new_run(workspace, settings, lambda *_: AutoGate(), model=Scripted())
    else:
        opened = resumed_run(workspace, "tiny", lambda *_: AutoGate(), model=Scripted())
    with opened as run:
        asyncio.run(run.execute(pace))
        return run.state


@pytest.fixture(scope="module")
def stepped(tmp_path_factory):
    """A workspace with a run of which the first of three meta-iterations was done."""
    workspace = tiny_workspace(tmp_path_factory.mktemp("stepped") / "w", FIRST)
    step(workspace, tiny_settings(iterations=3, repeats=1))
    return workspace


def is_stepped_on_to_its_end(workspace):
    """The run, of which one of three meta-iterations was done, takes two steps more."""
    state = fold(journalled(workspace, "tiny"))
    assert (state.status, state.cause) == (Status.PAUSED, "stepped")
    assert state.reason == "stopped after I1, as asked"
    assert list(state.iterations) == [1]

    state = step(workspace)
    assert (state.status, list(state.iterations)) == (Status.PAUSED, [1, 2])

    state = step(workspace)
    assert (state.status, list(state.iterations)) == (Status.FINISHED, [1, 2, 3])
    assert all(iteration.over for iteration in state.iterations.values())


def test_a_step_is_one_meta_iteration_and_the_run_ends_as_one_that_was_not_stepped(
    tmp_path, stepped
):
    stepwise, whole = copy_of(stepped, tmp_path / "w"), tiny_workspace(tmp_path / "whole", FIRST)
    is_stepped_on_to_its_end(stepwise)
    start(whole, tiny_settings(iterations=3, repeats=1))
    messages = [
        [version.message for version in Lineage.open(workspace.lineage).versions("tiny")]
        for workspace in (stepwise, whole)
    ]
    assert messages[0] == messages[1]
    assert len(messages[0]) >= 3


def test_a_step_is_one_meta_iteration_though_it_failed(tmp_path):
    workspace = tiny_workspace(tmp_path, FAILS)
    step(workspace, tiny_settings(iterations=3))
    is_stepped_on_to_its_end(workspace)


def test_whoever_drives_a_run_may_change_their_mind_while_it_goes_on(tmp_path):
    workspace = tiny_workspace(tmp_path, FIRST)
    pace = Pace()

    def stop_in_the_second(event, state):
        pace.stop_after_iteration = state.current is not None and state.current.number == 2

    with new_run(
        workspace,
        tiny_settings(iterations=4, repeats=1),
        lambda *_: AutoGate(),
        [stop_in_the_second],
        model=Scripted(),
    ) as run:
        asyncio.run(run.execute(pace))
    assert run.state.reason == "stopped after I2, as asked"


HANGS = """\
def improve_algorithm(initial_solution, utility, language_model):
    language_model.prompt("expert", "improve")
"""
BURNS = """\
def improve_algorithm(initial_solution, utility, language_model):
    while True: pass
"""
EVALUATES = """\
BUSY = "def algorithm(x):\\n    while True: pass\\n"

def improve_algorithm(initial_solution, utility, language_model):
    return utility(initial_solution + "#" if "improve_algorithm" in initial_solution else BUSY)
"""


class Hanging(Scripted):
    """A model that never answers."""

    def __init__(self):
        super().__init__()
        self.asked = asyncio.Event()
        self.cancelled = False

    async def complete(self, request, heard=None):
        self.asked.set()
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            self.cancelled = True
            raise


def pause_when(workspace, reached, model=None):
    """Start the run and pause it when `reached(pids of its processes)` has come true."""
    before = set(descendants(os.getpid()))

    def started():
        return [pid for pid in descendants(os.getpid()) if pid not in before]

    async def run_and_pause():
        executing = asyncio.create_task(run.execute())
        # Processes tell nobody that they compute.
        while not executing.done() and not reached(started()):  # noqa: ASYNC110
            await asyncio.sleep(0.01)
        running = started()
        assert running
        with all_gone(running):
            executing.cancel()
            with pytest.raises(asyncio.CancelledError):
                await executing

    settings = tiny_settings()
    with new_run(workspace, settings, lambda *_: AutoGate(), model=model or Scripted()) as run:
        asyncio.run(run_and_pause())
    assert (run.state.status, run.state.cause) == (Status.PAUSED, "user")


def busy(pids):
    """Whether a process has computed for longer than any takes to start."""
    return max(map(_computed, pids), default=0) > 100


def _computed(pid):
    try:
        return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[11])
    except (FileNotFoundError, ProcessLookupError):
        return 0


def test_pausing_reaches_a_call_of_the_model(tmp_path):
    model = Hanging()
    workspace = tiny_workspace(tmp_path, HANGS)
    pause_when(workspace, lambda _: model.asked.is_set(), model)
    assert model.cancelled
    events = journalled(workspace, "tiny")
    assert sum(isinstance(event, ev.ModelCallSent) for event in events) == 1
    assert fold(events).calls_in_flight == {}


@pytest.mark.parametrize("improver", [BURNS, EVALUATES], ids=["improver", "solution"])
def test_pausing_ends_programs_that_compute(tmp_path, improver):
    workspace = tiny_workspace(tmp_path, improver)
    utility = workspace.tasks / "double" / "utility.py"
    utility.write_text(utility.read_text().replace("LIMIT = 1.0", "LIMIT = 60.0"))
    pause_when(workspace, busy)
    assert list(workspace.scratch.iterdir()) == []


def test_a_cancelled_run_is_over_and_keeps_what_it_found(tmp_path, stepped):
    workspace = copy_of(stepped, tmp_path / "w")
    versions = Lineage.open(workspace.lineage).versions("tiny")

    cancel_run(workspace, "tiny", by="ada", reason="two are\x1b enough")

    events = journalled(workspace, "tiny")
    state = fold(events)
    assert (state.status, state.cancelled_by) == (Status.FINISHED, "ada")
    assert state.reason == "cancelled by ada: two are\N{SYMBOL FOR ESCAPE} enough"
    assert Lineage.open(workspace.lineage).versions("tiny") == versions
    assert resume(workspace) == events


def test_a_run_that_is_over_cannot_be_cancelled(tmp_path):
    workspace = tiny_workspace(tmp_path, RETURNS_SEED)
    events = start(workspace, tiny_settings(repeats=1))
    with pytest.raises(UsageError, match="over already"):
        cancel_run(workspace, "tiny", by="ada")
    with pytest.raises(UsageError, match="no run 'other'"):
        cancel_run(workspace, "other", by="ada")
    assert journalled(workspace, "tiny") == events
    assert fold(events).cancelled_by == ""


def test_a_run_that_someone_is_running_cannot_be_cancelled(tmp_path, stepped):
    workspace = copy_of(stepped, tmp_path / "w")
    before = journalled(workspace, "tiny")
    with (
        RunLock(workspace.locks, "tiny"),
        pytest.raises(UsageError, match="being worked on"),
    ):
        cancel_run(workspace, "tiny", by="ada")
    assert journalled(workspace, "tiny") == before
