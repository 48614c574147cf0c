"""What a sandbox's processes are and use, read from /proc while a program is held still.

Whatever they were told or tell is not asked: the kernel is.
"""

import os
import re
import sys
from contextlib import suppress
from pathlib import Path

from stop_tui.sandbox.hidden_use import MAX_THREADS
from stop_tui.sandbox.inside.lockdown import OPEN_FILES
from stop_tui.sandbox.scratch import MAX_BYTES, MAX_FILES

_NAMESPACES = ("cgroup", "ipc", "mnt", "net", "time", "user", "uts")
_SOCKETS = re.compile(r"socket:\[(\d+)\]")


def inmates(scratch: Path) -> set[int]:
    """All processes whose environment or working directory is that of the sandbox `scratch`."""
    found = set()
    mark = f"TMPDIR={scratch}\0".encode()
    for process in Path("/proc").iterdir():
        if process.name.isdecimal():
            with suppress(OSError):
                folder = (process / "cwd").readlink()
                if mark in (process / "environ").read_bytes() or folder.is_relative_to(scratch):
                    found.add(int(process.name))
    return found


def strays(scratch: Path) -> set[int]:
    """Those that are neither the zygote nor its one child, which waits for the next program."""
    found = inmates(scratch)
    zygotes = {pid for pid in found if _parent(pid) == os.getpid()}
    waiting = {pid for pid in found if _parent(pid) in zygotes}
    return found - zygotes - (waiting if len(waiting) == 1 else set())


def strangers(scratches: Path) -> list[str]:
    """Programs in the sandboxes below `scratches` that are not the interpreter."""
    return sorted(
        {
            f"it runs {program}"
            for scratch in scratches.iterdir()
            for pid in inmates(scratch)
            if (program := _program(pid)) not in (None, os.path.realpath(sys.executable))
        }
    )


def _program(pid: int) -> str | None:
    with suppress(OSError):
        return str(Path(f"/proc/{pid}/exe").readlink())
    return None


class Held:
    """The sandbox `scratch` while its program waits to be looked at."""

    def __init__(self, scratch: Path, memory: int) -> None:
        self._scratch = scratch
        self._memory = memory
        self.pids = inmates(scratch)
        parents = {pid: _parent(pid) for pid in self.pids}
        self._zygote = next((p for p in self.pids if parents[p] == os.getpid()), None)
        self._program = next((p for p in self.pids if parents[p] == self._zygote), None)

    def harm(self) -> list[str]:
        """What no program may be or have, at any moment."""
        found = []
        if len(self.pids) > 2:
            found.append(f"its sandbox has {len(self.pids)} processes")
        if self._zygote is None or self._program is None:
            return found  # it ended meanwhile
        with suppress(FileNotFoundError, ProcessLookupError):
            found += self._of_program(self._program, self._zygote)
        return found

    def excess(self) -> list[str]:
        """What the host bounds by looking from time to time; to be ended soon, not at once."""
        found = []
        with suppress(OSError, TypeError):
            threads = len(list(Path(f"/proc/{self._program}/task").iterdir()))
            if threads > MAX_THREADS:
                found.append(f"it has {threads} threads")
        files, size = 0, 0
        with suppress(FileNotFoundError):
            for file in self._scratch.iterdir():
                with suppress(OSError):
                    files, size = files + 1, size + file.lstat().st_blocks * 512
        size += self._removed()
        if files > MAX_FILES + 1:
            found.append(f"it has {files} files")
        if size > MAX_BYTES + (1 << 20):
            found.append(f"it has {size >> 20} MiB on disk")
        return found

    def _of_program(self, pid: int, zygote: int) -> list[str]:
        found = []
        process = Path(f"/proc/{pid}")
        if _program(pid) != _program(zygote):
            found.append("it runs another program")
        files = list(_targets(process / "fd"))
        if len(files) > OPEN_FILES:
            found.append(f"it has {len(files)} open files")
        if any(target.startswith("/memfd:") for target in files):
            found.append("it has files in hidden memory")
        unix = _inodes("unix")
        for target in files:
            match = _SOCKETS.match(target)
            if match and int(match[1]) not in unix:
                found.append("it has a socket that is no socket pair")
            if match and unix.get(int(match[1])):
                found.append(f"it has the socket {unix[int(match[1])]!r}")
        status = (process / "status").read_text()
        found += _sizes(status, self._memory)
        for task in (process / "task").iterdir():
            for name in _NAMESPACES:
                own = Path(f"/proc/{zygote}/ns/{name}").readlink()
                if (task / "ns" / name).readlink() != own:
                    found.append(f"a thread of it has a namespace ({name}) of its own")
        if os.sched_getaffinity(pid) != os.sched_getaffinity(zygote):
            found.append("it chose its processors")
        if os.getpriority(os.PRIO_PROCESS, pid) != os.getpriority(os.PRIO_PROCESS, zygote):
            found.append("it chose its priority")
        if os.sched_getscheduler(pid) != os.SCHED_OTHER:
            found.append("it chose its scheduling")
        # Without a filter the zygote gives it a group of its own, to kill all of it.
        groups = {os.getpgid(zygote)} if "Seccomp:\t2" in status else {os.getpgid(zygote), pid}
        if os.getpgid(pid) not in groups or os.getsid(pid) != os.getsid(zygote):
            found.append("it left its group")
        if "Seccomp:\t2" in Path(f"/proc/{zygote}/status").read_text() and (
            "Seccomp:\t2" not in status
        ):
            found.append("it has no filter")
        return found

    def _removed(self) -> int:
        size, seen = 0, set()
        with suppress(OSError, TypeError):
            for entry in Path(f"/proc/{self._program}/fd").iterdir():
                with suppress(OSError):
                    target, stat = str(entry.readlink()), entry.stat()
                    if (
                        target.startswith(str(self._scratch))
                        and stat.st_nlink == 0
                        and stat.st_ino not in seen
                    ):
                        seen.add(stat.st_ino)
                        size += stat.st_blocks * 512
        return size


def _sizes(status: str, memory: int) -> list[str]:
    resident = re.search(r"VmRSS:\s*(\d+) kB", status)
    size = re.search(r"VmSize:\s*(\d+) kB", status)
    found = []
    if resident and int(resident[1]) * 1024 > memory + (300 << 20):
        found.append(f"it has {int(resident[1]) >> 10} MiB in memory")
    if size and int(size[1]) * 1024 > memory + (300 << 20):
        found.append(f"it has {int(size[1]) >> 10} MiB of addresses")
    return found


def _parent(pid: int) -> int:
    with suppress(OSError):
        stat = Path(f"/proc/{pid}/stat").read_bytes()
        return int(stat.rpartition(b")")[2].split()[1])
    return 0


def _targets(folder: Path) -> list[str]:
    found = []
    for entry in folder.iterdir():
        with suppress(OSError):
            found.append(str(entry.readlink()))
    return found


def _inodes(family: str) -> dict[int, str]:
    """The sockets of a family, with their names, by inode."""
    found = {}
    for line in Path(f"/proc/net/{family}").read_text(errors="replace").splitlines()[1:]:
        parts = line.split(maxsplit=7)
        found[int(parts[6])] = parts[7] if len(parts) > 7 else ""
    return found
