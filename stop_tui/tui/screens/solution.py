"""One solution: its source, what differs from the task's seed, and how each instance went."""

import asyncio
from pathlib import Path

from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.content import Content
from textual.widgets import Static

from stop_tui.core.errors import StopError, UsageError
from stop_tui.core.plain_text import one_line
from stop_tui.tui.keys.actions import bindings
from stop_tui.tui.runs.run_view import RunView
from stop_tui.tui.runs.session import RunSession
from stop_tui.tui.screens.explorer_screen import ExplorerScreen
from stop_tui.tui.widgets.detail.diff_page import DiffPage
from stop_tui.tui.widgets.detail.solution_tabs import InstanceTab, SolutionSourceTab
from stop_tui.tui.widgets.detail.tabbed import Tabbed
from stop_tui.tui.widgets.find_bar import FindBar
from stop_tui.tui.widgets.live_spending import LiveSpending
from stop_tui.tui.widgets.steady_footer import SteadyFooter


class SolutionScreen(ExplorerScreen):
    """The solution with the hash `solution` of a task, in the run that `view` shows."""

    PLACE = "solution"
    CSS_PATH = "solution.tcss"
    BINDINGS = bindings("solution")

    def __init__(self, view: RunView, task: str, solution: str) -> None:
        super().__init__()
        self._view = view
        self._of_task = task
        self._solution = solution
        self._source = SolutionSourceTab()
        self._diff = DiffPage()
        self._instances = InstanceTab()
        self._text: str | None = None

    def compose(self) -> ComposeResult:
        with Horizontal(classes="title-bar"):
            yield Static(self._title(), id="title", markup=False)
            yield LiveSpending()
            yield Static(self._model(), id="model", markup=False)
        pages = {"source": self._source, "diff": self._diff, "instances": self._instances}
        yield Tabbed(pages, first="source", id="solution", classes="panel")
        yield FindBar()
        yield SteadyFooter()

    def on_mount(self) -> None:
        try:
            self._text = self._view.text(self._solution)
        except StopError as error:
            self._source.show(f"The solution cannot be read: {error.message}", language="text")
            self._diff.say(f"The solution cannot be read: {error.message}")
        else:
            self._source.show(self._text)
            self._diff.say("Reading the task's seed solution…")
            self.run_worker(self._load_seed(self._text), name="seed solution")
        self._instances.bring_up(self._view, self._of_task, self._solution)
        self.query_one(Tabbed).focus_content()

    def on_screen_resume(self) -> None:
        """Runs may have gone on while another screen was seen."""
        self._show_spending()

    def session_changed(self, session: RunSession) -> None:
        self._show_spending()
        if session is self._view.session:
            self._instances.bring_up(self._view, self._of_task, self._solution)

    def _show_spending(self) -> None:
        self.query_one(LiveSpending).show(self.explorer.sessions.values())

    def action_show(self, tab: str) -> None:
        """Show a tab."""
        self.query_one(Tabbed).open_tab(tab, focus=True)

    async def _load_seed(self, text: str) -> None:
        """Show what differs from the seed, as the workspace has it now."""
        task = one_line(self._of_task, 60)
        tasks = self._view.session.workspace.tasks
        try:
            # Reading is short, but the first use of tasks in a process loads what scores them.
            seed = await asyncio.to_thread(_seed_solution, tasks, self._of_task)
        except StopError as error:
            self._diff.say(f"The seed solution of {task} cannot be read now: {error.message}")
            return
        self._diff.compare((seed, f"seed of {task}, as it is now"), (text, self._called))

    @property
    def _called(self) -> str:
        return f"solution {one_line(self._solution[:10])}"

    def _title(self) -> Content:
        task, name = one_line(self._of_task, 40), one_line(self._view.session.name, 40)
        return Content.assemble((self._called.capitalize(), "bold"), f" of {task} · {name}")

    def _model(self) -> Content:
        state = self._view.state
        if state.started is None:
            return Content("")
        model = state.settings.model
        offline = model == "offline"
        name = "offline model" if offline else one_line(model, 40)
        return Content.styled(name, "$text-warning" if offline else "")


def _seed_solution(tasks: Path, name: str) -> str:
    """The seed solution of the task `name`; raises StopError when there is none to be read."""
    from stop_tui.scoring import BrokenTask, load_tasks

    task = load_tasks(tasks).get(name)
    if task is None:
        raise UsageError("the workspace has no such task any more.")
    if isinstance(task, BrokenTask):
        raise task.error
    return task.seed_solution
