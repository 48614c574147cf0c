"""Suspicious scores in words: each kind once, inert, and as a line of a run."""

from stop_tui.core import events as ev
from stop_tui.core.state import fold
from stop_tui.presentation.lines import describe
from stop_tui.presentation.shares import share_as_json, share_words
from stop_tui.presentation.suspicions import suspicion_lines

STARTED = ev.RunStarted(settings=ev.Settings(name="run"), source="s", tasks={})


def _suspected(source="a" * 64, split="val", evidence="figures", lines=()):
    return ev.ScoreSuspected(
        task="lpn",
        split=split,
        phase="selection",
        source=source,
        suspicions=(ev.Suspicion("same answer every time", evidence, lines),),
        program="I1/selection/abc/lpn/r1",
    )


def test_what_many_solutions_show_is_one_line_with_their_number():
    events = [_suspected(letter * 64, lines=(3, 7)) for letter in "abc"]
    assert suspicion_lines(events) == [
        "lpn, solution aaaaaaaaaa, same answer every time: figures (lines 3, 7); "
        "the same of 2 other solutions"
    ]


def test_hostile_evidence_becomes_one_inert_line():
    (line,) = suspicion_lines([_suspected(evidence="x\x1b]52;c;aGk=\x07\n\u202e[red]")])
    assert "\x1b" not in line
    assert "\n" not in line
    assert "\u202e" not in line


def test_a_run_says_it_once_for_each_kind_and_never_from_the_test_split():
    first, second = _suspected("a" * 64), _suspected("b" * 64)
    assert "⚠ suspicious score: lpn" in str(describe(first, fold([STARTED, first])))
    assert describe(second, fold([STARTED, first, second])) is None
    sealed = _suspected(split="test")
    assert describe(sealed, fold([STARTED, sealed])) is None


def test_shares_read_as_in_the_paper():
    assert share_words(42, 10_000) == "0.42 % (0.31-0.57)"
    assert share_words(0, 0) == "-"
    assert share_as_json(0, 0) == {"count": 0, "of": 0, "share": None, "low": None, "high": None}
