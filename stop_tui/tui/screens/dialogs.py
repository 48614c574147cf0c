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
from textual.widgets import Button, Input, Label, Static

from stop_tui.tui.keys.actions import bindings
from stop_tui.tui.keys.keymap import key_word, typing_key
from stop_tui.tui.screens.dialog import Dialog, started
from stop_tui.tui.widgets.form_row import FormInput
from stop_tui.tui.widgets.rows.listing import Column, Listing

GRACE = 0.4
"""Seconds in which a question that just appeared hears no answer: the hand that was typing
something else has time to stop."""

LONGEST = 4_000
"""Characters of a line: the longest path of a file is shorter."""


class _Line(FormInput, inherit_bindings=False):
    """A line whose dialog hears the key that accepts it, so that it can be remapped."""

    BINDINGS: ClassVar[list[BindingType]] = [
        each
        for each in Input.BINDINGS
        if not (isinstance(each, Binding) and each.action == "submit")
    ]


class _Answer(Button, inherit_bindings=False):
    """A button whose dialog hears the key that presses it, so that it can be remapped."""


class Confirm(Dialog[str | None]):
    """States what will happen and asks for it; gives the reason (maybe empty), None for no.

    Where a reason is asked for, letters are the reason and nothing else: one key (enter) ends it,
    and once more confirms. Otherwise there are keys for yes and no, and the focus begins on the
    button that does nothing.
    """

    PLACE = "confirm"
    CSS_PATH = "dialogs.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [*bindings("answer"), *bindings("confirm")]

    def __init__(
        self, title: str, what: Content | str, *, yes: str = "Yes", ask_reason: bool = False
    ) -> None:
        super().__init__()
        self._title = title
        self._what = what if isinstance(what, Content) else Content(what)
        self._yes = yes
        self.asks_reason = ask_reason
        self._since = time.monotonic()

    def compose(self) -> ComposeResult:
        yes, no = (f" ({key_word(f'confirm.{name}', self.keymap)})" for name in ("yes", "no"))
        with VerticalScroll(classes="dialog", can_focus=False):
            yield Label(self._title, markup=False, classes="dialog-title")
            yield Static(self._what, markup=False, classes="dialog-text")
            if self.asks_reason:
                yield Label("Reason, kept in the history (may be empty):", markup=False)
                yield _Line(id="reason", longest=500, compact=False)
            with Horizontal(classes="dialog-buttons"):
                yield _Answer(Content(self._yes + ("" if self.asks_reason else yes)), id="yes")
                yield _Answer(Content("No" + ("" if self.asks_reason else no)), id="no")
            if self.asks_reason:
                yield Static(self._hint(), markup=False, classes="dialog-hint")

    def on_mount(self) -> None:
        self.query_one("#reason" if self.asks_reason else "#no").focus()
        self._since = time.monotonic()

    def on_screen_resume(self) -> None:
        self._since = time.monotonic()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool:
        """Letters answer only where no reason is typed."""
        return not (self.asks_reason and action in ("yes", "no"))

    def action_accept(self) -> None:
        """End the reason, or press the button in focus: never both at once."""
        focused = self.focused
        if isinstance(focused, Button) and focused.id == "yes":
            self.action_yes()
        elif isinstance(focused, Button):
            focused.press()
        elif focused is not None:  # the confirmation is still asked for, and not by the same key
            self.set_focus(self.query_one("#yes", Button))  # at once: a key may be on its way
            self._since = time.monotonic()

    def action_other(self) -> None:
        """To the other button."""
        if isinstance(self.focused, Button):
            other = "#yes" if self.focused.id == "no" else "#no"
            self.query_one(other, Button).focus()

    def action_yes(self) -> None:
        """The key of a yes. A key may have waited while the program was busy: what counts is when
        it was typed, and whether the question was there by then."""
        self._agree(getattr(self.app, "typed_at", self._since))

    @on(Button.Pressed, "#yes")
    def clicked(self) -> None:
        """The button of a yes."""
        self._agree(time.monotonic())

    def _agree(self, at: float) -> None:
        """It is meant, unless the dialog had only just appeared."""
        if at - self._since < GRACE:
            self._since = time.monotonic()  # a key that is held down never confirms
            return
        reason = self.query_one("#reason", Input).value if self.asks_reason else ""
        self.dismiss(reason)

    @on(Button.Pressed, "#no")
    def action_no(self) -> None:
        """Nothing happens."""
        self.dismiss(None)

    def _hint(self) -> str:
        accept = typing_key("answer.accept", self.keymap)
        leave = typing_key("dialog.leave", self.keymap)
        first = started(f"{accept} ends the reason; {accept} once more: {self._yes}.")
        return f"{first} {started(f'{leave} leaves it.')}"


class AskText(Dialog[str | None]):
    """One line of text; None when it is left."""

    PLACE = "ask"
    CSS_PATH = "dialogs.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [*bindings("answer")]

    def __init__(
        self, title: str, *, value: str = "", note: str = "", accepting: str = "accepts"
    ) -> None:
        """`note` is said below the line; `accepting` is what the key that accepts it does."""
        super().__init__()
        self._title = title
        self._value = value
        self._note = note
        self._accepting = accepting

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog"):
            yield Label(self._title, markup=False, classes="dialog-title")
            yield _Line(self._value, id="text", longest=LONGEST, compact=False)
            yield Static(self._hint(), markup=False, classes="dialog-hint")

    def action_accept(self) -> None:
        """Give what was typed."""
        self.dismiss(self.query_one(_Line).value)

    def _hint(self) -> str:
        accept = typing_key("answer.accept", self.keymap)
        leave = typing_key("dialog.leave", self.keymap)
        keys = started(f"{accept} {self._accepting}, {leave} leaves.")
        return f"{self._note} {keys}" if self._note else keys


class Choice(NamedTuple):
    """A row to choose: its key and its cells."""

    key: str
    cells: tuple[Content | str, ...]


class Choose(Dialog[str | None]):
    """One of some rows; gives its key, None when it is left."""

    PLACE = "choose"
    CSS_PATH = "dialogs.tcss"

    def __init__(self, title: str, columns: Sequence[Column], choices: Sequence[Choice]) -> None:
        super().__init__()
        self._title = title
        self._columns = columns
        self._choices = {choice.key: choice for choice in choices}
        self._since = time.monotonic()

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog dialog-wide"):
            yield Label(self._title, markup=False, classes="dialog-title")
            yield Listing(*self._columns, draw=lambda key: self._choices[key].cells)
            choose = key_word("list.choose", self.keymap)
            leave = key_word("dialog.leave", self.keymap)
            hint = started(f"{choose} chooses, {leave} leaves.")
            yield Static(hint, markup=False, classes="dialog-hint")

    def on_mount(self) -> None:
        listing = self.query_one(Listing)
        listing.show(list(self._choices))
        listing.focus()
        self._since = time.monotonic()

    def on_listing_chosen(self, event: Listing.Chosen) -> None:
        """Give the row's key, unless the dialog has only just appeared."""
        if time.monotonic() - self._since >= GRACE:
            self.dismiss(event.key)
