"""Who decides, and what may be decided."""

import asyncio
from dataclasses import dataclass
from typing import get_args

import pytest

from stop_tui.core import events as ev
from stop_tui.core.keys import text_hash
from stop_tui.core.settings import Gate
from stop_tui.core.state import Candidate
from stop_tui.engine.gate import (
    AllGate,
    AutoGate,
    Decision,
    Execution,
    PolicyGate,
    Review,
    StepBack,
    automatic,
)
from stop_tui.store.lineage import Lineage
from stop_tui.store.versions import Version
from tests.tiny import (
    GOOD_SOLUTION,
    MIDDLING_SOLUTION,
    finds,
    start,
    tiny_settings,
    tiny_workspace,
)

BETTER = finds(GOOD_SOLUTION, note="better")
OTHER = finds(GOOD_SOLUTION, note="other")


def estimate(mean, low=None, high=None):
    return ev.Estimate(mean, None if low is None else 0.01, low, high, 5)


def review(difference, warnings=(), sandbox_events=()):
    measured = ev.ProposalMeasured(
        iteration=1,
        source="a",
        incumbent="b",
        proposal_val=estimate(0.9),
        incumbent_val=estimate(0.8),
        difference=difference,
        chance=0.9,
        proposal_test=estimate(0.9),
        incumbent_test=estimate(0.8),
    )
    return Review(
        run="run",
        iteration=1,
        source="",
        incumbent="",
        measured=measured,
        candidate=Candidate(1, "a", (), warnings, None, "incumbent"),
        candidates=(),
        sandbox_events=sandbox_events,
        repeats=(),
        idea=None,
        reveal_test=lambda by: (estimate(0.9), estimate(0.8)),
    )


@pytest.mark.parametrize(
    ("mean", "choice"), [(0.1, "approve"), (0.0, "approve"), (-0.001, "reject")]
)
def test_auto_accepts_what_measures_no_worse(mean, choice):
    decision = asyncio.run(AutoGate().decide(review(estimate(mean, mean - 1, mean + 1))))
    assert (decision.choice, decision.by) == (choice, "auto")


def test_every_gate_but_the_human_one_decides_by_itself():
    names = get_args(Gate)
    assert {name for name in names if automatic(name) is None} == {"human"}


@pytest.mark.parametrize("mean", [0.1, 0.0, -0.9])
def test_all_accepts_every_proposal(mean):
    decision = asyncio.run(AllGate().decide(review(estimate(mean, mean - 1, mean + 1))))
    assert (decision.choice, decision.by) == ("approve", "all")


@pytest.mark.parametrize(
    ("difference", "choice"),
    [
        (estimate(0.1, 0.01, 0.19), "approve"),
        (estimate(0.1, 0.0, 0.2), "reject"),
        (estimate(0.1, -0.05, 0.25), "reject"),
        (estimate(0.5), "reject"),
    ],
)
def test_policy_accepts_only_what_is_better_beyond_noise(difference, choice):
    decision = asyncio.run(PolicyGate().decide(review(difference)))
    assert (decision.choice, decision.by) == (choice, "policy")


def test_policy_rejects_what_gives_cause_for_a_warning():
    better = estimate(0.5, 0.4, 0.6)
    warned = review(better, warnings=(ev.Finding("leaves the sandbox", (3,)),))
    attempted = ev.SandboxEvent(program="I1", source="a", trust="reported", what="socket")
    for case in (warned, review(better, sandbox_events=(attempted,))):
        assert asyncio.run(PolicyGate().decide(case)).choice == "reject"


class Script(AutoGate):
    """A human who decides as written down."""

    def __init__(self, *decisions):
        self.decisions = list(decisions)
        self.reviews = []
        self.asked = []
        self.answers = {}
        self.step = None

    async def decide(self, review):
        self.reviews.append(review)
        return self.decisions.pop(0)

    async def allow(self, source, warnings):
        self.asked.append(source)
        return Execution(self.answers.get(source, True), "script")

    async def after_failure(self, failure):
        return None if self.step is None else self.step(failure)


def test_another_candidate_can_be_chosen_and_is_measured_before_it_is_approved(tmp_path):
    seed = f"""\
def improve_algorithm(initial_solution, utility, language_model):
    if "improve_algorithm" not in initial_solution:
        return {MIDDLING_SOLUTION!r}
    utility({OTHER!r})
    return {BETTER!r}
"""
    workspace = tiny_workspace(tmp_path, seed)
    gate = Script(
        Decision("choose", "script", source=OTHER),
        Decision("approve", "script", "I like it"),
    )

    events = start(workspace, tiny_settings(), gate=gate)

    measured = [e.source for e in events if isinstance(e, ev.ProposalMeasured)]
    assert measured == [text_hash(BETTER), text_hash(OTHER)]
    lineage = Lineage.open(workspace.lineage)
    version = lineage.versions("tiny")[-1]
    assert lineage.source(version.commit) == OTHER
    assert (version.trailers.decided_by, version.trailers.reason) == ("script", "I like it")


def test_an_edited_source_is_a_candidate_of_its_own_and_measured_first(tmp_path):
    workspace = tiny_workspace(tmp_path, finds(MIDDLING_SOLUTION, proposes=BETTER))
    gate = Script(Decision("edit", "script", source=OTHER), Decision("approve", "script"))

    events = start(workspace, tiny_settings(), gate=gate)

    proposed = [e for e in events if isinstance(e, ev.CandidateProposed)]
    assert (proposed[-1].source, proposed[-1].by) == (text_hash(OTHER), "human")
    assert gate.reviews[1].source == OTHER
    assert gate.reviews[1].measured.proposal_val.mean == 1.0


@dataclass
class Decided:
    """A run that was approved by one who first revealed the test figures and asked for repeats."""

    gate: Script
    events: list[ev.AnyEvent]
    last: Version


@pytest.fixture(scope="module")
def decided(tmp_path_factory):
    class Curious(Script):
        async def decide(self, review):
            if not self.reviews:
                proposal, incumbent = review.reveal_test("curious")
                assert proposal.mean > incumbent.mean
            return await super().decide(review)

    seed = finds(MIDDLING_SOLUTION, proposes=BETTER)
    workspace = tiny_workspace(tmp_path_factory.mktemp("decided"), seed)
    gate = Curious(Decision("more-repeats", "curious", repeats=3), Decision("approve", "curious"))
    events = start(workspace, tiny_settings(execute_gate=True), gate=gate)
    return Decided(gate, events, Lineage.open(workspace.lineage).versions("tiny")[-1])


def test_more_repeats_are_added_to_those_there_are(decided):
    assert [r.measured.proposal_val.n for r in decided.gate.reviews] == [2, 5]
    assert decided.last.trailers.repeats == 5


def test_looking_at_the_test_figures_first_is_kept_in_the_history(decided):
    assert [e.by for e in decided.events if isinstance(e, ev.TestRevealed)] == ["curious"]
    assert decided.last.trailers.test_revealed == "curious"


def test_the_execute_gate_is_asked_once_before_a_candidate_first_runs(decided):
    assert decided.gate.asked == [BETTER]
    kinds = [type(e) for e in decided.events]
    assert kinds.index(ev.ExecutionDecided) < kinds.index(ev.RepeatFinished)


def test_code_that_may_not_run_is_never_run(tmp_path):
    workspace = tiny_workspace(tmp_path, finds(MIDDLING_SOLUTION, proposes=BETTER))
    gate = Script()
    gate.answers[BETTER] = False

    events = start(workspace, tiny_settings(execute_gate=True), gate=gate)

    assert not [e for e in events if isinstance(e, ev.RepeatFinished)]
    decision = next(e for e in events if isinstance(e, ev.DecisionMade))
    assert (decision.choice, decision.by) == ("reject", "execute gate")


def test_after_a_failure_a_human_can_step_back_to_an_earlier_version(tmp_path):
    broken = "def improve_algorithm(initial_solution, utility, language_model):\n    return 1\n"
    seed = finds(MIDDLING_SOLUTION, proposes=broken)
    workspace = tiny_workspace(tmp_path, seed)
    gate = Script(Decision("approve", "script"), Decision("reject", "script"))
    gate.step = lambda failure: StepBack(failure.earlier[0][1], "script", "it is broken")

    events = start(workspace, tiny_settings(iterations=3, repeats=1), gate=gate)

    incumbents = [e.incumbent for e in events if isinstance(e, ev.IterationStarted)]
    assert incumbents == [text_hash(seed), text_hash(broken), text_hash(seed)]
