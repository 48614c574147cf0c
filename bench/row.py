"""One measured figure beside its bound."""

import statistics
import subprocess
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Row:
    """`measured` is to be at most `bound`, or at least where `at_least` is set."""

    name: str
    measured: float
    bound: float
    unit: str
    detail: str = ""
    at_least: bool = False

    @property
    def held(self) -> bool:
        """Whether the bound holds."""
        if self.at_least:
            return self.measured >= self.bound
        return self.measured <= self.bound


def median_seconds(action: Callable[[], object], times: int) -> float:
    """Median wall time of `times` calls, after one that is not counted."""
    action()
    taken = []
    for _ in range(times):
        begun = time.perf_counter()
        action()
        taken.append(time.perf_counter() - begun)
    return statistics.median(taken)


def median_command(command: Sequence[str], times: int = 15, cwd: str | None = None) -> float:
    """Median wall time of a command."""
    return median_seconds(
        lambda: subprocess.run(command, cwd=cwd, check=True, stdout=subprocess.DEVNULL), times
    )
