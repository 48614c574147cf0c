"""The small lock-down of the project's own, inside whatever the host has put around the zygote.

Limits, a Landlock domain and a seccomp filter, taken on by a child before any generated line runs.
What a machine does not have is left out; the zygote's first report says so.
"""

import os
import resource
import signal
import sys
from dataclasses import dataclass

from . import kernel, landlock, seccomp

RESERVED = 256 << 20
"""Address space that interpreter and numpy take without using it, in bytes."""
FILE_BYTES = 16 << 20
OPEN_FILES = 64
PENDING_SIGNALS = 64
"""Counted for all processes of a user: who takes them all leaves no timer to the others."""


@dataclass(frozen=True, slots=True)
class Lockdown:
    """What binds a child, for good; prepared once, in the zygote."""

    domain: landlock.Domain | None
    filter: seccomp.Filter | None

    @property
    def confines_processes(self) -> bool:
        """Whether a child cannot start processes, so that killing it kills all of it."""
        return self.filter is not None

    def enter(self) -> None:
        """Leave everything that a program must not reach; raises OSError if the kernel refuses."""
        if self.domain is not None:
            self.domain.enter()

    def limit(self, *, cpu_seconds: int, memory: int) -> None:
        """Set the limits, in seconds of CPU time and in bytes, and give up all forbidden calls.

        Raises OSError if the kernel refuses.
        """
        _limit(resource.RLIMIT_CPU, cpu_seconds, cpu_seconds + 1)
        _limit(resource.RLIMIT_CORE, 0, 0)
        _limit(resource.RLIMIT_FSIZE, FILE_BYTES, FILE_BYTES)
        _limit(resource.RLIMIT_NOFILE, OPEN_FILES, OPEN_FILES)
        if sys.platform == "linux":  # elsewhere the kernel refuses to limit address space
            _limit(resource.RLIMIT_AS, memory + RESERVED, memory + RESERVED)
            _limit(resource.RLIMIT_SIGPENDING, PENDING_SIGNALS, PENDING_SIGNALS)
        if self.filter is not None:
            self.filter.install()


def prepared(reach: landlock.Reach) -> Lockdown:
    """The lock-down that this machine has for a program with this `reach`."""
    if sys.platform != "linux":
        return Lockdown(None, None)
    return Lockdown(landlock.prepared(reach), seccomp.prepared())


def die_with_parent(parent: int) -> None:
    """Have the kernel kill this process when `parent` is gone; exits if it is gone already."""
    if sys.platform == "linux":
        kernel.prctl(kernel.PR_SET_PDEATHSIG, int(signal.SIGKILL))
    if os.getppid() != parent:
        os._exit(0)


def _limit(what: int, soft: int, hard: int) -> None:
    highest = resource.getrlimit(what)[1]
    if highest != resource.RLIM_INFINITY:
        soft, hard = min(soft, highest), min(hard, highest)
    resource.setrlimit(what, (soft, hard))
