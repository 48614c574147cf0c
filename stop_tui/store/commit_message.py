"""The message of a version: a subject with its scores, the model's idea, the trailers.

The idea is hostile text. It is made plain, wrapped and bounded, and no line of it can be taken for
a trailer, a comment, a divider or the start of a patch, by git or by someone who searches the log.
"""

import re
import textwrap
from typing import NamedTuple

from stop_tui.core.plain_text import one_line, plain
from stop_tui.store.trailers import (
    LIKE_A_TRAILER,
    Score,
    Trailers,
    parse_trailers,
    render_trailers,
)

WIDTH = 72
IDEA_LIMIT = 2000
"""How many characters of an idea a message holds, its line ends included."""

_QUOTE = "| "
# What `git interpret-trailers`, `git am` or an editor's clean-up would give a meaning of its own.
_MEANS_SOMETHING = re.compile(r"---|#|;|diff |Index:|>?From |\(cherry picked from commit ")


class Message(NamedTuple):
    """The parts of a version's message."""

    subject: str
    idea: str
    trailers: Trailers


def render_message(trailers: Trailers, idea: str = "", title: str | None = None) -> str:
    """The commit message of a version, ended by a newline.

    `title` is what the subject calls the version; by default its strategies.
    """
    idea = clean_idea(idea)
    parts = [_subject(trailers, title), *([idea] if idea else []), render_trailers(trailers)]
    return "\n\n".join(parts)


def parse_message(message: str) -> Message:
    """The parts of `message`; raises ValueError when it is not that of a version."""
    above, _, block = message.rstrip("\n").rpartition("\n\n")
    subject, _, idea = above.partition("\n\n")
    return Message(subject, idea, parse_trailers(block))


def clean_idea(text: str) -> str:
    """`text` as paragraphs of lines of at most 72 characters, at most 2,000 characters in all.

    Applied to its own result it changes nothing.
    """
    lines: list[str] = []
    for line in plain(text, limit=2 * IDEA_LIMIT).split("\n"):
        for piece in _wrapped(line.rstrip()):
            if piece or (lines and lines[-1]):  # one blank line between paragraphs, none before
                lines.append(piece)
    return _bounded(lines)


def _wrapped(line: str) -> list[str]:
    if len(line) > WIDTH:
        # Narrower than WIDTH by the mark of a quoted line, so that wrapping again changes nothing.
        width = WIDTH - len(_QUOTE)
        pieces = textwrap.wrap(line, width, break_on_hyphens=False, replace_whitespace=False)
    else:
        pieces = [line]
    return [_quoted(piece.rstrip()) for piece in pieces]


def _quoted(line: str) -> str:
    if _MEANS_SOMETHING.match(line.lstrip()) or LIKE_A_TRAILER.match(line):
        return (_QUOTE + line.lstrip())[:WIDTH]
    return line


def _bounded(lines: list[str]) -> str:
    while lines and not lines[-1]:
        lines.pop()
    text = "\n".join(lines)
    if len(text) <= IDEA_LIMIT:
        return text
    whole = text[: IDEA_LIMIT - len("\n…")].rpartition("\n")[0]
    return whole.rstrip("\n") + "\n…"


def _subject(trailers: Trailers, title: str | None) -> str:
    head = f"I{trailers.iteration}: "
    figures = ""
    if trailers.meta_utility is not None:
        figures = f", {_short(trailers.meta_utility)}"
        if trailers.meta_utility_incumbent is not None:
            figures += f" (incumbent {trailers.meta_utility_incumbent.mean:.3f})"
    words = title or ", ".join(trailers.strategy) or "improver"
    return head + one_line(words, max(WIDTH - len(head) - len(figures), 12)) + figures


def _short(score: Score) -> str:
    if score.standard_error is None:
        return f"{score.mean:.3f}"
    return f"{score.mean:.3f} ± {score.standard_error:.3f}"
