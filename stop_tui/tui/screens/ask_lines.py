"""A question that is answered with some lines of text, such as the note on a version."""

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical
from textual.events import Paste
from textual.widgets import Label, Static, TextArea

from stop_tui.core.plain_text import plain
from stop_tui.tui.keys.actions import bindings
from stop_tui.tui.keys.keymap import typing_key
from stop_tui.tui.screens.dialog import Dialog, started

LONGEST = 10_000
"""Characters; as many as are taken when they are pasted."""


class _Lines(TextArea):
    """Lines to type. What is pasted is hostile as well and is made inert."""

    TAKES_LINES: ClassVar[bool] = True
    """Whether a paste keeps its lines; asked by the application, which makes it inert."""

    def __init__(self, text: str) -> None:
        super().__init__(plain(text), id="text", highlight_cursor_line=False)
        self.cursor_blink = False  # a blinking cursor is a timer that never ends

    def action_paste(self) -> None:
        """Paste what was copied in here, as what comes from the terminal."""
        self.post_message(Paste(plain(self.app.clipboard, limit=LONGEST)))


class AskLines(Dialog[str | None]):
    """Some lines of text; None when it is left."""

    PLACE = "ask_lines"
    CSS_PATH = "dialogs.tcss"
    DEFAULT_CSS = "AskLines { align: center middle; }"
    BINDINGS: ClassVar[list[BindingType]] = [*bindings("note")]

    def __init__(self, title: str, *, value: str = "", note: str = "") -> None:
        """`note` is said below the lines."""
        super().__init__()
        self._title = title
        self._value = value
        self._note = note

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog"):
            yield Label(self._title, markup=False, classes="dialog-title")
            yield _Lines(self._value)
            keep, leave = (typing_key(name, self.keymap) for name in ("note.keep", "dialog.leave"))
            keys = started(f"{keep} keeps it, {leave} leaves.")
            yield Static(f"{self._note} {keys}".strip(), markup=False, classes="dialog-hint")

    def on_mount(self) -> None:
        lines = self.query_one(_Lines)
        lines.focus()
        lines.move_cursor(lines.document.end)

    def action_accept(self) -> None:
        """Give what is written."""
        self.dismiss(plain(self.query_one(_Lines).text))
