"""What differs between two sources, and that git agrees."""

import subprocess
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from stop_tui.core.diffs import diff, folded
from stop_tui.core.word_marks import word_marks

LINES = st.lists(st.sampled_from(["a", "b", "", "    c = 1", "    c = 2", "d\r", "\u2028"]))
TEXTS = st.tuples(LINES, st.booleans()).map(
    lambda pair: "\n".join(pair[0]) + ("\n" if pair[0] and pair[1] else "")
)


def shown(
    old: str, new: str, context: int | None = None
) -> list[tuple[str, int | None, int | None]]:
    return [(row.kind, row.old, row.new) for row in diff(old, new, context).rows]


def test_equal_texts_have_no_changes_and_no_patch() -> None:
    compared = diff("a\nb\n", "a\nb\n", None)
    assert compared.equal
    assert compared.hunks == ()
    assert compared.patch("old", "new") == ""


def test_a_changed_line_stands_beside_what_it_was() -> None:
    assert shown("a\nx = 1\nb\n", "a\nx = 2\nb\n") == [
        ("same", 1, 1),
        ("changed", 2, 2),
        ("same", 3, 3),
    ]


def test_of_several_new_lines_the_similar_one_counts_as_the_changed_one() -> None:
    old = "def f(a):\n    return compute(a, 1)\n"
    new = "def f(a):\n    # first\n    print('hello')\n    return compute(a, 2)\n"
    assert shown(old, new) == [
        ("same", 1, 1),
        ("added", None, 2),
        ("added", None, 3),
        ("changed", 2, 4),
    ]


def test_unified_rows_give_what_a_run_removes_before_what_it_adds() -> None:
    rows = diff("x = 1\ny = 2\nz\n", "x = 3\ny = 4\nz\n", None).unified()
    assert [(row.kind, row.old, row.new) for row in rows] == [
        ("removed", 1, None),
        ("removed", 2, None),
        ("added", None, 1),
        ("added", None, 2),
        ("same", 3, 3),
    ]


def test_what_is_far_from_a_change_is_a_gap_that_knows_how_much_it_hides() -> None:
    old = [f"line {number}" for number in range(1, 41)]
    new = [*old[:19], "other", *old[20:]]
    compared = diff("\n".join(old), "\n".join(new), 3)
    gaps = [row for row in compared.rows if row.kind == "gap"]
    assert [(gap.old, gap.new, gap.hidden) for gap in gaps] == [(1, 1, 16), (24, 24, 17)]
    assert compared.hunks == (4,)


def test_a_single_far_line_is_shown_because_a_gap_would_take_as_much_room() -> None:
    rows = diff("a\nb\nc\nd\nx\n", "a\nb\nc\nd\ny\n", None).rows
    assert [row.kind for row in folded(rows, 3)] == ["same"] * 4 + ["changed"]


def test_a_missing_last_line_end_is_a_difference() -> None:
    compared = diff("a\nb\n", "a\nb", None)
    assert not compared.equal
    assert "\\ No newline at end of file" in compared.patch("old", "new")


def test_carriage_returns_are_a_difference() -> None:
    assert shown("a\r\n", "a\n") == [("changed", 1, 1)]


def test_only_a_line_feed_ends_a_line() -> None:
    assert diff("a\u2028b\x0cc\n", "", None).old_lines == ["a\u2028b\x0cc"]


@given(TEXTS, TEXTS)
def test_the_rows_hold_every_line_of_both_texts_once_in_order(old: str, new: str) -> None:
    compared = diff(old, new, None)
    for rows in (compared.rows, compared.unified()):
        olds = [row.old for row in rows if row.old is not None]
        news = [row.new for row in rows if row.new is not None]
        assert olds == list(range(1, len(compared.old_lines) + 1))
        assert news == list(range(1, len(compared.new_lines) + 1))
    for row in compared.rows:
        if row.kind == "same":
            assert row.old is not None and row.new is not None
            assert compared.old_lines[row.old - 1] == compared.new_lines[row.new - 1]
    assert compared.equal == (old == new)


def test_git_makes_the_new_text_of_the_old_one_with_the_patch(tmp_path: Path) -> None:
    @given(TEXTS, TEXTS)
    def check(old: str, new: str) -> None:
        patch = diff(old, new, None).patch("a/x", "b/x")
        path = tmp_path / "x"
        path.write_bytes(old.encode())
        if patch:
            # --unidiff-zero: a text with nothing equal in it has hunks without context.
            subprocess.run(
                ["git", "apply", "--unidiff-zero", "--whitespace=nowarn"],
                input=patch.encode(),
                cwd=tmp_path,
                check=True,
                env={"PATH": "/usr/bin:/bin", "GIT_CEILING_DIRECTORIES": str(tmp_path.parent)},
            )
        assert path.read_bytes() == new.encode()

    check()


def test_texts_that_make_comparing_slow_are_compared() -> None:
    count = 4000
    repeated = ["x"] * count
    alternating = [f"a{at}" if at % 2 else "x" for at in range(count)]
    other = [f"b{at}" if at % 2 else "x" for at in range(count)]
    assert diff("\n".join(repeated), "\n".join(repeated[:-500]), 3).removed == 500
    compared = diff("\n".join(alternating), "\n".join(other), 3)
    assert (compared.added, len(compared.hunks)) == (count // 2, count // 2)
    assert diff("\n".join(alternating), "\n".join(alternating[::-1]), 3).removed > 0


def marked(old: str, new: str) -> tuple[list[str], list[str]]:
    old_marks, new_marks = word_marks(old, new)
    return (
        [old[start:end] for start, end in old_marks],
        [new[start:end] for start, end in new_marks],
    )


def test_the_words_that_differ_are_marked_whole() -> None:
    assert marked("return foo(bar, 1)", "return foo(baz, 1, x=2)") == (["bar"], ["baz", ", x=2"])
    assert marked("a = some_name + 1", "a = some_game + 1") == (["some_name"], ["some_game"])


def test_equal_lines_and_lines_with_little_in_common_have_no_marks() -> None:
    assert word_marks("same", "same") == ([], [])
    assert word_marks("import os", "while queue: pop()") == ([], [])


def test_of_lines_of_megabytes_the_middle_that_differs_is_marked() -> None:
    old = "a b " * 1_000_000
    old_marks, new_marks = word_marks(old + "x " + old, old + "y " + old)
    assert old_marks == new_marks == [(len(old), len(old) + 1)]


@given(st.text(alphabet="ab (_1", max_size=60), st.text(alphabet="ab (_1", max_size=60))
def test_without_what_is_marked_both_lines_are_the_same(old: str, new: str) -> None:
    old_marks, new_marks = word_marks(old, new)
    if old_marks or new_marks:

        def rest(line: str, marks: list[tuple[int, int]]) -> str:
            inside = {at for start, end in marks for at in range(start, end)}
            return "".join(letter for at, letter in enumerate(line) if at not in inside)

        assert rest(old, old_marks) == rest(new, new_marks)
