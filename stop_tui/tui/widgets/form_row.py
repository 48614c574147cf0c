"""A row of a form: a name, something to type or choose, and words beside it.

What stands beside it explains it, until something is wrong; then it says what.
"""

from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Input, Static

from stop_tui.core.plain_text import plain


class FormInput(Input):
    """A line to type; pasted text is hostile as well and is made inert."""

    def __init__(
        self,
        value: str = "",
        *,
        longest: int = 200,
        id: str | None = None,
        placeholder: str = "",
        compact: bool = True,
    ) -> None:
        super().__init__(value, id=id, placeholder=placeholder, compact=compact, max_length=longest)
        self.cursor_blink = False  # a blinking cursor is a timer that never ends

    def validate_value(self, value: str) -> str:
        """What may be drawn."""
        return plain(value, newlines=False)


class FormRow(Horizontal):
    """One thing to fill in. `help` stands beside what is typed; options explain themselves."""

    DEFAULT_CSS = """
    FormRow {
        height: auto;
        & > .form-row--name { width: 15; color: $text-muted; padding-left: 1; }
        & > FormInput { width: 26; }
        & > .form-row--words { width: 1fr; height: auto; color: $text-muted; padding-left: 2; }
        & > .-wrong { color: $text-error; text-style: bold; }
        & > Choices { width: 1fr; }
        &:ansi > FormInput { text-style: underline; }
    }
    """

    def __init__(
        self, name: str, control: Widget, help: str = "", *, id: str | None = None
    ) -> None:
        super().__init__(id=id)
        self._label = name
        self._help = help
        self.control = control
        self.wrong = False
        self._words = Static(help, markup=False, classes="form-row--words")

    def compose(self) -> ComposeResult:
        yield Static(self._label, markup=False, classes="form-row--name")
        yield self.control
        if isinstance(self.control, Input):
            yield self._words

    def say(self, problem: str | None) -> None:
        """Say what is wrong with it, or what it is when nothing is."""
        self.wrong = problem is not None
        words = self._help if problem is None else f"✗ {plain(problem)}"
        self._words.set_class(self.wrong, "-wrong")
        self._words.update(Content(words))
