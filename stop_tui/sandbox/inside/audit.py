"""Notes on what a program attempts, taken by an audit hook in its own process.

They are informative and can be forged: the program shares the process. Notes go to a page of
memory that the zygote passes on unread when the program is gone, so that a kill loses none of
them. A hook costs every program time: it looks an event up in one table and returns.
"""

import _thread
import os
import sys
import threading
from collections.abc import Callable, Sequence
from mmap import mmap
from typing import Any

from .landlock import Reach

DETAIL = 120
ATTEMPT, UNTIMELY = "!", "~"
_HARMLESS = ("/usr/share/zoneinfo", "/etc/localtime", "/etc/mime.types")
_WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
_INTERNET = (2, 10, 30)
"""Families of internet sockets: AF_INET, and AF_INET6 on Linux and on macOS."""


class Notes:
    """A bounded list of notes on a page of shared memory; the same note is taken once."""

    def __init__(self, page: mmap) -> None:
        self._page = page
        self._used = 0
        self._taken: set[str] = set()

    def attempt(self, what: str, detail: object = "") -> None:
        """The program tried to `what`."""
        self._take(f"{ATTEMPT}{what}\t{_plain(detail)}\n")

    def untimely(self, mark: str) -> None:
        """The program did something that makes its run depend on time or chance."""
        self._take(f"{UNTIMELY}{mark}\n")

    def _take(self, line: str) -> None:
        if line in self._taken:
            return
        data = line.encode("utf-8", "replace")
        if self._used + len(data) > len(self._page):
            return
        self._taken.add(line)
        self._page[self._used : self._used + len(data)] = data
        self._used += len(data)


def _plain(detail: object) -> str:
    text = os.fsdecode(detail) if isinstance(detail, bytes | os.PathLike) else str(detail)
    return "".join(c if c.isprintable() else " " for c in text[:DETAIL])


class Places:
    """Where a program may read and write, as text: made once, before any program."""

    def __init__(self, reach: Reach) -> None:
        self.readable = _Below((*reach.readable, *reach.devices, reach.scratch, *_HARMLESS))
        self.readable.exact.update(reach.listable)
        self.writable = _Below((*reach.devices, reach.scratch))


class _Hook:
    """The audit hook of one program, for what leaves its places and for a few telling calls."""

    def __init__(self, notes: Notes, places: Places) -> None:
        self._notes = notes
        self._places = places
        self._table: dict[str, Callable[[tuple[Any, ...]], None]] = {
            "open": self._opened,
            "os.listdir": self._listed,
            "os.scandir": self._listed,
            "socket.__new__": self._socket,
        }

    def __call__(self, event: str, arguments: tuple[Any, ...]) -> None:
        """Called by the interpreter for every audit event; never raises."""
        if event not in _NOTED:
            return
        try:
            note = self._table.get(event)
            if note is not None:
                note(arguments)
            elif event in _CHANGES:
                self._changed(arguments)
            else:
                self._named(_NAMED[event], arguments)
        except Exception:  # noqa: BLE001 - a note must never change what the program does
            return

    def _opened(self, arguments: tuple[Any, ...]) -> None:
        path, mode, flags = arguments
        if isinstance(path, int):
            return
        writes = bool(flags & _WRITING) if mode is None else bool(set(mode) & set("wax+"))
        if writes:
            self._changed((path,))
        else:
            self._listed((path,))

    def _listed(self, arguments: tuple[Any, ...]) -> None:
        path = arguments[0]
        if path is not None and not isinstance(path, int) and path not in self._places.readable:
            self._notes.attempt("read a file outside", path)

    def _changed(self, arguments: tuple[Any, ...]) -> None:
        for path in arguments:
            if isinstance(path, str | bytes | os.PathLike) and path not in self._places.writable:
                self._notes.attempt("change a file outside", path)
                return

    def _socket(self, arguments: tuple[Any, ...]) -> None:
        if arguments[1] in _INTERNET:
            self._notes.attempt("use the network", "socket")

    def _named(self, what: str, arguments: tuple[Any, ...]) -> None:
        shown = [a for a in arguments if isinstance(a, str | bytes | int | list | tuple)]
        self._notes.attempt(what, " ".join(_plain(a) for a in shown))


_SPECIAL = (
    "open",
    "os.listdir",
    "os.scandir",
    "socket.__new__",
)
_CHANGES = (
    "os.remove",
    "os.rename",
    "os.link",
    "os.symlink",
    "os.mkdir",
    "os.rmdir",
    "os.chmod",
    "os.chown",
    "os.truncate",
    "os.utime",
    "os.setxattr",
)
_NAMED = {
    "socket.connect": "use the network",
    "socket.bind": "use the network",
    "socket.getaddrinfo": "use the network",
    "socket.gethostbyname": "use the network",
    "socket.sendto": "use the network",
    "subprocess.Popen": "start a process",
    "os.system": "start a process",
    "os.exec": "start a process",
    "os.posix_spawn": "start a process",
    "os.spawn": "start a process",
    "os.fork": "start a process",
    "os.forkpty": "start a process",
    "pty.spawn": "start a process",
    "os.kill": "signal a process",
    "os.killpg": "signal a process",
    "ctypes.dlopen": "call native code",
    "ctypes.dlsym": "call native code",
    "gc.get_objects": "search the interpreter's objects",
    "gc.get_referrers": "search the interpreter's objects",
    "sys.addaudithook": "watch its own audit events",
    "resource.setrlimit": "change its limits",
}
_NOTED = frozenset({*_SPECIAL, *_CHANGES, *_NAMED})


def watch(notes: Notes, places: Places) -> None:
    """Take notes from now on, in this process, for good."""
    # Not every Python audits the start of a thread, so the ways to start one are wrapped.
    for module, name in _WAYS_TO_START:
        original = getattr(module, name, None)
        if original is not None:
            setattr(module, name, _noting(original, notes))
    sys.addaudithook(_Hook(notes, places))


def _noting(start: Callable[..., Any], notes: Notes) -> Callable[..., Any]:
    def starting(*arguments: Any, **named: Any) -> Any:
        notes.untimely("threads")
        return start(*arguments, **named)

    return starting


_WAYS_TO_START = (
    (threading, "_start_new_thread"),
    (threading, "_start_joinable_thread"),
    (_thread, "start_new_thread"),
    (_thread, "start_new"),
    (_thread, "start_joinable_thread"),
)


class _Below:
    """Files and folders; `in` asks whether a path is one of them or below one."""

    def __init__(self, places: Sequence[str]) -> None:
        self.exact = set(places)
        self._folders = tuple(f"{place}/" for place in places)

    def __contains__(self, path: str | bytes | os.PathLike[Any]) -> bool:
        full = os.path.abspath(os.fsdecode(path))  # noqa: PTH100 - must not touch the files
        return full in self.exact or full.startswith(self._folders)
