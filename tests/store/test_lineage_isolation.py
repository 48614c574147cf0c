"""The lineage neither uses nor touches the user's own git, and damage to it is reported."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from stop_tui.core.errors import LineageError
from stop_tui.store.isolated_git import NEUTRAL, Identity, clean_identity, environment, identity
from stop_tui.store.lineage import Lineage
from stop_tui.store.trailers import Trailers


def commit(lineage: Lineage, iteration: int, parent: str | None, run: str = "otter") -> str:
    return lineage.commit_version(
        f"# I{iteration}\r\n",
        Trailers(run=run, iteration=iteration),
        parent=parent,
        at=1000 + iteration,
        author=NEUTRAL,
    )


@pytest.fixture
def lineage(tmp_path: Path) -> Lineage:
    """A lineage with the run `otter`, of two versions."""
    lineage = Lineage.open(tmp_path / "workspace" / ".stop" / "lineage.git")
    commit(lineage, 1, commit(lineage, 0, None))
    return lineage


@pytest.fixture
def users(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A repository of the user, with every setting and variable that could lead git astray."""
    home = tmp_path / "home"
    template, hooks = home / "template" / "hooks", home / "hooks"
    for folder in (template, hooks):
        folder.mkdir(parents=True)
        for name in ("reference-transaction", "post-commit", "pre-commit"):
            (folder / name).write_text(f"#!/bin/sh\ntouch {home}/a-hook-ran\nexit 1\n")
            (folder / name).chmod(0o755)
    (home / "attributes").write_text("*.py text eol=crlf diff=mine\n")
    (home / ".gitconfig").write_text(
        "[user]\n\tname = User\n\temail = user@example.org\n"
        f"[init]\n\ttemplateDir = {home}/template\n\tdefaultBranch = theirs\n"
        "\tdefaultObjectFormat = sha256\n"
        f"[core]\n\thooksPath = {home}/hooks\n\tautocrlf = true\n"
        f"\tattributesFile = {home}/attributes\n"
        "[commit]\n\tgpgSign = true\n[log]\n\tshowSignature = true\n\tdate = relative\n"
        '[diff "mine"]\n\ttextconv = false\n[diff]\n\tnoprefix = true\n'
        "[color]\n\tui = always\n"
    )
    repository = home / "repository"
    clean = {"PATH": os.environ["PATH"], "HOME": os.devnull}
    subprocess.run(["git", "init", "--quiet", repository], env=clean, check=True)
    for name, value in {
        "HOME": home,
        "GIT_CONFIG_GLOBAL": home / ".gitconfig",
        "GIT_DIR": repository / ".git",
        "GIT_WORK_TREE": repository,
        "GIT_COMMON_DIR": repository / ".git",
        "GIT_INDEX_FILE": repository / ".git" / "index",
        "GIT_OBJECT_DIRECTORY": repository / ".git" / "objects",
        "GIT_QUARANTINE_PATH": repository / ".git" / "objects",
        "GIT_NAMESPACE": "theirs",
        "GIT_DEFAULT_HASH": "sha256",
        "GIT_AUTHOR_DATE": "2001-01-01T00:00:00",
        "GIT_COMMITTER_NAME": "Someone",
        "GIT_EXTERNAL_DIFF": "false",
    }.items():
        monkeypatch.setenv(name, str(value))
    monkeypatch.chdir(repository)
    return repository


def snapshot(folder: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def test_the_users_repository_settings_and_hooks_have_no_part_in_it(
    users: Path, tmp_path: Path
) -> None:
    before = snapshot(users.parent)
    theirs = Lineage.open(tmp_path / "theirs" / "lineage.git")
    first = commit(theirs, 0, None)
    second = commit(theirs, 1, first)
    assert snapshot(users.parent) == before
    assert [version.commit for version in theirs.versions()] == [first, second]
    assert theirs.source(theirs.resolve("I1")) == "# I1\r\n"
    theirs.add_note(second, "kept", ("Ada", "ada@example.org"))
    assert theirs.notes() == {second: "kept"}
    assert theirs.note(second) == "kept"
    assert "--- a/improver.py\n" in theirs.diff(first, second)
    theirs.check()
    assert snapshot(users.parent) == before
    assert not (theirs.path / "hooks").exists()


def test_the_same_version_has_the_same_id_whatever_the_users_settings(
    lineage: Lineage, users: Path, tmp_path: Path
) -> None:
    theirs = Lineage.open(tmp_path / "theirs" / "lineage.git")
    commit(theirs, 1, commit(theirs, 0, None))
    assert [v.commit for v in theirs.versions()] == [v.commit for v in lineage.versions()]


def test_git_handed_over_works_on_the_lineage_and_on_nothing_else(
    lineage: Lineage, users: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    before = snapshot(users.parent)
    assert lineage.git(["rev-parse", "--absolute-git-dir"]) == 0
    assert lineage.git(["log", "--format=%s"]) == 0
    assert lineage.git(["branch", "mine"]) == 0
    assert lineage.git(["no-such-command"]) == 1
    shown = capfd.readouterr().out.splitlines()
    assert shown == [str(lineage.path), "I1: improver", "I0: improver"]
    assert snapshot(users.parent) == before


def test_the_identity_is_the_users_own(users: Path) -> None:
    assert identity(users) == Identity("User", "user@example.org")


def test_the_identity_is_neutral_where_the_user_has_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", os.devnull)
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")
    assert identity(tmp_path) == NEUTRAL


@pytest.mark.parametrize(
    "who",
    [("", ""), ("<>", "\n"), ("a\nauthor evil <x@y> 0 +0000", "e> 0 +0000\n"), ("\0.", "\x1b")],
)
def test_no_identity_breaks_a_commit(tmp_path: Path, who: tuple[str, str]) -> None:
    lineage = Lineage.open(tmp_path / "lineage.git")
    lineage.commit_version("x", Trailers(run="otter", iteration=0), parent=None, at=1.9, author=who)
    lineage.check()
    assert lineage.versions()[0].at == 1
    assert all("\n" not in part and part for part in clean_identity(who))


def test_reading_a_lineage_does_not_import_gitpython() -> None:
    program = "import sys, stop_tui.store.lineage; print('git' in sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert done.stdout == "False\n"


def test_without_git_the_user_is_told_what_to_do(
    lineage: Lineage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(LineageError, match="git cannot be started") as refusal:
        lineage.versions()
    assert "Install git" in (refusal.value.hint or "")
    assert identity(tmp_path) == NEUTRAL


def test_a_lineage_that_is_not_there_is_created_only_when_asked(tmp_path: Path) -> None:
    with pytest.raises(LineageError, match="no lineage"):
        Lineage.open(tmp_path / "lineage.git", create=False)
    assert list(tmp_path.iterdir()) == []


def broken(lineage: Lineage) -> LineageError:
    """The error that checking the lineage ends in, with nothing changed."""
    before = snapshot(lineage.path)
    with pytest.raises(LineageError) as refusal:
        Lineage.open(lineage.path).check()
    assert snapshot(lineage.path) == before
    assert refusal.value.hint
    return refusal.value


@pytest.mark.parametrize("part", ["HEAD", "objects", "refs"])
def test_a_missing_part_is_damage_and_no_new_lineage(lineage: Lineage, part: str) -> None:
    (lineage.path / part).rename(lineage.path / "moved")
    assert f"{part} is missing" in str(broken(lineage))


@pytest.mark.parametrize("contents", ["", "\0" * 41, "garbage\n"])
def test_a_broken_head_is_damage(lineage: Lineage, contents: str) -> None:
    (lineage.path / "HEAD").write_text(contents)
    broken(lineage)


def test_a_head_that_follows_no_run_is_damage(lineage: Lineage) -> None:
    (lineage.path / "HEAD").write_text("ref: refs/heads/gone\n")
    assert "HEAD follows gone" in str(broken(lineage))


@pytest.mark.parametrize("contents", ["", "\0" * 41, "garbage\n", "0123456789" * 4 + "\n"])
def test_a_broken_branch_is_damage_when_listing_too(lineage: Lineage, contents: str) -> None:
    (lineage.path / "refs" / "heads" / "otter").write_text(contents)
    broken(lineage)
    with pytest.raises(LineageError, match="damaged"):
        lineage.versions()
    with pytest.raises(LineageError, match="damaged"):
        commit(lineage, 0, None)


def test_a_missing_or_overwritten_object_is_damage(lineage: Lineage) -> None:
    tip = lineage.resolve("otter")
    stored = lineage.path / "objects" / tip[:2] / tip[2:]
    data = stored.read_bytes()
    stored.chmod(0o644)
    stored.write_bytes(b"noise" + data[5:])
    broken(lineage)
    stored.unlink()
    broken(lineage)
    with pytest.raises(LineageError, match="damaged"):
        lineage.source(tip)


def test_a_commit_that_someone_else_added_is_named(lineage: Lineage) -> None:
    who = ["-c", "user.name=x", "-c", "user.email=x@y"]
    command = ["git", *who, "commit-tree", "otter^{tree}", "-p", "otter", "-m", "my own"]
    variables = environment(lineage.path)
    added = subprocess.run(command, env=variables, capture_output=True, text=True, check=True)
    added_id = added.stdout.strip()
    subprocess.run(["git", "update-ref", "refs/heads/otter", added_id], env=variables, check=True)
    assert added_id[:12] in str(broken(lineage))


def test_a_lock_left_behind_is_named_and_nothing_is_overwritten(lineage: Lineage) -> None:
    config = ["git", "config", "core.filesRefLockTimeout", "0"]
    subprocess.run(config, env=environment(lineage.path), check=True)
    lock = lineage.path / "refs" / "heads" / "otter.lock"
    lock.write_text("")
    with pytest.raises(LineageError, match=r"otter\.lock") as refusal:
        commit(lineage, 2, lineage.resolve("otter"))
    assert "delete that file" in (refusal.value.hint or "")
    assert len(lineage.versions()) == 2


def test_a_disk_that_takes_no_more_is_reported_and_nothing_moves(lineage: Lineage) -> None:
    program = f"""
import os, resource
from pathlib import Path
from stop_tui.core.errors import LineageError
from stop_tui.store.lineage import Lineage
from stop_tui.store.trailers import Trailers

lineage = Lineage.open(Path({str(lineage.path)!r}))
resource.setrlimit(resource.RLIMIT_FSIZE, (2000, 2000))
try:
    lineage.commit_version(
        os.urandom(20_000).hex(), Trailers(run="otter", iteration=2),
        parent=lineage.resolve("otter"), at=1002, author=("a", "a@b"),
    )
except LineageError as error:
    print(error)
"""
    before = lineage.versions()
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert "cannot be written" in done.stdout
    assert "GIT_DIR" not in done.stdout
    assert lineage.versions() == before
    lineage.check()
