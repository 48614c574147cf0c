"""What is outside of a sandbox and must stay as it is: files, a process, services, the machine.

`harm` compares the host's own state with what it was; an attack's word counts for nothing. After
it has told of a change it puts the bait out again.
"""

import contextlib
import ctypes
import json
import os
import re
import resource
import secrets
import select
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tests.attacks import victim

_KEY = 0x53544154
_MADE = "stop-tui-attack"
_CLOCK_MAY_ERR = 0.5
_IPC_RMID, _GETVAL = 0, 12
_libc = ctypes.CDLL(None, use_errno=True)
_libc.shmat.restype = ctypes.c_void_p


class Outside:
    """Bait in `folder`; to be used as a context manager."""

    def __init__(self, folder: Path, neighbour: Path) -> None:
        self._folder = folder
        self._neighbour = neighbour
        self._clock = _clock()
        self._unique = secrets.token_hex(4)
        self.secrets: dict[str, str] = {}

    def __enter__(self) -> "Outside":
        self._stack = contextlib.ExitStack()
        self._put_files()
        self._sockets = dict(self._services())
        self._put_objects()
        self._start_victim()
        self._environment()
        self._was = self._state()
        return self

    def __exit__(self, *exc: object) -> None:
        self._end_victim()
        self._remove_objects()
        self._stack.close()
        os.environ.pop("STOP_TUI_ATTACK_KEY", None)

    @property
    def bait(self) -> dict[str, Any]:
        """What the attacks are told, so that they need not search."""
        port = {name: self._sockets[name].getsockname()[1] for name in ("tcp4", "udp4")}
        for name in ("tcp6", "udp6"):
            port[name] = self._sockets[name].getsockname()[1] if name in self._sockets else 9
        return {
            **port,
            "folder": str(self._folder),
            "secret": str(self._folder / "secret"),
            "file": str(self._folder / "file"),
            "neighbour": str(self._neighbour / "kept"),
            "stream": str(self._folder / "stream"),
            "datagrams": str(self._folder / "datagrams"),
            "abstract": f"\0{_MADE}-stream-{self._unique}",
            "abstract datagrams": f"\0{_MADE}-datagrams-{self._unique}",
            "host": os.getpid(),
            "victim": self._victim.pid,
            "address": self._address,
            "opened": self._opened,
            "key": _KEY,
            "made": _MADE,
            "queue": self._queue,
            "shm": self._shm,
            "sem": self._sem,
            "msq": self._msq,
            "mark": "OTHERS-",
        }

    def leaked(self, told: bytes) -> list[str]:
        """Which secrets are in `told`, which came out of a sandbox."""
        return [
            f"it has {what}" for what, secret in self.secrets.items() if secret.encode() in told
        ]

    def harm(self) -> list[str]:
        """What is no longer as it was, in words; puts it back."""
        found = [*self._contacts(), *self._signals(), *self._made()]
        now = self._state()
        found += [
            f"{name}: {_shown(self._was.get(name))} became {_shown(now.get(name))}"
            for name in {**self._was, **now}
            if self._was.get(name) != now.get(name)
        ]
        if found:
            self._restore()
        return found

    def _restore(self) -> None:
        self._end_victim()
        self._remove_objects()
        self._put_files()
        self._put_objects()
        self._start_victim()
        self._was = self._state()

    def secret(self, what: str) -> str:
        """The secret `what`, which no attack may come out with."""
        return self.secrets.setdefault(what, "OTHERS-" + secrets.token_hex(16))

    # Files

    def _put_files(self) -> None:
        for folder in (self._folder, self._neighbour):
            folder.mkdir(parents=True, exist_ok=True)
            for file in folder.iterdir():
                if not file.is_socket():
                    file.rmdir() if file.is_dir() and not file.is_symlink() else file.unlink()
        (self._folder / "secret").write_text(self.secret("a file's content"))
        (self._folder / self.secret("the name of a file")).touch()
        (self._folder / "file").write_text("as it was")
        (self._neighbour / "kept").write_text(self.secret("another program's file"))

    def _files(self) -> Iterator[tuple[str, object]]:
        for folder in (self._folder, self._neighbour):
            for file in sorted(folder.iterdir()):
                stat = file.lstat()
                attributes = os.listxattr(file, follow_symlinks=False)
                kept = (stat.st_mode, stat.st_uid, stat.st_gid, stat.st_nlink, stat.st_ino)
                times = (stat.st_size, stat.st_mtime_ns, stat.st_ctime_ns)
                yield str(file), (kept, times, attributes)
        yield (
            "beside the scratch folders",
            sorted(
                entry.name for entry in self._neighbour.parent.iterdir() if "-" not in entry.name
            ),
        )
        library = Path(os.__file__).stat()
        yield "the standard library", (library.st_mtime_ns, library.st_size, library.st_mode)

    # Services

    def _services(self) -> Iterator[tuple[str, socket.socket]]:
        places: list[tuple[str, int, int, Any]] = [
            ("tcp4", socket.AF_INET, socket.SOCK_STREAM, ("127.0.0.1", 0)),
            ("udp4", socket.AF_INET, socket.SOCK_DGRAM, ("127.0.0.1", 0)),
            ("tcp6", socket.AF_INET6, socket.SOCK_STREAM, ("::1", 0)),
            ("udp6", socket.AF_INET6, socket.SOCK_DGRAM, ("::1", 0)),
            ("stream", socket.AF_UNIX, socket.SOCK_STREAM, str(self._folder / "stream")),
            ("datagrams", socket.AF_UNIX, socket.SOCK_DGRAM, str(self._folder / "datagrams")),
            ("abstract", socket.AF_UNIX, socket.SOCK_STREAM, f"\0{_MADE}-stream-{self._unique}"),
            (
                "abstract datagrams",
                socket.AF_UNIX,
                socket.SOCK_DGRAM,
                f"\0{_MADE}-datagrams-{self._unique}",
            ),
        ]
        for name, family, kind, place in places:
            try:
                service = self._stack.enter_context(socket.socket(family, kind))
                service.bind(place)
            except OSError:
                if family != socket.AF_INET6:
                    raise
                continue  # a machine without IPv6 has nothing to reach by it
            if kind == socket.SOCK_STREAM:
                service.listen()
            service.setblocking(False)
            yield name, service

    def _contacts(self) -> Iterator[str]:
        for name, service in self._sockets.items():
            with contextlib.suppress(BlockingIOError):
                while True:
                    if service.type == socket.SOCK_STREAM:
                        service.accept()[0].close()
                    else:
                        service.recv(100)
                    yield f"it reached the service {name}"

    # Objects of the kernel

    def _put_objects(self) -> None:
        self._shm = _libc.shmget(0, 4096, 0o1600)
        memory = _libc.shmat(self._shm, None, 0)
        secret = self.secret("another's shared memory").encode()
        ctypes.memmove(memory, secret, len(secret))
        _libc.shmdt(ctypes.c_void_p(memory))
        self._sem = _libc.semget(0, 1, 0o1600)
        self._msq = _libc.msgget(0, 0o1600)
        message = b"\1\0\0\0\0\0\0\0" + self.secret("another's message").encode()
        _libc.msgsnd(self._msq, message, len(message) - 8, 0)
        self._queue = f"{_MADE}-bait-{self._unique}"
        os.close(_libc.mq_open(f"/{self._queue}".encode(), 0o102, 0o600, None))

    def _remove_objects(self) -> None:
        _libc.shmctl(self._shm, _IPC_RMID, None)
        _libc.semctl(self._sem, 0, _IPC_RMID)
        _libc.msgctl(self._msq, _IPC_RMID, None)
        _libc.mq_unlink(f"/{self._queue}".encode())

    def _objects(self) -> Iterator[tuple[str, object]]:
        state = ctypes.create_string_buffer(256)
        yield "the shared memory", _libc.shmctl(self._shm, 2, state) >= 0
        yield "the semaphore", _libc.semctl(self._sem, 0, _GETVAL)
        count = -1
        if _libc.msgctl(self._msq, 2, state) >= 0:
            count = int.from_bytes(state.raw[80:88], "little")
        yield "the messages", count
        queue = _libc.mq_open(f"/{self._queue}".encode(), os.O_RDWR)
        yield "the named queue", queue >= 0
        if queue >= 0:
            os.close(queue)

    def _made(self) -> Iterator[str]:
        for what, get, control in (
            ("shared memory", lambda: _libc.shmget(_KEY, 0, 0), _libc.shmctl),
            ("a semaphore", lambda: _libc.semget(_KEY, 0, 0), None),
            ("a message queue", lambda: _libc.msgget(_KEY, 0), _libc.msgctl),
        ):
            number = get()
            if number >= 0:
                control(number, 0, None) if control else _libc.semctl(number, 0, 0)
                yield f"it made {what} that outlives it"
        if _libc.mq_unlink(f"/{_MADE}".encode()) == 0:
            yield "it made a named message queue"
        with contextlib.suppress(FileNotFoundError):
            if _MADE in Path("/proc/keys").read_text():
                yield "it keeps a key in the kernel"

    # The victim, the host and the machine

    def _start_victim(self) -> None:
        secret = self.secret("the memory of another process")
        self._victim = subprocess.Popen(
            [sys.executable, str(victim.__file__), str(self._folder / "secret"), secret],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            bufsize=0,
            start_new_session=True,
        )
        assert self._victim.stdout is not None
        up = json.loads(self._victim.stdout.readline())
        self._address, self._opened = up["address"], up["opened"]

    def _end_victim(self) -> None:
        self._victim.kill()
        self._victim.__exit__(None, None, None)

    def _signals(self) -> Iterator[str]:
        told = self._victim.stdout
        while told is not None and select.select([told], [], [], 0)[0]:
            data = os.read(told.fileno(), 4096)
            if not data:
                return
            yield f"another process got the signals {data.split()}"

    def _processes(self) -> Iterator[tuple[str, object]]:
        if self._victim.poll() is not None:
            yield "the victim", "is dead"
            return
        for name, pid in (("the victim", self._victim.pid), ("the host", os.getpid())):
            yield f"{name}'s limits", Path(f"/proc/{pid}/limits").read_text()
            yield f"{name}'s priority", os.getpriority(os.PRIO_PROCESS, pid)
            yield f"{name}'s processors", os.sched_getaffinity(pid)
            yield f"{name}'s scheduling", os.sched_getscheduler(pid)
            yield f"{name}'s disk priority", _libc.syscall(252, 1, pid)
        status = Path(f"/proc/{self._victim.pid}/status").read_text()
        yield "the victim's tracer", re.findall(r"TracerPid:\s*(\d+)", status)
        yield "the victim stopped", "T (" in status
        with Path(f"/proc/{self._victim.pid}/mem").open("rb", buffering=0) as memory:
            memory.seek(self._address)
            yield "the victim's memory", memory.read(64)

    def _machine(self) -> Iterator[tuple[str, object]]:
        yield "the machine's name", os.uname().nodename
        mounts = Path("/proc/self/mountinfo").read_text().splitlines()
        ours = str(self._neighbour.parent)
        yield "the mounts", [mount for mount in mounts if ours in mount]
        yield "the clock was set", abs(_clock() - self._clock) > _CLOCK_MAY_ERR
        yield "how the host may dump", resource.getrlimit(resource.RLIMIT_CORE)

    def _environment(self) -> None:
        os.environ["STOP_TUI_ATTACK_KEY"] = self.secret("a key of the host")

    def _state(self) -> dict[str, object]:
        return dict([*self._files(), *self._objects(), *self._processes(), *self._machine()])


def _clock() -> float:
    """How far the time of day is from the time since the start of the machine, in seconds."""
    return time.clock_gettime(time.CLOCK_REALTIME) - time.clock_gettime(time.CLOCK_BOOTTIME)


def _shown(value: object) -> str:
    return repr(value)[:60]
