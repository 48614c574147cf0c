"""How the run of a generated program ended, and how well it was isolated."""

from enum import StrEnum


class Verdict(StrEnum):
    """What the host and the zygote saw of one call of a generated program."""

    OK = "ok"
    ERROR = "error"
    TIMEOUT = "timeout"
    DIED = "died"
    TOO_LARGE = "too large"
    BAD_RESULT = "bad result"


class Isolation(StrEnum):
    """How well generated code is isolated, as found by trying real escapes at start."""

    FULL = "full"
    DEGRADED = "degraded"
    NONE = "none"
