"""What the machine refuses in the middle of a run pauses it, in the user's words."""

import errno
import os

import pytest

from stop_tui.core.shortage import Shortage, shortage
from stop_tui.core.state import Status, fold
from stop_tui.engine.gate import AutoGate
from tests.faults.machine import iterations, workspace_in
from tests.tiny import journalled, resume, start, tiny_settings


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (OSError(errno.EMFILE, "x"), "No more files can be opened"),
        (OSError(errno.ENOSPC, "x", "/a/file"), "The disk is full: /a/file."),
        (PermissionError(errno.EACCES, "x", "/a/file"), "no permission for that: /a/file."),
        (BlockingIOError(errno.EAGAIN, "x"), "No more processes or threads can be started"),
        (RuntimeError("can't start new thread"), "No more processes or threads can be started"),
        (MemoryError(), "There is no more memory"),
    ],
    ids=["files", "disk", "permission", "processes", "threads", "memory"],
)
def test_what_is_short_is_named_with_what_to_do(error, words):
    told = shortage(error)
    assert told is not None
    assert words in told.message
    assert told.hint


@pytest.mark.parametrize(
    "error",
    [OSError(), FileNotFoundError(2, "x"), RuntimeError("other")],
    ids=["unknown", "missing", "other"],
)
def test_a_mistake_of_the_program_is_no_shortage(error):
    assert shortage(error) is None


def test_a_shortage_pauses_the_run_and_resuming_ends_it(tmp_path):
    class Short(AutoGate):
        async def decide(self, review):
            raise OSError(errno.EMFILE, os.strerror(errno.EMFILE))

    workspace = workspace_in(tmp_path / "w")
    with pytest.raises(Shortage, match="ulimit -n"):
        start(workspace, tiny_settings(repeats=1), gate=Short())
    state = fold(journalled(workspace, "tiny"))
    assert (state.status, state.cause) == (Status.PAUSED, "error")
    assert "No more files can be opened" in state.reason
    resume(workspace)
    assert iterations(workspace) == [0, 1]
