"""Offers a workspace where there is none: which folder, what will be in it, and no more."""

from pathlib import Path

from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.widgets import Button, Input, Static

from stop_tui.core.errors import StopError
from stop_tui.core.plain_text import one_line, plain
from stop_tui.tui.keys.actions import bindings
from stop_tui.tui.keys.keymap import shown_key
from stop_tui.tui.screens.explorer_screen import ExplorerScreen
from stop_tui.tui.widgets.find_bar import FindBar
from stop_tui.tui.widgets.form_row import FormInput
from stop_tui.tui.widgets.steady_footer import SteadyFooter
from stop_tui.workspace import create_workspace

PROPOSED = "stop-workspace"
"""The folder that is proposed within one that is not empty."""


class CreateWorkspaceScreen(ExplorerScreen):
    """There is no workspace around `folder`; it or a folder in it can become one."""

    PLACE = "create"
    CSS_PATH = "create_workspace.tcss"
    BINDINGS = bindings("create")

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self._folder = folder

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Nothing is behind this screen."""
        return False if action == "back" else super().check_action(action, parameters)

    def compose(self) -> ComposeResult:
        keymap = self.explorer.keymap
        with Horizontal(classes="title-bar"):
            yield Static(Content.styled("stop-tui", "bold"), id="where", markup=False)
            yield Static("offline model", id="model", markup=False)
        with Vertical(id="middle"), Vertical(id="offer", classes="panel"):
            yield Static(
                f"{one_line(str(self._folder), 200)} is in no workspace: no folder above it has "
                "improvers/ and tasks/.",
                markup=False,
            )
            yield Static(
                "A new one gets the seed improver, some more improvers to compare with, and tasks "
                "to measure on. Runs are kept in its folder .stop. Nothing else is changed.",
                markup=False,
            )
            yield Static("Folder", markup=False, classes="label")
            yield FormInput(str(proposed(self._folder)), longest=1000, id="folder")
            yield Static("", id="problem", markup=False)
            with Horizontal(id="buttons"):
                yield Button(
                    f"Create the workspace ({shown_key('create.create', keymap)})",
                    id="create",
                    variant="primary",
                    compact=True,
                )
                yield Button(
                    f"Quit ({shown_key('app.quit', keymap)})",
                    id="quit",
                    compact=True,
                    action="app.quit",
                )
            yield Static(
                "Runs use the offline model unless another is named: recorded responses, no "
                "language model. It needs no key and costs nothing.",
                markup=False,
                classes="muted",
            )
        yield FindBar()
        yield SteadyFooter(compact=True)

    def on_mount(self) -> None:
        self.query_one("#offer").border_title = "Create a workspace"
        self.query_one(FormInput).focus()

    @on(Input.Changed)
    def typed(self) -> None:
        """What was wrong with the folder before may be right now."""
        self.query_one("#problem", Static).display = False

    @on(Input.Submitted)
    @on(Button.Pressed, "#create")
    def action_create(self) -> None:
        """Make the workspace and show it in place of this screen."""
        typed = self.query_one(FormInput).value.strip()
        if not typed:
            self._say("Name a folder.")
            return
        try:
            workspace = create_workspace(self._folder / Path(typed).expanduser())
        except (StopError, OSError, RuntimeError, ValueError) as error:
            self._say(_words(error))
            return
        self.app.pop_screen()
        self.explorer.enter(workspace)
        self.explorer.notify(
            f"The workspace is {workspace.root}. Start stop-tui there to come back to it.",
            markup=False,
        )

    def _say(self, problem: str) -> None:
        words = self.query_one("#problem", Static)
        words.update(Content(f"✗ {plain(problem)}"))
        words.display = True
        self.query_one(FormInput).focus()


def proposed(folder: Path) -> Path:
    """`folder` itself where it is empty, else a new folder in it."""
    try:
        empty = not any(folder.iterdir())
    except OSError:
        empty = False
    return folder if empty else folder / PROPOSED


def _words(error: Exception) -> str:
    """What went wrong: told by stop-tui, or a path that Python knows no folder for."""
    if isinstance(error, StopError):
        return f"{error.message} {error.hint or ''}".strip()
    return f"This cannot be a folder: {error}."
