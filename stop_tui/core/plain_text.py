"""Hostile text made inert for a terminal, a commit message or a table.

What a model, a program or a task wrote may carry escape sequences, text that runs backwards, or
characters of no width. Nothing is hidden: each such character is replaced by a visible one, so
that a reviewer sees that something was there. This module does not know about markup; whoever
draws must switch that off as well.
"""

import re

REPLACEMENT = "\N{REPLACEMENT CHARACTER}"
TAB_WIDTH = 4

_CONTROL_PICTURES = {code: chr(0x2400 + code) for code in range(0x20)} | {0x7F: "\u2421"}

# Written as ranges, because asking unicodedata about every code point costs 150 ms at import.
_INVISIBLE = re.compile(
    "["
    "\x80-\x9f"  # C1 controls
    "\xad\u0600-\u0605\u061c\u06dd\u070f\u0890-\u0891\u08e2\u180e\u200b-\u200f\u202a-\u202e"
    "\u2060-\u206f\ufeff\ufff9-\ufffb\U000110bd\U000110cd\U00013430-\U0001343f"
    "\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff"  # format characters
    "\u2028\u2029"  # separators that some programs take for line ends
    "\u115f\u1160\u3164\uffa0"  # letters that are drawn as nothing
    "\ud800-\udfff"  # lone surrogates, which no terminal can be sent
    "\ufdd0-\ufdef\ufffe\uffff"
    "]"
)


def plain(text: str, *, newlines: bool = True, limit: int | None = None) -> str:
    """`text` with every character that could act on a terminal replaced by a visible one.

    C0 controls and DEL become their control pictures; C1 controls, bidirectional and other format
    characters, invisible letters and lone surrogates become U+FFFD. Tabs become spaces up to the
    next multiple of four; CRLF counts as a line end. Without `newlines`, line ends become pictures
    as well. The result has at most `limit` characters and ends in an ellipsis where it was cut.
    """
    if limit is not None:
        # Only CRLF makes text shorter, so this is enough to fill `limit`, whatever the text.
        text = text[: 2 * limit + 2]
    if text.isascii() and text.isprintable():
        return _cut(text, limit)  # nearly all text: a listing of thousands must be quick
    text = text.replace("\r\n", "\n")
    if "\t" in text:
        text = text.expandtabs(TAB_WIDTH)
    pictures = _CONTROL_PICTURES
    if newlines:
        pictures = {code: picture for code, picture in pictures.items() if code != 0x0A}
    return _cut(_INVISIBLE.sub(REPLACEMENT, text.translate(pictures)), limit)


def one_line(text: str, limit: int | None = None) -> str:
    """`text` as one plain line: every run of white space is one space, none at the ends."""
    if limit is not None:
        # White space may shrink to nothing; hostile text of megabytes must not cost seconds.
        text = text[: 20 * limit + 20]
    return _cut(plain(" ".join(text.split()), newlines=False), limit)


def _cut(text: str, limit: int | None) -> str:
    if limit is None or len(text) <= limit:
        return text
    return text[: max(limit - 1, 0)] + "…"[:limit]
