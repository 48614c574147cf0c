"""The strategies over a lineage: a bar for each over the versions, and what came of it when it came
or went. Opened from the lineage screen on one of its versions, which is marked.

It reads the lineage and the journal beside the event loop, and writes nothing.
"""

import asyncio
from collections.abc import Sequence
from typing import TYPE_CHECKING

from textual import on
from textual.app import ComposeResult
from textual.containers import Container, Horizontal
from textual.content import Content
from textual.widgets import Static

from stop_tui.core.errors import StopError
from stop_tui.core.events import Finding
from stop_tui.core.plain_text import one_line
from stop_tui.core.strategy_history import Course
from stop_tui.engine.strategy_lineage import evidence, strategies_up_to
from stop_tui.presentation import strategy_words as words
from stop_tui.presentation.figures import counted
from stop_tui.presentation.timeline import scale
from stop_tui.store.lineage import Lineage
from stop_tui.tui.keys.actions import bindings
from stop_tui.tui.later import later
from stop_tui.tui.runs.run_details import told
from stop_tui.tui.screens.explorer_screen import ExplorerScreen
from stop_tui.tui.versions.lineage_words import models_words
from stop_tui.tui.versions.strategy_details import Timeline, detail_lines, timeline, timeline_text
from stop_tui.tui.versions.strategy_rows import Window, bar_of, heading, window
from stop_tui.tui.widgets.find_bar import FindBar
from stop_tui.tui.widgets.live_spending import LiveSpending
from stop_tui.tui.widgets.rows.columns import Cell
from stop_tui.tui.widgets.rows.listing import Column, Listing
from stop_tui.tui.widgets.steady_footer import SteadyFooter
from stop_tui.tui.widgets.text.lines import Lines

if TYPE_CHECKING:
    from stop_tui.store.versions import Version
    from stop_tui.tui.runs.session import RunSession
    from stop_tui.workspace import Workspace

READING = "The lineage is being read…"
WAIT = 0.05
"""Seconds that the mark rests on a version before its source is read."""

KEPT = 200
"""Versions of which the lines are remembered."""

_BAR = 1


class TimelineListing(Listing):
    """A row for each strategy, under the names of the versions."""

    def __init__(self, screen: "StrategiesScreen") -> None:
        super().__init__(
            Column("strategy", 29),
            Column("versions", least=12),
            Column("in", 9, right=True, drop=1),
            draw=screen.cells,
            empty=words.NONE_FOUND,
            id="strategies",
        )
        self._owner = screen

    def titles(self) -> Sequence[Cell]:
        """The versions stand above their columns."""
        return ["strategy", self._owner.heading(), "in"]


class StrategiesScreen(ExplorerScreen):
    """The strategies of the run of `version`, up to its last version, and of all that led to it."""

    PLACE = "strategies"
    CSS_PATH = "lineage_strategies.tcss"
    BINDINGS = bindings("strategies")

    def __init__(self, workspace: "Workspace", version: "Version") -> None:
        super().__init__()
        self.workspace = workspace
        self.lineage = Lineage(workspace.lineage)
        self.run_name = version.run
        self.marked = version.commit
        self.shown: Timeline | None = None
        self._place = 0
        self._courses: dict[str, Course] = {}
        self._found: dict[str, tuple[Finding, ...]] = {}
        self._soon: asyncio.TimerHandle | None = None
        self._count = -1

    def compose(self) -> ComposeResult:
        with Horizontal(classes="title-bar"):
            yield Static(f"Strategies · {one_line(self.run_name, 80)}", id="what", markup=False)
            yield LiveSpending()
            yield Static("", id="model", markup=False)
        yield Static(READING, id="words", markup=False)
        with Container(id="timeline", classes="panel"):
            yield TimelineListing(self)
        yield Lines(wrap=True, id="detail", classes="panel")
        yield FindBar()
        yield SteadyFooter(compact=True)

    def on_mount(self) -> None:
        if self.gone:
            return
        signs = words.legend(scale(1, 1))
        self.query_one("#timeline").border_title = Content.assemble(
            "Timeline  ", (signs, "not bold $text-muted")
        )
        self.query_one(Listing).focus()
        self._count = self._versions_known()
        self.reload()

    def on_screen_resume(self) -> None:
        """Runs may have gone on while another screen was seen."""
        self._follow()

    def session_changed(self, session: "RunSession") -> None:
        self._follow()

    def reload(self) -> None:
        """Read everything, beside the event loop."""
        self.run_worker(self._reload(), group="strategies", exclusive=True)

    def copied(self) -> tuple[str, str] | None:
        """The whole timeline, or what is told of a strategy."""
        if self.shown is not None and self.focused is self.query_one(Listing):
            return timeline_text(self.shown), f"{self.run_name}-strategies.txt"
        return super().copied()

    async def action_back(self) -> None:
        """From the details to the timeline, from there to where one came from."""
        if not self.query_one(FindBar).display and self.query_one("#detail").has_focus:
            self.query_one(Listing).focus()
        else:
            await super().action_back()

    def action_version(self, by: int) -> None:
        """Mark the version that is `by` places newer."""
        if self.shown is not None:
            last = len(self.shown.called) - 1
            self._mark(max(0, min(self._place + by, last)))

    def action_turn(self, by: int) -> None:
        """Mark the next version, or the one before, in which the strategy came or went."""
        course = self._course
        if course is None:
            return
        places = [turn.place for turn in course.turns]
        ahead = [p for p in (places if by > 0 else places[::-1]) if (p - self._place) * by > 0]
        if ahead:
            self._mark(ahead[0])
        else:
            where = "after" if by > 0 else "before"
            self.notify(f"It neither comes nor goes {where} this version.", markup=False)

    @on(Listing.Moved)
    def other_strategy(self) -> None:
        """Tell of the strategy under the cursor."""
        self._show_detail()

    @on(Listing.Chosen)
    def to_details(self) -> None:
        """Enter leads to what is told of it."""
        self.query_one("#detail").focus()

    def heading(self) -> Content:
        """The names of the versions that are seen."""
        return Content() if self.shown is None else heading(self.shown.called, self._window())

    def cells(self, key: str) -> tuple[Content | str, ...]:
        """Strategy, its bar, in how many versions it is."""
        course = self._courses[key]
        return (key, bar_of(course, self._window()), f"{course.having}/{len(course.present)}")

    @property
    def _is_there(self) -> bool:
        """Whether its panels are: what was read comes late where one has left meanwhile."""
        return not self.gone and bool(self.query("#detail"))

    @property
    def _course(self) -> Course | None:
        cursor = self.query_one(Listing).cursor
        return None if cursor is None else self._courses.get(cursor)

    def _window(self) -> Window:
        count = 0 if self.shown is None else len(self.shown.called)
        return window(count, self._place, self.query_one(Listing).width_of(_BAR))

    def _versions_known(self) -> int:
        session = self.explorer.sessions.get(self.run_name)
        return 0 if session is None else len(session.state.versions)

    def _follow(self) -> None:
        self.query_one(LiveSpending).show(self.explorer.sessions.values())
        if self._versions_known() != self._count:
            self._count = self._versions_known()
            self.reload()

    async def _reload(self) -> None:
        try:
            shown = await asyncio.to_thread(self._read)
        except StopError as error:
            if self._is_there:
                self._say(Content("\n").join(told(error)))
            return
        if self._is_there:
            self._say(Content())
            self._show(shown)

    def _read(self) -> Timeline:
        Lineage.open(self.lineage.path, create=False)  # raises if it is gone
        commit = self.lineage.resolve(self.run_name)
        return timeline(strategies_up_to(self.workspace, self.lineage, commit))

    def _show(self, shown: Timeline) -> None:
        last = len(shown.called) - 1
        was_last = self.shown is not None and self._place == len(self.shown.called) - 1
        self._place = last if was_last else shown.places.get(self.marked, last)
        self.marked, self.shown = shown.history.versions[self._place].commit, shown
        self._courses = {course.label: course for course in shown.history.courses}
        many = counted(len(shown.called), "version")
        title = f"Strategies · {one_line(self.run_name, 80)} · {many}"
        self.query_one("#what", Static).update(Content(title))
        self.query_one("#model", Static).update(Content(models_words(shown.models)))
        listing = self.query_one(Listing)
        listing.styles.height = max(len(self._courses), 1) + 1  # a header
        listing.show(list(self._courses))
        self._show_mark()

    def _mark(self, place: int) -> None:
        if self.shown is not None and place != self._place:
            self._place, self.marked = place, self.shown.history.versions[place].commit
            self.query_one(Listing).redraw()
            self._show_mark()

    def _show_mark(self) -> None:
        """Say which version is marked, and read it once the mark rests."""
        assert self.shown is not None, "only what is shown has a mark"
        many = len(self.shown.called)
        name = one_line(self.shown.called[self._place], 60)
        self.query_one("#timeline").border_subtitle = Content(
            f"{name}, {self._place + 1:,} of {many:,}"
        )
        self._show_detail()
        if self._soon is not None:
            self._soon.cancel()
        self._soon = None
        if self.marked not in self._found:
            self._soon = later(self, WAIT, self._start_finding)

    def _show_detail(self) -> None:
        detail, course = self.query_one("#detail", Lines), self._course
        if self.shown is None or course is None:
            detail.border_title = ""
            detail.show_lines([])
            return
        detail.border_title = Content(one_line(course.label, 60))
        found = self._found.get(self.marked)
        lines = detail_lines(self.shown, course, self._place, found)
        detail.show_lines(lines, keep_position=detail.has_focus)

    def _start_finding(self) -> None:
        self._soon = None
        self.run_worker(self._find(self.marked), group="lines", exclusive=True)

    async def _find(self, commit: str) -> None:
        try:
            found = await asyncio.to_thread(evidence, self.lineage, commit)
        except StopError as error:
            self.explorer.tell(error)
            return
        self._found[commit] = found
        if len(self._found) > KEPT:
            self._found.pop(next(iter(self._found)))
        if commit == self.marked and self._is_there:
            self._show_detail()

    def _say(self, said: Content) -> None:
        """Say what is wrong or missing, above what was known before."""
        panel = self.query_one("#words", Static)
        panel.display = bool(said.plain)
        panel.update(said)
