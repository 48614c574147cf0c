"""Which scores deserve a second look, whose they are, and what stays sealed."""

import random

import pytest

from stop_tui.core import events as ev
from stop_tui.core import suspicion
from stop_tui.core.state import State, fold
from tests.tiny import tiny_settings

A, B, SEED = "a" * 64, "b" * 64, "c" * 64


def _suspected(**changes: object) -> ev.ScoreSuspected:
    fields: dict[str, object] = {
        "task": "double",
        "split": "val",
        "phase": "selection",
        "source": B,
        "suspicions": (ev.Suspicion("odd", "figures"),),
        "program": f"I1/selection/{A[:16]}/double/r1",
        **changes,
    }
    return ev.ScoreSuspected(**fields)  # type: ignore[arg-type]


def _state(*events: ev.AnyEvent) -> State:
    started = ev.RunStarted(settings=tiny_settings(), source=SEED, tasks={})
    return fold([started, ev.IterationStarted(iteration=1, incumbent=SEED), *events])


def test_equal_answers_that_win_something_are_suspicious() -> None:
    found = suspicion.same_answers(("ab", "ab", "", "ab"), (0.5, 0.5, 0.0, 0.5))
    assert found is not None
    assert found.what == suspicion.CONSTANT
    assert found.evidence == "all 3 answers are equal, and score 0.375 on average"


@pytest.mark.parametrize(
    ("answers", "scores"),
    [
        (("ab", "ab", "cd"), (0.5, 0.5, 0.5)),
        (("ab", "ab", ""), (0.5, 0.5, 0.0)),
        (("ab", "ab", "ab"), (0.0, 0.0, 0.0)),
        ((), (0.5, 0.5, 0.5)),
    ],
    ids=["different", "too few to tell", "they win nothing", "not kept by older versions"],
)
def test_other_answers_are_not(answers: tuple[str, ...], scores: tuple[float, ...]) -> None:
    assert suspicion.same_answers(answers, scores) is None


def test_a_score_outside_its_range_is_named_with_its_instance() -> None:
    found = suspicion.outside_range({4: "12.5", 2: "nan"})
    assert found is not None
    assert found.evidence == "the utility gave nan for instance 3, and 1 more; it counts as 0"
    assert suspicion.outside_range({}) is None


@pytest.mark.parametrize(
    ("utility", "before", "what"),
    [
        (1.0, (0.6, 0.8), suspicion.PERFECT),
        (1.0, (0.96,), None),
        (0.9, (0.5, 0.55), suspicion.JUMP),
        (0.9, (0.7,), None),
        (1.0, (), None),
    ],
    ids=["perfect", "nearly perfect before", "far better", "better", "nothing to compare with"],
)
def test_what_is_sudden_depends_on_what_was_there_before(
    utility: float, before: tuple[float, ...], what: str | None
) -> None:
    found = suspicion.sudden(utility, before)
    assert (found.what if found else None) == what


def test_a_large_gap_beyond_noise_is_suspicious() -> None:
    found = suspicion.gap([1.0] * 20, [0.6, 0.7] * 25)
    assert found is not None
    assert found.evidence.startswith("1.000 on 20 instances against 0.650 on 50: +0.350, ±")


@pytest.mark.parametrize(
    ("val", "test"),
    [
        ([0.9, 0.1] * 3, [0.6, 0.1] * 3),
        ([0.9] * 20, [0.85] * 50),
        ([0.6] * 20, [1.0] * 50),
        ([0.9], [0.7]),
        ([], [0.5]),
    ],
    ids=["within noise", "small", "test is better", "one figure each", "nothing measured"],
)
def test_other_gaps_are_not(val: list[float], test: list[float]) -> None:
    assert suspicion.gap(val, test) is None


def test_a_gap_of_single_figures_must_be_larger() -> None:
    found = suspicion.gap([0.9], [0.6])
    assert found is not None
    assert "noise unknown" in found.evidence


def test_honest_solutions_hardly_ever_show_a_gap() -> None:
    draw = random.Random(5)

    def instances(count: int) -> list[float]:
        return [min(1.0, max(0.0, draw.gauss(0.7, 0.2))) for _ in range(count)]

    flagged = sum(suspicion.gap(instances(20), instances(50)) is not None for _ in range(2000))
    assert flagged < 2000 * 0.01


def test_the_same_found_again_after_an_interruption_is_one() -> None:
    state = _state(_suspected(at=1.0), _suspected(at=2.0), _suspected(phase="measure/I1"))
    assert len(state.suspicions[B]) == 2


def test_an_improver_answers_for_what_it_asked_first_and_for_what_it_returned() -> None:
    returned = ev.RepeatFinished(
        iteration=1, phase="selection", improver=SEED, task="double", repeat=1, val=1.0, solution=B
    )
    state = _state(_suspected(), returned)
    for improver in (A, SEED):
        assert len(suspicion.suspected_of(state, 1, improver)) == 1
        assert suspicion.suspected_of(state, 2, improver) == ()
    assert suspicion.suspected_of(state, 1, B) == ()


def test_what_rests_on_the_test_split_is_sealed_with_it() -> None:
    sealed = _suspected(split="test")
    assert suspicion.suspected_of(_state(sealed), 1, A) == ()
    revealed = ev.TestRevealed(iteration=1, by="someone")
    assert suspicion.suspected_of(_state(sealed, revealed), 1, A) == (sealed,)
    decided = ev.DecisionMade(iteration=1, choice="reject", source=A, by="policy")
    assert suspicion.suspected_of(_state(sealed, decided), 1, A) == (sealed,)


def test_a_suspicion_reads_back_from_the_journal() -> None:
    event = _suspected(suspicions=(ev.Suspicion("odd", "figures", (3, 4)),))
    assert ev.decode(ev.encode(event)) == event
