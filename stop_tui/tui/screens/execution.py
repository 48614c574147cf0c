"""The execute gate: a candidate's code is shown before it runs for the first time.

The run stands still until a human allows or refuses it; nothing here decides by itself.
"""

from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Container, Horizontal
from textual.content import Content
from textual.widgets import Static

from stop_tui.core.keys import text_hash
from stop_tui.core.plain_text import one_line
from stop_tui.engine.gate import Execution
from stop_tui.presentation.people import user_name
from stop_tui.tui.deciding.execution_words import marks, summary, which
from stop_tui.tui.keys.actions import bindings
from stop_tui.tui.runs.screen_gate import ExecutionQuestion
from stop_tui.tui.screens.deciding import DecisionScreen
from stop_tui.tui.widgets.find_bar import FindBar
from stop_tui.tui.widgets.live_spending import ROOMY, spending
from stop_tui.tui.widgets.steady_footer import SteadyFooter
from stop_tui.tui.widgets.text.lines import Lines
from stop_tui.tui.widgets.text.reader import Reader

if TYPE_CHECKING:
    from stop_tui.tui.runs.session import RunSession


class ExecutionScreen(DecisionScreen):
    """One candidate that has not run yet, for as long as the run waits."""

    PLACE = "execution"
    CSS_PATH = "execution.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [*bindings("execution")]

    def __init__(self, session: "RunSession", question: ExecutionQuestion) -> None:
        super().__init__(session, question)

    def compose(self) -> ComposeResult:
        with Horizontal(classes="title-bar"):
            yield Static(id="title", markup=False)
            yield Static(id="spent", markup=False)
        yield Static(id="notice", markup=False)
        with Container(id="panes"):
            yield Lines(wrap=True, id="about", classes="panel")
            yield Reader(id="code", classes="panel")
        yield FindBar()
        yield SteadyFooter()

    def on_mount(self) -> None:
        self.query_one("#about").border_title = "May it run?"
        self.query_one("#code").border_title = "Source"
        self.question_changed()
        self.query_one("#code").focus()

    def question_changed(self) -> None:
        """Show the code that is asked about now."""
        question, state = self._question(), self.session.state
        offline = state.settings.model == "offline"
        model = "offline model" if offline else one_line(state.settings.model, 40)
        self.query_one("#title", Static).update(
            Content.assemble(
                ("First run", "bold"),
                f" · {one_line(state.settings.name, 60)} · ",
                (model, "$text-warning" if offline else ""),
            )
        )
        roomy = self.app.size.width >= ROOMY
        self.query_one("#spent", Static).update(Content(spending(state, roomy=roomy)))
        source = text_hash(question.source)
        self.query_one("#about", Lines).show_lines(summary(state, source, question.warnings))
        self.query_one("#code", Reader).show(question.source, marks=marks(question.warnings))

    def action_allow(self) -> None:
        """Let it run."""
        self.deliberately(self._allow)

    def action_refuse(self) -> None:
        """Do not let it run."""
        self.deliberately(self._refuse)

    async def _allow(self) -> None:
        asked, name = self._question(), self._which()
        what = f"{name} runs in the sandbox, now and whenever this run measures it again."
        reason = await self.confirmed("Let it run?", what, "Let it run")
        if reason is not None:
            answered = asked.answer(Execution(True, user_name(), reason))
            self.settle(answered, f"{name} runs; the run goes on.")

    async def _refuse(self) -> None:
        asked, name = self._question(), self._which()
        what = f"{name} never runs in this run and counts as worth 0. The run goes on without it."
        reason = await self.confirmed("Refuse to run it?", what, "Refuse")
        if reason is not None:
            answered = asked.answer(Execution(False, user_name(), reason))
            self.settle(answered, f"{name} does not run; the run goes on.")

    def _question(self) -> ExecutionQuestion:
        assert isinstance(self.asked, ExecutionQuestion), "this screen is about code that may run"
        return self.asked

    def _which(self) -> str:
        name = which(self.session.state, text_hash(self._question().source))
        return name[0].upper() + name[1:]
