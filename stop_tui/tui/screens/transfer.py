"""Transfer: what a version is worth on tasks beside controls; rows fill in as they are measured.

It shows what a `TransferSession` knows and starts nothing by being opened. What can be done is in
`transfer_control`.
"""

from typing import TYPE_CHECKING

from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.content import Content
from textual.timer import Timer
from textual.widgets import Static

from stop_tui.core.plain_text import one_line
from stop_tui.tui.keys.actions import bindings
from stop_tui.tui.keys.keymap import key_word
from stop_tui.tui.later import later
from stop_tui.tui.measuring.session import TransferSession
from stop_tui.tui.screens.explorer_screen import ExplorerScreen
from stop_tui.tui.screens.transfer_control import TransferControl
from stop_tui.tui.widgets.detail.table import Table
from stop_tui.tui.widgets.find_bar import FindBar
from stop_tui.tui.widgets.live_spending import LiveSpending
from stop_tui.tui.widgets.rows.listing import Column, Listing
from stop_tui.tui.widgets.steady_footer import SteadyFooter

if TYPE_CHECKING:
    from stop_tui.tui.runs.session import RunSession

FOLLOW = 2.0
"""Seconds between two looks at what another process measures."""

WIDEST = 20
"""Cells that a utility with its interval takes: ``1.000 [1.000, 1.000]``."""

BESIDE_CHART = 6
"""Cells that the frame of the chart and the air in it take."""

LEGEND = "[ ] 95 % interval · difference to the seed improver, paired"


class TransferScreen(TransferControl, ExplorerScreen):
    """The transfer of one version."""

    PLACE = "transfer"
    CSS_PATH = "transfer.tcss"
    BINDINGS = bindings("transfer")
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (120, "-wide")]  # noqa: RUF012 - Textual's type
    VERTICAL_BREAKPOINTS = [(0, "-low"), (36, "-tall")]  # noqa: RUF012 - Textual's type
    AUTO_FOCUS = "#tasks"

    def __init__(self, transfer: TransferSession) -> None:
        super().__init__()
        self.transfer = transfer
        self._drawn: object = None
        self._ticking: Timer | None = None
        self._following = False

    def compose(self) -> ComposeResult:
        name = one_line(self.transfer.rev, 60)
        with Horizontal(classes="title-bar"):
            yield Static(f"Transfer · {name} on held-out instances", id="what", markup=False)
            yield LiveSpending(transfers=False)
            yield Static(self._model(), id="model", markup=False)
        yield Static("", id="status", markup=False)
        yield Table(
            Column("", 3),
            Column("task", least=15),
            Column("done", 5, right=True),
            Column("", 10, drop=2),
            Column("seed sol.", 9, right=True, drop=4),
            Column("seed impr.", 10, right=True, drop=3),
            Column(name if len(name) <= WIDEST else "this version", WIDEST),
            Column("difference", 21),
            Column("better", 6, right=True),
            Column("paper", 5, right=True, drop=1),
            draw=self._task_cells,
            id="tasks",
            classes="panel",
        )
        yield Table(
            Column("program", least=16),
            Column("utility", WIDEST),
            Column("difference", 21),
            Column("better", 6, right=True),
            Column("paper", 5, right=True, drop=1),
            Column("cost", 7, right=True),
            Column("responses", 9, right=True, drop=2),
            Column("tokens", 6, right=True, drop=3),
            Column("notes", least=18, drop=4),
            draw=self._program_cells,
            id="programs",
            classes="panel",
        )
        yield Static("", id="chart", classes="panel", markup=False)
        yield Static("", id="about", markup=False)
        yield Static("", id="disclaimer", markup=False)
        yield FindBar()
        yield SteadyFooter(compact=True)

    def on_mount(self) -> None:
        if self.gone:
            return
        self.query_one("#tasks").border_title = "Tasks"
        self.query_one("#programs").border_subtitle = LEGEND
        self.query_one("#chart").border_title = "Utility"
        self._say()
        self.run_worker(self.transfer.open(), group="opening")

    def on_screen_resume(self) -> None:
        """Others may have measured while another screen was seen."""
        self.transfer.catch_up()
        self._show_all()
        self._follow()

    def session_changed(self, session: "RunSession") -> None:
        self.query_one(LiveSpending).show(self.explorer.sessions.values())

    def transfers_changed(self) -> None:
        self.transfer.ended = False
        self._show_all()

    def copied(self) -> tuple[str, str] | None:
        """The table in focus, with tabs between its cells."""
        found = super().copied()
        return found if found is None else (found[0], "transfer.tsv")

    @property
    def key(self) -> str | None:
        """The row of tasks under the cursor."""
        return self.query_one("#tasks", Listing).cursor

    @on(Listing.Moved, "#tasks")
    def other_task(self) -> None:
        """Show the programs on the task under the cursor."""
        self._show_programs()

    @on(Listing.Moved, "#programs")
    def other_program(self) -> None:
        """Say what the program under the cursor is."""
        self._say_about()

    @on(Listing.Chosen, "#tasks")
    def chosen_task(self) -> None:
        """Take the task in or leave it out."""
        self.action_task()

    def on_descendant_focus(self) -> None:
        """What is said at the bottom is about the list in focus."""
        self._say_about()

    def on_resize(self) -> None:
        """Draw the chart as wide as there is room."""
        self.call_after_refresh(self._show_chart)

    def _follow(self) -> None:
        """Look at what another process measures, for as long as this is on the screen, and once
        more when it has ended."""
        if self.app.screen is not self:
            return
        elsewhere = self.transfer.elsewhere
        if elsewhere or self._following:
            self._following = elsewhere
            self.transfer.catch_up()
            self._show_all()
        if elsewhere:
            later(self, FOLLOW, self._follow)

    def _tick(self) -> None:
        """Let the clock go on while it measures, and no longer."""
        live = self.transfer.live
        if live and self._ticking is None:
            self._ticking = self.set_interval(1.0, self._second)
        elif not live and self._ticking is not None:
            self._ticking.stop()
            self._ticking = None

    def _second(self) -> None:
        """A second is over; nobody else says that it has ended while another screen is seen."""
        self._say()
        self._tick()

    def _show_all(self) -> None:
        """Bring everything up to date with what is known."""
        if not self.query("#disclaimer"):
            return  # it is not whole yet, or no more
        self._say()
        self._tick()
        session = self.transfer
        if session.subject is None:
            return
        driven = session.live, session.elsewhere
        moment = (session.figures, session.tasks, session.repeats, driven)
        if moment == self._drawn:
            return
        if self._drawn is None:
            self.call_after_refresh(self._follow)
        self._drawn = moment
        from stop_tui.tui.measuring.rows import program_keys, task_keys

        tasks, programs = self.query_one("#tasks", Listing), self.query_one("#programs", Listing)
        tasks.show(task_keys(session))
        tasks.styles.max_height = len(tasks.keys) + 3  # a header and a border
        programs.styles.height = len(session.subject.programs) + 3
        if list(programs.keys) != program_keys(session):
            programs.show(program_keys(session))
        self._show_programs()

    def _show_programs(self) -> None:
        from stop_tui.tui.measuring.rows import task_title

        key = self.key
        if key is None:
            return
        programs = self.query_one("#programs", Listing)
        programs.border_title = task_title(self.transfer, key)
        programs.redraw()
        self._show_chart()
        self._say_about()

    def _show_chart(self) -> None:
        """The intervals of the programs on one axis, where there is room for it."""
        panel = self.query_one("#chart", Static)
        if self.key is None or not panel.is_attached:
            return
        from stop_tui.tui.deciding.interval_chart import chart
        from stop_tui.tui.measuring.rows import bars

        drawn = bars(self.transfer, self.key)
        panel.set_class(bool(drawn), "-drawn")
        if drawn:
            panel.update(Content("\n".join(chart(drawn, self.size.width - BESIDE_CHART))))

    def _say(self) -> None:
        """Where it stands, what the model is, and what is driven besides."""
        from stop_tui.tui.measuring.status_words import status

        live, session = self.explorer.transfers.live, self.transfer
        go = key_word("transfer.go", self.explorer.keymap)
        words = status(session, None if live is session else live, go)
        panel = self.query_one("#status", Static)
        if panel.content != words:
            panel.update(words)
        self.query_one("#disclaimer", Static).update(Content(self._disclaimer()))
        self.query_one(LiveSpending).show(self.explorer.sessions.values())
        known = session.subject is not None
        for name in ("#tasks", "#programs"):
            self.query_one(name).display = known

    def _say_about(self) -> None:
        """What should be known of the row under the cursor of the list in focus."""
        session, key = self.transfer, self.key
        if session.subject is None or key is None:
            return
        from stop_tui.tui.measuring.rows import about_program, about_task

        programs = self.query_one("#programs", Listing)
        if self.focused is programs and programs.cursor is not None:
            words = about_program(session, key, programs.cursor)
        else:
            words = about_task(session, key)
        self.query_one("#about", Static).update(Content(words))

    def _disclaimer(self) -> str:
        if self.transfer.model != "offline":
            return ""
        from stop_tui.language_models.offline.model import DISCLAIMER

        return DISCLAIMER

    def _model(self) -> str:
        model = self.transfer.model
        return "offline model" if model == "offline" else one_line(model, 40)

    def _task_cells(self, key: str) -> tuple[Content | str, ...]:
        from stop_tui.tui.measuring.rows import task_cells

        return task_cells(self.transfer, key)

    def _program_cells(self, program: str) -> tuple[Content | str, ...]:
        from stop_tui.tui.measuring.rows import program_cells

        return program_cells(self.transfer, self.key or "", program)
