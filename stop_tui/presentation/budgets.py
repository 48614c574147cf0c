"""What a program may spend, and what pauses a run, in words."""

from stop_tui.core.events import Limits, Settings
from stop_tui.presentation.figures import counted


def budget_words(settings: Settings) -> str:
    """What one program may spend."""
    budget = settings.budget
    return (
        f"{counted(budget.lm_calls, 'LM call')} of {counted(budget.responses_per_call, 'response')}"
        f", {counted(budget.utility_calls, 'utility call')} a program"
    )


def limit_words(limits: Limits) -> str:
    """What pauses the run."""
    parts = [
        f"{limits.lm_calls:,} LM calls" if limits.lm_calls is not None else "",
        f"{limits.tokens:,} tokens" if limits.tokens is not None else "",
        f"${limits.usd:.2f}" if limits.usd is not None else "",
        f"{limits.seconds:,g} s" if limits.seconds is not None else "",
    ]
    return ", ".join(part for part in parts if part) or "none"
