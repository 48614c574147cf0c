"""Values that events hold: what was found in a source, what an instance scored, an estimate."""

import msgspec

from stop_tui.core.verdicts import Verdict


class Finding(msgspec.Struct, frozen=True):
    """A strategy or a warning found in a source, with the 1-based lines it rests on."""

    label: str
    lines: tuple[int, ...]
    detail: str = ""


class InstanceScore(msgspec.Struct, frozen=True):
    """One instance of a task: score in [0, 1], how the call ended, CPU seconds, error if any."""

    score: float
    verdict: Verdict
    cpu_seconds: float
    error: str | None = None


class Suspicion(msgspec.Struct, frozen=True):
    """Why a score deserves a second look: `what` in a few words, `evidence` in figures or in what
    is written there, and the 1-based `lines` of the solution that it rests on, if it does."""

    what: str
    evidence: str
    lines: tuple[int, ...] = ()


class Estimate(msgspec.Struct, frozen=True):
    """A mean with its standard error and 95 % interval; these are None for a single value."""

    mean: float
    standard_error: float | None
    low: float | None
    high: float | None
    n: int
