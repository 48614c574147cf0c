"""What a run is to do and may spend, as its first event records it.

Values with defaults and no rules: what cannot be meant is found in `engine/checks.py`.
"""

from typing import Literal

import msgspec

Gate = Literal["human", "policy", "auto", "all"]


class Budget(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What one program may spend: calls of the model, responses a call, calls of the utility."""

    lm_calls: int = 4
    responses_per_call: int = 6
    utility_calls: int = 25


class Limits(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What the whole run may spend; None is no limit. `seconds` is wall time while it runs."""

    lm_calls: int | None = None
    tokens: int | None = None
    usd: float | None = None
    seconds: float | None = None


class Settings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Everything that decides how a run goes; recorded once, at its start."""

    name: str
    tasks: tuple[str, ...] = ("lpn",)
    iterations: int = 6
    repeats: int = 5
    model: str = "offline"
    gate: Gate = "auto"
    execute_gate: bool = False
    seed: int = 0
    start: str = "seed"
    budget: Budget = Budget()
    limits: Limits = Limits()
    concurrency: int = 8
    unsafe_no_isolation: bool = False
