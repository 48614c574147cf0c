"""Resume is replay: a run that was killed or paused ends as one that was left alone."""

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from stop_tui.core import events as ev
from stop_tui.core.errors import LimitReached, ModelOutage, TaskError, UsageError
from stop_tui.core.state import Status, fold
from stop_tui.engine.gate import AutoGate, StepBack
from stop_tui.store.lineage import Lineage
from stop_tui.workspace import Workspace
from tests.commands.terminal import stop_tui
from tests.tiny import (
    GOOD_SOLUTION,
    MIDDLING_SOLUTION,
    Scripted,
    finds,
    journalled,
    resume,
    start,
    tiny_settings,
    tiny_workspace,
)

BETTER = finds(GOOD_SOLUTION, note="better")

ASKS = f"""\
def improve_algorithm(initial_solution, utility, language_model):
    answers = language_model.prompt("expert", "improve", n_responses=2)
    if "improve_algorithm" in initial_solution:
        found = {BETTER!r} + "# " + answers[0] + "\\n"
    else:
        found = {MIDDLING_SOLUTION!r} + "# " + answers[1] + "\\n"
    utility(found)
    return found
"""

SETTINGS = tiny_settings(repeats=1)
SHARDS = 4

KILLED_AFTER = """
import os, signal, sys
from pathlib import Path
from stop_tui.store.journal import Journal
from tests.engine.test_resume import SETTINGS, seeded_model
from tests.tiny import start
from stop_tui.workspace import Workspace

left = int(sys.argv[2])
append = Journal.append

def counting(self, run, *events, **rest):
    global left
    append(self, run, *events, **rest)
    left -= 1
    if left <= 0:
        os.kill(os.getpid(), signal.SIGKILL)

Journal.append = counting
start(Workspace(Path(sys.argv[1])), SETTINGS, model=seeded_model())
"""


def seeded_model() -> Scripted:
    return Scripted(lambda request: f"{request.seed}")


def lineage_of(workspace: Workspace) -> list[tuple[str, str]]:
    lineage = Lineage.open(workspace.lineage)
    return [(lineage.source(v.commit), v.message) for v in lineage.versions("tiny")]


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory):
    workspace = tiny_workspace(tmp_path_factory.mktemp("undisturbed") / "w", ASKS)
    events = start(workspace, SETTINGS, model=seeded_model())
    return lineage_of(workspace), events


def of_kind(events, kind):
    return [event for event in events if isinstance(event, kind)]


def killed_after(workspace: Workspace, appends: int) -> bool:
    """Start the run and kill it after so many appends; False when it ended before that."""
    finished = subprocess.run(
        [sys.executable, "-c", KILLED_AFTER, str(workspace.root), str(appends)],
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        check=False,
    )
    assert finished.returncode in (0, -signal.SIGKILL), finished.stderr
    return finished.returncode != 0


def test_the_same_seed_gives_the_same_lineage(tmp_path, undisturbed):
    workspace = tiny_workspace(tmp_path / "w", ASKS)
    start(workspace, SETTINGS, model=seeded_model())
    assert lineage_of(workspace) == undisturbed[0]
    assert len(undisturbed[0]) == 2


@pytest.mark.parametrize("first", range(1, SHARDS + 1))
def test_killed_at_any_event_a_run_ends_with_the_same_lineage(tmp_path, undisturbed, first):
    lineage, events = undisturbed
    appends = first
    while True:
        workspace = tiny_workspace(tmp_path / f"w{appends}", ASKS)
        if not killed_after(workspace, appends):
            break
        after = resume(workspace, model=seeded_model())
        assert lineage_of(workspace) == lineage, f"killed after {appends} appends"
        assert isinstance(after[-1], ev.RunFinished)
        calls = [(e.program, e.request, e.occurrence) for e in of_kind(after, ev.ModelCalled)]
        assert len(calls) == len(set(calls)), "a recorded call was paid for twice"
        appends += SHARDS
    # An append can hold several events, but most hold one.
    assert appends > len(events) * 0.8


def test_nothing_recorded_is_computed_again(tmp_path):
    workspace = tiny_workspace(tmp_path, ASKS)
    assert killed_after(workspace, 10)
    before = [e for e in journalled(workspace, "tiny") if isinstance(e, ev.SolutionScored)]
    assert before

    after = [e for e in resume(workspace, model=seeded_model()) if isinstance(e, ev.SolutionScored)]

    keys = [(e.task, e.split, e.phase, e.source) for e in after]
    assert len(keys) == len(set(keys))
    assert after[: len(before)] == before


def test_a_limit_pauses_the_run_and_a_larger_one_continues_it(tmp_path, undisturbed):
    workspace = tiny_workspace(tmp_path, ASKS)
    settings = tiny_settings(repeats=1, limits=ev.Limits(lm_calls=1))

    with pytest.raises(LimitReached, match="1"):
        start(workspace, settings, model=seeded_model())
    state = fold(journalled(workspace, "tiny"))
    assert (state.status, state.cause) == (Status.PAUSED, "limit")
    assert state.spent.lm_calls == 1

    resume(workspace, model=seeded_model(), limits=ev.Limits(lm_calls=1000))
    assert lineage_of(workspace) == undisturbed[0]


@pytest.mark.parametrize("limits", [ev.Limits(usd=1.0), ev.Limits(tokens=60)])
def test_what_is_in_flight_counts_against_a_limit_from_the_first_call_on(tmp_path, limits):
    many = """\
def improve_algorithm(initial_solution, utility, language_model):
    language_model.batch_prompt("expert", [f"improve {number}" for number in range(6)])
    return initial_solution
"""
    workspace = tiny_workspace(tmp_path, many)
    with pytest.raises(LimitReached):
        start(workspace, tiny_settings(limits=limits), model=seeded_model())
    spent = fold(journalled(workspace, "tiny")).spent
    assert spent.lm_calls > 0
    assert spent.usd <= 1.0
    assert limits.tokens is None or spent.tokens <= limits.tokens


def test_a_time_out_of_the_model_is_an_outage_and_not_the_runs_limit(tmp_path):
    class Slow(Scripted):
        async def complete(self, request, heard=None):
            raise TimeoutError

    workspace = tiny_workspace(tmp_path, ASKS)
    with pytest.raises(ModelOutage, match="cannot be reached"):
        start(workspace, SETTINGS, model=Slow())
    assert fold(journalled(workspace, "tiny")).status is Status.PAUSED


def test_one_new_limit_keeps_the_others(tmp_path):
    workspace = tiny_workspace(tmp_path, ASKS)
    first = ev.Limits(lm_calls=1, usd=100.0)
    with pytest.raises(LimitReached):
        start(workspace, tiny_settings(repeats=1, limits=first), model=seeded_model())
    stop_tui("run", "--resume", "tiny", "--max-calls", "2", cwd=workspace.root)
    assert fold(journalled(workspace, "tiny")).limits == ev.Limits(lm_calls=2, usd=100.0)


def test_a_question_after_a_failure_is_asked_again_until_it_is_answered(tmp_path):
    class Human(AutoGate):
        asked = 0

        async def after_failure(self, failure):
            self.asked += 1
            if self.asked == 1:
                raise LimitReached("left for later")
            return StepBack(failure.incumbent, "human", "it stays")

    failing = "def improve_algorithm(initial_solution, utility, language_model):\n    return None\n"
    workspace = tiny_workspace(tmp_path, failing)
    gate = Human()
    with pytest.raises(LimitReached):
        start(workspace, tiny_settings(), gate=gate)
    resume(workspace, gate=gate)
    assert gate.asked == 2


def test_a_limit_of_money_that_cannot_be_known_is_told(tmp_path):
    class Unpriced(Scripted):
        async def complete(self, request, heard=None):
            completion = await super().complete(request, heard)
            return type(completion)(completion.model, completion.responses, 1, None)

    workspace = tiny_workspace(tmp_path, ASKS)
    with pytest.raises(LimitReached, match="unknown"):
        start(workspace, tiny_settings(limits=ev.Limits(usd=1.0)), model=Unpriced())


def test_a_limit_of_wall_time_pauses_the_run(tmp_path):
    endless = (
        "def improve_algorithm(initial_solution, utility, language_model):\n    while True: pass\n"
    )
    workspace = tiny_workspace(tmp_path, endless)
    with pytest.raises(LimitReached, match="wall time"):
        start(workspace, tiny_settings(limits=ev.Limits(seconds=0.5)))
    assert fold(journalled(workspace, "tiny")).status is Status.PAUSED


def test_an_outage_pauses_the_run_with_the_reason(tmp_path, undisturbed):
    class Down(Scripted):
        async def complete(self, request, heard=None):
            raise ModelOutage("the model cannot be reached")

    workspace = tiny_workspace(tmp_path, ASKS)
    with pytest.raises(ModelOutage):
        start(workspace, SETTINGS, model=Down())
    state = fold(journalled(workspace, "tiny"))
    assert (state.status, state.reason) == (Status.PAUSED, "the model cannot be reached")
    assert state.cause == "outage"
    assert state.spent.lm_calls == 0

    resume(workspace, model=seeded_model())
    assert lineage_of(workspace) == undisturbed[0]


def test_resuming_a_finished_run_changes_nothing(tmp_path):
    workspace = tiny_workspace(tmp_path, ASKS)
    events = start(workspace, tiny_settings(), model=seeded_model())
    assert resume(workspace) == events


@pytest.mark.parametrize(
    ("file", "what"), [("utility.py", "utility"), ("seed.py", "seed solution")]
)
def test_a_task_that_was_changed_since_is_noticed(tmp_path, file, what):
    workspace = tiny_workspace(tmp_path, ASKS)
    with pytest.raises(LimitReached):
        start(workspace, tiny_settings(limits=ev.Limits(lm_calls=1)), model=seeded_model())
    text = workspace.tasks / "double" / file
    text.write_text(text.read_text() + "# changed\n")
    with pytest.raises(TaskError, match=f"The {what} of the task 'double' was changed"):
        resume(workspace)


def test_an_unknown_run_cannot_be_resumed(tmp_path):
    workspace = tiny_workspace(tmp_path, ASKS)
    start(workspace, tiny_settings(), model=seeded_model())
    with pytest.raises(UsageError, match="nothing"):
        resume(workspace, "nothing")
