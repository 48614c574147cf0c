"""The line at the bottom of a screen in which one types what to find in the panel in focus.

It does not know how to find: whatever has a `find` can be searched, and draws its own matches.
"""

from typing import ClassVar, Protocol, runtime_checkable

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.content import Content
from textual.events import DescendantBlur
from textual.widget import Widget
from textual.widgets import Input, Static

from stop_tui.core.plain_text import plain
from stop_tui.tui.keys.actions import bindings

LONGEST = 200
"""How many characters can be asked for."""


@runtime_checkable
class Findable(Protocol):
    """A panel in which text can be found."""

    def find(
        self, text: str, *, forward: bool = True, again: bool = False
    ) -> tuple[int, int] | None:
        """Go to a match of `text` and return which of how many it is, from 1; None without any.

        Without `again` a match at the present place counts; an empty text ends the search.
        """


class FindBar(Widget):
    """Hidden until it is opened on a panel; closing it gives the focus back."""

    BINDINGS: ClassVar[list[BindingType]] = [*bindings("find")]
    DEFAULT_CSS = """
    FindBar {
        layout: horizontal;
        display: none;
        height: 1;
        background: $panel;
        &.-open { display: block; }
        & > Static { width: auto; padding: 0 1; }
        & > .find-bar--keys { color: $text-muted; }
        & > #outcome { text-style: bold; }
        & > #outcome.-none { color: $text-warning; }
        & > Input, & > Input:focus { width: 1fr; background: $panel; background-tint: $panel 0%; }
    }
    """

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:
        super().__init__(id=id, classes=classes)
        self._target: Findable | None = None
        self._back: Widget | None = None

    def compose(self) -> ComposeResult:
        """The name, the text, what came of it, and the keys."""
        yield Static("Find", markup=False)
        query = _Query(placeholder="text to find", compact=True)
        query.cursor_blink = False  # a blinking cursor is a timer that never ends
        yield query
        yield Static("", id="outcome", markup=False)
        yield Static("↑ ↓ matches  esc close", classes="find-bar--keys", markup=False)

    @property
    def text(self) -> str:
        """What was typed last."""
        return self.query_one(_Query).value

    def open(self, target: Findable) -> None:
        """Ask what to find in `target`; what was asked before is still there, to be typed over."""
        self._target = target
        if not self.has_class("-open"):
            self._back = self.screen.focused
        self._say("")
        self.add_class("-open")
        query = self.query_one(_Query)
        query.focus()
        query.select_all()

    def close(self) -> None:
        """Hide, and give the focus back to where it was."""
        if not self.has_class("-open"):
            return
        self.remove_class("-open")
        if self.query_one(_Query).has_focus:
            back = self._back if self._back is not None and self._back.is_attached else None
            self.screen.set_focus(back)

    def again(self, target: Findable, *, forward: bool = True) -> None:
        """Go to the next or the previous match in `target` of what was typed last."""
        self._target = target
        self._find(forward=forward, again=True)

    def action_again(self, forward: bool) -> None:
        """To the next or the previous match."""
        self._find(forward=forward, again=True)

    def action_close(self) -> None:
        """Close the bar."""
        self.close()

    def on_input_changed(self, event: Input.Changed) -> None:
        """Find while the text is being typed."""
        event.stop()
        if self.has_class("-open"):
            self._find(forward=True, again=False)

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """To the next match."""
        event.stop()
        self._find(forward=True, again=True)

    def on_descendant_blur(self, event: DescendantBlur) -> None:
        """Whoever goes elsewhere has found it; a terminal in the background has not."""
        if self.app.app_focus:
            self.close()

    def _find(self, *, forward: bool, again: bool) -> None:
        if self._target is None:
            return
        found = self._target.find(self.text, forward=forward, again=again)
        if not self.text:
            self._say("")
        elif found is None:
            self._say("no match", none=True)
        else:
            which, of = found
            self._say(f"{which:,} of {of:,}")

    def _say(self, outcome: str, *, none: bool = False) -> None:
        label = self.query_one("#outcome", Static)
        label.set_class(none, "-none")
        label.update(Content(outcome))


class _Query(Input):
    """What to find. Pasted text is hostile as well, and what is searched was made inert."""

    def replace(self, text: str, start: int, end: int) -> None:
        """Replace a part of the text, by as much as there is room for."""
        room = LONGEST - len(self.value) + abs(end - start)
        super().replace(plain(text[: max(room, 0)], newlines=False)[:room], start, end)
