"""The review: all that is known of a proposal, and what may be decided about it.

The run stands still meanwhile and nothing here decides by itself. A decision goes back to the run
as a value; what follows from it is the business of the engine.
"""

import asyncio
from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Container, Horizontal
from textual.content import Content
from textual.widgets import Static

from stop_tui.core.analysis.source_warnings import source_warnings
from stop_tui.core.keys import text_hash
from stop_tui.core.plain_text import one_line
from stop_tui.core.state import Iteration, State
from stop_tui.engine.gate import Decision, Review
from stop_tui.presentation.people import user_name
from stop_tui.tui.deciding import decision_words as words
from stop_tui.tui.deciding.review_words import others
from stop_tui.tui.keys.actions import bindings
from stop_tui.tui.keys.keymap import shown_key
from stop_tui.tui.runs.screen_gate import ProposalQuestion
from stop_tui.tui.screens.against import choose_base
from stop_tui.tui.screens.deciding import DecisionScreen
from stop_tui.tui.screens.dialogs import AskText, Choice, Choose
from stop_tui.tui.terminal.editing import edited, written
from stop_tui.tui.widgets.detail import CandidateDetail
from stop_tui.tui.widgets.find_bar import FindBar
from stop_tui.tui.widgets.live_spending import ROOMY, spending
from stop_tui.tui.widgets.review_summary import ReviewSummary
from stop_tui.tui.widgets.rows.listing import Column
from stop_tui.tui.widgets.steady_footer import SteadyFooter

if TYPE_CHECKING:
    from stop_tui.tui.runs.run_view import RunView
    from stop_tui.tui.runs.session import RunSession

TABS = ("source", "diff", "scores", "sandbox", "idea", "transcript")


class ReviewScreen(DecisionScreen):
    """One proposal, for as long as the run waits for a decision about it."""

    PLACE = "review"
    CSS_PATH = "review.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [*bindings("review")]

    def __init__(self, session: "RunSession", view: "RunView") -> None:
        assert isinstance(session.question, ProposalQuestion), "a review is about a proposal"
        super().__init__(session, session.question)
        self._view = view
        self._draft: str | None = None

    @property
    def review(self) -> Review:
        """What is reviewed."""
        assert isinstance(self.asked, ProposalQuestion), "a review is about a proposal"
        return self.asked.review

    @property
    def state(self) -> State:
        """The run as it is."""
        return self.session.state

    @property
    def iteration(self) -> Iteration:
        """The meta-iteration whose proposal it is."""
        return self.state.iterations[self.review.iteration]

    def compose(self) -> ComposeResult:
        with Horizontal(classes="title-bar"):
            yield Static(id="title", markup=False)
            yield Static(id="spent", markup=False)
        yield Static(id="notice", markup=False)
        with Container(id="panes"):
            yield ReviewSummary(id="summary", classes="panel")
            yield CandidateDetail(tabs=TABS, first="diff", id="detail")
        yield FindBar()
        yield SteadyFooter()

    def on_mount(self) -> None:
        if self.gone:
            return
        self.query_one("#summary").border_title = "Review"
        self.question_changed()
        self.query_one("#summary").focus()

    def session_changed(self, session: "RunSession") -> None:
        super().session_changed(session)
        if session is self.session and not self._settled:
            self._refresh()

    def question_changed(self) -> None:
        """Show the proposal that is asked about now."""
        settings = self.state.settings
        offline = settings.model == "offline"
        model = "offline model" if offline else one_line(settings.model, 40)
        self.query_one("#title", Static).update(
            Content.assemble(
                ("Review", "bold"),
                f" · {one_line(settings.name, 60)} · I{self.review.iteration} · ",
                (model, "$text-warning" if offline else ""),
            )
        )
        roomy = self.app.size.width >= ROOMY
        self.query_one("#spent", Static).update(Content(spending(self.state, roomy=roomy)))
        self._refresh()

    def action_show(self, tab: str) -> None:
        """Show a tab of the detail, and go there."""
        self.query_one(CandidateDetail).open_tab(tab, focus=True)

    def action_against(self) -> None:
        """Choose what the difference is against."""
        detail, source = self.query_one(CandidateDetail), self.review.measured.source
        choose_base(self.explorer, detail, self.state, self.iteration, source)

    def action_approve(self) -> None:
        """Make the proposal the next version."""
        self.deliberately(self._approve)

    def action_reject(self) -> None:
        """Keep the incumbent."""
        self.deliberately(self._reject)

    def action_pick(self) -> None:
        """Review another candidate instead."""
        self.deliberately(self._pick)

    def action_edit(self) -> None:
        """Edit the source; the result is measured."""
        self.deliberately(self._edit)

    def action_more(self) -> None:
        """Measure with more repeats."""
        self.deliberately(self._more)

    def action_reveal_test(self) -> None:
        """Look at the test figures before deciding."""
        self.deliberately(self._reveal)

    async def _approve(self) -> None:
        asked, name = self._question(), self._which()
        what = words.approving(
            self.state,
            self.iteration,
            warnings=len(self.review.candidate.warnings),
            attempts=len(self.review.sandbox_events),
        )
        reason = await self.confirmed(f"Approve {name}?", what, "Approve")
        if reason is not None:
            told = f"Approved: {name} becomes version I{self.review.iteration}."
            self.settle(asked.answer(Decision("approve", user_name(), reason)), told)

    async def _reject(self) -> None:
        asked, name = self._question(), self._which()
        what = words.rejecting(self.state, self.iteration)
        reason = await self.confirmed(f"Reject {name}?", what, "Reject")
        if reason is not None:
            told = f"Rejected: the incumbent stays, not {name}."
            self.settle(asked.answer(Decision("reject", user_name(), reason)), told)

    async def _pick(self) -> None:
        asked, iteration = self._question(), self.iteration
        rows = others(self.state, iteration, self.review.measured.source)
        choices = [Choice(source, cells) for source, cells in rows]
        if not choices:
            self.notify("There is no other candidate that may run.", severity="warning")
            return
        columns = (
            Column("#", 3, right=True),
            Column("strategy", least=12),
            Column("meta-utility", 13),
            Column("vs incumbent", 12, drop=2),
            Column("", least=10, drop=1),
        )
        source = await self.app.push_screen_wait(Choose("Review instead", columns, choices))
        if source is None:
            return
        name = words.name_of(iteration, source)
        what = words.picking(iteration, source)
        reason = await self.confirmed(f"Review {name} instead?", what, "Measure it")
        if reason is not None:
            told = f"{name.capitalize()} is measured afresh; then you are asked again."
            text = self.session.text(source)
            decision = Decision("choose", user_name(), reason, source=text)
            self.settle(asked.answer(decision), told)

    async def _edit(self) -> None:
        asked, review = self._question(), self.review
        text = await edited(self.explorer, self._draft or review.source)
        if text is None:
            return
        if text == review.source:
            self._draft = None
            self.notify("Nothing was changed, so there is nothing to measure.")
            return
        self._draft = text
        key = text_hash(text)
        if key == review.measured.incumbent:
            self.notify(
                "The text is the incumbent as it is. Reject the proposal to keep the incumbent.",
                severity="warning",
            )
            return
        # Off the loop: a hostile source can take seconds to read.
        found = await asyncio.to_thread(source_warnings, text, self.state.settings.budget)
        grave = tuple(f for f in found if f.label in ("syntax error", "no improve_algorithm"))
        what = words.edited(self.iteration, key, grave)
        reason = await self.confirmed("Hand in the edited source?", what, "Measure it")
        if reason is None:
            again = shown_key("review.edit", self.explorer.keymap)
            kept = written(text, "improver.py")
            self.notify(
                f"Not handed in; {again} goes on with your text, which is also kept in {kept}.",
                timeout=20,
                markup=False,
            )
            return
        answered = asked.answer(Decision("edit", user_name(), reason, source=text))
        if not answered:
            kept = written(text, "improver.py")
            self.notify(f"Your text is kept in {kept}.", timeout=20, markup=False)
        self.settle(answered, "The edited source is measured; then you are asked again.")

    async def _more(self) -> None:
        asked = self._question()
        most = words.MOST_REPEATS
        text = await self.app.push_screen_wait(
            AskText(f"How many more repeats? (1 to {most:,})", value="5")
        )
        if text is None:
            return
        repeats = words.repeats_asked(text)
        if repeats is None:
            self.notify(f"A whole number from 1 to {most:,} is needed.", severity="warning")
            return
        what = words.more(self.state, repeats)
        reason = await self.confirmed("Measure with more repeats?", what, "Measure")
        if reason is not None:
            decision = Decision("more-repeats", user_name(), reason, repeats=repeats)
            told = f"{repeats:,} more of each are measured; then you are asked again."
            self.settle(asked.answer(decision), told)

    async def _reveal(self) -> None:
        asked = self._question()
        if self.iteration.test_revealed is not None:
            self.notify("The test figures are revealed already; see the summary.")
            return
        if not await self.agreed("Reveal the test figures?", words.revealing(), "Reveal"):
            return
        if asked.future.done():
            self.settle(False, "")
            return
        asked.review.reveal_test(user_name())
        self._refresh()
        self.notify("The test figures are in the summary; the history says who looked.")

    def _question(self) -> ProposalQuestion:
        assert isinstance(self.asked, ProposalQuestion), "a review is about a proposal"
        return self.asked

    def _which(self) -> str:
        return words.name_of(self.iteration, self.review.measured.source)

    def _refresh(self) -> None:
        review = self.review
        reveal = shown_key("review.reveal", self.explorer.keymap)
        self.query_one(ReviewSummary).show(review, self.state, reveal=reveal)
        detail = self.query_one(CandidateDetail)
        detail.show(self._view, review.iteration, review.measured.source)
