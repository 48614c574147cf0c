"""Small questions: confirm what will happen, type a line, choose one of a few.

Nothing here is answered by accident: for a moment after a dialog appears it hears no answer, a
confirmation needs its own key, and what was pasted never confirms.
"""

import time
from collections.abc import Sequence
from typing import ClassVar, NamedTuple

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Button, Input, Label, Static

from stop_tui.core.plain_text import plain
from stop_tui.tui.widgets.form_row import FormInput
from stop_tui.tui.widgets.rows.listing import Column, Listing

GRACE = 0.4
"""Seconds in which a question that just appeared hears no answer: the hand that was typing
something else has time to stop."""


class Confirm(ModalScreen[str | None]):
    """States what will happen and asks for it; gives the reason (maybe empty), None for no.

    Where a reason is asked for, letters are the reason and nothing else: enter ends it, and another
    enter confirms. Otherwise `y` and `n` answer, and the focus begins on the button that does
    nothing.
    """

    CSS_PATH = "dialogs.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("y", "yes", "Yes"),
        Binding("n", "no", "No"),
        Binding("escape", "leave", "Leave"),
    ]

    def __init__(
        self, title: str, what: Content | str, *, yes: str = "Yes", ask_reason: bool = False
    ) -> None:
        super().__init__()
        self._title = title
        self._what = what if isinstance(what, Content) else Content(what)
        self._yes = yes
        self._ask_reason = ask_reason
        self._since = time.monotonic()

    def compose(self) -> ComposeResult:
        letters = ("", "") if self._ask_reason else (" (y)", " (n)")
        with VerticalScroll(classes="dialog", can_focus=False):
            yield Label(self._title, markup=False, classes="dialog-title")
            yield Static(self._what, markup=False, classes="dialog-text")
            if self._ask_reason:
                yield Label("Reason, kept in the history (may be empty):", markup=False)
                yield FormInput(id="reason", longest=500, compact=False)
            with Horizontal(classes="dialog-buttons"):
                yield Button(f"{self._yes}{letters[0]}", id="yes")
                yield Button(f"No{letters[1]}", id="no")
            if self._ask_reason:
                hint = f"Enter ends the reason; another enter: {self._yes}. Escape leaves it."
                yield Static(hint, markup=False, classes="dialog-hint")

    def on_mount(self) -> None:
        self.query_one("#reason" if self._ask_reason else "#no").focus()
        self._since = time.monotonic()

    def on_screen_resume(self) -> None:
        self._since = time.monotonic()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool:
        """Letters answer only where no reason is typed."""
        return not (self._ask_reason and action in ("yes", "no"))

    @on(Button.Pressed, "#yes")
    def action_yes(self) -> None:
        """It is meant, unless the dialog has only just appeared."""
        if time.monotonic() - self._since < GRACE:
            self._since = time.monotonic()  # a key that is held down never confirms
            return
        reason = self.query_one("#reason", Input).value if self._ask_reason else ""
        self.dismiss(reason)

    @on(Button.Pressed, "#no")
    def action_no(self) -> None:
        """Nothing happens."""
        self.dismiss(None)

    def action_leave(self) -> None:
        """Nothing happens."""
        self.dismiss(None)

    @on(Input.Submitted)
    def reason_given(self) -> None:
        """A reason is complete; the confirmation is still asked for, and not by the same key."""
        self.query_one("#yes", Button).focus()
        self._since = time.monotonic()


class AskText(ModalScreen[str | None]):
    """One line of text; None when it is left."""

    CSS_PATH = "dialogs.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "leave", "Leave")]

    def __init__(self, title: str, *, value: str = "", hint: str = "") -> None:
        super().__init__()
        self._title = title
        self._value = value
        self._hint = hint

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog"):
            yield Label(self._title, markup=False, classes="dialog-title")
            yield Input(plain(self._value, newlines=False), id="text")
            yield Static(self._hint or "Enter accepts, escape leaves.", markup=False)

    @on(Input.Submitted)
    def accept(self, event: Input.Submitted) -> None:
        """Give what was typed."""
        self.dismiss(event.value)

    def action_leave(self) -> None:
        """Give nothing."""
        self.dismiss(None)


class Choice(NamedTuple):
    """A row to choose: its key and its cells."""

    key: str
    cells: tuple[Content | str, ...]


class Choose(ModalScreen[str | None]):
    """One of some rows; gives its key, None when it is left."""

    CSS_PATH = "dialogs.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "leave", "Leave")]

    def __init__(
        self, title: str, columns: Sequence[Column], choices: Sequence[Choice], *, hint: str = ""
    ) -> None:
        super().__init__()
        self._title = title
        self._columns = columns
        self._choices = {choice.key: choice for choice in choices}
        self._hint = hint or "Enter chooses, escape leaves."
        self._since = time.monotonic()

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog dialog-wide"):
            yield Label(self._title, markup=False, classes="dialog-title")
            yield Listing(*self._columns, draw=lambda key: self._choices[key].cells)
            yield Static(self._hint, markup=False)

    def on_mount(self) -> None:
        listing = self.query_one(Listing)
        listing.show(list(self._choices))
        listing.focus()
        self._since = time.monotonic()

    def on_listing_chosen(self, event: Listing.Chosen) -> None:
        """Give the row's key, unless the dialog has only just appeared."""
        if time.monotonic() - self._since >= GRACE:
            self.dismiss(event.key)

    def action_leave(self) -> None:
        """Give nothing."""
        self.dismiss(None)
