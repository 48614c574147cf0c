"""Runs generated programs where they can do no harm: solutions and improvers, in sandboxes.

The way in is `Pool`. What runs inside a sandbox is the package `inside`.
"""

from typing import TYPE_CHECKING

from stop_tui.sandbox.results import (
    Answer,
    Attempt,
    Call,
    ImproverRun,
    PromptRequest,
    Refusal,
    Reply,
    Request,
    SolutionRun,
    UsesRequest,
    UtilityRequest,
)

if TYPE_CHECKING:
    from stop_tui.sandbox.pool import Pool

__all__ = [
    "Answer",
    "Attempt",
    "Call",
    "ImproverRun",
    "Pool",
    "PromptRequest",
    "Refusal",
    "Reply",
    "Request",
    "SolutionRun",
    "UsesRequest",
    "UtilityRequest",
]


def __getattr__(name: str) -> object:
    """Loads the pool when it is first asked for: the scoring process needs only the wire."""
    if name == "Pool":
        from stop_tui.sandbox.pool import Pool

        return Pool
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
