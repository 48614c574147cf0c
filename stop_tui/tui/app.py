"""The explorer's application: opens screens, owns the open runs, themes and keys.

Screens look at sessions and are told, at most eight times a second, that one changed. The
application holds no fact of a run itself.
"""

import asyncio
from collections.abc import Callable, Iterable
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from textual.app import SystemCommand
from textual.binding import BindingType
from textual.command import Provider
from textual.css.query import NoMatches
from textual.screen import Screen

from stop_tui.config import Config
from stop_tui.core.errors import StopError
from stop_tui.core.plain_text import plain
from stop_tui.tui import themes
from stop_tui.tui.keys.actions import bindings
from stop_tui.tui.later import later
from stop_tui.tui.measuring.transfers import Transfers
from stop_tui.tui.runs.session import RunSession, open_session
from stop_tui.tui.screens.explorer_screen import ExplorerScreen
from stop_tui.tui.terminal.edges import GuardedApp

if TYPE_CHECKING:
    from stop_tui.core.events import Settings
    from stop_tui.workspace import Workspace

REDRAW = 0.12
"""Seconds in which changes of a run are gathered before the screens look at it again."""

PAUSE_WITHIN = 0.7
"""Seconds that runs get to pause when the explorer is left. What is still busy then ends with this
process; the journal is complete at any moment, so nothing is lost."""

SESSIONS_KEPT = 4
"""Runs that stay in memory though nobody looks at them and nothing drives them."""

LONGEST_ERROR = 400
"""Characters of an error, and of what can be done about it, that a notification has room for."""


def _actions_provider() -> type[Provider]:
    from stop_tui.tui.keys.palette import ActionsProvider

    return ActionsProvider


class Explorer(GuardedApp):
    """stop-tui on a terminal."""

    TITLE = "stop-tui"
    CSS_PATH = Path(__file__).with_name("app.tcss")
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (100, "-wide")]  # noqa: RUF012 - Textual's type
    COMMANDS: ClassVar[set[type[Provider] | Callable[[], type[Provider]]]] = {_actions_provider}
    BINDINGS: ClassVar[list[BindingType]] = [*bindings("app")]
    ENABLE_COMMAND_PALETTE = True

    def __init__(
        self,
        workspace: "Workspace | None",
        *,
        folder: Path,
        config: Config | None = None,
        keymap: dict[str, str] | None = None,
        opening: str | None = None,
        entered: Callable[["Workspace"], object] = lambda workspace: None,
    ) -> None:
        """`folder` is where a workspace is offered when there is none; `opening` a run to open;
        `entered` is told of the workspace, found or made."""
        super().__init__()
        self.workspace = workspace
        self.folder = folder
        self.config = config or Config()
        self.keymap = keymap or {}
        self.sessions: dict[str, RunSession] = {}
        self.failure: Exception | None = None
        self._opening = opening
        self._entered = entered
        self._changes: set[str] = set()
        self._redraw: asyncio.TimerHandle | None = None
        self.transfers = Transfers(partial(later, self, REDRAW), self._tell_of_transfers)
        for theme in themes.OWN:
            self.register_theme(theme)
        self.theme = themes.NAMES[self.config.screen.theme]
        self.set_keymap(self.keymap)

    def on_mount(self) -> None:
        """Show the runs, or offer a workspace."""
        if self.workspace is None:
            from stop_tui.tui.screens.create_workspace import CreateWorkspaceScreen

            self.push_screen(CreateWorkspaceScreen(self.folder))
            return
        self.enter(self.workspace)

    def enter(self, workspace: "Workspace") -> None:
        """Show the runs of `workspace`."""
        from stop_tui.tui.screens.home import HomeScreen

        self.workspace = workspace
        self._entered(workspace)
        self.push_screen(HomeScreen(workspace))
        if self._opening is not None:
            self.call_after_refresh(self.open_run, self._opening)

    def session(self, name: str) -> RunSession:
        """The open run `name`; read from the journal when it is not open. Raises StopError."""
        assert self.workspace is not None, "a run belongs to a workspace"
        known = self.sessions.get(name)
        if known is None:
            known = open_session(self.workspace, name, self._changed)
            self.sessions[name] = known
            self._let_go(known)
        elif not known.live:
            known.catch_up()
        return known

    def open_run(self, name: str, *, go: bool = False) -> None:
        """Show the run `name`, and with `go` go on with it."""
        from stop_tui.tui.screens.run import RunScreen

        try:
            session = self.session(name)
            if go:
                session.go(step=False)
        except StopError as error:
            self.tell(error)
            return
        self.push_screen(RunScreen(session))

    def begin_run(self, settings: "Settings", *, step: bool = False) -> None:
        """Start a new run and show it."""
        from stop_tui.tui.screens.run import RunScreen

        assert self.workspace is not None, "a run belongs to a workspace"
        session = RunSession(self.workspace, settings.name, self._changed)
        self.sessions[settings.name] = session
        session.begin(settings, step=step)
        self.push_screen(RunScreen(session))

    def open_transfer(self, rev: str) -> None:
        """Show what the version `rev` is worth on tasks; nothing is measured by that."""
        from stop_tui.tui.screens.transfer import TransferScreen

        assert self.workspace is not None, "a version belongs to a workspace"
        self.push_screen(TransferScreen(self.transfers.session(self.workspace, self.config, rev)))

    def tell(self, error: StopError) -> None:
        """Show an error made for the user."""
        text = plain(error.message, limit=LONGEST_ERROR)
        hint = f"\n{plain(error.hint, limit=LONGEST_ERROR)}" if error.hint else ""
        self.notify(text + hint, title="That did not work", severity="error", timeout=12)

    def action_next_theme(self) -> None:
        """Dark, light, the terminal's own colours."""
        self.theme = themes.after(self.theme)
        name = themes.called(self.theme)
        self.notify(
            f'Theme: {name}. Keep it with theme = "{name}" under [screen] in .stop/config.toml.',
            markup=False,
        )

    def action_show_help(self) -> None:
        """What the keys do, here."""
        from stop_tui.tui.screens.help import HelpScreen

        screen = self.screen
        if isinstance(screen, ExplorerScreen):
            self.push_screen(HelpScreen(screen.PLACE, self.keymap, screen.focused))

    def action_save_screen(self) -> None:
        """Save what is on the screen as an SVG picture."""
        from stop_tui.tui.terminal.saving import save

        save(self, self.export_screenshot(), "stop-tui.svg")

    async def action_quit(self) -> None:
        """Pause what runs and leave."""
        driven = [session.pause() for session in self.sessions.values() if session.live]
        if self.transfers.live is not None:
            driven.append(self.transfers.pause())
        if driven:
            await asyncio.wait(map(asyncio.ensure_future, driven), timeout=PAUSE_WITHIN)
        for session in self.sessions.values():
            if not session.live:
                session.close()
        self.exit(0)

    async def _on_exit_app(self) -> None:
        """Pause what runs when it is not a key that asks to leave: a page that was closed."""
        if not self._exit:
            await self.action_quit()
            return
        await super()._on_exit_app()

    def get_system_commands(self, screen: Screen[object]) -> Iterable[SystemCommand]:
        """None beside our own actions: the registry has them all."""
        return ()

    def _changed(self, session: RunSession) -> None:
        """Gather changes and look at them soon; an idle run costs nothing."""
        self._changes.add(session.name)
        if self._redraw is None:
            self._redraw = later(self, REDRAW, self._tell_screens)

    def _tell_screens(self) -> None:
        self._redraw = None
        changed, self._changes = self._changes, set()
        for name in changed:
            session = self.sessions.get(name)
            if session is None:
                continue
            if session.crash is not None:
                raise session.crash
            self._tell_error(session)
            for shown in self._visible_screens():
                with suppress(NoMatches):  # it is being taken down and has lost panels already
                    shown.session_changed(session)

    def _tell_of_transfers(self) -> None:
        """Let the screens look, and say what ended where nobody sees it."""
        visible = self._visible_screens()
        for shown in visible:
            with suppress(NoMatches):
                shown.transfers_changed()
        for session in self.transfers.ended:
            session.ended = False
            if any(getattr(shown, "transfer", None) is session for shown in visible):
                continue
            if session.error is not None:
                self.tell(session.error)
            else:
                self.notify(session.ended_words, markup=False)

    def _visible_screens(self) -> list[ExplorerScreen]:
        """The screen on top and, under a dialog, those below; whatever has its panels already."""
        stack = self.screen_stack
        below = [*stack] if stack and stack[-1].is_modal else stack[-1:]
        return [
            each
            for each in below
            if isinstance(each, ExplorerScreen) and each.is_mounted and each.is_attached
        ]

    def _let_go(self, wanted: RunSession) -> None:
        """Forget the runs that were opened longest ago and are not needed now."""
        idle = [
            session
            for session in self.sessions.values()
            if session is not wanted and not session.live and not self._shows(session)
        ]
        for session in idle[: max(0, len(idle) - SESSIONS_KEPT)]:
            del self.sessions[session.name]
            session.close()

    def _shows(self, session: RunSession) -> bool:
        return any(getattr(screen, "session", None) is session for screen in self.screen_stack)

    def _tell_error(self, session: RunSession) -> None:
        """Tell once what ended a run early; one that never came to be leaves no screen."""
        error, session.error = session.error, None
        if error is None:
            return
        self.tell(error)
        if session.state.started is None:
            self.sessions.pop(session.name)
            session.close()
            while self._shows(session):  # what was opened on top of it has lost its ground
                self.pop_screen()

    def _handle_exception(self, error: Exception) -> None:
        """Remember what should never happen, for the crash report; leave the terminal sound."""
        if self._exit and isinstance(error, NoMatches):
            return  # a screen that was opened a moment before leaving has lost panels already
        if self.failure is None:
            self.failure = error
        super()._handle_exception(error)

    def _fatal_error(self) -> None:
        """End without Textual's traceback, which shows local values; the report has none."""
        self._close_messages_no_wait()
