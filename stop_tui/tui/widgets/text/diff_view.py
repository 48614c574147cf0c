"""What differs between two sources: unified or side by side, with colours and marked words.

The comparison is `core.diffs`; this draws it. Both texts are hostile: lines are made inert here,
while what is copied is the patch of the texts as they are.
"""

from typing import ClassVar, Literal

from textual.binding import BindingType
from textual.content import Span
from textual.events import Resize

from stop_tui.core.diffs import Diff, Row, diff, folded, hunk_starts, unified
from stop_tui.core.plain_text import one_line
from stop_tui.core.word_marks import Ranges, word_marks
from stop_tui.presentation.figures import counted
from stop_tui.tui.keys.actions import bindings
from stop_tui.tui.widgets.text.highlighting import CodeLines, Highlighting
from stop_tui.tui.widgets.text.inert_text import columns, inert

Layout = Literal["automatic", "unified", "side by side"]

SIDE_BY_SIDE = 120
"""From so many columns on, the automatic layout is side by side."""

CONTEXT = 3
"""Equal lines around a change when not the whole file is shown."""

COMPARED = 20_000
"""Lines of each text that are compared; more would block the screen."""

_SIGNS = {"same": " ", "removed": "-", "added": "+", "changed": "~"}


class DiffView(CodeLines):
    """Shows two texts against each other. Line 0 is the header, the others are rows."""

    BINDINGS: ClassVar[list[BindingType]] = [*bindings("diff")]
    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "diff--header",
        "diff--gap",
        "diff--removed",
        "diff--added",
        "diff--absent",
        "diff--removed-sign",
        "diff--added-sign",
        "diff--removed-word",
        "diff--added-word",
        "diff--current",
    }
    DEFAULT_CSS = """
    DiffView > .diff--header { background: $panel; color: $foreground; text-style: bold; }
    DiffView > .diff--gap { background: $foreground 6%; color: $foreground 60%; }
    DiffView > .diff--removed { background: $error 14%; }
    DiffView > .diff--added { background: $success 14%; }
    DiffView > .diff--absent { background: $foreground 4%; }
    DiffView > .diff--removed-sign { color: $text-error; text-style: bold; }
    DiffView > .diff--added-sign { color: $text-success; text-style: bold; }
    DiffView > .diff--removed-word { background: $error 34%; text-style: underline; }
    DiffView > .diff--added-word { background: $success 34%; text-style: underline; }
    DiffView > .diff--current { color: $foreground; text-style: bold; }
    DiffView:ansi > .diff--header { background: ansi_default; text-style: bold; }
    DiffView:ansi > .diff--gap { background: ansi_default; color: ansi_default; text-style: dim; }
    DiffView:ansi > .diff--removed { background: ansi_default; color: ansi_red; }
    DiffView:ansi > .diff--added { background: ansi_default; color: ansi_green; }
    DiffView:ansi > .diff--absent { background: ansi_default; }
    DiffView:ansi > .diff--removed-sign { color: ansi_red; text-style: bold; }
    DiffView:ansi > .diff--added-sign { color: ansi_green; text-style: bold; }
    DiffView:ansi > .diff--removed-word {
        background: ansi_default; color: ansi_red; text-style: bold underline;
    }
    DiffView:ansi > .diff--added-word {
        background: ansi_default; color: ansi_green; text-style: bold underline;
    }
    DiffView:ansi > .diff--current { color: ansi_default; text-style: bold; }
    """

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:
        super().__init__(id=id, classes=classes)
        self._texts: tuple[str, str] | None = None
        self._names = ("", "")
        self._diff: Diff = diff("", "")
        self._cut = False
        self._whole = False
        self._layout: Layout = "automatic"
        self._wide = False
        self._rows_shown: list[Row] = []
        self._hunks: tuple[int, ...] = ()
        self._hunk = -1
        self._hunk_position = -1
        self._current = range(0)
        self._old: list[str] = []
        self._new: list[str] = []
        self._pairs: tuple[dict[int, int], dict[int, int]] = ({}, {})
        self._marks: dict[tuple[int, int], tuple[Ranges, Ranges]] = {}

    def show(
        self, old: str, new: str, *, old_name: str, new_name: str, keep_position: bool = False
    ) -> None:
        """Show `new` against `old`. Showing the same again costs nothing."""
        names = (one_line(old_name, 200), one_line(new_name, 200))
        if keep_position and (old, new) == self._texts and names == self._names:
            return
        self._texts, self._names = (old, new), names
        shown_old, shown_new = _beginning(old), _beginning(new)
        self._cut = (shown_old, shown_new) != (old, new)
        self._diff = diff(shown_old, shown_new, None)
        self._old = [inert(line) for line in self._diff.old_lines]
        self._new = [inert(line) for line in self._diff.new_lines]
        self._marks = {}
        self._pairs = ({}, {})
        for row in self._diff.rows:
            if row.kind == "changed" and row.old is not None and row.new is not None:
                self._pairs[0][row.old] = row.new
                self._pairs[1][row.new] = row.old
        self._arrange(keep_position=keep_position)
        self.highlight(Highlighting(self._old, "python"), Highlighting(self._new, "python"))

    @property
    def layout_choice(self) -> Layout:
        """How the two texts are put; automatic is by the width."""
        return self._layout

    @layout_choice.setter
    def layout_choice(self, layout: Layout) -> None:
        self._layout = layout
        self._arrange(keep_position=True)

    @property
    def side_by_side(self) -> bool:
        """Whether the texts are side by side now."""
        return self._wide

    @property
    def whole_file(self) -> bool:
        """Whether all lines are shown, not only those around changes."""
        return self._whole

    def everything(self) -> str:
        """The patch, of the texts as they are."""
        if self._texts is None:
            return ""
        compared = diff(*self._texts, None) if self._cut else self._diff
        return compared.patch(*self._names)

    def action_layout(self) -> None:
        """The other layout than the one shown; automatic again when that is the same."""
        if self._wide == self._is_wide():
            self.layout_choice = "unified" if self._wide else "side by side"
        else:
            self.layout_choice = "automatic"

    def action_context(self) -> None:
        """The whole file, or the lines around changes."""
        self._whole = not self._whole
        self._arrange(keep_position=True)

    def action_next_hunk(self) -> None:
        """To the next change."""
        self._go_to_hunk(forward=True)

    def action_previous_hunk(self) -> None:
        """To the change before."""
        self._go_to_hunk(forward=False)

    def on_resize(self, event: Resize) -> None:
        """The automatic layout follows the width."""
        if self._layout == "automatic" and self._wide != self._is_wide():
            self._arrange(keep_position=True)

    # What a line is.

    def line_count(self) -> int:
        """The header and the rows."""
        return len(self._rows_shown) + 1 if self._texts is not None else 0

    def line_panes(self, line: int) -> int:
        """Two for rows side by side."""
        return 2 if self._wide and line and self._rows_shown[line - 1].kind != "gap" else 1

    def line_text(self, line: int, pane: int = 0) -> str:
        """The header, what a gap hides, or a line of one of the texts."""
        if not line:
            return self._header()
        row = self._rows_shown[line - 1]
        if row.kind == "gap":
            return f"⋯ {counted(row.hidden, 'line')} the same"
        side = self._side(row, pane)
        number = row.new if side else row.old
        if number is None:
            return ""
        text = (self._new if side else self._old)[number - 1]
        # A line end that both texts have is not worth a sign; one that differs is.
        if row.kind == "same" and text.endswith("\u240d"):
            return text[:-1]
        return text

    def line_spans(self, line: int, pane: int, start: int, end: int) -> list[Span]:
        """Syntax colours, and marks of the words that differ."""
        if not line or self._rows_shown[line - 1].kind == "gap":
            return []
        row = self._rows_shown[line - 1]
        side = self._side(row, pane)
        number = row.new if side else row.old
        if number is None:
            return []
        spans = self.coloured(side, number - 1, start, end)
        if row.kind != "same":
            style = self.component("diff--added-word" if side else "diff--removed-word")
            spans += [Span(*marked, style) for marked in self._marked(side, number)]
        return spans

    def line_gutter(self, line: int, pane: int, first: bool) -> list[tuple[str, str]]:
        """The numbers of the line on the sides that are shown, and a sign."""
        if not line or self._rows_shown[line - 1].kind == "gap":
            return []
        row, width = self._rows_shown[line - 1], self._number_width()
        numbers = [row.new if pane else row.old] if self._wide else [row.old, row.new]
        text = "".join(f"{'' if number is None else number:>{width}} " for number in numbers)
        sign = _SIGNS[row.kind] if self._wide is False or numbers[0] is not None else " "
        side = self._side(row, pane)
        name = "lines--gutter"
        if row.kind != "same":
            name = "diff--added-sign" if side else "diff--removed-sign"
        current = "diff--current" if line - 1 in self._current else "lines--gutter"
        return [(text, current), (f"{sign} ", name)]

    def line_style(self, line: int, pane: int) -> str:
        """The tint of a row."""
        if not line:
            return "diff--header"
        row = self._rows_shown[line - 1]
        if row.kind == "gap":
            return "diff--gap"
        if row.kind == "same":
            return ""
        side = self._side(row, pane)
        if (row.new if side else row.old) is None:
            return "diff--absent"
        return "diff--added" if side else "diff--removed"

    def line_note(self, line: int) -> str:
        """A difference that the lines as drawn do not show."""
        if not line:
            return ""
        row = self._rows_shown[line - 1]
        if row.kind in ("same", "gap"):
            return ""
        return self._hidden_difference(row)

    def gutter_width(self) -> int:
        """One number or two, and a sign."""
        return (self._number_width() + 1) * (1 if self._wide else 2) + 2

    def longest(self) -> int:
        """The columns of the longest line of both texts."""
        shown = max(max(map(columns, lines), default=0) for lines in (self._old, self._new))
        return max(shown, columns(self._header()) - self.gutter_width())

    def text_lines_visible(self, text: int) -> range:
        """The lines of the old or the new text between the first and the last on the screen."""
        numbers = [
            number
            for line in self.lines_visible()
            if line
            and (
                number := (
                    self._rows_shown[line - 1].new if text else self._rows_shown[line - 1].old
                )
            )
        ]
        return range(min(numbers) - 1, max(numbers)) if numbers else range(0)

    # The rest is only for drawing.

    def _arrange(self, *, keep_position: bool) -> None:
        """Choose the rows of this layout; the line at the top stays there when it can."""
        top = self._line_numbers_at_top() if keep_position else None
        rows = self._diff.rows if self._whole else folded(self._diff.rows, CONTEXT)
        self._wide = self._layout == "side by side" or (
            self._layout == "automatic" and self._is_wide()
        )
        self._rows_shown = rows if self._wide else unified(rows)
        if self._diff.equal and not self._whole:
            self._rows_shown = []
        self._hunks = hunk_starts(self._rows_shown)
        self._hunk = self._hunk_position = -1
        self._current = range(0)
        self.changed(keep_position=keep_position)
        if top is not None:
            self.scroll_to_line(self._line_nearest(*top), above=0)

    def _is_wide(self) -> bool:
        return self.size.width >= SIDE_BY_SIDE

    def _side(self, row: Row, pane: int) -> int:
        """0 for the old text, 1 for the new."""
        if self._wide:
            return pane
        return 0 if row.old is not None else 1

    def _header(self) -> str:
        names = f"{self._names[0]} → {self._names[1]}"
        cut = f" (of the first {COMPARED:,} lines)" if self._cut else ""
        if self._diff.equal:
            return f"{names}  No difference{cut}."
        changes = counted(len(hunk_starts(self._diff.rows)), "change")
        return f"{names}  +{self._diff.added} \u2212{self._diff.removed}, {changes}{cut}"

    def _number_width(self) -> int:
        return max(3, len(str(max(len(self._old), len(self._new)))))

    def _marked(self, side: int, number: int) -> Ranges:
        other = self._pairs[side].get(number)
        if other is None:
            return []
        pair = (other, number) if side else (number, other)
        marks = self._marks.get(pair)
        if marks is None:
            marks = word_marks(self._old[pair[0] - 1], self._new[pair[1] - 1])
            self._marks[pair] = marks
        return marks[side]

    def _hidden_difference(self, row: Row) -> str:
        """Why a changed line looks like the line that it was."""
        old = row.old if row.old is not None else self._pairs[1].get(row.new or 0)
        new = row.new if row.new is not None else self._pairs[0].get(row.old or 0)
        if old is None or new is None or self._old[old - 1] != self._new[new - 1]:
            return ""
        if self._diff.old_lines[old - 1] != self._diff.new_lines[new - 1]:
            return "tabs, blanks or invisible characters differ"
        return "only one of the two ends with a line end"

    def _go_to_hunk(self, *, forward: bool) -> None:
        if not self._hunks:
            return
        if self._hunk >= 0 and self._hunk_position == self.scroll_offset.y:
            wanted = self._hunk + (1 if forward else -1)
        else:  # one has scrolled since: from what is in sight
            anchor = self.scroll_offset.y + CONTEXT
            later = [index for index, start in enumerate(self._hunks) if start + 1 > anchor]
            wanted = later[0] if later else len(self._hunks)
            if not forward:
                before = [index for index, start in enumerate(self._hunks) if start + 1 < anchor]
                wanted = before[-1] if before else -1
        self._hunk = min(max(wanted, 0), len(self._hunks) - 1)
        start = end = self._hunks[self._hunk]
        while end < len(self._rows_shown) and self._rows_shown[end].kind not in ("same", "gap"):
            end += 1
        self._current = range(start, end)
        self.scroll_to_line(start + 1, above=CONTEXT)
        self._hunk_position = self.scroll_offset.y
        self.refresh()

    def _line_numbers_at_top(self) -> tuple[int, int] | None:
        """The numbers of the first row in sight, None at the very top."""
        for line in self.lines_visible():
            if not line:
                return None
            row = self._rows_shown[line - 1]
            if row.old is not None or row.new is not None:
                return row.old or 0, row.new or 0
        return None

    def _line_nearest(self, old: int, new: int) -> int:
        """The line (0-based, with the header) that shows a line of the texts, or the one after."""
        for index, row in enumerate(self._rows_shown):
            if (old and (row.old or 0) >= old) or (new and (row.new or 0) >= new):
                return index + 1
        return len(self._rows_shown)


def _beginning(text: str) -> str:
    """As many lines of `text` as are compared."""
    at = -1
    if text.count("\n") < COMPARED:
        return text
    for _ in range(COMPARED):
        at = text.index("\n", at + 1)
    return text[: at + 1]
