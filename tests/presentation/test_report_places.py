"""What a report does not tell: where things are on the machine that made it."""

import pytest

from stop_tui.presentation.report.places import Places
from stop_tui.presentation.report.strategies import spans

PLACES = Places(["/srv/people/ann/lab", "/srv/people/ann", "/root", "/"])


@pytest.mark.parametrize(
    ("told", "shown"),
    [
        ("no such file: /srv/people/ann/lab/tasks/lpn.py", "no such file: …/lpn.py"),
        ("'/opt/models/small.gguf' is gone", "'…/small.gguf' is gone"),
        ("gguf:/opt/models/small.gguf", "gguf:…/small.gguf"),
        ("opened /etc/passwd", "opened /etc/passwd"),
        ("opened /proc/self/environ", "opened /proc/self/environ"),
        ("1/2 of a/b, and 3 / 4", "1/2 of a/b, and 3 / 4"),
        ("https://host/one/two", "https://host/one/two"),
        ("in /srv/people/ann", "in …"),
        ("in /srv/people/anna", "in …/anna"),
        ("/root", "…"),
        ("/root/a/b/c.py line 3", "…/c.py line 3"),
    ],
    ids=str,
)
def test_words_keep_only_the_last_part_of_a_path(told, shown):
    assert PLACES.words(told, 100) == shown


def test_a_program_keeps_its_own_paths_but_not_those_of_this_machine():
    assert PLACES.text('open("/data/x/y")') == 'open("/data/x/y")'
    assert PLACES.text('open("/srv/people/ann/lab/key")\n') == 'open("…/key")\n'


def test_words_of_megabytes_are_cut_first():
    assert len(PLACES.words("/a" * 3_000_000, 50)) <= 50


@pytest.mark.parametrize(
    ("numbers", "words"),
    [([], ""), ([0], "I0"), ([0, 2, 3], "I0-I3"), ([0, 3, 7], "I0, I3-I7")],
    ids=str,
)
def test_versions_that_follow_each_other_are_one_span(numbers, words):
    assert spans(numbers, [0, 2, 3, 7]) == words
