"""A strip of tabs, and below it what the current one stands for.

It knows the keys that lead to its tabs only to show them; the screen hears them.
"""

from collections.abc import Mapping
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.events import Resize
from textual.widget import Widget
from textual.widgets import ContentSwitcher

from stop_tui.tui.keys.actions import SCOPES, bindings
from stop_tui.tui.keys.keymap import shown_key
from stop_tui.tui.widgets.tab_strip import Tab, TabStrip

_ACTIONS = {action.id for scope in SCOPES.values() for action in scope}


class TabPage(Vertical):
    """What a tab stands for."""

    DEFAULT_CSS = """
    TabPage { height: 1fr; width: 1fr; }
    """

    def focus_widget(self) -> Widget:
        """What takes the focus when the tab is opened."""
        raise NotImplementedError

    def opened(self) -> None:
        """The tab was asked for, maybe while it was open."""


class Tabbed(Vertical):
    """Pages, one of which is visible."""

    BINDINGS: ClassVar[list[BindingType]] = [*bindings("tabs")]
    DEFAULT_CSS = """
    Tabbed { height: 1fr; width: 1fr; }
    Tabbed > ContentSwitcher { height: 1fr; }
    """

    def __init__(
        self,
        pages: Mapping[str, TabPage],
        *,
        first: str,
        id: str | None = None,
        classes: str | None = None,
    ) -> None:
        """`pages` by name, in order; a name is also what the strip says."""
        super().__init__(id=id, classes=classes)
        self.pages = dict(pages)
        self._current = first if first in self.pages else next(iter(self.pages))
        for name, page in self.pages.items():
            page.id = f"page-{name}"

    def compose(self) -> ComposeResult:
        yield _Strip([self._tab(name) for name in self.pages], current=self._current)
        with ContentSwitcher(initial=f"page-{self._current}"):
            yield from self.pages.values()

    @property
    def current(self) -> str:
        """The name of the tab that is open."""
        return self._current

    @property
    def page(self) -> TabPage:
        """What is shown."""
        return self.pages[self._current]

    def open_tab(self, name: str, *, focus: bool = False) -> None:
        """Show the tab `name`, and with `focus` go there; nothing happens for one unknown here."""
        if name not in self.pages:
            return
        focus = focus or self.has_focus_within
        self.pages[name].opened()
        if name != self._current:
            self._current = name
            self.query_one(_Strip).select(name)
            self.query_one(ContentSwitcher).current = f"page-{name}"
            self.tab_opened()
        if focus:
            self.focus_content()

    def focus_content(self) -> None:
        """Put the focus on what is shown."""
        shown = self.page.focus_widget()
        self.screen.set_focus(shown)  # at once: the next key may be on its way
        shown.focus()  # and again when the page has come into sight

    def tab_opened(self) -> None:
        """Another tab is open."""

    def action_next_tab(self) -> None:
        """To the next tab."""
        self._step(1)

    def action_previous_tab(self) -> None:
        """To the tab before."""
        self._step(-1)

    def on_tab_strip_selected(self, event: TabStrip.Selected) -> None:
        """A tab was clicked."""
        event.stop()
        self.open_tab(event.name, focus=True)

    def _step(self, by: int) -> None:
        names = list(self.pages)
        self.open_tab(names[(names.index(self._current) + by) % len(names)], focus=True)

    def _tab(self, name: str) -> Tab:
        action = f"{getattr(self.screen, 'PLACE', '')}.{name}"
        keymap: Mapping[str, str] = getattr(self.app, "keymap", {})
        key = shown_key(action, keymap) if action in _ACTIONS else ""
        return Tab(name, name.capitalize(), key)


class _Strip(TabStrip):
    """Tabs; where there is no room for their words, the keys alone of those not open."""

    def on_resize(self, event: Resize) -> None:
        """Use the room."""
        self.select(self.current)

    def _drawn(self, tab: Tab) -> Content:
        full = super()._drawn
        if self.size.width >= sum(len(full(each).plain) for each in self._tabs):
            return full(tab)
        if tab.name == self.current:
            return full(tab)
        return Content(f" {tab.key or tab.label[:4]} ")
