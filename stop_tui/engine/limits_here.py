"""What the machine allows this program, looked at before a run starts: too little of it would end
the run somewhere in its middle, or give programs other verdicts than they have elsewhere.
"""

import resource
from typing import NamedTuple

from stop_tui.core.shortage import Shortage


class _Need(NamedTuple):
    """How a limit is set in a shell, what it limits, the least that will do, and its unit."""

    option: str
    what: str
    least: int
    unit: int = 1


_OPEN_FILES = 4096
"""Taken if it may be had: every sandbox needs a dozen, and as many as this may run at once."""

_NEEDS = {
    resource.RLIMIT_NOFILE: _Need("-n", "open files", 256),
    resource.RLIMIT_NPROC: _Need("-u", "processes and threads", 64),
    # A program may have 1 GiB, and the scoring process some hundred MiB of its own.
    resource.RLIMIT_AS: _Need("-v", "KiB of memory", 2 << 30, 1 << 10),
}


def take_what_is_needed() -> None:
    """Raise this process's own limit of open files as far as is wanted and allowed.

    Raises Shortage when a limit is too low for any run.
    """
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if not _at_least(soft, _OPEN_FILES):
        most = _OPEN_FILES if _at_least(hard, _OPEN_FILES) else hard
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))
    for kind, need in _NEEDS.items():
        given, _ = resource.getrlimit(kind)
        if not _at_least(given, need.least):
            least = need.least // need.unit
            raise Shortage(
                f"This program may have {given // need.unit:,} {need.what}; a run needs {least:,} "
                "at least. Nothing was started.",
                hint=f"Raise the limit in this shell: `ulimit {need.option} {least}`, or more.",
            )


def _at_least(limit: int, number: int) -> bool:
    return limit == resource.RLIM_INFINITY or limit >= number
