"""After a meta-iteration that failed: which version the run goes on from.

Staying with the incumbent is the default. Leaving the dialog decides nothing; the run waits on.
"""

import time
from typing import TYPE_CHECKING, cast

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Label, Static

from stop_tui.core.plain_text import one_line
from stop_tui.engine.gate import StepBack
from stop_tui.presentation.figures import with_error
from stop_tui.presentation.history import points, steps
from stop_tui.presentation.people import user_name
from stop_tui.tui.deciding.deliberation import Deliberation
from stop_tui.tui.keys.keymap import key_word
from stop_tui.tui.runs.screen_gate import FailureQuestion
from stop_tui.tui.screens.deciding import NO_LONGER, Decide
from stop_tui.tui.screens.dialog import Dialog, started
from stop_tui.tui.widgets.rows.listing import Column, Listing

if TYPE_CHECKING:
    from stop_tui.tui.app import Explorer
    from stop_tui.tui.runs.session import RunSession


class StepBackDialog(Dialog[None]):
    """What failed and why, and the versions to go on from."""

    PLACE = "choose"
    CSS_PATH = "dialogs.tcss"
    DEFAULT_CSS = "StepBackDialog { align: center middle; }"

    def __init__(self, session: "RunSession", question: FailureQuestion) -> None:
        super().__init__()
        self._session = session
        self._question = question
        failure = question.failure
        known = dict(reversed(failure.earlier))
        # The newest first, and where a source is in the lineage twice, its newest version.
        self._sources = {f"I{number}": source for number, source in known.items()}
        incumbent = [name for name, source in self._sources.items() if source == failure.incumbent]
        self._stay = incumbent[0] if incumbent else "incumbent"
        self._sources[self._stay] = failure.incumbent
        state = session.state
        self._figures = {f"I{point.iteration}": point.val for point in points(state)}
        self._strategies = {f"I{step.number}": step.strategy for step in steps(state)}
        self._deliberation = Deliberation(time.monotonic())
        self._asking = False

    def compose(self) -> ComposeResult:
        failure = self._question.failure
        with Vertical(classes="dialog dialog-wide"):
            yield Label(f"I{failure.iteration} failed", markup=False, classes="dialog-title")
            yield Static(
                Content(
                    f"{one_line(failure.reason, 400) or 'No reason is known'}.\n"
                    "There is no proposal to review. The run goes on with the next meta-iteration, "
                    "from the incumbent or from an earlier version:"
                ),
                markup=False,
                classes="dialog-text",
            )
            yield Listing(
                Column("", 8),
                Column("strategy", least=12),
                Column("meta-utility", 14),
                Column("", least=16),
                draw=self._cells,
                id="versions",
            )
            choose = key_word("list.choose", self.keymap)
            leave = key_word("dialog.leave", self.keymap)
            first = started(f"{choose} goes on from the version, after a confirmation.")
            hint = f"{first} {started(f'{leave} decides later.')}"
            yield Static(hint, markup=False, classes="dialog-hint")

    def on_mount(self) -> None:
        listing = self.query_one(Listing)
        listing.show(list(self._sources))
        listing.move_to(self._stay)
        listing.focus()
        self._deliberation.appear(time.monotonic())

    def on_listing_chosen(self, event: Listing.Chosen) -> None:
        """Ask for a confirmation, unless the dialog has only just appeared."""
        if self._asking or not self._deliberation.hears(time.monotonic()):
            return
        self._asking = True
        self.run_worker(self._decide(event.key), group="decision")

    async def _decide(self, name: str) -> None:
        stays = name == self._stay
        what = f"The incumbent {name} stays." if stays else f"The run goes on from {name}."
        more = "" if stays else " Later versions stay in the lineage; nothing is deleted."
        dialog = Decide(f"Go on from {name}?", what + more, yes="Go on", ask_reason=True)
        reason = await self.app.push_screen_wait(dialog)
        self._asking = False
        if reason is None:
            return
        why = reason.strip() or ("the incumbent stays" if stays else "")
        answered = self._question.answer(StepBack(self._sources[name], user_name(), why))
        explorer = cast("Explorer", self.app)
        if answered:
            explorer.notify(f"{what} The run goes on.", markup=False)
        else:
            explorer.notify(NO_LONGER, severity="warning", markup=False)
        self.dismiss(None)

    def _cells(self, name: str) -> tuple[Content | str, ...]:
        note = "the incumbent; it stays" if name == self._stay else ""
        figures = with_error(self._figures.get(name))
        return (name, self._strategies.get(name, ""), figures, note)
