"""Runs generated programs where they can do no harm: solutions and improvers, in sandboxes.

The way in is `Pool`. What runs inside a sandbox is the package `inside`.
"""

from stop_tui.sandbox.pool import Pool
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
