"""What a review says: figures with intervals, drawn and in words, never more than is known."""

import pytest

from stop_tui.core import events as ev
from stop_tui.core.spending import Spent
from stop_tui.core.state import State, fold
from stop_tui.engine.gate import SEALED, Review
from stop_tui.tui.deciding import decision_words
from stop_tui.tui.deciding.interval_chart import Bar, chart
from stop_tui.tui.deciding.review_words import bases, chance, others, summary, verdict
from tests.tiny import tiny_settings

HOSTILE = "[b]x[/b]\x1b[2J\u202e\x00\r\nSigned-off"


def estimate(mean: float, low: float | None = None, high: float | None = None) -> ev.Estimate:
    error = None if low is None else 0.01
    return ev.Estimate(mean=mean, standard_error=error, low=low, high=high, n=4)


def waiting(**changes: object) -> State:
    """The state of a run that waits with the first candidate of two."""
    measured = ev.ProposalMeasured(
        iteration=1,
        source="a",
        incumbent="seed",
        proposal_val=estimate(0.9, 0.8, 1.0),
        incumbent_val=estimate(0.7, 0.6, 0.8),
        difference=estimate(0.2, -0.1, 0.5),
        chance=0.93,
        proposal_test=estimate(0.4321),
        incumbent_test=estimate(0.1234),
    )
    found = (ev.Finding("budget", (3, 4), HOSTILE),)
    return fold(
        [
            ev.RunStarted(settings=tiny_settings(**changes), source="seed", tasks={}),
            ev.VersionCommitted(iteration=0, source="seed", commit="c0"),
            ev.IterationStarted(iteration=1, incumbent="seed"),
            ev.CandidateProposed(iteration=1, candidate=1, source="a", warnings=found),
            ev.CandidateProposed(iteration=1, candidate=2, source="b"),
            ev.ProposalReturned(iteration=1, source="a"),
            measured,
        ]
    )


def review_of(state: State, **changes: object) -> Review:
    iteration = state.iterations[1]
    measured = iteration.measured["a"]
    repeats = [
        ev.RepeatFinished(
            iteration=1,
            phase="measure/I1",
            improver=improver,
            task="double",
            repeat=1,
            val=val,
            failure=HOSTILE if improver == "seed" else None,
            untimely=("threads",) if improver == "a" else ("clocks",),
        )
        for improver, val in (("a", 0.9), ("seed", 0.7))
    ]
    given: dict[str, object] = {
        "run": "tiny",
        "iteration": 1,
        "source": "",
        "incumbent": "",
        "measured": measured,
        "candidate": iteration.candidates["a"],
        "candidates": tuple(iteration.candidates.values()),
        "sandbox_events": tuple(
            ev.SandboxEvent(program="I1", source="a", trust=trust, what=what, detail=HOSTILE)
            for trust, what in (
                ("verified", "execve"),
                ("verified", "execve"),
                ("reported", "open"),
            )
        ),
        "repeats": tuple(repeats),
        "idea": HOSTILE,
        "reveal_test": lambda by: (SEALED, SEALED),
    }
    return Review(**{**given, **changes})  # type: ignore[arg-type]


def said(state: State, width: int = 60, **changes: object) -> str:
    lines = summary(review_of(state, **changes), state, width=width, reveal="R")
    assert all("\n" not in line.plain for line in lines)
    return "\n".join(line.plain for line in lines)


def test_everything_hostile_is_inert_and_nothing_is_hidden() -> None:
    text = said(waiting())
    assert not {"\x1b", "\u202e", "\x00", "\r"} & set(text)
    assert "[b]x[/b]" in text
    assert "⚠ 1 warning, 3 attempts in the sandbox" in text
    assert "⚠ budget (lines 3, 4)" in text


def test_what_was_seen_and_what_was_told_are_kept_apart() -> None:
    verified, reported = said(waiting()).split("Reported:")
    assert "execve" in verified.split("Verified:")[1] and "(2x)" in verified
    assert "open" in reported.split("Strategies")[0] and "execve" not in reported


def test_only_what_makes_the_proposal_irreproducible_is_named() -> None:
    text = said(waiting())
    assert "Not reproducible to the letter: threads" in text and "clocks" not in text


def test_each_repeat_stands_beside_that_of_the_incumbent() -> None:
    text = said(waiting())
    assert "double 1     0.900     0.700  +0.200" in text
    assert "✗ incumbent: [b]x[/b]" in text


def test_test_figures_are_there_once_someone_looked() -> None:
    state = waiting()
    assert "0.432" not in said(state) and "Sealed until the decision" in said(state)
    state.fold(ev.TestRevealed(iteration=1, by="ada"))
    assert "0.432" in said(state) and "0.123" in said(state)
    assert "Revealed before the decision by ada" in said(state)


def test_what_was_decided_before_is_told_with_its_reason() -> None:
    state = waiting()
    state.fold(
        ev.DecisionMade(
            iteration=1, choice="more-repeats", source="a", by="ada", reason=HOSTILE, repeats=3
        )
    )
    assert "3 more repeats, by ada: [b]x[/b]" in said(state)


@pytest.mark.parametrize(
    ("difference", "sign"),
    [
        (estimate(0.2, 0.1, 0.3), "▲"),
        (estimate(-0.2, -0.3, -0.1), "▼"),
        (estimate(0.2, 0.0, 0.4), "="),
        (estimate(0.2), "?"),
    ],
)
def test_a_difference_is_judged_by_its_interval(difference: ev.Estimate, sign: str) -> None:
    assert verdict(difference)[0] == sign


def test_no_chance_is_certain() -> None:
    assert [chance(value).rpartition(": ")[2] for value in (None, 0.0, 0.5, 1.0)] == [
        "unknown",
        "<1 %",
        "50 %",
        ">99 %",
    ]


@pytest.mark.parametrize("width", [20, 40, 80])
def test_a_chart_puts_means_and_intervals_on_one_axis(width: int) -> None:
    bars = [Bar("proposal", estimate(0.9, 0.8, 1.0)), Bar("incumbent", estimate(0.7, 0.6, 0.8))]
    first, second, axis = chart(bars, width)
    assert first.index("├") == second.index("┤")  # 0.8
    assert first.index("├") < first.index("●") < first.index("┤")
    assert axis.split() == ["0.600", "1.000"]
    assert max(map(len, (first, second, axis))) <= max(width, 23)


def test_zero_is_on_the_axis_of_a_difference() -> None:
    line, axis = chart([Bar("difference", estimate(0.2, 0.1, 0.3))], 60, of_difference=True)
    assert line.index("┊") < line.index("├")
    assert axis.split()[0] == "+0.000"
    line, axis = chart([Bar("difference", estimate(0.0, -0.5, 0.5))], 60, of_difference=True)
    assert axis.split() == ["-0.500", "0", "+0.500"]
    assert "●" in line


def test_a_single_value_is_a_point() -> None:
    line, _ = chart([Bar("proposal", estimate(1.0))], 40)
    assert "●" in line and "─" not in line


def test_differences_can_be_shown_against_versions_and_candidates_but_not_itself() -> None:
    state = waiting()
    rows = bases(state, state.iterations[1], "a")
    assert [row[:2] for row in rows] == [("seed", "I0 (incumbent)"), ("b", "candidate 2 of I1")]


def test_what_may_not_run_cannot_be_picked() -> None:
    state = waiting()
    iteration = state.iterations[1]
    assert [source for source, _ in others(state, iteration, "a")] == ["b"]
    state.fold(ev.ExecutionDecided(iteration=1, source="b", allowed=False, by="ada"))
    assert others(state, iteration, "a") == []


@pytest.mark.parametrize(
    ("text", "number"),
    [("5", 5), (" 12 ", 12), ("0", None), ("1001", None), ("-3", None), ("²", None), ("1e2", None)],
)
def test_only_a_sensible_number_of_repeats_is_taken(text: str, number: int | None) -> None:
    assert decision_words.repeats_asked(text) == number


def test_more_repeats_say_what_they_may_cost() -> None:
    state = waiting(model="paid", tasks=("double", "treble"))
    assert "at most 480 responses of paid" in decision_words.more(state, 5)
    state.answered = Spent(lm_calls=20, responses=100, usd_at_least=2.0)
    assert "about $9.60" in decision_words.more(state, 5)
    assert "none of which costs money" in decision_words.more(waiting(model="offline"), 5)


def test_an_edit_that_is_a_known_candidate_is_called_so() -> None:
    iteration = waiting().iterations[1]
    assert "candidate 2 as it was" in decision_words.edited(iteration, "b", ())
    broken = (ev.Finding("syntax error", (7,), HOSTILE),)
    text = decision_words.edited(iteration, "new", broken)
    assert "becomes a new candidate" in text and "syntax error, line 7" in text
    assert not {"\x1b", "\u202e", "\x00"} & set(text)
