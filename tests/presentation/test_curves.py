"""What a curve says in words: the answer first, and never more than the interval allows."""

import pytest

from stop_tui.core.curve import curve
from stop_tui.core.events import Settings
from stop_tui.presentation.curves import line_words, share_lines, verdict_lines

SETTINGS = Settings(name="curve", model="fast", gate="all")


def of(*runs):
    return curve([[{"t": [utility]} for utility in run] for run in runs])


def verdict(found, wanted=None, settings=SETTINGS):
    return list(verdict_lines(found, settings, wanted or len(found.gains)))


RISING = of([0.5, 0.6], [0.5, 0.62], [0.4, 0.52])
FALLING = of([0.5, 0.4], [0.5, 0.38], [0.4, 0.28])


@pytest.mark.parametrize(
    ("found", "answer"),
    [
        (RISING, "RISES: runs of fast on lpn get better."),
        (FALLING, "DEGRADES: runs of fast on lpn get worse."),
        (of([0.5, 0.9], [0.5, 0.3]), "CANNOT BE TOLD: whether runs of fast on lpn get better"),
        (of([0.5, 0.5]), "UNCHANGED: runs of fast on lpn neither get better nor worse."),
    ],
    ids=["rises", "degrades", "unknown", "unchanged"],
)
def test_the_answer_comes_first(found, answer):
    assert verdict(found)[0].startswith(answer)


def test_it_says_how_sure_it_is_and_over_how_many_runs():
    (_, grounds) = verdict(RISING)
    assert "I1 differs from I0 by +0.113 on average over 3 runs, 95 % interval [+0.0" in grounds
    assert "better with a chance of >99 %" in grounds
    (_, grounds) = verdict(of([0.5, 0.9], [0.5, 0.3]))
    assert "The interval has zero in it; more runs make it narrower." in grounds


def test_an_interval_without_width_is_not_taken_for_certainty():
    found, grounds = verdict(of([0.5, 0.6], [0.5, 0.6]))
    assert found.startswith("RISES")
    assert "All 2 runs differ by exactly as much, so the interval has no width" in grounds
    assert "no width" not in verdict(RISING)[1]


def test_runs_that_are_missing_are_said_to_be():
    assert "(3 of 5 so far)" in verdict(RISING, 5)[0]


@pytest.mark.parametrize("gate", ["policy", "auto"])
def test_what_a_gate_makes_of_a_model_is_not_said_of_the_model(gate):
    told = verdict(RISING, settings=Settings(name="curve", model="fast", gate=gate))
    assert f"with the gate {gate}" in told[-1]
    assert "What the model does by itself, --gate all shows." in told[-1]


def test_the_share_stands_beside_the_papers():
    ours, papers = share_lines(of([0.5, 0.6], [0.5, 0.4], [0.5, 0.51]))
    # Wilson's interval of 1 of 3, as R's prop.test without correction gives it.
    assert "1 of 3 runs gained 3 points (0.03) or more: 33 %" in ours
    assert "interval 6 to 79 %; 1 lost as much" in ours
    assert "12 % of the runs of GPT-3.5" in papers


def test_the_curve_is_a_line():
    assert line_words(of([0.5, 0.9, 0.75])) == "▁█▅  I0 to I2, .500 to .750"


def test_a_hostile_model_name_is_inert():
    told = verdict(RISING, settings=Settings(name="curve", model="\x1b]0;owned\x07", gate="all"))
    assert "\x1b" not in "".join(told)
