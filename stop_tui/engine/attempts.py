"""What generated programs attempted, as events; their words are hostile and bounded."""

from collections.abc import Sequence

from stop_tui.core.events import SandboxEvent
from stop_tui.core.plain_text import one_line
from stop_tui.sandbox import Attempt

LONGEST_REASON = 500
"""Characters of what a program said that an event keeps."""


def sandbox_events(
    program: str, source: str, attempts: Sequence[Attempt]
) -> tuple[SandboxEvent, ...]:
    """What a program run attempted, as events."""
    return tuple(
        SandboxEvent(
            program=program,
            source=source,
            trust=attempt.trust,
            what=one_line(attempt.what, LONGEST_REASON),
            detail=one_line(attempt.detail, LONGEST_REASON),
        )
        for attempt in attempts
    )
