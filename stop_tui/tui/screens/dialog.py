"""What all dialogs share: leaving, help, and the keys that are heard everywhere.

A modal screen hides the keys of the application behind it, so a dialog hears them itself, under
the same names: a remap holds for both.
"""

from collections.abc import Mapping
from typing import ClassVar, TypeVar

from textual.binding import BindingType
from textual.screen import ModalScreen

from stop_tui.tui.keys.actions import SCOPES, bindings

T = TypeVar("T")

_OWN = "show_help"


def _everywhere() -> list[BindingType]:
    """The keys of the application; a dialog knows best which help is its own."""
    theirs, taken = bindings("app", owner="app."), bindings("app")
    return [
        own if action.does == _OWN else other
        for action, own, other in zip(SCOPES["app"], taken, theirs, strict=True)
    ]


class Dialog(ModalScreen[T]):
    """A small question before a screen."""

    PLACE: ClassVar[str] = "choose"
    """Its name in `actions.PLACES`: which keys are heard here."""

    BINDINGS: ClassVar[list[BindingType]] = [*bindings("dialog"), *_everywhere()]

    @property
    def keymap(self) -> Mapping[str, str]:
        """The keys as they are remapped."""
        return getattr(self.app, "keymap", {})

    def action_leave(self) -> None:
        """Give nothing."""
        self.dismiss(None)

    def action_show_help(self) -> None:
        """What the keys do, in this dialog."""
        from stop_tui.tui.screens.help import HelpScreen

        self.app.push_screen(HelpScreen(self.PLACE, self.keymap, self.focused))


def started(sentence: str) -> str:
    """`sentence` with a capital where it begins with a word, not with a key of one letter."""
    first = sentence.partition(" ")[0]
    return sentence if len(first) == 1 or "+" in first else sentence[0].upper() + sentence[1:]
