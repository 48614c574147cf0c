"""A replay needs no model and gives the same lineage; where it does not, it says where and why."""

import asyncio
import shutil
import sqlite3
from collections.abc import Callable

import msgspec
import pytest

from stop_tui.core import events as ev
from stop_tui.core.errors import LimitReached, ModelError, ModelOutage, TaskError, UsageError
from stop_tui.core.keys import text_hash
from stop_tui.engine.gate import AutoGate, Decision, Execution, Review, StepBack
from stop_tui.engine.replaying import Replay, replay
from stop_tui.store.isolated_git import output
from stop_tui.workspace import Workspace
from tests.copies import copy_of
from tests.tiny import (
    GOOD_SOLUTION,
    MIDDLING_SOLUTION,
    RETURNS_SEED,
    SEED_SOLUTION,
    Scripted,
    finds,
    journalled,
    resume,
    start,
    tiny_settings,
    tiny_workspace,
)

EDITED = finds(GOOD_SOLUTION, note="edited by a human")

ASKS = f"""\
def improve_algorithm(initial_solution, utility, language_model):
    answers = language_model.prompt("expert", "improve", n_responses=2)
    if "improve_algorithm" in initial_solution:
        found = initial_solution + "# " + answers[0] + "\\n"
    else:
        try:
            found = {MIDDLING_SOLUTION!r} + "# " + language_model.prompt("", "again", 1)[0]
        except ValueError:
            found = {SEED_SOLUTION!r}
    utility(found)
    return found
"""


def counting_model() -> Scripted:
    """A model whose every answer is another, as that of a real one."""
    answers = iter(range(10**6))
    return Scripted(lambda request: f"answer {next(answers)}")


def replayed(workspace: Workspace, name: str = "tiny") -> Replay:
    return asyncio.run(replay(workspace, name))


def tamper(workspace: Workspace, change: Callable[[ev.AnyEvent], ev.AnyEvent | None]) -> None:
    """Write the journal anew with events changed or (None) left out."""
    with sqlite3.connect(workspace.journal) as connection:
        triggers = connection.execute("SELECT name FROM sqlite_schema WHERE type = 'trigger'")
        for (name,) in triggers.fetchall():
            connection.execute(f"DROP TRIGGER {name}")
        rows = connection.execute("SELECT body, kind FROM events ORDER BY seq").fetchall()
        connection.execute("DELETE FROM events")
        kept = [(event, kind) for body, kind in rows if (event := change(ev.decode(body)))]
        connection.executemany(
            "INSERT INTO events (run, seq, at, kind, body) VALUES ('tiny', ?, ?, ?, ?)",
            [(seq, e.at, kind, ev.encode(e).decode()) for seq, (e, kind) in enumerate(kept, 1)],
        )
    connection.close()


@pytest.fixture(scope="module")
def recorded(tmp_path_factory) -> Workspace:
    """A workspace with a run of two meta-iterations, whose model never answered alike."""
    workspace = tiny_workspace(tmp_path_factory.mktemp("recorded") / "w", ASKS)
    settings = tiny_settings(iterations=2, repeats=1, concurrency=2)
    start(workspace, settings, model=counting_model())
    return workspace


@pytest.fixture(scope="module")
def again(recorded) -> tuple[Replay, object, object]:
    """What its replay gave, and what was in the workspace before and after it."""

    def kept() -> object:
        return journalled(recorded, "tiny"), output(recorded.lineage, "for-each-ref")

    before = kept()
    result = replayed(recorded)
    return result, before, kept()


def test_the_lineage_is_the_same_though_the_model_never_answers_alike(recorded, again):
    calls = [event for event in journalled(recorded, "tiny") if isinstance(event, ev.ModelCalled)]
    result, *_ = again
    assert result.difference is None
    assert (result.iterations, result.versions) == (2, 3)
    assert result.calls == result.recorded_calls == len(calls) > 4
    assert result.not_reproducible == result.not_reproducible_here == ()


def test_a_replay_changes_nothing_in_the_workspace(again):
    _, before, after = again
    assert before == after


def test_a_run_of_faults_outages_and_a_limit_replays_the_same(tmp_path):
    """Errors that a model gave for good are served again, and what a limit cut up is whole."""
    answers = counting_model()

    class Faulty(Scripted):
        asked = 0

        async def complete(self, request, heard=None):
            self.asked += 1
            if self.asked == 3:
                raise ModelOutage("gone for a moment")
            if request.message == "again" and self.asked % 3 == 1:
                raise ModelError("no usable answer")
            return await answers.complete(request, heard)

    model = Faulty()
    workspace = tiny_workspace(tmp_path, ASKS)
    settings = tiny_settings(iterations=2, repeats=1, limits=ev.Limits(lm_calls=8))
    with pytest.raises(ModelOutage):
        start(workspace, settings, model=model)
    with pytest.raises(LimitReached):
        resume(workspace, model=model)
    events = resume(workspace, model=model, limits=ev.Limits(lm_calls=1000, seconds=1e6))
    assert any(isinstance(event, ev.ModelCalled) and event.error for event in events)
    assert isinstance(events[-1], ev.RunFinished)

    assert replayed(workspace).difference is None


def test_a_paused_run_is_replayed_as_far_as_its_meta_iterations_are_over(tmp_path):
    workspace = tiny_workspace(tmp_path, ASKS)
    settings = tiny_settings(iterations=3, repeats=1, limits=ev.Limits(lm_calls=8))
    with pytest.raises(LimitReached):
        start(workspace, settings, model=counting_model())
    result = replayed(workspace)
    assert result.difference is None
    assert 0 < result.iterations < 3


def test_a_run_in_which_nothing_is_over_has_its_first_version_to_compare(tmp_path):
    class Down(Scripted):
        async def complete(self, request, heard=None):
            raise ModelOutage("down")

    workspace = tiny_workspace(tmp_path, ASKS)
    with pytest.raises(ModelOutage):
        start(workspace, tiny_settings(), model=Down())
    result = replayed(workspace)
    assert (result.iterations, result.versions, result.difference) == (0, 1, None)


def test_a_run_from_a_version_of_another_run_is_replayed_without_that_run(tmp_path, recorded):
    workspace = copy_of(recorded, tmp_path / "w")
    second = tiny_settings(name="second", repeats=1, start="tiny")
    start(workspace, second, model=counting_model())
    assert replayed(workspace, "second").difference is None


class Human(AutoGate):
    """Reveals the test figures, asks for more repeats, edits, and only then decides."""

    waits = True

    def __init__(self) -> None:
        self.asked = 0

    async def decide(self, review: Review) -> Decision:
        self.asked += 1
        match self.asked:
            case 1:
                review.reveal_test("ada")
                return Decision("more-repeats", "ada", "not sure", repeats=1)
            case 2:
                return Decision("edit", "ada", "mine is nicer", source=EDITED)
            case 3:
                return Decision("approve", "ada", "good")
            case _:
                return Decision("reject", "ada", "enough")

    async def allow(self, source, warnings):
        return Execution(True, "ada", "looks harmless")


@pytest.fixture(scope="module")
def decided(tmp_path_factory) -> Workspace:
    """A workspace with a run in which a human decided."""
    workspace = tiny_workspace(tmp_path_factory.mktemp("decided") / "w", ASKS)
    settings = tiny_settings(iterations=2, repeats=1, gate="human", execute_gate=True)
    events = start(workspace, settings, gate=Human(), model=counting_model())
    choices = [event.choice for event in events if isinstance(event, ev.DecisionMade)]
    assert choices[:3] == ["more-repeats", "edit", "approve"]
    return workspace


def test_what_a_human_decided_is_decided_again(decided):
    assert replayed(decided).difference is None


def test_a_step_back_is_made_again(tmp_path):
    fails_then = (
        "def improve_algorithm(initial_solution, utility, language_model):\n    return None\n"
    )
    proposes_failing = finds(MIDDLING_SOLUTION, proposes=fails_then)

    class Accepting(AutoGate):
        async def decide(self, review):
            return Decision("approve", "ada", "let us see")

        async def after_failure(self, failure):
            return StepBack(failure.earlier[0][1], "ada", "back to the start")

    workspace = tiny_workspace(tmp_path, proposes_failing)
    settings = tiny_settings(iterations=3, repeats=1, gate="human")
    events = start(workspace, settings, gate=Accepting())
    assert any(isinstance(event, ev.SteppedBack) for event in events)

    assert replayed(workspace).difference is None


def test_a_request_that_is_not_recorded_is_named(tmp_path, recorded):
    workspace = copy_of(recorded, tmp_path / "w")
    events = journalled(workspace, "tiny")
    lost = next(e for e in events if isinstance(e, ev.ModelCalled) and e.program == "I2")
    tamper(workspace, lambda event: None if event == lost else event)

    result = replayed(workspace)

    assert result.difference is not None
    assert result.difference.iteration == 2
    assert "I2" in result.difference.what
    assert lost.request[:12] in result.difference.what


def test_another_response_gives_another_source_and_the_replay_says_where(tmp_path):
    asks_once = f"""\
def improve_algorithm(initial_solution, utility, language_model):
    if "improve_algorithm" not in initial_solution:
        return {MIDDLING_SOLUTION!r}
    answers = language_model.prompt("expert", "improve", n_responses=2)
    return {EDITED!r} + "# " + answers[0] + "\\n"
"""
    workspace = tiny_workspace(tmp_path, asks_once)
    events = start(workspace, tiny_settings(repeats=1), model=counting_model())
    other = next(
        e for e in events if isinstance(e, ev.ModelCalled) and len(e.responses) == 2
    ).responses[1]

    def swap(event: ev.AnyEvent) -> ev.AnyEvent:
        if isinstance(event, ev.ModelCalled) and event.program == "I1":
            return msgspec.structs.replace(event, responses=(other, other))
        return event

    tamper(workspace, swap)
    difference = replayed(workspace).difference
    assert difference is not None
    assert (difference.iteration, difference.what) == (1, "the source of the version")
    assert difference.recorded != difference.replayed


def test_another_cost_differs_in_a_trailer(tmp_path, recorded):
    workspace = copy_of(recorded, tmp_path / "w")
    tamper(
        workspace,
        lambda event: (
            msgspec.structs.replace(event, cost_usd=1.0)
            if isinstance(event, ev.ModelCalled)
            else event
        ),
    )
    difference = replayed(workspace).difference
    assert difference is not None
    assert (difference.iteration, difference.what) == (1, "the trailer cost-usd")


def test_a_decision_about_another_proposal_is_not_used(tmp_path, decided):
    workspace = copy_of(decided, tmp_path / "w")
    other = text_hash(ASKS)

    def changed(event: ev.AnyEvent) -> ev.AnyEvent:
        if isinstance(event, ev.ProposalReturned):
            return msgspec.structs.replace(event, source=other)
        return event

    tamper(workspace, changed)
    difference = replayed(workspace).difference
    assert difference is not None
    assert difference.iteration == 1
    assert "another proposal" in difference.what


def test_a_run_that_reads_clocks_is_said_to_stand_outside_the_promise(tmp_path):
    reads_clock = "import time\n" + RETURNS_SEED + "\nBEGAN = time.time()\n"
    workspace = tiny_workspace(tmp_path, reads_clock)
    start(workspace, tiny_settings(repeats=1))
    assert "clocks" in replayed(workspace).not_reproducible


def test_a_task_that_changed_or_is_gone_is_told_before_anything_runs(tmp_path, recorded):
    workspace = copy_of(recorded, tmp_path / "w")
    utility = workspace.tasks / "double" / "utility.py"
    utility.write_text(utility.read_text() + "# changed\n")
    with pytest.raises(TaskError, match="changed"):
        replayed(workspace)
    shutil.rmtree(workspace.tasks / "double")
    with pytest.raises(UsageError, match="no task 'double'"):
        replayed(workspace)


def test_what_the_run_accepted_about_isolation_does_not_count_for_its_replay(tmp_path, monkeypatch):
    seen = []
    from stop_tui.engine import run as run_module

    real = run_module.sandboxed

    def noting(settings, tasks, scratch):
        seen.append(settings.unsafe_no_isolation)
        return real(settings, tasks, scratch)

    workspace = tiny_workspace(tmp_path, RETURNS_SEED)
    start(workspace, tiny_settings(repeats=1, unsafe_no_isolation=True))
    monkeypatch.setattr(run_module, "sandboxed", noting)
    replayed(workspace)
    assert seen == [False]


def test_an_unknown_run_cannot_be_replayed(recorded):
    with pytest.raises(UsageError, match="nothing"):
        replayed(recorded, "nothing")


def test_the_same_request_of_two_programs_gets_each_its_own_answer(recorded, again):
    """Repeats of proposal and incumbent share seeds and requests; only the program tells them."""
    answers: dict[str, set[tuple[str, ...]]] = {}
    for event in journalled(recorded, "tiny"):
        if isinstance(event, ev.ModelCalled) and "/measure/" in event.program:
            answers.setdefault(event.request, set()).add(event.responses)
    assert any(len(different) > 1 for different in answers.values())
    result, *_ = again
    assert result.difference is None
