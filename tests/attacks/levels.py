"""Takes layers of isolation away, as machines do that lack them."""

import contextlib
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from unittest import mock

from stop_tui.core.errors import IsolationError
from stop_tui.core.verdicts import Isolation
from stop_tui.sandbox import launch
from tests.attacks.catalogue import Attack

LEVELS: dict[str, Isolation] = {
    "full": Isolation.FULL,
    "degraded": Isolation.DEGRADED,
    "none": Isolation.NONE,
}

_AIMED = ("reading", "network", "handles", "searching")
_AIMED_AT_BAIT = frozenset(
    {
        "overwrite_a_file",
        "remove_a_file",
        "change_the_mode",
        "change_a_file_of_another_program",
        "signal_a_process",
        "kill_a_process",
        "trace_a_process",
        "write_the_memory_of_a_process",
        "change_the_limits_of_a_process",
        "fork",
        "run_a_shell",
        "become_another_program",
        "open_many_files",
        "loop",
        "fill_the_disk",
        "send_garbage",
    }
)
"""Without isolation only what is aimed at bait alone is run: the rest would harm this machine."""

_INSIDE = Path(launch.__file__).parent / "inside"
_UNLOCKED = (
    "importlib.import_module('inside.lockdown').sys = type(sys)('elsewhere'); "
    "importlib.import_module('inside.lockdown').sys.platform = 'other'; "
)
_UNFILTERED = "importlib.import_module('inside.seccomp').ARCHITECTURES = {}; "


def may_run(attack: Attack, level: str) -> bool:
    """Whether `attack` does this machine no harm at `level`, even if it succeeds."""
    return level != "none" or attack.kind in _AIMED or attack.name in _AIMED_AT_BAIT


@contextlib.contextmanager
def at(level: str) -> Iterator[None]:
    """Sandboxes that start in the block are of this level: full as they are, degraded without
    sandlock, none without sandlock and lock-down; or "unfiltered", without the table of system
    calls, as on an architecture that has none."""
    with contextlib.ExitStack() as stack:
        if level in ("degraded", "none"):
            stack.enter_context(mock.patch.object(launch, "sandlocked", _refused))
        if level in ("unfiltered", "none"):
            command = _started_after(_UNFILTERED if level == "unfiltered" else _UNLOCKED)
            stack.enter_context(mock.patch.object(launch, "_command", lambda: command))
        yield


def _started_after(change: str) -> list[str]:
    """The command of a zygote that is changed before it locks anything."""
    start = f"""
import importlib, sys
sys.argv = ["", {str(_INSIDE / "__init__.py")!r}]
source = open({str(_INSIDE / "__main__.py")!r}).read()
source = source.replace("zygote.become(", {change!r} "zygote.become(")
exec(compile(source, "start", "exec"), {{"__name__": "__main__"}})
"""
    return [sys.executable, "-S", "-s", "-P", "-B", "-c", start]


def _refused(scratch: Path, readable: Sequence[str]) -> launch.Process:
    raise IsolationError("sandlock cannot be used here: no user namespaces")
