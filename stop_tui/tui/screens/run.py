"""The run screen: versions, candidates and the detail of one, live or stepped through in the past.

It shows a `RunView` and sends what the human wants to the session (`run_control`). It decides
nothing: a question of the run is announced in a bar and opened on purpose.
"""

from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.widgets import Static

from stop_tui.core import events as ev
from stop_tui.core.errors import StopError
from stop_tui.core.events import kind
from stop_tui.core.plain_text import one_line
from stop_tui.core.state import Iteration
from stop_tui.presentation.figures import figure
from stop_tui.presentation.history import Step, points, steps
from stop_tui.presentation.lines import describe
from stop_tui.presentation.names import candidate_name
from stop_tui.tui.keys.actions import bindings
from stop_tui.tui.keys.keymap import shown_key
from stop_tui.tui.later import later
from stop_tui.tui.runs.run_view import RunView
from stop_tui.tui.runs.session import RunSession
from stop_tui.tui.screens.against import choose_base
from stop_tui.tui.screens.explorer_screen import ExplorerScreen
from stop_tui.tui.screens.run_control import RunControl
from stop_tui.tui.widgets.candidates import INCUMBENT, Candidates
from stop_tui.tui.widgets.detail import CandidateDetail
from stop_tui.tui.widgets.find_bar import FindBar
from stop_tui.tui.widgets.meta_utility_plot import MetaUtilityPlot
from stop_tui.tui.widgets.rows.listing import Column, Listing
from stop_tui.tui.widgets.run_bar import RunBar
from stop_tui.tui.widgets.steady_footer import SteadyFooter
from stop_tui.tui.widgets.tab_strip import Tab, TabStrip

WIDTHS = [(0, "-narrow"), (100, "-medium"), (130, "-wide")]
"""Where there is room for one pane, for three, and for a detail beside the other two at all times:
in between the versions give way to a detail in focus."""

FOLLOW = 2.0
"""Seconds between two looks at a run that another process drives."""

PANES = (
    ("versions", "Versions", "1"),
    ("candidates", "Candidates", "2"),
    ("detail", "Detail", "3"),
)


class RunScreen(RunControl, ExplorerScreen):
    """One run."""

    PLACE = "run"
    CSS_PATH = "run.tcss"
    HORIZONTAL_BREAKPOINTS = WIDTHS
    BINDINGS: ClassVar[list[BindingType]] = [*bindings("run")]

    def __init__(self, session: RunSession) -> None:
        super().__init__()
        self.session = session
        self.view = RunView(session)
        self._pane = "candidates"
        self._steps: dict[str, Step] = {}
        self._moment: object = None
        self._seen: object = None
        self._number: int | None = None

    def compose(self) -> ComposeResult:
        yield RunBar()
        yield Static(id="question", markup=False)
        yield Static(id="past", markup=False)
        yield TabStrip([Tab(*pane) for pane in PANES], current="candidates", id="tabs")
        with Horizontal(id="panes"):
            with Vertical(id="left", classes="pane"):
                yield Listing(
                    Column("", 2),
                    Column("", 3),
                    Column("", least=8),
                    Column("val", 5, right=True),
                    draw=self._step_cells,
                    empty="Nothing yet.",
                    id="versions",
                    classes="panel",
                )
                yield MetaUtilityPlot(id="plot", classes="panel")
            yield Candidates(id="candidates", classes="panel pane")
            yield CandidateDetail(id="detail")
        yield Static(id="log", markup=False)
        yield FindBar()
        yield SteadyFooter()

    def on_mount(self) -> None:
        if self.gone:
            return
        self.query_one("#versions", Listing).border_title = "1 Versions"
        self.query_one("#plot").border_title = "meta-utility"
        self.query_one(CandidateDetail).add_class("pane")
        self._show_pane("candidates")
        self.refresh_run(follow=True)

    def on_screen_resume(self) -> None:
        if self.is_mounted:
            self.refresh_run()
        self._follow()

    def _follow(self) -> None:
        """Look at what another process adds to the run, for as long as it is on the screen."""
        if self.session.elsewhere and self.app.screen is self:
            try:
                self.session.catch_up()
            except StopError as error:
                self.explorer.tell(error)
                return
            self.refresh_run()
            later(self, FOLLOW, self._follow)

    def session_changed(self, session: RunSession) -> None:
        if session is self.session:
            self.refresh_run()

    def refresh_run(self, *, follow: bool = False) -> None:
        """Bring every panel up to date with the view; with `follow` go to the newest iteration."""
        if not self.query("#log"):
            return  # it is not whole yet, or no more
        view = self.view
        self.query_one(RunBar).show(view)
        self._show_bars()
        self._show_log()
        moment = (view.moment(), view.session.live)
        if moment != self._moment or follow:
            self._moment = moment
            self._show_steps(follow)
        self._show_iteration()

    @property
    def iteration(self) -> Iteration | None:
        """The meta-iteration under the cursor; None at the start of the run."""
        cursor = self.query_one("#versions", Listing).cursor
        return None if cursor is None else self.view.state.iterations.get(int(cursor))

    @property
    def source(self) -> str | None:
        """The hash of the source under the cursor."""
        candidates = self.query_one(Candidates)
        if self.iteration is None:
            started = self.view.state.started
            return None if started is None else started.source
        return candidates.source_of(candidates.cursor)

    @on(Listing.Moved, "#versions")
    def other_iteration(self) -> None:
        """Show the candidates of the meta-iteration under the cursor."""
        self._show_iteration()

    @on(Listing.Moved, "#candidates")
    def other_candidate(self) -> None:
        """Show the candidate under the cursor."""
        self._show_detail()

    @on(Listing.Chosen, "#versions")
    def to_candidates(self) -> None:
        """Enter leads to the right."""
        self._show_pane("candidates")

    @on(Listing.Chosen, "#candidates")
    def to_detail(self) -> None:
        """Enter leads to the right."""
        self._show_pane("detail")

    @on(TabStrip.Selected, "#tabs")
    def tab_clicked(self, event: TabStrip.Selected) -> None:
        """A pane was chosen with the mouse."""
        self._show_pane(event.name)

    def action_show(self, tab: str) -> None:
        """Show a tab of the detail, and go there."""
        self._show_pane("detail")
        self.query_one(CandidateDetail).open_tab(tab, focus=True)

    def action_against(self) -> None:
        """Choose what the difference is against."""
        iteration, source = self.iteration, self.source
        if iteration is None or source is None:
            self.notify("There is nothing to compare it with.", severity="warning")
            return
        detail = self.query_one(CandidateDetail)
        self._show_pane("detail")
        choose_base(self.explorer, detail, self.view.state, iteration, source)

    def action_pane(self, number: int) -> None:
        """Go to a pane; when there is room for one only, show it."""
        self._show_pane(PANES[number - 1][0])

    async def action_back(self) -> None:
        """From the detail to the candidates when there is room for one pane only; else leave."""
        bar = self.query_one(FindBar)
        if not bar.display and self.has_class("-narrow") and self._pane == "detail":
            self._show_pane("candidates")
            return
        await super().action_back()

    def action_travel(self, events: int) -> None:
        """Step through the run's events."""
        self.view.travel(events)
        self.refresh_run(follow=True)

    def action_travel_far(self, direction: int) -> None:
        """Step through the run's meta-iterations."""
        self.view.travel_far(direction)
        self.refresh_run(follow=True)

    def action_travel_now(self) -> None:
        """Leave the past."""
        self.view.now()
        self.refresh_run(follow=True)

    def _show_pane(self, name: str) -> None:
        self._pane = name
        for pane, _, _ in PANES:
            self.set_class(pane == name, f"-show-{pane}")
        self.query_one("#tabs", TabStrip).select(name)
        if name == "detail":
            self.query_one(CandidateDetail).focus_content()
        else:
            listing = self.query_one(f"#{name}", Listing)
            self.set_focus(listing)  # at once: the next key may be on its way
            listing.focus()  # and again when the pane has come into sight

    def _show_steps(self, follow: bool) -> None:
        state = self.view.state
        self._steps = {str(step.number): step for step in steps(state)}
        versions = self.query_one("#versions", Listing)
        at_end = follow or versions.cursor is None or versions.position == len(versions.keys) - 1
        versions.show(list(self._steps))
        if at_end and self._steps:
            versions.move_to(list(self._steps)[-1])
        self.query_one(MetaUtilityPlot).show(points(state))

    def _show_iteration(self) -> None:
        iteration = self.iteration
        candidates = self.query_one(Candidates)
        number = None if iteration is None else iteration.number
        seen = (number, self.view.moment(number))
        if seen == self._seen:
            self._show_detail()
            return
        other = number != self._number
        self._seen, self._number = seen, number
        name = "the start" if number is None else f"I{number}"
        candidates.border_title = f"2 Candidates of {name}"
        candidates.show_iteration(self.view.state, iteration)
        if other and iteration is not None and iteration.under_review is not None:
            candidates.move_to(iteration.under_review)
        self._show_detail()

    def _show_detail(self) -> None:
        iteration = self.iteration
        detail = self.query_one(CandidateDetail)
        title = f"3 {self._named()}"
        if detail.border_title != title:
            detail.border_title = title
        detail.show(self.view, None if iteration is None else iteration.number, self.source)

    def _named(self) -> str:
        iteration = self.iteration
        if iteration is None:
            return "The improver the run started from"
        key = self.query_one(Candidates).cursor
        if key is None or key == INCUMBENT:
            return f"Incumbent of I{iteration.number}"
        candidate = iteration.candidates.get(key)
        if candidate is None:
            return f"Candidates of I{iteration.number}"
        name = candidate_name(candidate.number, iteration.number)
        return name[0].upper() + name[1:]

    def _show_bars(self) -> None:
        """What waits for a decision, and which moment of the past is shown."""
        view = self.view
        keymap = self.explorer.keymap
        if self.session.question is not None:
            strong = "? The run waits for your decision: "
            words = f"{shown_key('run.review', keymap)} opens it"
        else:
            strong = "‖ A proposal waits for your decision: "
            words = f"{shown_key('run.pause', keymap)} goes on with the run, then asks"
        waiting = self.session.question is not None or self.stands_at_a_proposal
        self._show_bar("question", strong, words, waiting and not view.past)
        event = view.event
        line = "" if event is None else describe(event, view.state) or kind(event)
        where = f"◷ Event {view.position:,} of {len(self.session.events):,}: "
        self._show_bar("past", where, one_line(line, 200), view.past)

    def _show_bar(self, name: str, strong: str, words: str, shown: bool) -> None:
        bar = self.query_one(f"#{name}", Static)
        said = Content.assemble((strong, "bold"), words)
        if shown and bar.content != said:
            bar.update(said, layout=False)
        if bar.display != shown:
            bar.display = shown

    def _show_log(self) -> None:
        """The newest facts that have words, the last one lowest."""
        lines: list[str] = []
        events, state = self.session.events, self.view.state
        for event in reversed(events[max(0, self.view.position - 200) : self.view.position]):
            words = _said(event) or describe(event, state)
            if words is not None:
                lines.append(f"{_time(event.at)}  {one_line(words, 300)}")
            if len(lines) == 2:
                break
        said = Content("\n".join(reversed(lines)))
        log = self.query_one("#log", Static)
        if log.content != said:
            log.update(said, layout=False)

    def _step_cells(self, key: str) -> tuple[Content | str, ...]:
        step: Step = self._steps[key]
        value = None if step.meta_utility is None else step.meta_utility.mean
        word = step.strategy if step.sign == "●" else step.word
        return (step.sign, f"I{step.number}", word, "" if value is None else figure(value, 2))


def _said(event: ev.AnyEvent) -> str | None:
    """What the command line says at its end, and the log here must say too."""
    match event:
        case ev.RunPaused():
            return f"paused: {event.reason}"
        case ev.RunFinished():
            return event.reason
        case ev.RunResumed():
            return "goes on"
        case _:
            return None


def _time(at: float) -> str:
    from datetime import datetime

    return datetime.fromtimestamp(at).strftime("%H:%M:%S")
