"""The form of a new run: what is typed is checked while it is typed, and what it may cost is shown.

Nothing is asked of a model here. The engine is loaded behind the form, once it is painted.
"""

import asyncio
import random
from typing import TYPE_CHECKING

from textual import on, work
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.content import Content
from textual.widgets import Button, Input, Static

from stop_tui.core.errors import StopError
from stop_tui.core.plain_text import one_line, plain
from stop_tui.core.run_names import made_up_run_name
from stop_tui.language_models.registry import known_models
from stop_tui.tui.keys.actions import bindings
from stop_tui.tui.keys.keymap import shown_key
from stop_tui.tui.later import later
from stop_tui.tui.runs.run_draft import (
    BUDGET,
    LENGTH,
    LIMITS,
    NAME,
    START,
    Draft,
    Field,
    cost_words,
    first_draft,
    read_draft,
)
from stop_tui.tui.runs.run_list import RunList
from stop_tui.tui.runs.run_lookups import answered, start_problem, task_note
from stop_tui.tui.runs.run_words import GATES, model_notice
from stop_tui.tui.screens.explorer_screen import ExplorerScreen
from stop_tui.tui.widgets.choices import Choices, Option
from stop_tui.tui.widgets.find_bar import FindBar
from stop_tui.tui.widgets.form_row import FormInput, FormRow
from stop_tui.tui.widgets.steady_footer import SteadyFooter

if TYPE_CHECKING:
    from stop_tui.core.events import Settings
    from stop_tui.scoring import BrokenTask
    from stop_tui.workspace import Workspace

TYPED = 0.3
"""Seconds without typing after which the start is looked up."""

EXECUTE = "execute"


class NewRunScreen(ExplorerScreen):
    """Sets up a new run; `start` is what it starts from unless something else is typed."""

    PLACE = "form"
    CSS_PATH = "new_run.tcss"
    BINDINGS = bindings("form")

    def __init__(self, workspace: "Workspace", *, start: str = "seed") -> None:
        super().__init__()
        self.workspace = workspace
        self._list = RunList(workspace)
        self._made_up = made_up_run_name(random.Random(), ())
        self._start = start
        self._start_problem: str | None = None
        self._start_typed: asyncio.TimerHandle | None = None
        self._tasks_problem: str | None = None
        self._started: str | None = None
        self._loaded = asyncio.Event()

    def compose(self) -> ComposeResult:
        config = self.explorer.config
        draft = first_draft(config, name=self._made_up, start=self._start)
        with Horizontal(classes="title-bar"):
            yield Static(
                Content.assemble(("stop-tui", "bold"), " · new run"), id="where", markup=False
            )
            yield Static(self._model_name(draft.model), id="model", markup=False)
        with VerticalScroll(id="form", can_focus=False):
            yield _row(NAME, draft)
            yield _row(START, draft)
            yield FormRow("Tasks", Choices(several=True, name_width=20, id="tasks"), id="row-tasks")
            yield Static("", id="tasks-problem", classes="problem", markup=False)
            yield FormRow("Model", self._models(draft.model))
            yield Static("", id="model-problem", classes="problem", markup=False)
            yield _heading("Who decides")
            gates = [Option(gate, gate, does) for gate, does in GATES.items()]
            yield FormRow("Gate", Choices(gates, chosen=[draft.gate], name_width=7, id="gate"))
            ask = Option(EXECUTE, "ask", "also before a candidate's code first runs")
            yield FormRow("Execution", Choices([ask], several=True, name_width=7, id="execute"))
            yield _heading("How long it goes on")
            for field in LENGTH:
                yield _row(field, draft)
            yield _heading("What one program may spend")
            for field in BUDGET:
                yield _row(field, draft)
            yield _heading("What pauses the run")
            for field in LIMITS:
                yield _row(field, draft)
        with Vertical(id="cost", classes="panel"):
            yield Static("", id="cost-words", markup=False)
        with Horizontal(id="buttons"):
            keymap = self.explorer.keymap
            yield Button(
                f"Start ({shown_key('form.start', keymap)})",
                id="go",
                variant="primary",
                compact=True,
            )
            yield Button(
                f"Start, one meta-iteration ({shown_key('form.start_step', keymap)})",
                id="go-step",
                compact=True,
            )
        yield FindBar()
        yield SteadyFooter(compact=True)

    def on_mount(self) -> None:
        if self.gone:
            return
        self.query_one("#cost").border_title = "What it may cost"
        self.query_one("#row-name", FormRow).control.focus()
        self.call_after_refresh(self._begin_loading)

    def on_screen_resume(self) -> None:
        """Back from a run that was started here: there is nothing to fill in any more."""
        if self._started is None:
            return
        if self._started in self.explorer.sessions:
            self.app.pop_screen()
        else:  # it never came to be; why was told, and what was typed is still here
            self._started = None

    @property
    def _left(self) -> bool:
        """Whether the form is being removed: what was begun beside it may still come back here."""
        return not self.display

    # Loading, behind the form

    def _begin_loading(self) -> None:
        self._list_runs()
        self._load_tasks()

    @work(group="runs")
    async def _list_runs(self) -> None:
        await self._list.catch_up(self._listed)

    def _listed(self, name: str | None) -> None:
        """It is known which runs there are, or what one of them cost."""
        if self._left:
            return
        field = self.query_one("#name", FormInput)
        if name is None and field.value == self._made_up and self._made_up in self._list.runs:
            self._made_up = made_up_run_name(random.Random(), self._list.runs)
            field.value = self._made_up
        self._check()

    @work(group="tasks")
    async def _load_tasks(self) -> None:
        """Read the tasks, the broken ones too, and ask the model which it has answers about."""
        from stop_tui.scoring import BrokenTask, load_tasks

        await asyncio.sleep(0)  # keys are heard between two large imports
        import stop_tui.engine.checks  # noqa: F401

        await asyncio.sleep(0)
        if self._left:
            return
        tasks = self.query_one("#tasks", Choices)
        tasks.chosen = [*self.explorer.config.run.tasks]
        try:
            found = list(load_tasks(self.workspace.tasks).values())
        except StopError as error:
            self._tasks_problem = error.message
            found = []
        found.sort(key=lambda task: isinstance(task, BrokenTask))
        options = [
            Option(task.name, task.name, problem=self._why_broken(task))
            if isinstance(task, BrokenTask)
            else Option(task.name, task.name, task_note(task))
            for task in found
        ]
        tasks.offer(options)
        self._loaded.set()
        self._check()
        self._look_up_start()
        for index, task in enumerate(found):
            await asyncio.sleep(0)
            if self._left:
                return
            if not isinstance(task, BrokenTask) and not answered(self._draft().model, task):
                note = f"⚠ the model has no answers about it; {options[index].note}"
                options[index] = options[index]._replace(note=note)
                tasks.offer(options)

    def _why_broken(self, task: "BrokenTask") -> str:
        """What is wrong with a task; its files are named as they are within tasks/."""
        return one_line(task.error.message.replace(f"{self.workspace.tasks}/", ""), 300)

    # Checking

    @on(Input.Changed)
    @on(Choices.Changed)
    def changed(self, event: Input.Changed | Choices.Changed) -> None:
        """Check what was typed or chosen."""
        if isinstance(event, Input.Changed) and event.input.id == START.id:
            if self._start_typed is not None:
                self._start_typed.cancel()
            self._start_typed = later(self, TYPED, self._look_up_start)
        self._check()

    def _check(self) -> "Settings | None":
        """Show what is wrong and what it may cost; the settings when nothing is wrong."""
        if not self._loaded.is_set() or self._left:
            return None
        draft = self._draft()
        settings, problems = read_draft(draft, self.explorer.config, self._list.runs)
        if self._list.error is not None:
            problems[NAME.id] = self._list.error.message
        if self._start_problem is not None:
            problems.setdefault(START.id, self._start_problem)
        if self._tasks_problem is not None:
            problems["tasks"] = self._tasks_problem
        known = known_models(self.explorer.config.models, draft.model)
        if draft.model not in known:
            problems["model"] = model_notice(draft.model, known).removeprefix("✗ ")
        for row in self.query(FormRow):
            if isinstance(row.control, FormInput):
                row.say(problems.get(row.control.id or ""))
        for name in ("tasks", "model"):
            words = self.query_one(f"#{name}-problem", Static)
            words.display = name in problems
            words.update(Content(f"✗ {plain(problems.get(name, ''))}"))
        self.query_one("#model", Static).update(Content(self._model_name(draft.model)))
        self._show_cost(settings)
        return None if problems else settings

    def _show_cost(self, settings: "Settings | None") -> None:
        words = self.query_one("#cost-words", Static)
        if settings is None:
            words.update(Content("Known once what is marked with ✗ is set right."))
            return
        earlier = [known.state for known in self._list.runs.values() if known.state.started]
        words.update(Content("\n".join(cost_words(settings, earlier))))

    @work(group="start", exclusive=True)
    async def _look_up_start(self) -> None:
        await self._check_start()

    async def _check_start(self) -> None:
        """See whether what the run starts from is there; git is asked beside the screen."""
        if self._left:
            return
        name = self.query_one(f"#{START.id}", FormInput).value.strip()
        self._start_problem = await asyncio.to_thread(start_problem, self.workspace, name)
        self._check()

    def _draft(self) -> Draft:
        def chosen(name: str) -> list[str]:
            return self.query_one(f"#{name}", Choices).chosen

        return Draft(
            texts={field.id or "": field.value for field in self.query(FormInput)},
            tasks=tuple(chosen("tasks")),
            model=next(iter(chosen("models")), self.explorer.config.run.model),
            gate=next(gate for gate in GATES if gate in chosen("gate")),
            execute_gate=EXECUTE in chosen("execute"),
        )

    # Starting

    @on(Button.Pressed, "#go")
    def action_start(self) -> None:
        """Start the run."""
        self._start_run(step=False)

    @on(Button.Pressed, "#go-step")
    def action_start_step(self) -> None:
        """Start the run, and stop after one meta-iteration."""
        self._start_run(step=True)

    def action_choose(self) -> None:
        """Choose the row in focus."""
        if isinstance(self.focused, Choices):
            self.focused.action_choose()

    @work(group="begin", exclusive=True)
    async def _start_run(self, *, step: bool) -> None:
        await self._loaded.wait()  # a key that comes before the tasks are read is not lost
        await self._check_start()
        settings = self._check()
        if self._left:
            return
        if settings is None:
            self._go_to_problem()
            return
        from stop_tui.engine.checks import usable_tasks

        try:
            usable_tasks(self.workspace, settings.tasks)
        except StopError as error:
            self.explorer.tell(error)
            return
        self._started = settings.name
        self.explorer.begin_run(settings, step=step)

    def _go_to_problem(self) -> None:
        """Put the focus where something is wrong."""
        wrong = next((row for row in self.query(FormRow) if row.wrong), None)
        control = wrong.control if wrong is not None else self.query_one("#tasks", Choices)
        control.focus()
        self.notify("Set right what is marked with ✗ first.", severity="warning")

    def _models(self, configured: str) -> Choices:
        known = known_models(self.explorer.config.models, configured)
        options = [
            Option(name, name, "recorded responses, no language model" if name == "offline" else "")
            for name in known
        ]
        if configured not in known:
            problem = "named in .stop/config.toml, not known"
            options.append(Option(configured, one_line(configured, 40), problem=problem))
        return Choices(options, chosen=[configured], name_width=7, id="models")

    @staticmethod
    def _model_name(model: str) -> str:
        return "offline model" if model == "offline" else one_line(model, 40)


def _row(field: Field, draft: Draft) -> FormRow:
    longest = 500 if field in (NAME, START) else 20
    control = FormInput(draft.texts[field.id], longest=longest, id=field.id)
    return FormRow(field.label, control, field.help, id=f"row-{field.id}")


def _heading(text: str) -> Static:
    return Static(text, markup=False, classes="heading")
