"""The lineage: every accepted improver as a commit of a bare git repository, a branch per run.

HEAD follows the latest run, so plain `git log` reads as its history. A branch only ever moves by
compare-and-swap from the version that the next one follows, so two sessions cannot lose each
other's versions. Reading starts git once a question and does not import GitPython.
"""

import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from time import monotonic
from typing import Self

from stop_tui.core.errors import LineageError, UsageError
from stop_tui.core.plain_text import one_line
from stop_tui.core.run_names import check_run_name
from stop_tui.store import isolated_git, notes
from stop_tui.store.commit_message import render_message
from stop_tui.store.isolated_git import damaged
from stop_tui.store.trailers import Trailers
from stop_tui.store.versions import IMPROVER, LOG_OPTIONS, Version, parse_log

_ATTEMPTS = 20
_PATIENCE = 10.0
"""Seconds after which nothing is tried again; git itself waits as long for a lock."""
_BRANCHES = "refs/heads/"
_OF_AN_ITERATION = re.compile(r"(?:([A-Za-z0-9][\w-]*):)?I([0-9]+)", re.ASCII)
_BY_NAME = re.compile(r"([A-Za-z0-9][\w-]*)((?:[~^][0-9]*)*)", re.ASCII)
_COMMIT = re.compile(r"[0-9a-fA-F]{4,40}")


class Lineage:
    """The lineage of a workspace; many processes may use it, one thread of each.

    Every method raises LineageError when the repository is damaged, was changed by someone else or
    cannot be reached, and leaves it as it is.
    """

    def __init__(self, path: Path) -> None:
        self.path = path

    @classmethod
    def open(cls, path: Path, *, create: bool = True) -> Self:
        """The lineage at `path`; a new, empty one where there is nothing, if `create` allows it."""
        if not path.exists():
            if not create:
                raise LineageError(
                    f"There is no lineage at {path}: this workspace has no versions yet.",
                    hint="Start a run with `stop-tui run`.",
                )
            isolated_git.initialise(path)
        for part in ("HEAD", "objects", "refs"):
            if not (path / part).exists():
                raise damaged(path, f"{part} is missing")
        return cls(path)

    def commit_version(
        self,
        source: str,
        trailers: Trailers,
        *,
        idea: str = "",
        title: str | None = None,
        parent: str | None,
        at: float,
        author: tuple[str, str],
    ) -> str:
        """Make `source` the newest version of the run in `trailers`; returns its commit id.

        Iteration 0 begins the run's branch; `parent` is then the version of another run that it
        starts from, or None. Any later one follows the branch's last version, which `parent` names.
        `at` is in seconds since 1970 UTC. The same arguments always give the same id, and repeating
        a call changes nothing. Raises LineageError, and overwrites nothing, when the branch does
        not end where it should.
        """
        from stop_tui.store.version_objects import VersionWriter  # 85 ms, for writing alone

        run = check_run_name(trailers.run)
        begins = trailers.iteration == 0
        if begins and parent is not None:
            self._require(parent)
        writer = VersionWriter(self.path)
        message = render_message(trailers, idea, title)
        commit = writer.write(source, message, parent=parent, at=at, author=author)
        expected = None if begins else parent
        complaint = None
        deadline = monotonic() + _PATIENCE
        for _ in range(_ATTEMPTS):
            # git locks HEAD too, and gives up when another session turns it at that moment.
            if self._tip(run) != expected or (complaint and monotonic() > deadline):
                break
            complaint = writer.move_branch(run, commit, expected=expected)
        tip = self._tip(run)
        if complaint is not None and tip == expected:
            raise _stuck(run, complaint)
        if tip is None or not self._leads_to(tip, commit):
            raise _moved(run, expected, tip)
        if begins and self._began_last(run, int(at)):
            writer.point_head(run)
        return commit

    def runs(self) -> list[str]:
        """The runs that have a branch, by name."""
        text = self._read("for-each-ref", "--format=%(refname:lstrip=2)", _BRANCHES).decode()
        return text.split()

    def latest_run(self) -> str | None:
        """The run that HEAD follows, or None when there are no versions yet."""
        leading = self._leading()
        if self._tip(leading) is not None:
            return leading
        if not self.runs():
            return None
        if leading == isolated_git.FIRST_BRANCH:  # a crash before HEAD followed the first run
            return self.versions()[-1].run
        raise damaged(self.path, f"HEAD follows {leading or 'no branch'}, which is not there")

    def versions(self, run: str | None = None) -> list[Version]:
        """The versions of `run`, oldest first; without it those of all runs, run after run in the
        order in which they began. Raises UsageError when there is no such run."""
        if run is not None:
            if self._tip(run) is None:
                raise self._unknown(run)
            return [version for version in self._log(_BRANCHES + run) if version.run == run]
        by_run: dict[str, list[Version]] = {}
        for version in self._log("--branches"):
            by_run.setdefault(version.run, []).append(version)
        began = sorted(by_run.values(), key=lambda versions: (versions[0].at, versions[0].run))
        return [version for versions in began for version in versions]

    def leading_to(self, commit: str) -> list[Version]:
        """The version `commit` (a commit id) and all that led to it, oldest first: also those of
        the runs that its run started from."""
        return self._log(commit)

    def newest_first(self, run: str) -> Iterator[Version]:
        """The versions of `run`, newest first, each as soon as git has found it."""
        if self._tip(run) is None:
            raise self._unknown(run)
        return (item for item in self._newest_first(_BRANCHES + run) if item.run == run)

    def version(self, rev: str) -> Version:
        """The version that `rev` names, in any of the ways that `resolve` knows."""
        (found,) = parse_log([self._read("log", "-1", *LOG_OPTIONS, self.resolve(rev))])
        return found

    def resolve(self, rev: str) -> str:
        """The commit id of `rev`: a run (its last version), ``run~2`` (two before that),
        ``run:I3`` (by meta-iteration), ``I3`` (of the latest run), HEAD, or a commit's id or its
        beginning. Raises UsageError, saying what there is, when it names nothing."""
        if match := _OF_AN_ITERATION.fullmatch(rev):
            return self._of_iteration(rev, match[1] or self.latest_run(), int(match[2]))
        match = _BY_NAME.fullmatch(rev)
        if match is None:
            raise self._unknown(rev)
        base, steps = match.groups()
        if base in self.runs():
            base = _BRANCHES + base
        elif base != "HEAD" and not _COMMIT.fullmatch(base):
            raise self._unknown(rev)
        finished = isolated_git.run(self.path, "rev-parse", "--verify", f"{base}{steps}^{{commit}}")
        if "ambiguous" in finished.complaint:
            raise UsageError(
                f"{rev} is the beginning of more than one commit's id.", hint="Give more of it."
            )
        if finished.code != 0 and base.startswith(_BRANCHES) and not steps:
            raise damaged(self.path, finished.complaint)
        if finished.code != 0:
            raise self._unknown(rev)
        return finished.output.decode().strip()

    def source(self, commit: str) -> str:
        """The source of the version `commit` (a commit id), exactly as it was accepted."""
        data = self._read("cat-file", "blob", f"{commit}:{IMPROVER}")
        try:
            return data.decode("utf-8", "surrogatepass")
        except UnicodeDecodeError as error:
            raise damaged(self.path, f"{IMPROVER} of {commit[:12]} is not UTF-8") from error

    def diff(self, old: str, new: str) -> str:
        """What changed from the version `old` to `new` (commit ids), as a unified diff."""
        options = ("--no-color", "--no-ext-diff", "--no-textconv", "--text")
        data = self._read("diff", *options, old, new, "--", IMPROVER)
        return data.decode("utf-8", "surrogatepass")

    def add_note(self, commit: str, text: str, author: tuple[str, str]) -> None:
        """Let `text`, made plain, be the note on the version `commit` (a commit id), in place of
        one that is there; an empty text removes it. Sessions cannot lose each other's notes."""
        self._require(commit)
        notes.write_note(self.path, commit, text, author)

    def note(self, commit: str) -> str:
        """The note on the version `commit` (a commit id); empty where there is none. Whoever
        shows it makes it plain: git can have been used to write it too."""
        return notes.read_note(self.path, commit)

    def notes(self) -> dict[str, str]:
        """All notes, by the id of their commit."""
        return notes.read_notes(self.path)

    def git(self, arguments: Sequence[str]) -> int:
        """Run the user's own git command on the lineage, on their terminal; returns its code."""
        return isolated_git.hand_over(self.path, arguments)

    def check(self) -> None:
        """Look at every object and branch; raises LineageError for damage. Takes a while."""
        finished = isolated_git.run(self.path, "fsck", "--no-dangling", "--no-progress")
        if finished.code != 0:
            raise damaged(self.path, finished.complaint or finished.output.decode("utf-8"))
        self.latest_run()
        for version in self.versions():
            _ = version.trailers

    def _read(self, *arguments: str) -> bytes:
        return isolated_git.output(self.path, *arguments)

    def _log(self, what: str) -> list[Version]:
        return list(self._newest_first(what))[::-1]

    def _newest_first(self, what: str) -> Iterator[Version]:
        return parse_log(isolated_git.stream(self.path, "log", *LOG_OPTIONS, what, "--"))

    def _tip(self, run: str) -> str | None:
        name = _BRANCHES + run
        rows = self._read("for-each-ref", "--format=%(objectname) %(refname)", name).decode()
        for row in rows.splitlines():
            commit, _, found = row.partition(" ")
            if found == name:
                return commit
        return None

    def _leads_to(self, tip: str, commit: str) -> bool:
        finished = isolated_git.run(self.path, "merge-base", "--is-ancestor", commit, tip)
        if finished.code > 1:
            raise damaged(self.path, finished.complaint)
        return finished.code == 0

    def _require(self, commit: str) -> None:
        finished = isolated_git.run(self.path, "cat-file", "-e", f"{commit}^{{commit}}")
        if finished.code != 0:
            raise damaged(self.path, f"the version {commit[:12]} is not in it")

    def _began_last(self, run: str, at: int) -> bool:
        leading = self._leading()
        if leading == run or self._tip(leading) is None:
            return leading != run
        return self.versions(leading)[0].at <= at

    def _leading(self) -> str:
        head = isolated_git.run(self.path, "symbolic-ref", "--quiet", "HEAD").output
        return head.decode().strip().removeprefix(_BRANCHES)

    def _of_iteration(self, rev: str, run: str | None, iteration: int) -> str:
        if run is None:
            raise self._unknown(rev)
        versions = self.versions(run)
        for version in versions:
            if version.iteration == iteration:
                return version.commit
        raise UsageError(
            f"Run {run} has no version I{iteration}.",
            hint=f"It has {', '.join(f'I{version.iteration}' for version in versions)}.",
        )

    def _unknown(self, rev: str) -> UsageError:
        runs = self.runs()
        return UsageError(
            f"Nothing in the lineage is called {rev[:80]!r}.",
            hint="A version is named by a run, run~2, run:I3, I3 (of the latest run) or a commit. "
            + (f"The runs are: {', '.join(runs[:20])}." if runs else "There are no runs yet."),
        )


def _stuck(run: str, complaint: str) -> LineageError:
    return LineageError(
        f"git could not move the branch {run} of the lineage: {one_line(complaint, 400)}.",
        hint="Nothing was overwritten. If git names a file that ends in .lock and no other git is "
        "at work there, delete that file; then resume the run.",
    )


def _moved(run: str, expected: str | None, tip: str | None) -> LineageError:
    should = f"end at {expected[:12]}" if expected else "not exist yet"
    does = f"ends at {tip[:12]}" if tip else "does not exist"
    return LineageError(
        f"The branch {run} of the lineage should {should}, but {does}: "
        "the new version was not added to it.",
        hint="Nothing was overwritten. Someone else changed the branch, or another session works "
        "on it: see `stop-tui git log --all`. Put the branch back and resume the run, or start "
        "one of another name.",
    )
