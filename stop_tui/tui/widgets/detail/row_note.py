"""What stands in the last cell of the row under the cursor, whole: cells are often too narrow."""

from textual.content import Content
from textual.widgets import Static

from stop_tui.core.plain_text import one_line

LONGEST = 600


class RowNote(Static):
    """A hostile text below a listing; takes no room without one."""

    DEFAULT_CSS = """
    RowNote {
        height: auto;
        max-height: 5;
        padding: 0 1;
        border-top: solid $border;
        display: none;
    }
    """

    def __init__(self) -> None:
        super().__init__("", markup=False)
        self._text = ""

    def say(self, text: str) -> None:
        """Show `text`."""
        if text != self._text:
            self._text = text
            self.display = bool(text)
            self.update(Content(one_line(text, LONGEST)))
