"""The lineage: the versions of all runs as a graph, and the one under the cursor.

It reads the git repository and writes nothing to it but notes. Any two versions can be compared,
any can be the start of a run, and the user's own git tool is a key away.
"""

import asyncio
from typing import TYPE_CHECKING

from textual import on
from textual.app import ComposeResult
from textual.containers import Container, Horizontal
from textual.content import Content
from textual.widgets import Static

from stop_tui.core.errors import StopError
from stop_tui.store.lineage import Lineage
from stop_tui.store.versions import Version
from stop_tui.tui.keys.actions import bindings
from stop_tui.tui.keys.keymap import shown_key
from stop_tui.tui.runs.run_details import told
from stop_tui.tui.screens.explorer_screen import ExplorerScreen
from stop_tui.tui.screens.lineage_actions import LineageActions
from stop_tui.tui.versions.lineage_view import LineageView, check_missing, read
from stop_tui.tui.versions.lineage_words import cells, list_text, models_words, title
from stop_tui.tui.widgets.find_bar import FindBar
from stop_tui.tui.widgets.live_spending import LiveSpending
from stop_tui.tui.widgets.rows.listing import Column, Listing
from stop_tui.tui.widgets.steady_footer import SteadyFooter
from stop_tui.tui.widgets.version_detail import VersionDetail

if TYPE_CHECKING:
    from stop_tui.tui.runs.session import RunSession
    from stop_tui.workspace import Workspace

WIDTHS = [(0, "-narrow"), (120, "-wide")]
"""From which width on the version stands beside the list, not below it."""

READING = "The lineage is being read…"
NONE_YET = (
    "There is no version yet.\n\nThe improver that a run starts from is its first version, and "
    "every proposal that is accepted is another: a commit of a git repository of this workspace."
)
WIDEST = 44
"""Columns that the graph and the name take at least, if they need them."""


class LineageScreen(LineageActions, ExplorerScreen):
    """The versions of a workspace."""

    PLACE = "lineage"
    CSS_PATH = "lineage.tcss"
    BINDINGS = bindings("lineage")
    HORIZONTAL_BREAKPOINTS = WIDTHS
    AUTO_FOCUS = ""  # the list is not there yet when the screen opens

    def __init__(self, workspace: "Workspace") -> None:
        super().__init__()
        self.workspace = workspace
        self.lineage = Lineage(workspace.lineage)
        self.view = LineageView()
        self.marked: str | None = None
        self._counts: dict[str, int] = {}

    def compose(self) -> ComposeResult:
        with Horizontal(classes="title-bar"):
            yield Static("Lineage", id="what", markup=False)
            yield LiveSpending()
            yield Static("", id="model", markup=False)
        yield Static(READING, id="words", markup=False)
        with Container(id="panes"):
            yield Container(id="versions", classes="panel")
            keys = {
                name: shown_key(f"lineage.{name}", self.explorer.keymap)
                for name in ("message", "source")
            }
            yield VersionDetail(self.lineage.source, keys=keys, id="detail", classes="panel")
        yield FindBar()
        yield SteadyFooter(compact=True)

    def on_mount(self) -> None:
        if self.gone:
            return
        self.query_one("#versions").border_title = "Versions"
        self._counts = {
            session.name: len(session.state.versions) for session in self.explorer.sessions.values()
        }
        self.reload()

    def on_screen_resume(self) -> None:
        """Runs may have gone on while another screen was seen."""
        self.query_one(LiveSpending).show(self.explorer.sessions.values())
        for session in self.explorer.sessions.values():
            self.session_changed(session)

    def session_changed(self, session: "RunSession") -> None:
        self.query_one(LiveSpending).show(self.explorer.sessions.values())
        count = len(session.state.versions)
        if self._counts.get(session.name) != count:
            self._counts[session.name] = count
            self.reload()

    def reload(self) -> None:
        """Read the lineage, beside the event loop."""
        self.run_worker(self._reload(), group="lineage", exclusive=True)

    @property
    def listing(self) -> Listing | None:
        """The list; there is none until there are versions."""
        return next(iter(self.query(Listing)), None)

    @property
    def version(self) -> Version | None:
        """The version under the cursor."""
        cursor = None if self.listing is None else self.listing.cursor
        return None if cursor is None else self.view.versions.get(cursor)

    def copied(self) -> tuple[str, str] | None:
        """The whole list, or what is seen of the version."""
        version, detail = self.version, self.query_one(VersionDetail)
        if self.focused is self.listing and self.listing is not None:
            return list_text(self.view), "lineage.txt"
        found = super().copied()
        if found is None or version is None:
            return found
        ending = "py" if detail.current == "source" else "txt"
        return found[0], f"{version.run}-I{version.iteration}.{ending}"

    async def action_back(self) -> None:
        """From the version to the list, from the list to where one came from."""
        inside = self.query_one(VersionDetail).has_focus_within
        if not self.query_one(FindBar).display and inside and self.listing is not None:
            self.listing.focus()
        else:
            await super().action_back()

    def action_show(self, tab: str) -> None:
        """The message or the source of the version under the cursor."""
        self.query_one(VersionDetail).open_tab(tab, focus=True)

    @on(Listing.Moved)
    def other_version(self) -> None:
        """Show the version under the cursor."""
        self._show_version()

    @on(Listing.Chosen)
    def to_version(self) -> None:
        """Enter leads to the version."""
        self.query_one(VersionDetail).focus_content()

    async def _reload(self) -> None:
        try:
            if not self.lineage.path.exists():
                await asyncio.to_thread(check_missing, self.workspace)
                await self._show(LineageView())
                return
            Lineage.open(self.lineage.path, create=False)  # raises for half a repository
            view = await asyncio.to_thread(read, self.lineage)
        except StopError as error:
            self._say(Content("\n").join(told(error)))
            return
        await self._show(view)

    async def _show(self, view: LineageView) -> None:
        self.view = view
        self.query_one("#what", Static).update(Content(f"Lineage · {title(view)}"))
        self.query_one("#model", Static).update(Content(models_words(view.models)))
        self._say(Content("" if view.versions else NONE_YET))
        self.query_one("#panes").display = bool(view.versions)
        if self.marked not in view.versions:
            self.marked = None
        if self.listing is None and view.versions:
            await self.query_one("#versions").mount(self._new_listing(view))
        if self.listing is not None:
            self.listing.show(list(view.versions))
        self._show_version()

    def _new_listing(self, view: LineageView) -> Listing:
        listing = Listing(
            Column("", 1),
            Column("version", least=max(14, min(view.width + 2 + view.longest, WIDEST))),
            Column("meta-utility", 12),
            Column("test", 5, drop=2),
            Column("strategy", least=10, drop=3),
            Column("decision", 8, drop=4),
            Column("commit", 8, drop=5),
            Column("", 1, drop=1),
            draw=self._cells,
        )
        listing.call_after_refresh(self._focus_list)
        return listing

    def _focus_list(self) -> None:
        if self.focused is None and self.listing is not None:
            self.listing.focus()

    def _show_version(self) -> None:
        version = self.version
        detail = self.query_one(VersionDetail)
        if version is None:
            detail.show(None)
            return
        parent = None if version.parent is None else self.view.versions.get(version.parent)
        detail.show(version, self.view.notes.get(version.commit, ""), parent)

    def _say(self, words: Content) -> None:
        """Say what is wrong or missing, above what was known before."""
        panel = self.query_one("#words", Static)
        panel.display = bool(words.plain)
        panel.update(words)

    def _cells(self, key: str) -> tuple[Content | str, ...]:
        return cells(self.view, self.view.versions[key], marked=key == self.marked)
