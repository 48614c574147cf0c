"""A run from its first event to its last: proposals, failures, versions."""

import pytest

from stop_tui.core import events as ev
from stop_tui.core.errors import ModelError, TaskError, UsageError
from stop_tui.core.keys import text_hash
from stop_tui.core.state import Status, fold
from stop_tui.engine.gate import PolicyGate
from stop_tui.store.journal import Journal
from stop_tui.store.lineage import Lineage
from tests.copies import copy_of
from tests.tiny import (
    GOOD_SOLUTION,
    MIDDLING_SOLUTION,
    RETURNS_SEED,
    Scripted,
    finds,
    journalled,
    start,
    tiny_settings,
    tiny_workspace,
)

BETTER = finds(GOOD_SOLUTION, note="better")


def of_kind(events, kind):
    return [event for event in events if isinstance(event, kind)]


SEED = finds(MIDDLING_SOLUTION, proposes=BETTER)


@pytest.fixture(scope="module")
def accepted(tmp_path_factory):
    """A workspace with a run that accepted a better improver, and the events of the run."""
    workspace = tiny_workspace(tmp_path_factory.mktemp("accepted") / "w", SEED)
    return workspace, start(workspace, tiny_settings())


def test_a_better_proposal_becomes_a_commit_after_the_seed_improver(accepted):
    workspace, events = accepted

    lineage = Lineage.open(workspace.lineage, create=False)
    first, second = lineage.versions("tiny")
    assert lineage.source(first.commit) == SEED
    assert lineage.source(second.commit) == BETTER
    assert second.parent == first.commit
    measured = of_kind(events, ev.ProposalMeasured)[0]
    assert measured.proposal_val.mean == 1.0
    assert 0.7 < measured.incumbent_val.mean < 0.8
    assert second.trailers.meta_utility.mean == 1.0
    assert second.trailers.decided_by == "auto"
    assert fold(events).status is Status.FINISHED


def test_a_worse_proposal_is_rejected_and_the_incumbent_stays(tmp_path):
    workspace = tiny_workspace(tmp_path, finds(GOOD_SOLUTION, proposes=RETURNS_SEED))

    events = start(workspace, tiny_settings(iterations=2, repeats=1))

    decisions = of_kind(events, ev.DecisionMade)
    assert [decision.choice for decision in decisions] == ["reject", "reject"]
    assert len(Lineage.open(workspace.lineage).versions("tiny")) == 1
    incumbents = {event.incumbent for event in of_kind(events, ev.IterationStarted)}
    assert len(incumbents) == 1


def test_an_unchanged_proposal_is_rejected_without_being_measured(tmp_path):
    workspace = tiny_workspace(tmp_path, RETURNS_SEED)

    events = start(workspace, tiny_settings())

    assert of_kind(events, ev.ProposalMeasured) == []
    decision = of_kind(events, ev.DecisionMade)[0]
    assert (decision.choice, decision.by) == ("reject", "engine")
    assert "unchanged" in decision.reason


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ("raise RuntimeError('boom')", "boom"),
        ("return None", "instead of source text"),
        ("return 17", "instead of source text"),
        ("import sys; sys.exit(3)", ""),
        ("import os; os._exit(3)", ""),
    ],
)
def test_a_failing_incumbent_fails_its_iteration_and_the_run_goes_on(tmp_path, body, reason):
    source = f"def improve_algorithm(initial_solution, utility, language_model):\n    {body}\n"
    workspace = tiny_workspace(tmp_path, source)

    events = start(workspace, tiny_settings(iterations=2))

    failures = of_kind(events, ev.IterationFailed)
    assert [failure.iteration for failure in failures] == [1, 2]
    assert all(failure.reason and reason in failure.reason for failure in failures)
    assert isinstance(events[-1], ev.RunFinished)


@pytest.mark.parametrize("source", ["x = 1\n\ndef improve_algorithm(:\n", "x = 1\n", ""])
def test_what_is_no_improver_starts_no_run(tmp_path, source):
    workspace = tiny_workspace(tmp_path, source)

    with pytest.raises(UsageError, match="no improver"):
        start(workspace, tiny_settings())
    with Journal.open(workspace.journal) as journal:
        assert journal.runs() == []


def test_a_model_that_has_no_answer_fails_the_call_and_not_the_run(tmp_path):
    source = """\
def improve_algorithm(initial_solution, utility, language_model):
    try:
        language_model.prompt("expert", "hello")
    except Exception as error:
        return initial_solution + f"# {error}\\n"
"""
    workspace = tiny_workspace(tmp_path, source)

    class Speechless(Scripted):
        async def complete(self, request, heard=None):
            raise ModelError("the prompt is too long")

    events = start(workspace, tiny_settings(repeats=1), model=Speechless())

    assert isinstance(events[-1], ev.RunFinished)
    calls = of_kind(events, ev.ModelCalled)
    assert calls and {call.error for call in calls} == {"the prompt is too long"}


def test_what_a_found_solution_attempts_stands_in_the_review_of_its_improver(tmp_path):
    nosy = "import socket\n\ndef algorithm(x):\n    socket.socket()\n    return 2 * x\n"
    workspace = tiny_workspace(tmp_path, finds(MIDDLING_SOLUTION, proposes=finds(nosy)))

    events = start(workspace, tiny_settings(), gate=PolicyGate())

    (decision,) = of_kind(events, ev.DecisionMade)
    assert decision.choice == "reject"
    assert "warnings" in decision.reason


def test_the_marks_of_an_incumbent_that_fails_are_kept(tmp_path):
    source = """\
import time


def improve_algorithm(initial_solution, utility, language_model):
    raise RuntimeError(time.time())
"""
    workspace = tiny_workspace(tmp_path, source)

    assert "clocks" in fold(start(workspace, tiny_settings())).untimely


def test_candidates_are_journalled_before_they_are_measured(accepted):
    _, events = accepted

    name = text_hash(BETTER)
    kinds = [type(event) for event in events if getattr(event, "source", None) == name]
    proposed = kinds.index(ev.CandidateProposed)
    evaluated = kinds.index(ev.CandidateEvaluated)
    assert proposed < evaluated
    repeats = [e for e in of_kind(events, ev.RepeatFinished) if e.phase == "selection"]
    assert {(r.task, r.repeat, r.val) for r in repeats} == {
        ("double", 1, 1.0),
        ("double", 2, 1.0),
    }


def test_both_are_measured_on_fresh_instances_and_on_the_test_split(accepted):
    _, events = accepted

    fresh = [e for e in of_kind(events, ev.RepeatFinished) if e.phase == "measure/I1"]
    assert len(fresh) == 4
    assert all(repeat.test is not None for repeat in fresh)
    scored = {(e.phase, e.split) for e in of_kind(events, ev.SolutionScored)}
    assert scored == {
        ("selection", "val"),
        ("measure/I1", "val"),
        ("measure/I1", "test"),
    }


def test_a_utility_is_computed_once_a_run_however_often_it_is_asked_for(tmp_path):
    source = """\
def improve_algorithm(initial_solution, utility, language_model):
    for _ in range(30):
        utility(initial_solution)
    return initial_solution + "# improved\\n"
"""
    workspace = tiny_workspace(tmp_path, source)

    events = start(workspace, tiny_settings())

    keys = [(e.task, e.split, e.phase, e.source) for e in of_kind(events, ev.SolutionScored)]
    assert len(keys) == len(set(keys))
    repeats = of_kind(events, ev.RepeatFinished)
    assert {repeat.utility_calls for repeat in repeats} == {25}


def test_repeats_of_all_improvers_share_their_seeds(tmp_path):
    draws = """\
import random


def improve_algorithm(initial_solution, utility, language_model):
    if "improve_algorithm" in initial_solution:
        return initial_solution + "# changed\\n"
    return f"def algorithm(x):\\n    return {random.randint(0, 10**9)}\\n"
"""
    workspace = tiny_workspace(tmp_path, draws)

    events = start(workspace, tiny_settings())

    fresh = [e for e in of_kind(events, ev.RepeatFinished) if e.phase == "measure/I1"]
    by_repeat = {}
    for repeat in fresh:
        by_repeat.setdefault(repeat.repeat, set()).add(repeat.solution)
    assert [len(solutions) for solutions in by_repeat.values()] == [1, 1]
    assert by_repeat[1] != by_repeat[2]


def test_the_language_model_is_metered_and_its_budget_is_the_hosts(tmp_path):
    source = """\
def improve_algorithm(initial_solution, utility, language_model):
    if "improve_algorithm" in initial_solution:
        return initial_solution + "# changed\\n"
    language_model.budget = 100
    calls = 0
    try:
        while True:
            language_model.prompt("expert", "hello", n_responses=2)
            calls += 1
    except Exception:
        pass
    return f"def algorithm(x):\\n    return {calls}\\n"
"""
    workspace = tiny_workspace(tmp_path, source)
    model = Scripted(lambda request: "no code")

    events = start(workspace, tiny_settings(repeats=1), model=model)

    state = fold(events)
    assert {repeat.lm_calls for repeat in state.repeats.values()} == {4}
    assert state.spent.lm_calls == len(model.requests) == 8
    assert state.spent.responses == 16
    assert state.spent.usd == pytest.approx(8 * 0.25)
    attempts = [e for e in of_kind(events, ev.SandboxEvent) if "budget" in e.what + e.detail]
    assert attempts and all(event.trust == "reported" for event in attempts)


def test_a_broken_task_is_told_before_anything_is_journalled(tmp_path):
    workspace = tiny_workspace(tmp_path, RETURNS_SEED)
    (workspace.tasks / "double" / "utility.py").write_text("def instance(rng:\n")

    with pytest.raises(TaskError, match=r"utility\.py"):
        start(workspace, tiny_settings())
    assert not workspace.journal.exists()


def test_a_run_cannot_take_the_name_of_another(accepted):
    workspace, events = accepted

    with pytest.raises(UsageError, match="tiny"):
        start(workspace, tiny_settings())
    assert journalled(workspace, "tiny") == events


def test_a_run_can_start_from_a_version_of_another(accepted, tmp_path):
    workspace = copy_of(accepted[0], tmp_path / "w")

    start(workspace, tiny_settings(name="second", repeats=1, start="tiny:I1"))

    lineage = Lineage.open(workspace.lineage)
    (first, *_) = lineage.versions("second")
    assert lineage.source(first.commit) == BETTER
    assert first.parent == lineage.resolve("tiny:I1")
