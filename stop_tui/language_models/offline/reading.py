"""Reads a prompt: which task it is about, which programs it shows, what it asks for and offers.

It knows wordings, not tasks' code: a task is recognised by words that its utility's text or its
programs use. Nothing here chooses a response.
"""

import re
from typing import Literal

import msgspec

from stop_tui.language_models.offline.library import IMPROVER, SHELVES
from stop_tui.language_models.offline.recognition import look

READS_AT_MOST = 400_000
"""How many characters of a message are read, half from either end: some 100,000 tokens."""

Wanted = Literal["program", "list", "remark", "json"]

_TITLES: dict[str, re.Pattern[str]] = {
    # First, since a prompt for an improver may well describe its downstream tasks.
    IMPROVER: re.compile(r"\bimprove_algorithm\b"),
    "lpn": re.compile(r"\bparity with noise\b", re.I),
    "parity": re.compile(r"\bparity without noise\b", re.I),
    "string_grid_distance": re.compile(r"\bgrid[ _]distance\b", re.I),
    "mqap": re.compile(r"\bquadratic assignment\b", re.I),
    "three_sat": re.compile(r"\b3-?sat\b", re.I),
    "maxcut": re.compile(r"\bmax(?:imum)?[ -]?cut\b", re.I),
}
"""What names a task beyond doubt. The first that matches counts."""

_WORDS: dict[str, tuple[str, ...]] = {
    "lpn": ("parity", "samples"),
    "string_grid_distance": ("t: str", "dist: int"),
    "mqap": ("assignment", "f, d, p"),
    "three_sat": ("formula", "clause"),
    "maxcut": ("adjacency", "cut"),
}
"""Words that together point to a task, where a utility's text does not name it."""

_CLOSING = 600
"""How much of a prompt's end is searched for the form of the answer that it wants."""

# A quotation mark after it means a line of some improver's source, not of the prompt itself.
_NO_CODE = re.compile(
    r"(?:\bno|\bwithout(?: any)?|(?:not|n't) (?:write|give|include)(?: any)?) code"
    r"(?=\s*(?:[.,;:!)]|$))(?![^\n]*[\"'])",
    re.I,
)
_JSON = re.compile(r"\bjson\b", re.I)
_LISTING = re.compile(r"\b(?:numbered|bulleted|list of|line each)\b", re.I)

_SCORE = re.compile(
    r"(?:scor|fitness|utility|achiev|measur|average|record)[^\n]{0,60}?\b[01]\.\d{3}", re.I
)
_ERROR = re.compile(r"\b\w{1,40}Error: \w|\bTraceback\b|\bProblem: \w|\bfails to load\b")
_ATTEMPT = re.compile(r"^[ \t]*[-*] [^\n]*\d\.\d\d|\b[01]\.\d{3} -> [01]\.\d{3}", re.M)
_IDEA = re.compile(
    r"\b(?:propose an|describe (?:one|your|the)|explain your|state (?:your|the|an)|name your"
    r"|give your|implement this) (?:idea|thought|improvement)|\bidea[^\n.]{0,30} first\b"
    r"|\bthink step by step\b"
    r"|\bPLAN:|\bidea: \w|\breviewer wrote\b|\bfirst (?:list|name|propose|describe|explain)\b",
    re.I,
)


class Helps(msgspec.Struct, frozen=True):
    """What a prompt carries that helps a language model to write a better program."""

    scores: bool = False
    errors: bool = False
    attempts: bool = False
    ideas: bool = False


class Reading(msgspec.Struct, frozen=True):
    """What a prompt says. `task` is a shelf or None; `shown` names recorded programs it shows."""

    task: str | None
    shown: tuple[str, ...]
    wanted: Wanted
    helps: Helps


def read(expertise: str, message: str) -> Reading:
    """The reading of a prompt: `expertise` is its system role, `message` its text."""
    if len(message) > READS_AT_MOST:
        half = READS_AT_MOST // 2
        message = message[:half] + "\n" + message[-half:]
    task = _task(message)
    if task is None:
        return Reading(task=None, shown=(), wanted=_wanted(expertise, message), helps=Helps())
    sighting = look(task, message)
    prose = "\n".join(sighting.others)
    return Reading(
        task=task,
        shown=sighting.names,
        wanted=_wanted(expertise, message),
        helps=Helps(
            scores=bool(_SCORE.search(prose)),
            errors=bool(_ERROR.search(prose)),
            attempts=len(sighting.names) > 1 or bool(_ATTEMPT.search(prose)),
            ideas=bool(_IDEA.search(prose)),
        ),
    )


def _task(message: str) -> str | None:
    for task, title in _TITLES.items():
        if title.search(message):
            return task
    shown = {task: len(look(task, message).names) for task in SHELVES}
    best = max(SHELVES, key=shown.__getitem__)
    if shown[best]:
        return best
    text = message.lower()
    for task, words in _WORDS.items():
        if all(word in text for word in words):
            return task
    return None


def _wanted(expertise: str, message: str) -> Wanted:
    closing = message[-_CLOSING:]
    if not (_NO_CODE.search(closing) or _NO_CODE.search(expertise[-_CLOSING:])):
        return "program"
    if _JSON.search(closing):
        return "json"
    return "list" if _LISTING.search(closing) else "remark"
