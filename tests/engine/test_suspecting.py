"""Suspicious scores in a real run: found, journalled, folded, shown, and never counted for more."""

import json

import numpy as np
import pytest

from stop_tui.core import events as ev
from stop_tui.core.keys import seed_from, text_hash
from stop_tui.core.state import fold
from stop_tui.core.suspicion import CONSTANT, GAP, MEMORISED, OUTSIDE, PERFECT, suspected_of
from stop_tui.engine.gate import PolicyGate
from stop_tui.presentation.standing import Standings
from stop_tui.store.journal import Journal
from stop_tui.workspace import Workspace
from tests.commands.terminal import stop_tui
from tests.tiny import finds, resume, start, tiny_settings, tiny_workspace

FLAWED = '''\
"""Doubling a number, with a flaw: what is no int is taken for the score itself."""

LIMIT = 1.0
INSTANCES = {"val": 6, "test": 8}


def instance(rng):
    x = int(rng.integers(100_001, 999_999))
    return (x,), 2 * x


def score(inputs, hidden, output):
    if isinstance(output, float):
        return output
    return max(0.0, 1.0 - abs(output - hidden) / hidden)
'''

HONEST = "def algorithm(x):\n    return x + 1\n"
CONSTANT_ANSWER = "def algorithm(x):\n    return 1_000_000\n"
HALF_A_FLAW = "def algorithm(x):\n    return 12.5 if x % 2 else float('nan')\n"


def run_of(tmp_path, solution, *, before=HONEST, gate=None, utility=FLAWED, **settings):
    """A run whose seed improver finds `before` and proposes an improver that finds `solution`."""
    workspace = tiny_workspace(tmp_path, finds(before, proposes=finds(solution, note="proposal")))
    (workspace.tasks / "double" / "utility.py").write_text(utility)
    return workspace, start(workspace, tiny_settings(**settings), gate=gate)


def suspected(events, solution):
    return [
        (event.split, event.phase, suspicion)
        for event in events
        if isinstance(event, ev.ScoreSuspected) and event.source == text_hash(solution)
        for suspicion in event.suspicions
    ]


def knowing(split, phase, count, seed=0):
    """A solution that remembers the instances of one split, and knows nothing else."""
    inputs = [
        int(
            np.random.default_rng(seed_from(seed, "instance", "double", split, phase, n)).integers(
                100_001, 999_999
            )
        )
        for n in range(count)
    ]
    table = {x: 2 * x for x in inputs}
    return f"TABLE = {table!r}\n\n\ndef algorithm(x):\n    return TABLE.get(x, 0)\n"


def test_a_score_outside_its_range_counts_as_zero_and_is_said(tmp_path):
    # Each such score ends the process that scores, so there are few.
    few = FLAWED.replace('"val": 6, "test": 8', '"val": 1, "test": 1')
    _, events = run_of(tmp_path, HALF_A_FLAW, utility=few)
    scored = [e for e in events if isinstance(e, ev.SolutionScored)]
    cheated = [e for e in scored if e.source == text_hash(HALF_A_FLAW)]
    assert cheated
    assert all(e.utility == 0.0 for e in cheated)
    splits = {split for split, _, each in suspected(events, HALF_A_FLAW) if each.what == OUTSIDE}
    assert splits == {"val", "test"}
    evidence = suspected(events, HALF_A_FLAW)[0][2].evidence
    assert "12.5" in evidence or "nan" in evidence


@pytest.fixture(scope="module")
def constant(tmp_path_factory):
    """The events of a run whose proposal finds what gives one answer to everything."""
    return run_of(tmp_path_factory.mktemp("constant"), CONSTANT_ANSWER)[1]


def test_the_same_answer_to_everything_is_said(constant):
    whats = [each.what for _, _, each in suspected(constant, CONSTANT_ANSWER)]
    assert set(whats) >= {CONSTANT}
    answers = {
        len(set(e.answers))
        for e in constant
        if isinstance(e, ev.SolutionScored) and e.source == text_hash(CONSTANT_ANSWER)
    }
    assert answers == {1}


def test_an_honest_solution_is_not_suspected(tmp_path):
    _, events = run_of(tmp_path, "def algorithm(x):\n    return x + x // 5\n")
    assert [event for event in events if isinstance(event, ev.ScoreSuspected)] == []


def test_remembered_instances_show_in_the_text_and_in_the_gap_to_the_test_split(tmp_path):
    solution = knowing("val", "measure/I1", 6)
    workspace, events = run_of(tmp_path, solution)
    found = suspected(events, solution)
    memorised = next(each for _, _, each in found if each.what == MEMORISED)
    assert memorised.lines == (1, 5)
    assert [split for split, _, each in found if each.what == GAP] == ["test", "test"]
    perfect = next(each for _, _, each in found if each.what == PERFECT)
    assert perfect.evidence == "1.000 all at once; the best of the 2 before is 0.500"
    # What rests on the test split is sealed until the decision, as its figures are.
    proposal = text_hash(finds(solution, note="proposal"))
    decided = next(n for n, e in enumerate(events) if isinstance(e, ev.DecisionMade))
    for until, seen in ((decided, False), (decided + 1, True)):
        open_ones = suspected_of(fold(events[:until]), 1, proposal)
        assert any(e.split == "test" for e in open_ones) is seen
    shown = stop_tui("show", "I1", cwd=workspace.root).stdout
    assert "⚠ suspicious score: double, solution" in shown
    assert "branches on the instance: compares its input with a literal (lines 1, 5)" in shown
    as_json = json.loads(stop_tui("show", "I1", "--json", cwd=workspace.root).stdout)
    assert {each["what"] for e in as_json["suspicions"] for each in e["suspicions"]} == {
        *(MEMORISED, GAP, PERFECT)
    }


def test_the_rows_of_candidates_say_it_in_words(constant):
    state = fold(constant)
    standings = Standings(state, state.iterations[1])
    notes = [standings.of(source).note for source in state.iterations[1].candidates]
    assert any("⚠ suspicious score: same answer every time" in note for note in notes)


def test_the_policy_gate_turns_grave_suspicions_down(tmp_path):
    _, events = run_of(tmp_path, knowing("val", "measure/I1", 6), gate=PolicyGate(), repeats=3)
    decision = next(e for e in events if isinstance(e, ev.DecisionMade))
    assert decision.choice == "reject"
    assert MEMORISED in decision.reason


def test_what_was_found_is_not_found_twice_when_a_run_goes_on(tmp_path):
    class Stop(PolicyGate):
        async def decide(self, review):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run_of(tmp_path, CONSTANT_ANSWER, gate=Stop())
    events = resume(Workspace(tmp_path.resolve()))
    state = fold(events)
    (known,) = {len(found) for found in state.suspicions.values()}
    phases = [(e.phase, e.suspicions) for e in state.suspicions[text_hash(CONSTANT_ANSWER)]]
    assert len(phases) == len(set(phases)) == known
    with Journal.open(Workspace(tmp_path.resolve()).journal, create=False) as journal:
        journal.check()
