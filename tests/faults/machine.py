"""A command under conditions that a test makes: limits, a full disk, a folder one may not write."""

import ctypes
import os
import resource
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from stop_tui.core import events as ev
from stop_tui.store.journal import Journal
from stop_tui.store.lineage import Lineage
from stop_tui.workspace import Workspace
from tests.commands.terminal import STOP_TUI
from tests.faults.processes import descendants
from tests.tiny import GOOD_SOLUTION, MIDDLING_SOLUTION, finds, journalled, tiny_workspace

RUN = ("run", "--name", "tiny", "--task", "double", "--iterations", "1", "--repeats", "1")
AUTO = (*RUN, "--gate", "auto")
RESUME = ("run", "--resume", "tiny")

_PR_CAPBSET_DROP = 24
_DAC_OVERRIDE, _DAC_READ_SEARCH = 1, 2


def workspace_in(folder: Path) -> Workspace:
    """A workspace whose run accepts one improver and needs no model."""
    better = finds(GOOD_SOLUTION, note="better")
    return tiny_workspace(folder, finds(MIDDLING_SOLUTION, proposes=better))


def stop_tui(
    workspace: Workspace, *arguments: str, before: Callable[[], None] | None = None
) -> subprocess.CompletedProcess[str]:
    """Run a command in the workspace, `before` in its process first; nothing of it is left."""
    finished = subprocess.run(
        [STOP_TUI, *arguments],
        cwd=workspace.root,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        preexec_fn=before,
    )
    assert "Traceback" not in finished.stderr, finished.stderr
    assert not descendants()
    return finished


def refused(finished: subprocess.CompletedProcess[str], *words: str, code: int = 1) -> None:
    """It ended with this code and said all of `words`."""
    assert finished.returncode == code, finished.stderr
    for word in words:
        assert word in finished.stderr


def limited(kind: int, most: int) -> Callable[[], None]:
    """What sets a limit of the process, hard and soft."""
    return lambda: resource.setrlimit(kind, (most, most))


def ordinary() -> None:
    """Let permissions count for root too."""
    for capability in (_DAC_OVERRIDE, _DAC_READ_SEARCH):
        ctypes.CDLL(None).prctl(_PR_CAPBSET_DROP, capability, 0, 0, 0)


@contextmanager
def read_only(folder: Path) -> Iterator[None]:
    """Within it nobody may write to `folder` and what is in it."""
    places = [folder, *folder.rglob("*")]
    modes = [place.stat().st_mode for place in places]
    for place, mode in zip(places, modes, strict=True):
        place.chmod(mode & ~0o222)
    try:
        yield
    finally:
        for place, mode in zip(places, modes, strict=True):
            place.chmod(mode)


@contextmanager
def small_disk(folder: Path, kib: int) -> Iterator[Callable[[], None]]:
    """A disk of so many KiB at `folder`; yields what gives it 50 MiB. Skips where none can be."""
    folder.mkdir()
    if os.geteuid() != 0 or _mount("-t", "tmpfs", "-o", f"size={kib}k", "tmpfs", str(folder)):
        pytest.skip("no disk can be mounted here")
    try:
        yield lambda: assert_done(_mount("-o", "remount,size=50m", str(folder)))
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


def assert_done(code: int) -> None:
    """A command of the test itself succeeded."""
    assert code == 0


def _mount(*arguments: str) -> int:
    return subprocess.run(["mount", *arguments], capture_output=True, check=False).returncode


def git(workspace: Workspace, *arguments: str) -> str:
    """What the user's own git prints on the lineage."""
    who = ("-c", "user.name=u", "-c", "user.email=u@localhost")
    done = subprocess.run(
        ["git", "--git-dir", str(workspace.lineage), *who, *arguments],
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.strip()


def iterations(workspace: Workspace, run: str = "tiny") -> list[int]:
    """The meta-iterations whose improvers are versions of the run."""
    return [each.iteration for each in Lineage.open(workspace.lineage).versions(run)]


def nothing_accepted_is_lost(workspace: Workspace) -> None:
    """The journal is whole, and has the source of whatever was accepted."""
    with Journal.open(workspace.journal, create=False) as journal:
        journal.check()
        for event in journalled(workspace, "tiny"):
            if isinstance(event, ev.VersionCommitted):
                assert "improve_algorithm" in journal.text(event.source)
