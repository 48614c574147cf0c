"""The tab with the model calls of an improver, and the words of the one under the cursor."""

from collections.abc import Iterator
from typing import ClassVar

from textual.app import ComposeResult
from textual.content import Content
from textual.events import Resize
from textual.widget import Widget

from stop_tui.core import events as ev
from stop_tui.core.errors import StopError
from stop_tui.tui.widgets.detail.call_rows import (
    Call,
    Heard,
    Section,
    assembled,
    call_cells,
    call_key,
    calls_of,
    key_of,
    sections,
    who,
)
from stop_tui.tui.widgets.detail.page import Page
from stop_tui.tui.widgets.detail.subject import Subject
from stop_tui.tui.widgets.detail.table import Table
from stop_tui.tui.widgets.rows.columns import Cell
from stop_tui.tui.widgets.rows.listing import Column, Listing
from stop_tui.tui.widgets.text.reader import Reader

SHORT = 12
"""With fewer rows than this, the calls and the words of one are not shown together."""


class _Calls(Table):
    save_name: ClassVar[str] = "calls.tsv"


class _Words(Reader):
    save_name: ClassVar[str] = "call.txt"


class TranscriptTab(Page):
    """Calls above, words below; enter on a call goes to its words."""

    DEFAULT_CSS = """
    TranscriptTab > Listing { height: 2fr; min-height: 4; }
    TranscriptTab > Reader {
        height: 3fr; border-top: solid $border; border-title-color: $text-muted;
    }
    TranscriptTab > Reader:focus { border-top: solid $primary; }
    TranscriptTab.-short > Reader { display: none; border-top: none; }
    TranscriptTab.-short.-reading > Listing { display: none; }
    TranscriptTab.-short.-reading > Reader { display: block; }
    """

    def __init__(self) -> None:
        super().__init__()
        self._listing = _Calls(
            Column("", 4, right=True),
            Column("program", least=14),
            Column("n", 2, right=True, drop=3),
            Column("temp", 4, right=True, drop=7),
            Column("in", 6, right=True, drop=4),
            Column("out", 6, right=True, drop=2),
            Column("cost", 8, right=True, drop=6),
            Column("s", 6, right=True, drop=5),
            Column("ended", least=8),
            draw=self._cells,
            empty="No call yet.",
        )
        self._words = _Words(wrap=True)
        self._subject: Subject | None = None
        self._calls: dict[str, Call] = {}
        self._numbers: dict[str, int] = {}
        self._said: tuple[Call, int] | None = None
        self._marks: dict[int, str] = {}

    def compose(self) -> ComposeResult:
        yield self._listing
        yield self._words

    def bring_up(self, subject: Subject) -> None:
        """Show the calls, and what was heard by now."""
        before, self._subject = self._subject, subject
        calls = calls_of(subject)
        if before != subject or calls != [*self._calls.values()]:
            self._calls = {key_of(call): call for call in calls}
            self._numbers = {key: number for number, key in enumerate(self._calls, start=1)}
            # New calls draw a reader along who is at the end; what is over is read from the start.
            self._listing.follow = subject.view.session.live and not subject.view.past
            self._listing.show(list(self._calls))
            if before != subject and not self._listing.follow and calls:
                self._listing.move_to(key_of(calls[0]))
        elif calls and isinstance(calls[-1], ev.ModelCallSent):  # more of it may have been heard
            self._listing.redraw()
        self._say()

    def focus_widget(self) -> Widget:
        """The calls."""
        return self._listing

    def opened(self) -> None:
        """Begin with the calls."""
        self.remove_class("-reading")

    def on_resize(self, event: Resize) -> None:
        """Make do with the room."""
        self.set_class(event.size.height < SHORT, "-short")

    def on_listing_moved(self, event: Listing.Moved) -> None:
        """Show the words of another call."""
        event.stop()
        self._say()

    def on_listing_chosen(self, event: Listing.Chosen) -> None:
        """Go to the words."""
        event.stop()
        self.add_class("-reading")
        self._words.focus()

    def _cells(self, key: str) -> tuple[Cell, ...]:
        call = self._calls[key]
        return call_cells(self._numbers[key], call, self._heard(call))

    def _heard(self, call: Call) -> Heard:
        return {} if self._subject is None else self._subject.view.heard.get(call_key(call), {})

    def _say(self) -> None:
        """Show the words of the call under the cursor, growing while they arrive."""
        cursor = self._listing.cursor
        call = None if cursor is None else self._calls.get(cursor)
        if call is None:
            self._said = None
            self._words.border_title = ""
            self._words.show("", language="text")
            return
        number, of = self._numbers[key_of(call)], len(self._calls)
        self._words.border_title = Content(f"Call {number:,} of {of:,}: {who(call.program)}")
        heard = self._heard(call)
        pieces = sum(map(len, heard.values()))
        before, self._said = self._said, (call, pieces)
        if before is not None and before[0] is call and before[1] == pieces:
            return
        same = before is not None and key_of(before[0]) == cursor
        text, marks = assembled([*self._sections(call, heard)])
        arriving = isinstance(call, ev.ModelCallSent)
        shown = self._words.source
        if same and arriving and marks == self._marks and text.startswith(shown):
            self._words.append(text[len(shown) :])
            return
        self._marks = marks
        language = "text" if arriving else "markdown"
        self._words.show(text, language=language, marks=marks, keep_position=same)

    def _sections(self, call: Call, heard: Heard) -> Iterator[Section]:
        assert self._subject is not None, "a call is of somebody"
        text = self._subject.view.text
        answered = call.responses if isinstance(call, ev.ModelCalled) else ()
        try:
            yield from sections(call, text(call.prompt), [text(key) for key in answered], heard)
        except StopError as error:
            yield Section("this call cannot be read", "", error.message)
