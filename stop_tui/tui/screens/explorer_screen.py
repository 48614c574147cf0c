"""What all screens of the explorer share: going back, finding, copying and saving.

These act on the panel in focus, whatever it is, through three small methods that panels may have:
`find`, `copy_text` and `save_name`. A screen overrides what it knows better.
"""

from typing import TYPE_CHECKING, ClassVar, Protocol, cast, runtime_checkable

from textual.binding import BindingType
from textual.screen import Screen

from stop_tui.presentation.figures import counted
from stop_tui.tui.keys.actions import bindings
from stop_tui.tui.widgets.find_bar import FindBar

if TYPE_CHECKING:
    from stop_tui.tui.app import Explorer
    from stop_tui.tui.runs.session import RunSession


@runtime_checkable
class Findable(Protocol):
    """A panel in which text can be found; gives which match of how many, None without any."""

    def find(
        self, text: str, *, forward: bool = True, again: bool = False
    ) -> tuple[int, int] | None: ...


@runtime_checkable
class Copyable(Protocol):
    """A panel whose content can be copied or saved."""

    def copy_text(self) -> str: ...


class ExplorerScreen(Screen[None]):
    """A full screen of the explorer."""

    PLACE: ClassVar[str] = "home"
    """Its name in `actions.PLACES`: which keys are heard here."""

    BINDINGS: ClassVar[list[BindingType]] = [*bindings("screen")]

    @property
    def explorer(self) -> "Explorer":
        """The application, by its own type."""
        return cast("Explorer", self.app)

    @property
    def gone(self) -> bool:
        """Whether it was left before it was there: what comes late finds no panels any more."""
        return self not in self.app.screen_stack

    def session_changed(self, session: "RunSession") -> None:
        """Something of `session` changed; called often, and again when the screen comes back."""

    def transfers_changed(self) -> None:
        """Something of a transfer that is open changed; called often."""
        from stop_tui.tui.widgets.live_spending import LiveSpending

        for spending in self.query(LiveSpending):
            spending.show(self.explorer.sessions.values())

    def copied(self) -> tuple[str, str] | None:
        """What the copy and save actions take here, and a file name for it; None for nothing."""
        panel = self.focused
        if not isinstance(panel, Copyable):
            return None
        return panel.copy_text(), str(getattr(panel, "save_name", "stop-tui.txt"))

    async def action_back(self) -> None:
        """Close the find bar, else go to the screen below."""
        bar = self._find_bar()
        if bar is not None and bar.display:
            bar.close()
        elif len(self.app.screen_stack) > 2:
            self.app.pop_screen()

    def action_find(self) -> None:
        """Find text in the panel in focus."""
        bar, panel = self._find_bar(), self.focused
        if bar is None or not isinstance(panel, Findable):
            self.notify("Nothing to find text in is in focus.", severity="warning")
            return
        bar.open(panel)

    def action_find_next(self) -> None:
        """To the next match of what was searched for last."""
        self._find_again(forward=True)

    def action_find_previous(self) -> None:
        """To the match before."""
        self._find_again(forward=False)

    def action_copy(self) -> None:
        """Copy to the clipboard of the terminal (OSC 52), which works over ssh."""
        # What the key before led to may not be there yet.
        self.call_after_refresh(self.call_after_refresh, self._copy)

    def _copy(self) -> None:
        found = self.copied()
        if found is None:
            self.notify("Nothing to copy is in focus.", severity="warning")
            return
        if not found[0]:
            self.notify("There is no text here to copy, or none yet.", severity="warning")
            return
        self.app.copy_to_clipboard(found[0])
        self.notify(f"Copied {counted(len(found[0]), 'character')}.")

    def action_save(self) -> None:
        """Save to a file."""
        found = self.copied()
        if found is None:
            self.notify("Nothing to save is in focus.", severity="warning")
            return
        from stop_tui.tui.terminal.saving import save

        save(self.explorer, *found)

    def _find_again(self, *, forward: bool) -> None:
        bar, panel = self._find_bar(), self.focused
        if bar is not None and isinstance(panel, Findable):
            bar.again(panel, forward=forward)

    def _find_bar(self) -> FindBar | None:
        return next(iter(self.query(FindBar)), None)
