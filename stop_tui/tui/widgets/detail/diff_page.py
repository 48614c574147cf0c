"""A page with the difference of two texts, or with the reason why there is none."""

from typing import ClassVar

from textual.app import ComposeResult
from textual.content import Content
from textual.widget import Widget

from stop_tui.core.plain_text import one_line
from stop_tui.tui.widgets.detail.tabbed import TabPage
from stop_tui.tui.widgets.text.diff_view import DiffView
from stop_tui.tui.widgets.text.lines import Lines


class _Patch(DiffView):
    save_name: ClassVar[str] = "stop-tui.patch"


class DiffPage(TabPage):
    """Shows a difference or says a sentence."""

    DEFAULT_CSS = """
    DiffPage > #said { display: none; height: 1fr; padding: 0 1; }
    DiffPage.-nothing > #said { display: block; }
    DiffPage.-nothing > DiffView { display: none; }
    """

    def __init__(self) -> None:
        super().__init__()
        self._said = Lines(wrap=True, id="said")
        self._diff = _Patch()

    def compose(self) -> ComposeResult:
        yield self._said
        yield self._diff

    def focus_widget(self) -> Widget:
        """The difference, or why there is none."""
        return self._said if self.has_class("-nothing") else self._diff

    def compare(
        self, old: tuple[str, str], new: tuple[str, str], *, keep_position: bool = False
    ) -> None:
        """Show `new` against `old`, each a text and its name."""
        self.remove_class("-nothing")
        self._diff.show(
            old[0], new[0], old_name=old[1], new_name=new[1], keep_position=keep_position
        )

    def say(self, text: str) -> None:
        """There is no difference to show, and this is why."""
        self.add_class("-nothing")
        self._said.show_lines([Content(one_line(text, 400))])
