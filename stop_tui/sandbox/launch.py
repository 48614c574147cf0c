"""Starts the process of a zygote: in a sandlock sandbox, or bare where there is none.

It knows how a process is started, killed and reaped, and nothing of what it is told to do. Starting
and reaping block for some milliseconds: call them in a thread. A process dies with the thread that
started it, so that thread must live as long as the process is wanted.
"""

import os
import signal
import subprocess
import sys
import time
import warnings
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import IO, Protocol

from stop_tui.core.errors import IsolationError
from stop_tui.sandbox import inside

_ENVIRONMENT = {
    "LC_ALL": "C.UTF-8",
    "MALLOC_ARENA_MAX": "2",
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "PYTHONHASHSEED": "0",
    "PYTHONUTF8": "1",
}
ENVIRONMENT = frozenset({*_ENVIRONMENT, "TMPDIR"})
"""The variables that a sandboxed process has."""
_NOBODY = 65534
_REAP_SECONDS = 5.0
_AGAIN_SECONDS = 2.0
_PAUSE_SECONDS = 0.05
"""sandlock keeps a table that all sandboxes of a user share. While another process enters itself
there, or was killed in doing so, a start fails that succeeds a moment later."""
_NICER = 10
"""How much later than this process the scheduler serves programs: a key is to be answered at once,
and what programs may use up is counted in CPU time, which this does not change."""
_ALSO_DENIED = [
    "chmod",
    "chown",
    "chroot",
    "clock_adjtime",
    "clock_settime",
    "fanotify_init",
    "fchmod",
    "fchmodat",
    "fchown",
    "fchownat",
    "fsmount",
    "fsopen",
    "ioprio_set",
    "kcmp",
    "kexec_file_load",
    "lchown",
    "memfd_create",
    "mknod",
    "mknodat",
    "mount_setattr",
    "move_mount",
    "open_tree",
    "pidfd_getfd",
    "pidfd_open",
    "pidfd_send_signal",
    "process_madvise",
    "sched_setaffinity",
    "sched_setattr",
    "sched_setscheduler",
    "setpriority",
    "settimeofday",
    "setxattr",
    "syslog",
    "utimensat",
]
"""What sandlock would allow by itself."""


class Process(Protocol):
    """A started process and the host's ends of its pipes, which the caller owns."""

    pid: int
    orders: int
    frames: int
    control: int

    def kill(self) -> None:
        """SIGKILL to its process group; does not wait."""

    def reap(self) -> None:
        """Wait for its end, which must be certain by now, and free what it held. Blocks."""


class SandlockProcess:
    """A process in a sandlock sandbox: Landlock, seccomp, a user namespace, no network."""

    def __init__(self, scratch: Path, readable: Sequence[str]) -> None:
        from sandlock import Sandbox, StdioMode

        # sandlock takes a gid only together with a uid, and then warns that it ignores it.
        warnings.filterwarnings("ignore", message="Policy field 'gid'", category=UserWarning)
        sandbox = Sandbox(
            fs_readable=list(readable),
            fs_writable=["/dev/null", str(scratch)],
            clean_env=True,
            env=_ENVIRONMENT | {"TMPDIR": str(scratch)},
            cwd=str(scratch),
            no_coredump=True,
            uid=_NOBODY,
            gid=_NOBODY,
            extra_deny_syscalls=_ALSO_DENIED,
        )
        piped = StdioMode.PIPED
        self._process = sandbox.popen(_command(), stdin=piped, stdout=piped, stderr=piped)
        self.pid: int = self._process.pid
        self.orders, self.frames, self.control = (
            os.dup(stream.fileno()) for stream in self._streams()
        )
        for stream in self._streams():
            stream.close()

    def kill(self) -> None:
        """SIGKILL to its process group; does not wait."""
        with suppress(ProcessLookupError):
            os.killpg(self.pid, signal.SIGKILL)

    def reap(self) -> None:
        """Wait for its end and free what it held."""
        self._process.wait(timeout=_REAP_SECONDS)

    def _streams(self) -> tuple[IO[bytes], IO[bytes], IO[bytes]]:
        return self._process.stdin, self._process.stdout, self._process.stderr


class BareProcess:
    """A process with nothing around it but a clean environment and a session of its own."""

    def __init__(self, scratch: Path) -> None:
        self._process = subprocess.Popen(
            _command(),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            bufsize=0,
            cwd=scratch,
            env=_ENVIRONMENT | {"TMPDIR": str(scratch)},
            start_new_session=True,
        )
        self.pid = self._process.pid
        streams = (self._process.stdin, self._process.stdout, self._process.stderr)
        self.orders, self.frames, self.control = (
            os.dup(stream.fileno()) for stream in streams if stream is not None
        )
        for stream in streams:
            if stream is not None:
                stream.close()

    def kill(self) -> None:
        """SIGKILL to its process group; does not wait."""
        with suppress(ProcessLookupError):
            os.killpg(self.pid, signal.SIGKILL)

    def reap(self) -> None:
        """Wait for its end."""
        self._process.wait(timeout=_REAP_SECONDS)


def sandlocked(scratch: Path, readable: Sequence[str]) -> Process:
    """A zygote in a sandlock sandbox that may read `readable` and write into `scratch`.

    Raises IsolationError when sandlock is not there or cannot be used on this machine.
    """
    deadline = time.monotonic() + _AGAIN_SECONDS
    while True:
        try:
            return _giving_way(SandlockProcess(scratch, readable))
        except (ImportError, OSError, RuntimeError, ValueError) as error:
            if not isinstance(error, RuntimeError) or time.monotonic() > deadline:
                raise IsolationError(f"sandlock cannot be used here: {error}") from error
            time.sleep(_PAUSE_SECONDS)


def bare(scratch: Path) -> Process:
    """A zygote that only its own lock-down confines."""
    try:
        return _giving_way(BareProcess(scratch))
    except OSError as error:
        raise IsolationError(f"No process can be started: {error}") from error


def _command() -> list[str]:
    package = Path(str(inside.__file__)).resolve()
    script = package.with_name("__main__.py")
    return [sys.executable, "-S", "-s", "-P", "-B", str(script), str(package)]


def _giving_way(process: Process) -> Process:
    nice = min(os.getpriority(os.PRIO_PROCESS, 0) + _NICER, 19)
    with suppress(OSError):  # a host that forbids it serves programs as soon as itself
        os.setpriority(os.PRIO_PROCESS, process.pid, nice)
    return process
