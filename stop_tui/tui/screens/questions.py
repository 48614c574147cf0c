"""Which screen is opened for what a run waits with. Nothing here opens by itself."""

from typing import TYPE_CHECKING

from stop_tui.tui.runs.run_view import RunView
from stop_tui.tui.runs.screen_gate import ExecutionQuestion, FailureQuestion, ProposalQuestion

if TYPE_CHECKING:
    from stop_tui.tui.app import Explorer
    from stop_tui.tui.runs.session import RunSession


def open_question(explorer: "Explorer", session: "RunSession", view: RunView) -> None:
    """Open what `session` waits with, if it waits."""
    match session.question:
        case ProposalQuestion():
            from stop_tui.tui.screens.review import ReviewScreen

            now = RunView(session) if view.past else view
            explorer.push_screen(ReviewScreen(session, now))
        case ExecutionQuestion() as question:
            from stop_tui.tui.screens.execution import ExecutionScreen

            explorer.push_screen(ExecutionScreen(session, question))
        case FailureQuestion() as question:
            from stop_tui.tui.screens.step_back import StepBackDialog

            explorer.push_screen(StepBackDialog(session, question))
