"""One version of the lineage: its message with all trailers, or its source."""

import asyncio
from collections.abc import Callable

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.events import Resize
from textual.widget import Widget

from stop_tui.core.errors import StopError
from stop_tui.store.versions import Version
from stop_tui.tui.later import later
from stop_tui.tui.runs.run_details import told
from stop_tui.tui.versions.lineage_words import message_lines, rev
from stop_tui.tui.widgets.tab_strip import Tab, TabStrip
from stop_tui.tui.widgets.text.lines import Lines
from stop_tui.tui.widgets.text.reader import Reader

WAIT = 0.05
"""Seconds that the cursor rests on a version before its source is read."""

KEPT = 50
"""Sources that are remembered."""


class VersionDetail(Vertical):
    """Two tabs of which one is seen. `read` gives the source of a commit id; it may take a while,
    so it is called beside the event loop, and may raise StopError."""

    DEFAULT_CSS = """
    VersionDetail {
        & > .-hidden { display: none; }
        & > Lines { height: 1fr; }
    }
    """

    def __init__(
        self,
        read: Callable[[str], str],
        *,
        keys: dict[str, str],
        id: str | None = None,
        classes: str | None = None,
    ) -> None:
        super().__init__(id=id, classes=classes)
        self._read = read
        self._keys = keys
        self._version: Version | None = None
        self._note = ""
        self._parent_version: Version | None = None
        self._sources: dict[str, str] = {}
        self._soon: asyncio.TimerHandle | None = None
        self.current = self._panel = "message"

    def compose(self) -> ComposeResult:
        tabs = [Tab(name, name.capitalize(), key) for name, key in self._keys.items()]
        yield TabStrip(tabs, current=self.current)
        yield Lines(id="message")
        yield Reader(id="source", classes="-hidden")
        yield Lines(wrap=True, id="failure", classes="-hidden")

    def show(self, version: Version | None, note: str = "", parent: Version | None = None) -> None:
        """Show a version, or nothing. The tab stays."""
        same = self._version == version
        self._version, self._note, self._parent_version = version, note, parent
        self.border_title = Content("" if version is None else rev(version))
        self._draw_message(keep_position=same)
        if not same:
            self._want_source()

    def open_tab(self, name: str, *, focus: bool = False) -> None:
        """Show a tab; with `focus`, keys go there."""
        self.current = name
        self.query_one(TabStrip).select(name)
        self._show_panels()
        self._want_source()
        if focus:
            self.focus_content()

    def focus_content(self) -> None:
        """Let keys go to what is seen."""
        self.content.focus()

    @property
    def content(self) -> Widget:
        """The panel of the tab that is seen."""
        return self.query_one(f"#{self._panel}")

    def on_tab_strip_selected(self, event: TabStrip.Selected) -> None:
        """A tab was chosen with the mouse."""
        event.stop()
        self.open_tab(event.name, focus=True)

    def on_resize(self, event: Resize) -> None:
        """The message is wrapped to the width."""
        self._draw_message(keep_position=True)

    def _draw_message(self, *, keep_position: bool) -> None:
        panel = self.query_one("#message", Lines)
        width = self.scrollable_content_region.width - 1
        if self._version is None or width <= 0:
            panel.show_lines([])
            return
        lines = message_lines(self._version, self._note, self._parent_version, width)
        panel.show_lines(lines, keep_position=keep_position)

    def _want_source(self) -> None:
        """Read the source once the cursor rests, if it is to be seen."""
        if self._soon is not None:
            self._soon.cancel()
            self._soon = None
        if self.current != "source":
            return
        reader = self.query_one(Reader)
        version = self._version
        if version is None:
            reader.show("", keep_position=True)
        elif version.commit in self._sources:
            reader.show(self._sources[version.commit], keep_position=True)
            self._show_panels()
        else:
            reader.show("")  # never one version's source under another's name
            self._soon = later(self, WAIT, self._start_reading)

    def _start_reading(self) -> None:
        self._soon = None
        if self._version is not None:
            self.run_worker(self._read_source(self._version.commit), exclusive=True)

    async def _read_source(self, commit: str) -> None:
        try:
            source = await asyncio.to_thread(self._read, commit)
        except StopError as error:
            if self._is_shown(commit):
                self.query_one("#failure", Lines).show_lines(told(error))
                self._show_panels(failed=True)
            return
        self._sources[commit] = source
        if len(self._sources) > KEPT:
            self._sources.pop(next(iter(self._sources)))
        if self._is_shown(commit):
            self.query_one(Reader).show(source)
            self._show_panels()

    def _is_shown(self, commit: str) -> bool:
        return self._version is not None and self._version.commit == commit

    def _show_panels(self, *, failed: bool = False) -> None:
        """Show the panel of the tab; what went wrong stands in place of a source."""
        focused = self.has_focus_within
        self._panel = "failure" if failed and self.current == "source" else self.current
        for name in (*self._keys, "failure"):
            self.query_one(f"#{name}").set_class(name != self._panel, "-hidden")
        if focused:
            self.focus_content()
