"""Help for where one is: the keys of the panel in focus first, then those of the screen."""

from collections.abc import Iterator, Mapping
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Label, Static

from stop_tui.tui.keys.actions import PLACES, SCOPES, bindings
from stop_tui.tui.keys.keymap import key_word, shown_keys
from stop_tui.tui.screens.dialog import Dialog, started
from stop_tui.tui.widgets.rows.listing import Listing
from stop_tui.tui.widgets.text.diff_view import DiffView
from stop_tui.tui.widgets.text.lines import Lines

ABOUT = {
    "home": "The runs of this workspace. Enter opens one; what happened in it can be stepped "
    "through event by event.",
    "form": "A new run. What it may cost is shown below while you change it; nothing is asked of "
    "a model before you start it.",
    "create": "There is no workspace here. One is made in the folder that you name.",
    "run": "One run. On the left its versions, in the middle the candidates of the meta-iteration, "
    "on the right what is known of the one under the cursor. Figures of the test split stay "
    "sealed until the decision. Signs: ● accepted, ○ rejected, ✗ failed, ? your turn; ◀ what was "
    "proposed; ▲ better and ▼ worse than the incumbent beyond noise, = within noise, and the "
    "chance that it is better; ⚠ a warning, or an attempt that the sandbox stopped; ◆ a strategy.",
    "review": "A proposal waits for your decision; the run stands still meanwhile. A decision is a "
    "key, then a confirmation that says what will happen.",
    "execution": "A candidate's code is shown before it runs for the first time; the run stands "
    "still meanwhile. A decision is a key, then a confirmation that says what will happen.",
    "lineage": "Every accepted version of every run. All of it is plain git: see `stop-tui git`.",
    "strategies": "When strategies came and went in the versions that led to this one, and what "
    "accepting the version changed. ▼ marks a version: ▆ has the strategy, · does not; in the "
    "marked one █ and │.",
    "transfer": "What a version is worth on tasks, on instances that no run selects with, beside "
    "the seed improver and controls of the same budget. Nothing is spent before you confirm it. "
    "[x] is measured, ✗ cannot be; ⚠ some repeats failed, look suspicious or attempted something; "
    "~ some are not reproducible; · a repeat is missing.",
    "solution": "A program that an improver found for a task, with the verdict of every instance.",
    "compare": "Two sources beside each other, with their scores.",
    "choose": "A question: go to a row and open it, or leave; nothing happens then.",
    "ask": "A question: type a line. What you type is text, whatever keys mean elsewhere.",
    "ask_lines": "A question: write some lines. What you type is text, whatever keys mean "
    "elsewhere.",
    "confirm": "A confirmation says what will happen, and nothing happens without it. For a moment "
    "after it appears no answer is heard. Where a reason is asked for, letters are the reason.",
    "help": "The keys of this help.",
}

TITLES = {
    "app": "Everywhere",
    "screen": "On every screen",
    "list": "In a list",
    "text": "In a text",
    "find": "In the find bar",
    "tabs": "In tabs",
    "diff": "In a difference",
    "home": "Runs",
    "form": "New run",
    "create": "New workspace",
    "run": "Run",
    "review": "Review",
    "execution": "First run of a candidate",
    "solution": "Solution",
    "lineage": "Lineage",
    "strategies": "Strategies",
    "transfer": "Transfer",
    "dialog": "In a dialog",
    "answer": "In a question",
    "note": "In a note",
    "confirm": "In a confirmation",
    "help": "In the help",
}


class HelpScreen(Dialog[None]):
    """Keys and what they do."""

    PLACE = "help"
    CSS_PATH = "help.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [*bindings("help")]

    def __init__(self, place: str, keymap: Mapping[str, str], focused: Widget | None) -> None:
        super().__init__()
        self._place = place
        self._keymap = keymap
        self._focused = focused

    def compose(self) -> ComposeResult:
        with Vertical(classes="help"):
            yield Label("Help", markup=False, classes="dialog-title")
            yield Lines(id="keys", wrap=True)
            closes = started(f"{key_word('help.close', self._keymap)} closes.")
            yield Static(f"{closes} Keys can be changed: stop-tui docs explorer", markup=False)

    def on_mount(self) -> None:
        keys = self.query_one("#keys", Lines)
        keys.show_lines(list(self._lines()))
        keys.focus()

    def action_show_help(self) -> None:
        """The key that opened the help closes it."""
        self.dismiss(None)

    def _lines(self) -> Iterator[Content]:
        yield Content(ABOUT[self._place])
        for scope in self._scopes():
            yield Content("")
            yield Content.styled(TITLES[scope], "bold $primary")
            for action in SCOPES[scope]:
                keys = shown_keys(action, self._keymap)
                yield Content.assemble(
                    (f"  {keys:<18}", "bold"), f" {action.label:<16} ", (action.help, "$text-muted")
                )

    def _scopes(self) -> list[str]:
        """The scopes heard here, those of the focused panel first."""
        first = []
        if isinstance(self._focused, DiffView):
            first = ["diff", "text"]
        elif isinstance(self._focused, Lines):
            first = ["text"]
        elif isinstance(self._focused, Listing):
            first = ["list"]
        place = [scope for scope in PLACES[self._place] if scope not in first]
        return [*first, *reversed(place)]
