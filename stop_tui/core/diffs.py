"""What differs between two sources: rows to be drawn side by side or unified, and a patch for git.

Pure, and quick whatever it is given. It compares text as it is; making that inert is for whoever
draws it.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from stop_tui.core.matching import Match, matches
from stop_tui.core.word_marks import WORD

Kind = Literal["same", "removed", "added", "changed", "gap"]

PAIRED = 144
"""Up to so many pairs of removed and added lines are compared to see which belong together."""

ALIKE = 0.4
"""From this share of common words on, an added line counts as the changed form of a removed one."""


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the side-by-side view, with 1-based line numbers.

    A gap stands for `hidden` equal lines on both sides, the first of which are `old` and `new`.
    """

    kind: Kind
    old: int | None
    new: int | None
    hidden: int = 0


@dataclass(frozen=True)
class Diff:
    """Two texts side by side. Lines are without their line feeds; `rows` may leave out equal ones.

    `hunks` has the index of the first row of every run of changed rows.
    """

    old_lines: list[str]
    new_lines: list[str]
    old_ends: bool
    new_ends: bool
    rows: list[Row]
    hunks: tuple[int, ...]
    added: int
    removed: int

    @property
    def equal(self) -> bool:
        """Whether the texts are the same, to the last line end."""
        return not self.added and not self.removed

    def unified(self) -> list[Row]:
        """The rows one below the other: what a run removes, then what it adds."""
        return unified(self.rows)

    def patch(self, old_name: str, new_name: str, context: int = 3) -> str:
        """A unified diff that ``git apply`` and ``patch`` take; empty when nothing differs.

        Needs every row, so make the diff with ``context=None``. The names may hold no line feed.
        """
        if self.equal:
            return ""
        parts = [f"--- {old_name}\n+++ {new_name}\n"]
        rows = unified(folded(self.rows, context))
        for start, end in _stretches(rows):
            parts.append(self._header(rows[start:end]))
            for row in rows[start:end]:
                parts.append(self._patch_line(row))
        return "".join(parts)

    def _header(self, rows: list[Row]) -> str:
        old = [row.old for row in rows if row.old is not None]
        new = [row.new for row in rows if row.new is not None]
        # A side without lines only occurs where the other text is empty: its position is 0.
        first_old, first_new = (old or [0])[0], (new or [0])[0]
        return f"@@ -{first_old},{len(old)} +{first_new},{len(new)} @@\n"

    def _patch_line(self, row: Row) -> str:
        if row.old is not None:
            text, last, ends = self.old_lines[row.old - 1], len(self.old_lines), self.old_ends
            line = f"{'-' if row.kind == 'removed' else ' '}{text}\n"
            missing = row.old == last and not ends
        else:
            assert row.new is not None, "a row has a line"
            text, last, ends = self.new_lines[row.new - 1], len(self.new_lines), self.new_ends
            line = f"+{text}\n"
            missing = row.new == last and not ends
        return line + ("\\ No newline at end of file\n" if missing else "")


def diff(old: str, new: str, context: int | None = 3) -> Diff:
    """What differs; `context` equal lines are kept around every change, all of them with None.

    Only a line feed ends a line. A last line without one differs from the same line with one, and
    so does a line that ends in CRLF from one that ends in LF.
    """
    old_lines, old_ends = _lines(old)
    new_lines, new_ends = _lines(new)
    rows = _rows(_keys(old_lines, old_ends), _keys(new_lines, new_ends))
    added = sum(row.kind in ("added", "changed") for row in rows)
    removed = sum(row.kind in ("removed", "changed") for row in rows)
    shown = rows if context is None else folded(rows, context)
    return Diff(old_lines, new_lines, old_ends, new_ends, shown, hunk_starts(shown), added, removed)


def hunk_starts(rows: Sequence[Row]) -> tuple[int, ...]:
    """The index of the first row of every run of changed rows."""
    quiet = ("same", "gap")
    return tuple(
        index
        for index, row in enumerate(rows)
        if row.kind not in quiet and (index == 0 or rows[index - 1].kind in quiet)
    )


def unified(rows: Sequence[Row]) -> list[Row]:
    """`rows` one below the other: what a run removes, then what it adds."""
    result: list[Row] = []
    removed: list[Row] = []
    added: list[Row] = []
    for row in rows:
        if row.kind in ("same", "gap"):
            result += removed + added
            removed, added = [], []
            result.append(row)
            continue
        if row.old is not None:
            removed.append(Row("removed", row.old, None))
        if row.new is not None:
            added.append(Row("added", None, row.new))
    return result + removed + added


def folded(rows: Sequence[Row], context: int) -> list[Row]:
    """`rows` with the equal ones farther than `context` from a change put into gaps.

    A gap hides at least two rows, because it takes one itself.
    """
    near = bytearray(len(rows))
    for index, row in enumerate(rows):
        if row.kind != "same":
            near[max(0, index - context) : index + context + 1] = b"\1" * (
                min(len(rows), index + context + 1) - max(0, index - context)
            )
    result: list[Row] = []
    index = 0
    while index < len(rows):
        if near[index]:
            result.append(rows[index])
            index += 1
            continue
        end = near.find(1, index)
        end = len(rows) if end < 0 else end
        first = rows[index]
        if end - index == 1:
            result.append(first)
        else:
            result.append(Row("gap", first.old, first.new, end - index))
        index = end
    return result


def _lines(text: str) -> tuple[list[str], bool]:
    """The lines, and whether the last one has its line end."""
    if not text:
        return [], True
    lines = text.split("\n")
    if lines[-1] == "":
        return lines[:-1], True
    return lines, False


def _keys(lines: list[str], ends: bool) -> list[str]:
    """What is compared: a last line without a line end equals no line that has one."""
    return lines if ends else [*lines[:-1], lines[-1] + "\n"]


def _rows(old: list[str], new: list[str]) -> list[Row]:
    rows: list[Row] = []
    old_at = new_at = 0
    for match in [*matches(old, new), Match(len(old), len(new), 0)]:
        rows += _changed(old, new, old_at, match.old, new_at, match.new)
        rows += [
            Row("same", match.old + step + 1, match.new + step + 1) for step in range(match.size)
        ]
        old_at, new_at = match.old + match.size, match.new + match.size
    return rows


def _changed(
    old: list[str], new: list[str], old_at: int, old_end: int, new_at: int, new_end: int
) -> Iterator[Row]:
    """A run of removed and added lines, those that belong together side by side."""
    pairs: list[tuple[int, int]] = []
    if 1 < (old_end - old_at) * (new_end - new_at) <= PAIRED:
        pairs = [
            (old_at + i, new_at + j) for i, j in _alike(old[old_at:old_end], new[new_at:new_end])
        ]
    for pair_old, pair_new in [*pairs, (old_end, new_end)]:
        while old_at < pair_old and new_at < pair_new:
            yield Row("changed", old_at + 1, new_at + 1)
            old_at, new_at = old_at + 1, new_at + 1
        for line in range(old_at, pair_old):
            yield Row("removed", line + 1, None)
        for line in range(new_at, pair_new):
            yield Row("added", None, line + 1)
        if pair_old < old_end and pair_new < new_end:
            yield Row("changed", pair_old + 1, pair_new + 1)
        old_at, new_at = pair_old + 1, pair_new + 1


def _alike(old: list[str], new: list[str]) -> list[tuple[int, int]]:
    """The pairs, in order, whose words have most in common together."""
    old_words = [frozenset(WORD.findall(line[:200])) for line in old]
    new_words = [frozenset(WORD.findall(line[:200])) for line in new]
    # best[i][j]: what the lines from i and j on can have in common at most.
    best = [[0.0] * (len(new) + 1) for _ in range(len(old) + 1)]
    likeness = [[_likeness(a, b) for b in new_words] for a in old_words]
    for i in reversed(range(len(old))):
        for j in reversed(range(len(new))):
            paired = likeness[i][j] + best[i + 1][j + 1] if likeness[i][j] else 0.0
            best[i][j] = max(best[i + 1][j], best[i][j + 1], paired)
    pairs: list[tuple[int, int]] = []
    i = j = 0
    while i < len(old) and j < len(new):
        if likeness[i][j] and best[i][j] == likeness[i][j] + best[i + 1][j + 1]:
            pairs.append((i, j))
            i, j = i + 1, j + 1
        elif best[i][j] == best[i + 1][j]:
            i += 1
        else:
            j += 1
    return pairs


def _likeness(a: frozenset[str], b: frozenset[str]) -> float:
    share = 2 * len(a & b) / max(len(a) + len(b), 1)
    return share if share >= ALIKE else 0.0


def _stretches(rows: Sequence[Row]) -> Iterator[tuple[int, int]]:
    """The parts of `rows` between gaps."""
    start = 0
    for index, row in enumerate(rows):
        if row.kind == "gap":
            if index > start:
                yield start, index
            start = index + 1
    if len(rows) > start:
        yield start, len(rows)
