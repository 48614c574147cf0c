"""Notes on versions are plain git notes, and no session loses another's."""

import subprocess
import sys
from pathlib import Path

import pytest

from stop_tui.core.errors import LineageError, UsageError
from stop_tui.store.isolated_git import NEUTRAL, environment
from stop_tui.store.lineage import Lineage
from stop_tui.store.notes import LONGEST
from stop_tui.store.trailers import Trailers

ADA = ("Ada", "ada@example.org")


@pytest.fixture
def lineage(tmp_path: Path) -> Lineage:
    return Lineage.open(tmp_path / ".stop" / "lineage.git")


def versions(lineage: Lineage, count: int) -> list[str]:
    ids: list[str] = []
    for iteration in range(count):
        ids.append(
            lineage.commit_version(
                f"# I{iteration}\n",
                Trailers(run="otter", iteration=iteration),
                parent=ids[-1] if ids else None,
                at=1000 + iteration,
                author=NEUTRAL,
            )
        )
    return ids


def git(lineage: Lineage, *arguments: str) -> str:
    done = subprocess.run(
        ["git", *arguments],
        env=environment(lineage.path),
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout


def test_plain_git_log_shows_a_note(lineage: Lineage) -> None:
    first, second = versions(lineage, 2)
    lineage.add_note(first, "It overfits.\nSee repeat 3.", ADA)
    assert git(lineage, "log", "-1", first).endswith(
        "Notes:\n    It overfits.\n    See repeat 3.\n"
    )
    assert "Notes:" not in git(lineage, "log", "-1", second)
    assert git(lineage, "log", "-1", "--format=%an <%ae>", "refs/notes/commits") == (
        "Ada <ada@example.org>\n"
    )
    git(lineage, "fsck", "--strict")
    lineage.check()


def test_notes_are_read_one_by_one_and_all_at_once(lineage: Lineage) -> None:
    ids = versions(lineage, 4)
    assert lineage.notes() == {}
    assert lineage.note(ids[0]) == ""
    written = {ids[0]: "one", ids[2]: "drei\n\n  dreißig ×", ids[3]: "four 4"}
    for commit, text in written.items():
        lineage.add_note(commit, text, ADA)
    assert lineage.notes() == written
    assert [lineage.note(commit) for commit in ids] == [written.get(commit, "") for commit in ids]


def test_a_note_takes_the_place_of_another_and_an_empty_one_removes_it(lineage: Lineage) -> None:
    first, second = versions(lineage, 2)
    lineage.add_note(first, "one", ADA)
    lineage.add_note(second, "two", ADA)
    lineage.add_note(first, "another", ADA)
    assert lineage.notes() == {first: "another", second: "two"}
    lineage.add_note(first, " \n", ADA)
    assert lineage.notes() == {second: "two"}


def test_what_changes_nothing_leaves_no_trace(lineage: Lineage) -> None:
    (first,) = versions(lineage, 1)
    lineage.add_note(first, "", ADA)
    assert git(lineage, "for-each-ref", "refs/notes") == ""
    lineage.add_note(first, "one", ADA)
    before = git(lineage, "for-each-ref")
    lineage.add_note(first, "one\n", ADA)
    assert git(lineage, "for-each-ref") == before


def test_versions_are_listed_as_if_there_were_no_notes(lineage: Lineage) -> None:
    ids = versions(lineage, 2)
    before = lineage.versions()
    lineage.add_note(ids[0], "Run: fox\nIteration: 7", ADA)
    assert lineage.versions() == before
    assert lineage.runs() == ["otter"]


@pytest.mark.parametrize(
    "hostile",
    ["\x1b]0;owned\x07\x1b[2J", "a\0b", "right \u202e left", "\ud800", "data 5\nfrom HEAD\n"],
)
def test_hostile_text_is_stored_plain(lineage: Lineage, hostile: str) -> None:
    (first,) = versions(lineage, 1)
    lineage.add_note(first, hostile, ("\x1b<evil>\n", "a\nb"))
    kept = lineage.note(first)
    assert kept
    assert not set(kept) & set("\x1b\x07\0\u202e\ud800")
    assert git(lineage, "notes", "show", first).strip() == kept
    lineage.check()


def test_a_note_that_is_too_long_is_refused(lineage: Lineage) -> None:
    (first,) = versions(lineage, 1)
    lineage.add_note(first, "x" * LONGEST, ADA)
    with pytest.raises(UsageError, match="at most 100,000"):
        lineage.add_note(first, "x" * (LONGEST + 1), ADA)
    assert lineage.note(first) == "x" * LONGEST


def test_a_note_on_nothing_is_refused(lineage: Lineage) -> None:
    versions(lineage, 1)
    before = sorted(lineage.path.rglob("*"))
    with pytest.raises(LineageError, match="not in it"):
        lineage.add_note("0123456789" * 4, "one", ADA)
    assert sorted(lineage.path.rglob("*")) == before


def test_notes_that_git_wrote_are_kept_and_shown(lineage: Lineage) -> None:
    first, second = versions(lineage, 2)
    who = ["-c", "user.name=x", "-c", "user.email=x@y"]
    git(lineage, *who, "notes", "add", "-m", "by hand", first)
    lineage.add_note(second, "two", ADA)
    assert lineage.notes() == {first: "by hand", second: "two"}


def test_a_note_that_is_gone_is_damage(lineage: Lineage) -> None:
    (first,) = versions(lineage, 1)
    lineage.add_note(first, "one", ADA)
    blob = git(lineage, "notes", "list", first).strip()
    (lineage.path / "objects" / blob[:2] / blob[2:]).unlink()
    with pytest.raises(LineageError, match="is missing"):
        lineage.notes()


def test_sessions_that_write_at_once_lose_no_note(lineage: Lineage) -> None:
    ids = versions(lineage, 12)
    program = """
import sys
from pathlib import Path
from stop_tui.store.lineage import Lineage

lineage = Lineage.open(Path(sys.argv[1]), create=False)
for commit in sys.argv[2:]:
    lineage.add_note(commit, f"on {commit}", ("a", "a@b"))
"""
    sessions = [
        subprocess.Popen([sys.executable, "-c", program, str(lineage.path), *ids[start::3]])
        for start in range(3)
    ]
    assert [session.wait() for session in sessions] == [0, 0, 0]
    assert lineage.notes() == {commit: f"on {commit}" for commit in ids}


def test_a_lock_left_behind_is_named_and_no_note_is_lost(lineage: Lineage) -> None:
    first, second = versions(lineage, 2)
    lineage.add_note(first, "one", ADA)
    git(lineage, "config", "core.filesRefLockTimeout", "0")
    (lineage.path / "refs" / "notes" / "commits.lock").write_text("")
    with pytest.raises(LineageError, match=r"commits\.lock") as refusal:
        lineage.add_note(second, "two", ADA)
    assert "delete that file" in (refusal.value.hint or "")
    assert lineage.notes() == {first: "one"}
