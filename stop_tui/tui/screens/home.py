"""The first screen: the runs of a workspace, and what is known of the one under the cursor.

It paints before it reads any journal, then reads them one after the other in slices. It changes
nothing: runs are started in the form, and driven from their own screen.
"""

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from textual import on, work
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.widgets import Static

from stop_tui.core.errors import StopError
from stop_tui.core.plain_text import one_line
from stop_tui.core.sparkline import sparkline
from stop_tui.core.state import State, Status
from stop_tui.language_models.registry import known_models
from stop_tui.presentation.conditions import ELSEWHERE, Condition
from stop_tui.presentation.costs import short_count, short_tokens, short_usd
from stop_tui.presentation.figures import figure
from stop_tui.presentation.overview import curve, iterations_done
from stop_tui.tui.keys.actions import bindings
from stop_tui.tui.keys.keymap import shown_key
from stop_tui.tui.later import later
from stop_tui.tui.runs.run_list import KnownRun, RunList
from stop_tui.tui.runs.run_words import (
    STYLES,
    UNREAD,
    ago,
    model_notice,
    standing,
    welcome_words,
)
from stop_tui.tui.screens.explorer_screen import ExplorerScreen
from stop_tui.tui.widgets.find_bar import FindBar
from stop_tui.tui.widgets.rows.listing import Column, Listing
from stop_tui.tui.widgets.steady_footer import SteadyFooter
from stop_tui.tui.widgets.text.lines import Lines

if TYPE_CHECKING:
    from stop_tui.tui.runs.session import RunSession
    from stop_tui.workspace import Workspace

LOOK_AGAIN = 2.0
"""Seconds until a run that another process is driving is looked at again."""

WIDTHS = [(0, "-narrow"), (120, "-wide")]
"""From which width on the run under the cursor stands beside the list, not below it."""


class HomeScreen(ExplorerScreen):
    """The runs of this workspace."""

    PLACE = "home"
    CSS_PATH = "home.tcss"
    BINDINGS = bindings("home")
    HORIZONTAL_BREAKPOINTS = WIDTHS

    def __init__(self, workspace: "Workspace") -> None:
        super().__init__()
        self.workspace = workspace
        self.list = RunList(workspace)
        self._look_again: asyncio.TimerHandle | None = None
        self._shown: str | None = None

    def compose(self) -> ComposeResult:
        model = self.explorer.config.run.model
        known = known_models(self.explorer.config.models, model)
        with Horizontal(classes="title-bar"):
            yield Static(self._title(), id="where", markup=False)
            named = "offline model" if model == "offline" else one_line(model, 30)
            yield Static(named, id="model", markup=False)
        yield Static(model_notice(model, known), id="notice", markup=False)
        yield Static("", id="welcome", markup=False)
        with Vertical(id="runs"):
            yield Listing(
                Column("State", 17),
                Column("Run", least=14),
                Column("Iter.", 5, right=True),
                Column("Best", 5, right=True),
                Column("Curve", 8, drop=2),
                Column("LM calls", 8, right=True, drop=4),
                Column("Tokens", 6, right=True, drop=5),
                Column("Cost", 7, right=True, drop=3),
                Column("Last event", 10, right=True, drop=1),
                draw=self._cells,
                empty="The list of runs is being read…",
                id="list",
                classes="panel",
            )
            yield Lines(wrap=True, id="details", classes="panel")
        yield FindBar()
        yield SteadyFooter(compact=True)

    def on_mount(self) -> None:
        if self.gone:
            return
        self.query_one(Listing).border_title = "Runs"
        self.query_one(Listing).focus()
        self.watch(self.app, "app_focus", self._app_focus_changed, init=False)

    def on_screen_resume(self) -> None:
        """Look at the journal, but paint first."""
        self.call_after_refresh(self._catch_up)

    def on_screen_suspend(self) -> None:
        """Who does not see the list does not need it."""
        self._stop_looking()

    def session_changed(self, session: "RunSession") -> None:
        if session.name in self.list.runs:
            self._told(session.name)
        else:
            self._catch_up()

    def copied(self) -> tuple[str, str] | None:
        """In the list, what is known of the run."""
        if self.focused is self.query_one(Listing) and self._shown is not None:
            return self.query_one(Lines).everything(), f"{self._shown}.txt"
        return super().copied()

    # Reading

    def _catch_up(self) -> None:
        self._stop_looking()
        self._read()

    @work(group="runs", exclusive=True)
    async def _read(self) -> None:
        await self.list.catch_up(self._told)
        self._look_later()

    def _look_later(self) -> None:
        if self.is_current:
            self._look_again = later(self, LOOK_AGAIN, self._look)

    def _look(self) -> None:
        """Another process may have written: what stands still is not even opened."""
        elsewhere = any(self._standing(name) == ELSEWHERE for name in self.list.runs)
        if elsewhere or self.list.written_since:
            self._catch_up()
        else:
            self._look_later()

    def _told(self, name: str | None) -> None:
        """More is known: of the run `name`, or of which runs there are."""
        if not self.display:  # being removed, while a journal is still being read
            return
        listing = self.query_one(Listing)
        if name is None:
            self.set_class(self.list.listed and not self.list.runs, "-empty")
            self._show_welcome()
            names, before = list(self.list.runs), set(listing.keys)
            if names != list(listing.keys):
                listing.show(names)
                mine = (run for run in names if run in self.explorer.sessions and run not in before)
                begun = next(mine, None) if before else None  # started here since: the one to see
                if begun is not None or (names and not self._shown):
                    listing.move_to(begun or names[0])
        listing.redraw()
        if name is None or name == listing.cursor:
            self._show_details()

    def _stop_looking(self) -> None:
        if self._look_again is not None:
            self._look_again.cancel()
            self._look_again = None

    def _app_focus_changed(self, focused: bool) -> None:
        """Back from another window: other processes may have been at work."""
        if focused and self.is_current:
            self._catch_up()

    # Drawing

    def _title(self) -> Content:
        path, home = self.workspace.root, Path.home()
        shown = f"~/{path.relative_to(home)}" if path.is_relative_to(home) else str(path)
        return Content.assemble(("stop-tui", "bold"), " · runs of ", one_line(shown, 300))

    def _show_welcome(self) -> None:
        welcome = self.query_one("#welcome", Static)
        if self.list.error is not None:
            from stop_tui.tui.runs.run_details import told

            welcome.update(Content("\n").join(told(self.list.error)))
        elif not self.list.runs:
            new = shown_key("home.new", self.explorer.keymap)
            welcome.update(welcome_words(self.explorer.config.run, new))

    def _show_details(self) -> None:
        """What is known of the run under the cursor."""
        if not self.display:
            return
        panel = self.query_one(Lines)
        name = self.query_one(Listing).cursor
        known = None if name is None else self.list.runs.get(name)
        if known is None:
            panel.border_title = ""
            panel.show_lines([])
            return
        same, self._shown = name == self._shown, name
        panel.border_title = known.name
        panel.show_lines(self._details(known), keep_position=same)

    def _details(self, known: KnownRun) -> Sequence[Content]:
        from stop_tui.tui.runs.run_details import details, told

        now, state = self._standing(known.name), self._state(known)
        if now is UNREAD or state.started is None:
            return told(known.error) if known.error is not None else [Content(str(now))]
        resume = shown_key("home.resume", self.explorer.keymap)
        error = [] if known.error is None else [*told(known.error), Content("")]
        width = self.query_one(Lines).scrollable_content_region.width
        return [*error, *details(state, now, resume, width)]

    def _cells(self, name: str) -> Sequence[Content | str]:
        known, now = self.list.runs[name], self._standing(name)
        where, state = Content.styled(str(now), STYLES.get(now, "")), self._state(known)
        if now is UNREAD or state.started is None:
            return (where, name, "", "", "", "", "", "", "")
        values, spent = curve(state), state.spent
        return (
            where,
            name,
            f"{iterations_done(state)}/{state.settings.iterations}",
            figure(max(values, default=None)),
            sparkline(values[-8:], 0.0, 1.0),
            short_count(spent.lm_calls),
            short_tokens(spent),
            short_usd(spent),
            ago(state.at),
        )

    def _standing(self, name: str) -> Condition:
        known, session = self.list.runs[name], self.explorer.sessions.get(name)
        return standing(self.workspace, known, session, self._state(known))

    def _state(self, known: KnownRun) -> State:
        """The run as it is open here, where that is further than what was read."""
        session = self.explorer.sessions.get(known.name)
        ahead = session is not None and session.state.events >= known.state.events
        return session.state if session is not None and ahead else known.state

    def on_resize(self) -> None:
        """What is beside the list is wrapped to its width."""
        self.call_after_refresh(self._show_details)

    # Moving and opening

    @on(Listing.Moved, "#list")
    def run_under_cursor(self) -> None:
        """Show the run under the cursor, and how long ago things are by now."""
        self.query_one(Listing).redraw()
        self._show_details()

    @on(Listing.Chosen, "#list")
    def open_run(self, event: Listing.Chosen) -> None:
        """Show the run."""
        self.explorer.open_run(event.key)

    def action_resume(self) -> None:
        """Open the run under the cursor and go on with it."""
        name = self.query_one(Listing).cursor
        if name is None:
            self.notify("There is no run to go on with.", severity="warning")
            return
        now, state = self._standing(name), self._state(self.list.runs[name])
        if state.status is Status.FINISHED:
            self.notify(
                f"The run {name} is {now.word}: no meta-iteration is left.", severity="warning"
            )
        elif now == ELSEWHERE:
            self.notify(
                f"Another stop-tui is running {name}. End it there (ctrl-c), then go on here.",
                severity="warning",
            )
        else:
            self.explorer.open_run(name, go=True)

    def action_new_run(self) -> None:
        """Set up a new run from the improver that comes with the workspace."""
        self._set_up("seed")

    def action_start_from(self) -> None:
        """Choose the version that a new run starts from."""
        self._choose_start()

    def action_lineage(self) -> None:
        """The versions of all runs."""
        if not self.workspace.lineage.exists():
            self._tell_no_versions()
            return
        from stop_tui.tui.screens.lineage import LineageScreen

        self.app.push_screen(LineageScreen(self.workspace))

    def _set_up(self, start: str) -> None:
        from stop_tui.tui.screens.new_run import NewRunScreen

        if self.list.error is not None:
            self.explorer.tell(self.list.error)
            return
        self.app.push_screen(NewRunScreen(self.workspace, start=start))

    @work(group="versions", exclusive=True)
    async def _choose_start(self) -> None:
        from stop_tui.tui.screens.choose_version import choose_version

        if not self.workspace.lineage.exists():
            self._tell_no_versions()
            return
        try:
            dialog = await choose_version(self.workspace)
        except StopError as error:
            self.explorer.tell(error)
            return
        self.app.push_screen(dialog, lambda rev: None if rev is None else self._set_up(rev))

    def _tell_no_versions(self) -> None:
        self.notify(
            "No version yet: the first run that starts makes the first one.", severity="warning"
        )
