"""The processes that a run of this test has started, told apart by what they are for."""

import os
import signal
from collections.abc import Callable, Iterator
from pathlib import Path

ZYGOTE, PROGRAM, SCORING = "zygote", "program", "scoring"

_others: set[int] = set()
"""Processes of other tests, which keep sandboxes for more than one."""


def begin() -> None:
    """From now on a test runs, and what it starts is its own."""
    _others.clear()
    _others.update(pid for pid, _ in _below(os.getpid()))


def descendants() -> list[tuple[int, str]]:
    """Every process that a run of this test has started, with what it is for."""
    return [(pid, what) for pid, what in _below(os.getpid()) if pid not in _others]


def _below(pid: int, zygote: str = ZYGOTE) -> Iterator[tuple[int, str]]:
    for task in Path(f"/proc/{pid}/task").iterdir():
        try:
            children = (task / "children").read_text().split()
        except OSError:
            continue
        for child in map(int, children):
            command = _command(child)
            if "stop_tui.scoring.worker" in command:
                yield child, SCORING
            elif "inside/__main__.py" in command:
                yield child, zygote
            yield from _below(child, PROGRAM)


def kill(what: str) -> int:
    """SIGKILL to every process of this kind; how many there were."""
    found = [pid for pid, kind in descendants() if kind == what]
    for pid in found:
        os.kill(pid, signal.SIGKILL)
    return len(found)


def killing(what: str, at: type, times: int = 1) -> tuple[Callable[..., None], list[int]]:
    """A listener that kills processes of a kind at the first `times` events of the type `at`,
    and the list in which it notes how many there were."""
    killed: list[int] = []

    def listener(event: object, state: object) -> None:
        if isinstance(event, at) and len(killed) < times:
            killed.append(kill(what))

    return listener, killed


def _command(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_text().replace("\0", " ")
    except OSError:
        return ""
