"""Which words of a changed line differ. Pure; bounded for lines of any length."""

import re

from stop_tui.core.matching import Match, matches

Ranges = list[tuple[int, int]]

MARKED = 4000
"""Characters in a line that are compared word by word; the middle of a longer one differs whole."""

WORD_LENGTH = 100
"""A mark is widened to the ends of its word by so many characters at most."""

IN_COMMON = 0.25
"""Lines with a smaller share of common characters are not marked."""

WORD = re.compile(r"\w+|\s+|[^\w\s]")


def word_marks(old_line: str, new_line: str) -> tuple[Ranges, Ranges]:
    """The ranges of characters that differ, in the old and in the new line, by whole words.

    Lines with little in common have no marks: there all of it differs, which needs no telling.
    """
    start = _common_prefix(old_line, new_line)
    end = _common_prefix(old_line[start:][::-1], new_line[start:][::-1])
    # Back to the ends of words, so that one changed letter marks its word.
    start = _word_start(old_line, new_line, start)
    end = _word_end(old_line, new_line, end)
    old_middle = old_line[start : len(old_line) - end]
    new_middle = new_line[start : len(new_line) - end]
    if not old_middle and not new_middle:
        return [], []
    if len(old_middle) > MARKED or len(new_middle) > MARKED:
        return _one(start, old_middle), _one(start, new_middle)
    old_words, new_words = WORD.findall(old_middle), WORD.findall(new_middle)
    found = _without_bridges(old_words, matches(old_words, new_words))
    longer = max(len(old_line.strip()), len(new_line.strip()), 1)
    common = sum(len("".join(old_words[m.old : m.old + m.size]).strip()) for m in found)
    common += len(old_line[:start].strip()) + len(old_line[len(old_line) - end :].strip())
    if common < longer * IN_COMMON:
        return [], []
    old_marks = _unmatched(old_words, start, [(m.old, m.size) for m in found])
    new_marks = _unmatched(new_words, start, [(m.new, m.size) for m in found])
    return old_marks, new_marks


def _common_prefix(a: str, b: str) -> int:
    """How many characters `a` and `b` begin with in common, by halving: lines may be megabytes."""
    low, high = 0, min(len(a), len(b))
    while low < high:
        middle = (low + high + 1) // 2
        if a[low:middle] == b[low:middle]:
            low = middle
        else:
            high = middle - 1
    return low


def _word_start(old: str, new: str, at: int) -> int:
    """`at`, or the beginning of the word that it cuts in either line."""
    if not any(_is_word(line[at - 1 : at]) and _is_word(line[at : at + 1]) for line in (old, new)):
        return at
    first = max(0, at - WORD_LENGTH)
    while at > first and _is_word(old[at - 1]):
        at -= 1
    return at


def _word_end(old: str, new: str, size: int) -> int:
    """`size` of the common end, or less, so that it cuts no word in either line."""
    cuts = (len(old) - size, len(new) - size)
    if not any(
        at > 0 and _is_word(line[at - 1]) and _is_word(line[at : at + 1])
        for line, at in zip((old, new), cuts, strict=True)
    ):
        return size
    least = max(0, size - WORD_LENGTH)
    while size > least and _is_word(old[len(old) - size]):
        size -= 1
    return size


def _is_word(character: str) -> bool:
    return character.isalnum() or character == "_"


def _without_bridges(words: list[str], found: list[Match]) -> list[Match]:
    """Leave out lone blanks between marks: a mark with holes of one space is hard to read."""
    return [
        match
        for match in found
        if match.size > 1 or not words[match.old].isspace() or match.old in (0, len(words) - 1)
    ]


def _unmatched(words: list[str], start: int, matched: list[tuple[int, int]]) -> Ranges:
    """The ranges of characters of `words` that no match covers."""
    offsets = [start]
    for word in words:
        offsets.append(offsets[-1] + len(word))
    ranges: Ranges = []
    at = 0
    for first, size in [*matched, (len(words), 0)]:
        if first > at:
            ranges.append((offsets[at], offsets[first]))
        at = first + size
    return ranges


def _one(start: int, text: str) -> Ranges:
    return [(start, start + len(text))] if text else []
