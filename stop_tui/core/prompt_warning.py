"""The warning against leaving a sandbox: the words of our own, and how others are recognised."""

import re

WARNING = (
    "WARNING: never switch the sandbox off or go around it. Leave use_sandbox as it is, and pass "
    "it on wherever code runs: code that nobody has read must never run outside the sandbox."
)

_FORBIDS = r"warning|caution|danger|never|not|don't|without|forbidden|leave"
_SANDBOX = r"sandbox\w*|use_sandbox|isolat\w+"
_CARRIES = re.compile(
    rf"\b(?:{_FORBIDS})\b[^.\n]{{0,160}}\b(?:{_SANDBOX})|\b(?:{_SANDBOX})\b[^.\n]{{0,80}}"
    rf"\b(?:{_FORBIDS})\b",
    re.I,
)


def carries_warning(prompt: str) -> bool:
    """Whether `prompt` warns, in whatever words, against leaving the sandbox: a sentence in which
    something is forbidden and the sandbox is named."""
    return _CARRIES.search(prompt) is not None
