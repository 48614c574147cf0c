"""What a human wants of a run, from the run screen to its session: step, pause, stop, cancel.

Each acts at once; what cannot be taken back is confirmed. Decisions are made in the review.
"""

from typing import TYPE_CHECKING

from textual.screen import Screen

from stop_tui.core.errors import StopError
from stop_tui.core.state import Iteration, Status
from stop_tui.presentation.people import user_name
from stop_tui.tui.screens.dialogs import Confirm

if TYPE_CHECKING:
    from stop_tui.tui.app import Explorer
    from stop_tui.tui.runs.run_view import RunView
    from stop_tui.tui.runs.session import RunSession


class RunControl(Screen[None]):
    """Actions of the scope `run` that change what the run does."""

    session: "RunSession"
    view: "RunView"

    if TYPE_CHECKING:

        @property
        def explorer(self) -> Explorer: ...
        @property
        def iteration(self) -> Iteration | None: ...

        def action_travel_now(self) -> None: ...

    @property
    def stands_at_a_proposal(self) -> bool:
        """Whether the run stands still where a human is to decide, and nobody drives it."""
        session, current = self.session, self.session.state.current
        return (
            current is not None
            and current.under_review is not None
            and not current.over
            and session.state.status is not Status.FINISHED
            and session.state.settings.gate == "human"
            and not session.live
            and not session.elsewhere
        )

    def action_step(self) -> None:
        """One meta-iteration, then stop; while one is under way, stop after it."""
        self._go(step=True)

    def action_pause_or_go(self) -> None:
        """Pause at once what runs; run on what stands."""
        if self.session.live:
            self.run_worker(self.session.pause(), group="control")
        else:
            self._go(step=False)

    def action_stop_after(self) -> None:
        """Stop after the meta-iteration under way, or no longer stop after it."""
        if not self.session.live:
            self.notify("The run stands still.", severity="warning")
            return
        self.session.go(step=not self.session.stopping)

    def action_cancel(self) -> None:
        """End the run for good, after a confirmation."""
        session = self.session
        if session.state.status is Status.FINISHED:
            self.notify("The run is over already.", severity="warning")
            return
        if session.elsewhere:
            self.notify("Another stop-tui drives this run; cancel it there.", severity="warning")
            return
        what = (
            f"The run {session.name} ends for good; it cannot be resumed. "
            "Its versions, its journal and what it has paid for are kept."
        )

        def confirmed(reason: str | None) -> None:
            if reason is not None:
                self.run_worker(self._cancel(reason), group="control")

        self.app.push_screen(
            Confirm("Cancel the run?", what, yes="Cancel the run", ask_reason=True), confirmed
        )

    def action_limits(self) -> None:
        """Change a limit of the run, which then goes on."""
        from stop_tui.tui.screens.limits import change_limits

        if self.session.live or self.session.state.status is Status.FINISHED:
            self.notify("Limits are changed while the run is paused.", severity="warning")
            return
        change_limits(self.explorer, self.session)

    def action_review(self) -> None:
        """What waits for a decision."""
        self._open_question()

    def action_approve(self) -> None:
        """The review, where it can be approved."""
        self._open_question()

    def action_reject(self) -> None:
        """The review, where it can be rejected."""
        self._open_question()

    def action_edit(self) -> None:
        """The review, where it can be edited."""
        self._open_question()

    def action_reveal_test(self) -> None:
        """The review, where the test figures can be revealed early."""
        self._open_question()

    def action_lineage(self) -> None:
        """The versions of all runs."""
        from stop_tui.tui.screens.lineage import LineageScreen

        self.app.push_screen(LineageScreen(self.session.workspace))

    def action_transfer(self) -> None:
        """What the version of the meta-iteration under the cursor is worth on tasks."""
        number = 0 if self.iteration is None else self.iteration.number
        if number not in self.view.state.versions:
            self.notify(
                f"I{number} has made no version: transfer is measured of what was accepted.",
                severity="warning",
            )
            return
        self.explorer.open_transfer(f"{self.session.name}:I{number}")

    def _go(self, *, step: bool) -> None:
        state = self.session.state
        if state.status is Status.FINISHED:
            over = "The run was cancelled" if state.cancelled_by else "The run is finished"
            self.notify(f"{over}: no meta-iteration is left to run.", severity="warning")
            return
        if self.view.past:
            self.action_travel_now()
            self.notify("This is the run as it is now; press the key again to let it go on.")
            return
        try:
            self.session.go(step=step)
        except StopError as error:
            self.explorer.tell(error)

    def _open_question(self) -> None:
        from stop_tui.tui.screens.questions import open_question

        if self.session.question is None:
            waits = "The run stands still at a proposal: let it go on, and it asks you."
            nothing = "Nothing waits for a decision here."
            self.notify(waits if self.stands_at_a_proposal else nothing, severity="warning")
            return
        open_question(self.explorer, self.session, self.view)

    async def _cancel(self, reason: str) -> None:
        try:
            await self.session.cancel(user_name(), reason)
        except StopError as error:
            self.explorer.tell(error)
