"""One line of tabs, each with the key that leads to it; the current one is marked by brackets too.

It shows and tells; what a tab stands for is shown by whoever owns the strip.
"""

from collections.abc import Sequence
from typing import NamedTuple

from textual.content import Content
from textual.events import Click
from textual.message import Message
from textual.widgets import Static


class Tab(NamedTuple):
    """A tab: its name in the code, the word shown, and the key shown before it."""

    name: str
    label: str
    key: str = ""


class TabStrip(Static):
    """Tabs in a line; a click on one is told, the keys belong to the screen."""

    ALLOW_SELECT = False
    DEFAULT_CSS = """
    TabStrip {
        height: 1;
        width: 1fr;
        pointer: pointer;
        color: $text-muted;
    }
    """

    class Selected(Message):
        """A tab was clicked."""

        def __init__(self, strip: "TabStrip", name: str) -> None:
            super().__init__()
            self.strip = strip
            self.name = name

        @property
        def control(self) -> "TabStrip":
            """The strip, for the selectors of `on`."""
            return self.strip

    def __init__(self, tabs: Sequence[Tab], *, current: str, id: str | None = None) -> None:
        super().__init__(markup=False, id=id)
        self._tabs = tuple(tabs)
        self.current = current

    def on_mount(self) -> None:
        self.select(self.current)

    def select(self, name: str) -> None:
        """Mark the tab `name` as the current one."""
        self.current = name
        self.update(Content("").join(self._drawn(tab) for tab in self._tabs), layout=False)

    def on_click(self, event: Click) -> None:
        """Tell which tab was clicked."""
        offset = event.get_content_offset(self)
        end = 0
        for tab in self._tabs:
            end += len(self._drawn(tab).plain)
            if offset is not None and offset.x < end:
                self.post_message(self.Selected(self, tab.name))
                return

    def _drawn(self, tab: Tab) -> Content:
        key = f"{tab.key} " if tab.key else ""
        if tab.name == self.current:
            return Content.styled(f"[{key}{tab.label}]", "bold $primary")
        return Content(f" {key}{tab.label} ")
