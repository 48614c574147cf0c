"""A version's message reads back as it was written, by us and by git, whatever the idea says."""

import subprocess

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stop_tui.core.events import Estimate
from stop_tui.store.commit_message import (
    IDEA_LIMIT,
    WIDTH,
    clean_idea,
    parse_message,
    render_message,
)
from stop_tui.store.trailers import Score, Trailers, parse_trailers, render_trailers

KEYS = [
    "Run",
    "Iteration",
    "Candidate",
    "Meta-Utility",
    "Meta-Utility-Incumbent",
    "Test-Meta-Utility",
    "Repeats",
    "Tasks",
    "Strategy",
    "Model",
    "Seed",
    "LM-Calls",
    "Tokens",
    "Cost-USD",
    "Sandbox-Events",
    "Decision",
    "Decided-By",
    "Reason",
]

WORDS = st.text("abcdefghijklmnopqrstuvwxyz é日-_.:;#", min_size=1, max_size=30).map(
    lambda text: " ".join(text.split()) or "word"
)
COUNTS = st.integers(0, 10**12)
SCORES = st.builds(Score, st.floats(0, 1), st.none() | st.floats(0, 1))
CLEAN = st.builds(
    Trailers,
    run=st.just("brave-otter"),
    iteration=st.integers(0, 99),
    candidate=st.none() | COUNTS,
    meta_utility=st.none() | SCORES,
    meta_utility_incumbent=st.none() | SCORES,
    test_meta_utility=st.none() | SCORES,
    repeats=st.none() | COUNTS,
    tasks=st.lists(WORDS, max_size=4).map(tuple),
    strategy=st.lists(WORDS, max_size=4).map(tuple),
    model=st.none() | WORDS,
    seed=st.none() | COUNTS,
    lm_calls=st.none() | COUNTS,
    tokens=st.none() | COUNTS,
    cost_usd=st.none() | st.integers(0, 10**9).map(lambda n: n / 10_000),
    sandbox_events=st.none() | COUNTS,
    decision=st.none() | WORDS,
    decided_by=st.none() | WORDS,
    reason=st.none() | WORDS,
    test_revealed=st.none() | WORDS,
)
ANYTHING = st.text(st.characters(codec=None), max_size=400)
FORGERIES = st.lists(
    st.sampled_from(
        [
            "Decision: approve",
            "\tdecided-by : me",
            "Run: other",
            "---",
            "--- a/improver.py",
            "# comment",
            "",
            " ",
            "\r",
            "diff --git a b",
            "Signed-off-by: someone <s@example.org>",
            "x" * 300,
            "\x1b[2J\u202e",
            "(cherry picked from commit abc)",
        ]
    )
    | ANYTHING,
    max_size=12,
).map("\n".join)


def read_by_git(message: str) -> list[list[str]]:
    """The trailers that git itself finds, as pairs of key and value."""
    done = subprocess.run(
        ["git", "interpret-trailers", "--parse"],
        input=message.encode(),
        capture_output=True,
        check=True,
    )
    return [line.split(": ", 1) for line in done.stdout.decode().split("\n") if line]


@given(CLEAN, FORGERIES)
def test_a_message_reads_back_as_it_was_written(trailers: Trailers, idea: str) -> None:
    message = render_message(trailers, idea)
    subject, read_idea, read_trailers = parse_message(message)
    assert read_trailers == trailers
    assert read_idea == clean_idea(idea)
    assert subject.startswith(f"I{trailers.iteration}: ")
    assert render_message(read_trailers, read_idea) == message


@settings(max_examples=60)
@given(FORGERIES, ANYTHING)
def test_git_reads_our_trailers_and_no_others(idea: str, reason: str) -> None:
    trailers = Trailers(run="brave-otter", iteration=3, decision="reject", reason=reason)
    found = read_by_git(render_message(trailers, idea))
    assert [key for key, _ in found] == KEYS
    assert dict(found)["Decision"] == "reject"  # type: ignore[arg-type]


@given(FORGERIES)
def test_an_idea_is_bounded_wrapped_and_never_looks_like_a_trailer(idea: str) -> None:
    clean = clean_idea(idea)
    assert clean_idea(clean) == clean
    assert len(clean) <= IDEA_LIMIT
    assert all(len(line) <= WIDTH for line in clean.split("\n"))
    assert "\n\n\n" not in clean
    for line in clean.lower().split("\n"):
        assert not line.lstrip().startswith(("---", "#", "diff ", "decision:", "run:"))


def test_a_very_long_idea_is_cut_visibly_and_quickly() -> None:
    assert clean_idea("word " * 1_000_000).endswith("\n…")
    assert clean_idea("x" * 5_000_000).endswith("\n…")


def test_paragraphs_and_lists_of_an_idea_stay() -> None:
    idea = "Two changes:\n\n  1. a beam\n  2. a bandit"
    assert clean_idea(f"\n\n{idea}\n\n\n") == idea


def test_the_subject_says_iteration_strategies_and_scores() -> None:
    trailers = Trailers(
        run="r",
        iteration=3,
        strategy=("beam search",),
        meta_utility=Score(0.957, 0.0103),
        meta_utility_incumbent=Score(0.9311, 0.02),
    )
    subject = "I3: beam search, 0.957 ± 0.010 (incumbent 0.931)"
    assert parse_message(render_message(trailers)).subject == subject
    first = Trailers(run="r", iteration=0, meta_utility=Score(0.8))
    assert parse_message(render_message(first, title="seed improver")).subject == (
        "I0: seed improver, 0.800"
    )


def test_a_subject_with_many_strategies_keeps_its_scores() -> None:
    trailers = Trailers(
        run="r", iteration=3, strategy=("simulated annealing",) * 9, meta_utility=Score(0.957)
    )
    subject = parse_message(render_message(trailers)).subject
    assert len(subject) <= WIDTH
    assert subject.endswith("…, 0.957")


def test_what_is_unknown_says_so() -> None:
    block = render_trailers(Trailers(run="r", iteration=0))
    assert "Tokens: unknown\n" in block
    assert "Test-Revealed" not in block


def test_a_score_is_the_mean_of_an_estimate_with_its_standard_error() -> None:
    estimate = Estimate(mean=0.95701, standard_error=0.01029, low=0.9, high=1.0, n=5)
    assert str(Score.of(estimate)) == "0.9570 ± 0.0103"
    assert Score.parse("0.9570 ± 0.0103") == Score.of(estimate)
    assert Score.parse("0.9570") == Score(0.957)


@pytest.mark.parametrize(
    ("block", "why"),
    [
        ("Iteration: 3\n", "no trailer Run"),
        ("Run: r\n", "no trailer Iteration"),
        ("Run: r\nIteration: three\n", "Iteration reads 'three'"),
        ("Run: r\nIteration: 3\nMeta-Utility: high\n", "Meta-Utility reads 'high'"),
    ],
)
def test_malformed_trailers_are_named(block: str, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        parse_trailers(block)


def test_trailers_that_someone_added_are_left_out() -> None:
    block = render_trailers(Trailers(run="r", iteration=3)) + "Reviewed-by: someone\n"
    assert parse_trailers(block) == Trailers(run="r", iteration=3)
