"""Only one host works on a run, and the end of a process, however it comes, frees the run."""

import fcntl
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from stop_tui.core.errors import UsageError, WorkspaceError
from stop_tui.store import run_lock
from stop_tui.store.run_lock import RunLock, is_locked

HOLDER = """
import sys
from pathlib import Path
from stop_tui.store.run_lock import RunLock
lock = RunLock(Path(sys.argv[1]), "otter")
print("held", flush=True)
sys.stdin.read()
"""


def test_a_second_host_is_told_which_process_has_the_run(tmp_path: Path) -> None:
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(tmp_path / "locks")],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert holder.stdout is not None
    assert holder.stdout.readline() == "held\n"
    with pytest.raises(UsageError, match=f"process {holder.pid}"):
        RunLock(tmp_path / "locks", "otter")
    RunLock(tmp_path / "locks", "newt").release()

    holder.send_signal(signal.SIGKILL)
    holder.communicate()
    with RunLock(tmp_path / "locks", "otter"):
        pass


def test_a_released_run_can_be_taken_again(tmp_path: Path) -> None:
    with RunLock(tmp_path, "otter") as lock, pytest.raises(UsageError):
        RunLock(tmp_path, "otter")
    lock.release()
    RunLock(tmp_path, "otter").release()


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(WorkspaceError, match=r"otter\.lock"):
        RunLock(tmp_path / "file" / "locks", "otter")


def test_somebody_who_only_looks_does_not_keep_a_host_from_the_run(tmp_path, monkeypatch) -> None:
    RunLock(tmp_path, "otter").release()
    looking = os.open(tmp_path / "otter.lock", os.O_RDONLY)
    fcntl.flock(looking, fcntl.LOCK_SH)
    take = fcntl.flock

    def flock(descriptor: int, kind: int) -> None:
        try:
            take(descriptor, kind)
        except BlockingIOError:
            take(looking, fcntl.LOCK_UN)  # its look is over just after it was in the way
            raise

    monkeypatch.setattr(run_lock.fcntl, "flock", flock)
    with RunLock(tmp_path, "otter"):
        assert is_locked(tmp_path, "otter")
    assert not is_locked(tmp_path, "otter")
    os.close(looking)


def test_what_is_no_run_is_called_by_its_own_name(tmp_path: Path) -> None:
    with (
        RunLock(tmp_path, "measurements-1"),
        pytest.raises(UsageError, match=r"^The file m\.db is being worked on by another"),
    ):
        RunLock(tmp_path, "measurements-1", called="The file m.db")
