"""The command palette: every action that can be taken here, from the one registry."""

from collections.abc import Iterator
from functools import partial

from textual.command import DiscoveryHit, Hit, Hits, Provider
from textual.dom import DOMNode
from textual.widget import Widget

from stop_tui.tui.keys.actions import PLACES, SCOPES, Action
from stop_tui.tui.keys.keymap import shown_keys
from stop_tui.tui.screens.dialog import Dialog
from stop_tui.tui.screens.explorer_screen import ExplorerScreen
from stop_tui.tui.widgets.detail.tabbed import Tabbed
from stop_tui.tui.widgets.text.diff_view import DiffView

_PANELS: dict[str, type[Widget]] = {"diff": DiffView, "tabs": Tabbed}
"""Scopes whose actions a panel of the screen takes."""

_MOVING = ("list", "text")
"""Scopes that are of no use from a list of commands."""


class ActionsProvider(Provider):
    """Finds actions of the screen below the palette."""

    async def discover(self) -> Hits:
        """All of them, before anything is typed."""
        for action, owner in self._actions():
            run = partial(self.app.run_action, action.does, owner)
            yield DiscoveryHit(self._title(action), run, help=action.help)

    async def search(self, query: str) -> Hits:
        """Those whose words match `query`."""
        matcher = self.matcher(query)
        for action, owner in self._actions():
            title = self._title(action)
            score = max(matcher.match(title), matcher.match(action.help))
            if score > 0:
                run = partial(self.app.run_action, action.does, owner)
                yield Hit(score, matcher.highlight(title), run, help=action.help)

    def _actions(self) -> Iterator[tuple[Action, DOMNode]]:
        """The actions that can be taken now, each with whoever takes it."""
        screen = self.screen
        place = screen.PLACE if isinstance(screen, ExplorerScreen | Dialog) else None
        for scope in ("app",) if place is None else PLACES[place]:
            if scope in _MOVING:
                continue
            owner: DOMNode | None = self.app if scope == "app" else screen
            if scope in _PANELS:
                owner = next(
                    (each for each in screen.query(_PANELS[scope]) if each.is_on_screen), None
                )
            if owner is not None:
                for action in SCOPES[scope]:
                    if action.does != "command_palette":
                        yield action, owner

    def _title(self, action: Action) -> str:
        keymap = getattr(self.app, "keymap", {})
        return f"{action.label}  ({shown_keys(action, keymap)})"
