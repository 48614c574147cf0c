"""Every accepted improver is a commit that plain git shows, and no session loses another's."""

import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from stop_tui.core.errors import LineageError, UsageError
from stop_tui.store.isolated_git import environment
from stop_tui.store.lineage import Lineage
from stop_tui.store.trailers import Score, Trailers

AUTHOR = ("Ada", "ada@example.org")


@pytest.fixture
def lineage(tmp_path: Path) -> Lineage:
    return Lineage.open(tmp_path / ".stop" / "lineage.git")


def commit(
    lineage: Lineage,
    run: str,
    iteration: int,
    parent: str | None,
    *,
    source: str | None = None,
    at: float = 1000.0,
) -> str:
    return lineage.commit_version(
        f"# I{iteration}\n" if source is None else source,
        Trailers(run=run, iteration=iteration, meta_utility=Score(0.9)),
        idea="Keep several.",
        parent=parent,
        at=at + iteration,
        author=AUTHOR,
    )


def commits(lineage: Lineage, run: str, count: int, at: float = 1000.0) -> list[str]:
    """`count` versions of `run`, from I0 on."""
    ids: list[str] = []
    for iteration in range(count):
        ids.append(commit(lineage, run, iteration, ids[-1] if ids else None, at=at))
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


def test_plain_git_shows_the_history_of_one_file(lineage: Lineage) -> None:
    commits(lineage, "brave-otter", 3)
    assert git(lineage, "log", "--format=%s").splitlines() == [
        "I2: improver, 0.900",
        "I1: improver, 0.900",
        "I0: improver, 0.900",
    ]
    assert git(lineage, "ls-tree", "-r", "--name-only", "HEAD") == "improver.py\n"
    assert git(lineage, "show", "HEAD:improver.py") == "# I2\n"
    assert git(lineage, "log", "--format=%(trailers:key=Iteration,valueonly,separator=)") == (
        "2\n1\n0\n"
    )
    assert git(lineage, "log", "-1", "--format=%an <%ae> %ad %cd", "--date=unix") == (
        "Ada <ada@example.org> 1002 1002\n"
    )
    git(lineage, "fsck", "--strict")


def test_a_version_reads_back_with_all_that_was_recorded(lineage: Lineage) -> None:
    first, second = commits(lineage, "brave-otter", 2)
    versions = lineage.versions("brave-otter")
    assert [(v.commit, v.parent, v.at, v.run, v.iteration) for v in versions] == [
        (first, None, 1000, "brave-otter", 0),
        (second, first, 1001, "brave-otter", 1),
    ]
    assert versions[1].subject == "I1: improver, 0.900"
    assert versions[1].idea == "Keep several."
    assert versions[1].trailers == Trailers(run="brave-otter", iteration=1, meta_utility=Score(0.9))
    assert lineage.version("I1") == versions[1]


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(source=st.text(st.characters(codec=None)))
def test_a_source_comes_back_byte_for_byte(lineage: Lineage, source: str) -> None:
    run = f"run-{len(lineage.runs())}"
    assert lineage.source(commit(lineage, run, 0, None, source=source)) == source


def test_strange_sources_come_back_byte_for_byte(lineage: Lineage) -> None:
    parent = None
    for iteration, source in enumerate(["", "a\r\nb\rc\n", "no end", "\0\ud800", "é日" * 10**5]):
        parent = commit(lineage, "otter", iteration, parent, source=source)
        assert lineage.source(parent) == source


def test_the_same_version_has_the_same_id_everywhere(lineage: Lineage, tmp_path: Path) -> None:
    other = Lineage.open(tmp_path / "other" / "lineage.git")
    assert commits(lineage, "otter", 3) == commits(other, "otter", 3)


def test_repeating_a_commit_changes_nothing(lineage: Lineage) -> None:
    ids = commits(lineage, "otter", 3)
    before = git(lineage, "for-each-ref")
    assert commits(lineage, "otter", 3) == ids
    assert git(lineage, "for-each-ref") == before


def test_a_branch_that_went_elsewhere_is_left_alone(lineage: Lineage) -> None:
    first, second = commits(lineage, "otter", 2)
    with pytest.raises(LineageError, match=f"should end at {first[:12]}, but ends at"):
        commit(lineage, "otter", 1, first, source="another")
    with pytest.raises(LineageError, match="should not exist yet"):
        commit(lineage, "otter", 0, None, source="another")
    assert lineage.resolve("otter") == second


def test_a_branch_that_is_gone_is_not_made_again(lineage: Lineage) -> None:
    first = commits(lineage, "otter", 1)[0]
    git(lineage, "update-ref", "-d", "refs/heads/otter")
    with pytest.raises(LineageError, match="does not exist"):
        commit(lineage, "otter", 1, first)
    assert lineage.runs() == []


def test_a_run_may_start_from_a_version_of_another(lineage: Lineage) -> None:
    start = commits(lineage, "otter", 3)[1]
    begun = commit(lineage, "newt", 0, start, at=2000)
    commit(lineage, "newt", 1, begun, at=2000)
    assert [v.iteration for v in lineage.versions("newt")] == [0, 1]
    assert lineage.versions("newt")[0].parent == start
    assert [v.run for v in lineage.versions()] == ["otter"] * 3 + ["newt"] * 2
    with pytest.raises(LineageError, match="not in it"):
        commit(lineage, "fox", 0, "0123456789" * 4)


def test_head_follows_the_run_that_began_last(lineage: Lineage) -> None:
    assert lineage.latest_run() is None
    otter = commits(lineage, "otter", 1, at=1000)
    commits(lineage, "newt", 1, at=2000)
    assert lineage.latest_run() == "newt"
    commit(lineage, "otter", 1, otter[0])
    commits(lineage, "otter", 1, at=1000)
    assert git(lineage, "symbolic-ref", "HEAD") == "refs/heads/newt\n"


@pytest.mark.parametrize("head", ["no-run-yet", "otter"])
def test_a_crash_before_head_moved_is_made_good_by_repeating(lineage: Lineage, head: str) -> None:
    commits(lineage, "otter", 1, at=1000)
    newt = commits(lineage, "newt", 1, at=2000)
    git(lineage, "symbolic-ref", "HEAD", f"refs/heads/{head}")
    assert lineage.latest_run() == ("otter" if head == "otter" else "newt")
    assert commits(lineage, "newt", 1, at=2000) == newt
    assert git(lineage, "symbolic-ref", "HEAD") == "refs/heads/newt\n"


def test_every_way_of_naming_a_version(lineage: Lineage) -> None:
    otter = commits(lineage, "otter", 3, at=1000)
    newt = commits(lineage, "newt", 2, at=2000)
    named = {
        "otter": otter[2],
        "otter~1": otter[1],
        "otter^": otter[1],
        "otter~2": otter[0],
        "otter:I1": otter[1],
        "newt": newt[1],
        "I0": newt[0],
        "I1": newt[1],
        "HEAD": newt[1],
        "HEAD~1": newt[0],
        otter[0]: otter[0],
        otter[0][:10]: otter[0],
        f"{otter[2][:10]}~2": otter[0],
    }
    assert {rev: lineage.resolve(rev) for rev in named} == named


@pytest.mark.parametrize(
    "rev",
    ["", "fox", "I9", "otter:I9", "fox:I0", "otter~9", "HEAD~9", "abcdef0", "--all", "-p",
     ":/improver", "otter:improver.py", "HEAD:", "@{-1}", "otter..HEAD", "\x1b[31m", "config"],
)  # fmt: skip
def test_what_names_no_version_is_refused_with_what_there_is(lineage: Lineage, rev: str) -> None:
    commits(lineage, "otter", 2)
    with pytest.raises(UsageError) as refusal:
        lineage.resolve(rev)
    assert "\x1b" not in str(refusal.value)
    assert refusal.value.hint is not None
    assert "otter" in refusal.value.hint or "I0, I1" in refusal.value.hint


def test_an_empty_lineage_lists_nothing_and_says_so(lineage: Lineage) -> None:
    assert lineage.versions() == []
    assert lineage.runs() == []
    for rev in ("HEAD", "I0", "otter"):
        with pytest.raises(UsageError) as refusal:
            lineage.resolve(rev)
        assert "no runs yet" in (refusal.value.hint or "")
    with pytest.raises(UsageError, match="otter"):
        lineage.versions("otter")
    lineage.check()


def test_the_diff_of_two_versions_is_unified(lineage: Lineage) -> None:
    first = commit(lineage, "otter", 0, None, source="one\0\ntwo\r\n")
    second = commit(lineage, "otter", 1, first, source="one\0\n\ud800\n")
    lines = lineage.diff(first, second).split("\n")
    assert lines[-5:] == ["@@ -1,2 +1,2 @@", " one\0", "-two\r", "+\ud800", ""]
    assert lineage.diff(first, first) == ""


def test_ten_thousand_versions_are_listed_in_order(lineage: Lineage) -> None:
    stream = b"".join(
        b"commit refs/heads/run-%d\ncommitter a <b@c> %d +0000\ndata %d\n%s\n"
        % (number // 2500, number, len(message), message)
        for number in range(10_000)
        for message in [b"s\n\nRun: run-%d\nIteration: %d\n" % divmod(number, 2500)]
    )
    subprocess.run(
        ["git", "fast-import", "--quiet"], input=stream, env=environment(lineage.path), check=True
    )
    versions = lineage.versions()
    assert [(v.run, v.iteration) for v in versions] == [
        (f"run-{run}", iteration) for run in range(4) for iteration in range(2500)
    ]


SESSION = """
import sys
from pathlib import Path
from stop_tui.core.errors import LineageError
from stop_tui.store.lineage import Lineage
from stop_tui.store.trailers import Trailers

path, run, me = Path(sys.argv[1]), sys.argv[2], sys.argv[3]
parent = None
try:
    for iteration in range(4):
        parent = Lineage.open(path).commit_version(
            f"{run} {me} {iteration}", Trailers(run=run, iteration=iteration),
            parent=parent, at=1000, author=("a", "a@b"),
        )
        print(parent, flush=True)
except LineageError as error:
    print(error)
    sys.exit(1)
"""


def session(path: Path, run: str, who: str) -> "subprocess.Popen[str]":
    command = [sys.executable, "-c", SESSION, str(path), run, who]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


def test_sessions_that_commit_to_different_runs_at_once_lose_nothing(tmp_path: Path) -> None:
    path = tmp_path / ".stop" / "lineage.git"  # neither finds it there
    sessions = [session(path, run, "me") for run in ("otter", "newt")]
    printed = [process.communicate()[0].split() for process in sessions]
    assert [process.returncode for process in sessions] == [0, 0]
    lineage = Lineage.open(path, create=False)
    lineage.check()
    for run, ids in zip(("otter", "newt"), printed, strict=True):
        assert [version.commit for version in lineage.versions(run)] == ids
    assert lineage.latest_run() in ("otter", "newt")
    assert [item.name for item in path.parent.iterdir()] == ["lineage.git"]


def test_of_two_sessions_on_one_branch_the_second_is_told_and_overwrites_nothing(
    tmp_path: Path,
) -> None:
    path = tmp_path / "lineage.git"
    sessions = [session(path, "otter", who) for who in ("one", "other")]
    printed = [process.communicate()[0] for process in sessions]
    codes = [process.returncode for process in sessions]
    assert sorted(codes) == [0, 1]
    assert "should not exist yet, but ends at" in printed[codes.index(1)]
    committed = [version.commit for version in Lineage.open(path).versions("otter")]
    assert committed == printed[codes.index(0)].split()
