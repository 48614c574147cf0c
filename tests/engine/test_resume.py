"""Resume is replay: a run that was killed or paused ends as one that was left alone."""

import signal
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from stop_tui.core import events as ev
from stop_tui.core.errors import LimitReached, ModelOutage, TaskError, UsageError
from stop_tui.core.state import Status, fold
from stop_tui.engine.gate import AutoGate, StepBack
from stop_tui.store.journal import Journal
from stop_tui.store.lineage import Lineage
from stop_tui.workspace import Workspace
from tests.commands.terminal import stop_tui
from tests.copies import copy_of
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


@dataclass
class Undisturbed:
    """A run that was left alone, and what the disk held at moments of it."""

    workspace: Workspace
    events: list[ev.AnyEvent]
    lineage: list[tuple[str, str]]
    moments: list[tuple[str, str, Workspace]]
    """Part of the run, kind of the event that was just journalled, copy."""


def copied_in_use(workspace: Workspace, folder: Path) -> Workspace:
    """A copy without what programs write. Another process makes it: SQLite locks by process."""
    state = workspace.scratch.parent
    kept = [each for each in state.iterdir() if each != workspace.scratch]
    (folder / state.name).mkdir(parents=True)
    for what, where in (
        ([workspace.improvers, workspace.tasks], folder),
        (kept, folder / state.name),
    ):
        subprocess.run(["cp", "-R", *map(str, what), str(where)], check=True)
    return Workspace(folder.resolve())


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory):
    """Copied after the first event of each kind, while it proposes and while it measures."""
    folder = tmp_path_factory.mktemp("undisturbed")
    workspace = tiny_workspace(folder / "w", ASKS)
    append, part = Journal.append, "proposing"
    moments: dict[tuple[str, str], Workspace] = {}

    def copying(self, run, *events, **rest):
        nonlocal part
        append(self, run, *events, **rest)
        moment = (part, type(events[-1]).__name__)
        if moment not in moments and not isinstance(events[-1], ev.RunFinished):
            moments[moment] = copied_in_use(workspace, folder / "-".join(moment))
        if any(isinstance(event, ev.ProposalReturned) for event in events):
            part = "measuring"

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(Journal, "append", copying)
        events = start(workspace, SETTINGS, model=seeded_model())
    copies = [(*moment, copy) for moment, copy in moments.items()]
    return Undisturbed(workspace, events, lineage_of(workspace), copies)


@pytest.fixture(scope="module")
def limited(tmp_path_factory):
    """A workspace with the run, paused by a limit after its first call."""
    workspace = tiny_workspace(tmp_path_factory.mktemp("limited") / "w", ASKS)
    settings = tiny_settings(repeats=1, limits=ev.Limits(lm_calls=1, usd=100.0))
    with pytest.raises(LimitReached, match="1"):
        start(workspace, settings, model=seeded_model())
    return workspace


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


def goes_on_as_if_nothing_had_been(workspace, undisturbed, cut_off) -> list[ev.AnyEvent]:
    """Resume the run, and hold its end against that of the one that was left alone."""
    after = resume(workspace, model=seeded_model())
    assert lineage_of(workspace) == undisturbed.lineage, f"cut off after {cut_off}"
    assert isinstance(after[-1], ev.RunFinished)
    calls = [(e.program, e.request, e.occurrence) for e in of_kind(after, ev.ModelCalled)]
    assert len(calls) == len(set(calls)), "a recorded call was paid for twice"
    return after


def test_the_same_seed_gives_the_same_lineage(tmp_path, undisturbed):
    workspace = tiny_workspace(tmp_path / "w", ASKS)
    start(workspace, SETTINGS, model=seeded_model())
    assert lineage_of(workspace) == undisturbed.lineage
    assert len(undisturbed.lineage) == 2


@pytest.mark.parametrize("part", ["proposing", "measuring"])
def test_cut_off_after_any_kind_of_event_a_run_ends_with_the_same_lineage(undisturbed, part):
    moments = [(kind, copy) for each, kind, copy in undisturbed.moments if each == part]
    for kind, workspace in moments:
        goes_on_as_if_nothing_had_been(workspace, undisturbed, kind)
    assert {kind for kind, _ in moments} >= {
        *("RepeatStarted", "ModelCallSent", "ModelCalled", "SolutionScored", "RepeatFinished")
    }
    every = {type(event) for event in undisturbed.events} - {ev.RunStarted, ev.RunFinished}
    seen = {kind for _, kind, _ in undisturbed.moments}
    # The finding about scores is appended with the figures that it is about.
    assert {kind.__name__ for kind in every} - seen <= {"ProposalMeasured", "ScoreSuspected"}


@pytest.mark.trust
@pytest.mark.parametrize("first", range(1, SHARDS + 1))
def test_killed_at_any_event_a_run_ends_with_the_same_lineage(tmp_path, undisturbed, first):
    appends = first
    while True:
        workspace = tiny_workspace(tmp_path / f"w{appends}", ASKS)
        if not killed_after(workspace, appends):
            break
        goes_on_as_if_nothing_had_been(workspace, undisturbed, f"{appends} appends")
        appends += SHARDS
    # An append can hold several events, but most hold one.
    assert appends > len(undisturbed.events) * 0.8


def test_nothing_recorded_is_computed_again_when_a_run_was_killed(tmp_path, undisturbed):
    workspace = tiny_workspace(tmp_path / "w", ASKS)
    assert killed_after(workspace, 10)
    before = of_kind(journalled(workspace, "tiny"), ev.SolutionScored)
    assert before

    events = goes_on_as_if_nothing_had_been(workspace, undisturbed, "10 appends")

    after = of_kind(events, ev.SolutionScored)
    keys = [(e.task, e.split, e.phase, e.source) for e in after]
    assert len(keys) == len(set(keys))
    assert after[: len(before)] == before


def test_a_limit_pauses_the_run_and_a_larger_one_continues_it(tmp_path, limited, undisturbed):
    workspace = copy_of(limited, tmp_path / "w")
    state = fold(journalled(workspace, "tiny"))
    assert (state.status, state.cause) == (Status.PAUSED, "limit")
    assert state.spent.lm_calls == 1

    resume(workspace, model=seeded_model(), limits=ev.Limits(lm_calls=1000))
    assert lineage_of(workspace) == undisturbed.lineage


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


def test_one_new_limit_keeps_the_others(tmp_path, limited):
    workspace = copy_of(limited, tmp_path / "w")
    assert fold(journalled(workspace, "tiny")).limits == ev.Limits(lm_calls=1, usd=100.0)
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
        start(workspace, tiny_settings(repeats=1, limits=ev.Limits(usd=1.0)), model=Unpriced())


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
    assert lineage_of(workspace) == undisturbed.lineage


def test_resuming_a_finished_run_changes_nothing(tmp_path, undisturbed):
    workspace = copy_of(undisturbed.workspace, tmp_path / "w")
    assert resume(workspace) == undisturbed.events


@pytest.mark.parametrize(
    ("file", "what"), [("utility.py", "utility"), ("seed.py", "seed solution")]
)
def test_a_task_that_was_changed_since_is_noticed(tmp_path, limited, file, what):
    workspace = copy_of(limited, tmp_path / "w")
    text = workspace.tasks / "double" / file
    text.write_text(text.read_text() + "# changed\n")
    with pytest.raises(TaskError, match=f"The {what} of the task 'double' was changed"):
        resume(workspace)


def test_an_unknown_run_cannot_be_resumed(undisturbed):
    with pytest.raises(UsageError, match="nothing"):
        resume(undisturbed.workspace, "nothing")
