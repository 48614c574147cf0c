"""Answers without code: ideas, plans, reviews and lessons, taken from the recorded ideas.

An answer of this kind names what the drawn responses are about; it never contains a program.
"""

import json
import re
from collections.abc import Sequence

from stop_tui.language_models.offline.library import Recorded
from stop_tui.language_models.offline.reading import Wanted

ITEMS = 3
"""How many ideas a list has: what all recorded improvers ask for or can do with."""

_MARKUP = re.compile(r"^\s*(?:#+|[-*]|\d+[.)]|\|)\s*|\*+|`", re.M)
_HEADING = re.compile(r"^\s*#+[^\n]*$", re.M)
_SENTENCE = re.compile(r"(?<=[.!?])\s+(?=[A-Z0-9])")
_LONGEST = 300

GENERIC = (
    "Write down what decides the score, and compute that quantity directly instead of guessing.",
    "Search the space of possible answers, and keep the best one that the data support.",
    "Check the result before returning it, and repair it where it is inconsistent.",
)
"""Ideas for a task that has no recorded responses."""


def ideas_of(responses: Sequence[Recorded]) -> tuple[str, ...]:
    """Two sentences on the idea of each response, without markup and on one line."""
    return tuple(_summary(response.idea) for response in responses)


def write(wanted: Wanted, ideas: Sequence[str]) -> str:
    """An answer of the wanted kind (any but ``program``) made of at least one idea."""
    if wanted == "json":
        return json.dumps(list(ideas))
    if wanted == "list":
        return "\n".join(f"{i}. {idea}" for i, idea in enumerate(ideas, 1))
    return f"The method shown is not the best one for this score. {ideas[0]}"


def _summary(idea: str) -> str:
    text = " ".join(_MARKUP.sub("", _HEADING.sub("", idea)).split())
    summary = ""
    for sentence in _SENTENCE.split(text)[:2]:
        if summary and len(summary) + len(sentence) > _LONGEST:
            break
        summary = f"{summary} {sentence}".strip()
    return summary[:_LONGEST]
