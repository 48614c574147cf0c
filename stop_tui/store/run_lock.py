"""One host at a time works on a run; a second one is told who does.

The lock is the kernel's (flock) and ends with its process, however that ends; the file stays.
"""

import fcntl
import os
from pathlib import Path
from types import TracebackType
from typing import Self

from stop_tui.core.errors import UsageError, WorkspaceError

_LOOKS = 100
"""How often somebody who only looks may be in the way; each of them is for microseconds."""


class RunLock:
    """The right to work on `run`, held from construction until `release` or the process's end.
    `called` is what the user knows it as.

    Raises UsageError, naming the process, when another one holds it, and WorkspaceError when the
    lock's file in `folder` cannot be written.
    """

    def __init__(self, folder: Path, run: str, *, called: str = "") -> None:
        path = folder / f"{run}.lock"
        try:
            folder.mkdir(parents=True, exist_ok=True)
            self._descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        except OSError as error:
            raise WorkspaceError(
                f"The lock {path} of run {run} cannot be opened: {error.strerror}.",
                hint="See that you may write to the folder .stop of this workspace.",
            ) from error
        if not _taken(self._descriptor):
            holder = os.pread(self._descriptor, 20, 0).decode("ascii", "replace").strip()
            os.close(self._descriptor)
            raise UsageError(
                f"{called or f'Run {run}'} is being worked on by another stop-tui"
                f"{f', process {holder}' if holder else ''}.",
                hint="Wait until it ends, or end it (ctrl-c there), then try again here.",
            )
        os.ftruncate(self._descriptor, 0)
        os.pwrite(self._descriptor, f"{os.getpid()}\n".encode(), 0)
        self._held = True

    def release(self) -> None:
        """Let another process have the run. Releasing twice is harmless."""
        if self._held:
            self._held = False
            os.close(self._descriptor)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.release()


def _taken(descriptor: int) -> bool:
    """Take the lock, unless a process has it. One that asks `is_locked` right now shares it for a
    moment, which is no reason to give up."""
    for _ in range(_LOOKS):
        if _locked(descriptor, fcntl.LOCK_EX):
            return True
        if not _locked(descriptor, fcntl.LOCK_SH):
            return False
    return False


def _locked(descriptor: int, kind: int) -> bool:
    try:
        fcntl.flock(descriptor, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def is_locked(folder: Path, run: str) -> bool:
    """Whether a process is working on `run` right now."""
    try:
        descriptor = os.open(folder / f"{run}.lock", os.O_RDONLY | os.O_CLOEXEC)
    except FileNotFoundError:
        return False
    try:
        return not _locked(descriptor, fcntl.LOCK_SH)
    finally:
        os.close(descriptor)
