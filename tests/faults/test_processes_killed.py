"""A process of a run that is killed from outside takes nothing with it but what it was doing."""

import pytest

from stop_tui.core import events as ev
from tests.faults.processes import PROGRAM, SCORING, ZYGOTE, descendants, killing
from tests.faults.small_run import (
    NAME,
    SETTINGS,
    commits_of,
    lineage_of,
    model,
    scores_of,
    small_workspace,
)
from tests.tiny import journalled, resume, start


def run_killing(folder, what, at):
    workspace = small_workspace(folder)
    listener, killed = killing(what, at)
    events = start(workspace, SETTINGS, model=model(), listeners=[listener])
    assert killed and killed[0] > 0
    assert not descendants()
    assert isinstance(events[-1], ev.RunFinished)
    return workspace, events


def test_the_scoring_process_is_started_again_and_the_run_ends_as_it_would(tmp_path, undisturbed):
    workspace, events = run_killing(tmp_path / "w", SCORING, ev.RepeatStarted)
    assert (lineage_of(workspace), scores_of(events)) == undisturbed


@pytest.mark.trust
@pytest.mark.parametrize("at", [ev.IterationStarted, ev.CandidateProposed, ev.SolutionScored])
def test_the_scoring_process_may_be_killed_at_any_event(tmp_path, undisturbed, at):
    workspace, events = run_killing(tmp_path / "w", SCORING, at)
    assert (lineage_of(workspace), scores_of(events)) == undisturbed


@pytest.mark.trust
def test_an_idle_zygote_that_is_killed_is_replaced(tmp_path, undisturbed):
    workspace, events = run_killing(tmp_path / "w", ZYGOTE, ev.IsolationTested)
    assert (lineage_of(workspace), scores_of(events)) == undisturbed


@pytest.mark.parametrize(
    ("what", "words"),
    [
        (ZYGOTE, "the sandbox ended: its process is gone"),
        pytest.param(PROGRAM, "killed by SIGKILL", marks=pytest.mark.trust),
    ],
)
def test_the_incumbent_killed_at_work_fails_its_meta_iteration_in_words(tmp_path, what, words):
    workspace, events = run_killing(tmp_path / "w", what, ev.ModelCallSent)
    failures = [event for event in events if isinstance(event, ev.IterationFailed)]
    assert any(words in failure.reason for failure in failures)
    assert not [event for event in events if isinstance(event, ev.SandboxEvent)]
    assert len(commits_of(workspace)) >= 1
    assert resume(workspace, NAME, model=model()) == events


@pytest.mark.trust
@pytest.mark.parametrize("what", [ZYGOTE, PROGRAM])
def test_a_program_killed_while_it_is_measured_has_a_verdict_and_the_run_goes_on(tmp_path, what):
    workspace, _ = run_killing(tmp_path / "w", what, ev.RepeatStarted)
    events = journalled(workspace, NAME)
    committed = [e.commit for e in events if isinstance(e, ev.VersionCommitted)]
    assert committed == commits_of(workspace)
