"""A finished run in which everything that may be hostile is: sources, prompts, responses, failures,
attempts and the errors of instances. And a screen with its detail."""

from pathlib import Path
from typing import Any

from textual.app import ComposeResult
from textual.pilot import Pilot

from stop_tui.core import events as ev
from stop_tui.core.keys import text_hash
from stop_tui.engine.gate import AutoGate, Decision, Gate, Review
from stop_tui.tui.runs.run_view import RunView
from stop_tui.tui.runs.session import RunSession, open_session
from stop_tui.tui.screens.explorer_screen import ExplorerScreen
from stop_tui.tui.widgets.detail import CandidateDetail
from stop_tui.tui.widgets.find_bar import FindBar
from stop_tui.workspace import Workspace
from tests.copies import copied
from tests.tiny import GOOD_SOLUTION, Scripted, start, tiny_settings, tiny_workspace
from tests.tui.explorers import BareExplorer
from tests.tui.pilots import screen_text, until

HOSTILE = "\x1b]52;c;cm0gLXJm\x07\x1b[31m[red]markup[/red] \u202eback"

FOUND = """\
import os


def algorithm(x):
    if x % 3 == 0:
        raise ValueError("\\x1b[31m[red]third[/red] \\u202e")
    os.path.exists("/etc/[red]shadow[/red]\\x1b[2J")
    return 2 * x - x % 89
"""
"""A solution that fails on some instances, looks around, and is worth something else on each."""

FAILS = f"""\
def improve_algorithm(initial_solution, utility, language_model):
    raise ValueError({HOSTILE!r})
"""

CANDIDATE = f"""\
# {HOSTILE}
SOLUTION = {FOUND!r}
TRIED = {GOOD_SOLUTION!r}


def improve_algorithm(initial_solution, utility, language_model):
    cache = {{}}
    language_model.prompt("an expert", "please " + {HOSTILE!r}, 2, 0.5)
    for code in (TRIED, SOLUTION):
        if code not in cache:
            cache[code] = utility(code)
    open("/etc/[red]passwd[/red]\\x1b")
"""
"""It fails after it has tried; `candidate` makes one of it that returns."""

SEED = f"""\
from helpers import extract_code


def improve_algorithm(initial_solution, utility, language_model):
    if "improve_algorithm" not in initial_solution:
        return initial_solution
    reply = language_model.prompt("an expert of programs", "go on", 1, 0.75)[0]
    found = extract_code(reply)
    utility({FAILS!r})
    utility(found)
    return found
"""


def candidate() -> str:
    """The proposal's source."""
    attempt = '    open("/etc/[red]passwd[/red]\\x1b")\n'
    guarded = f"    try:\n    {attempt}    except OSError:\n        pass\n    return SOLUTION\n"
    return CANDIDATE.replace(attempt, guarded)


def answer(request: object) -> str:
    """What the model says: an idea around the candidate."""
    return f"My idea: {HOSTILE}\n\n```python\n{candidate()}```\n\nresponse 2 of 2\n"


class Revealing(AutoGate):
    """A gate that looks at the test figures first and approves what it is asked about."""

    async def decide(self, review: Review) -> Decision:
        review.reveal_test("ana [red]\x1b")
        return Decision("approve", "ana", "good")


def hostile_run(tmp_path: Path, *, gate: type[Gate] = AutoGate, iterations: int = 2) -> RunSession:
    """The run `tiny`: in each meta-iteration candidate 1 fails and candidate 2 is proposed."""
    return open_session(copied(tmp_path, _make, gate, iterations), "tiny", lambda _: None)


def _make(folder: Path, gate: type[Gate], iterations: int) -> None:
    settings = tiny_settings(iterations=iterations, concurrency=2)  # two repeats are seen at once
    start(tiny_workspace(folder, SEED), settings, model=Scripted(answer), gate=gate())


def before(view: RunView, kind: type[ev.Event]) -> None:
    """Travel to the moment before the first event of a kind."""
    view.now()
    number = next(n for n, event in enumerate(view.session.events) if isinstance(event, kind))
    view.travel(number - len(view.session.events))


PROPOSAL = text_hash(candidate())
FAILING = text_hash(FAILS)
START = text_hash(SEED)


class DetailScreen(ExplorerScreen):
    """A screen with nothing but a detail; its keys are those of the run screen."""

    PLACE = "run"

    def __init__(self, **options: Any) -> None:
        super().__init__()
        self.detail = CandidateDetail(id="detail", **options)

    def compose(self) -> ComposeResult:
        yield self.detail
        yield FindBar()


def detail_app(workspace: Workspace) -> BareExplorer:
    """An explorer in which a test opens its own screen."""
    return BareExplorer(workspace, folder=workspace.root)


async def show_detail(pilot: Pilot[Any], **options: Any) -> CandidateDetail:
    """Open a screen with a detail."""
    app = pilot.app
    assert isinstance(app, BareExplorer)
    await until(pilot, lambda: app.workspace is not None, "the first screen")
    screen = DetailScreen(**options)
    await app.push_screen(screen)
    await pilot.pause()
    return screen.detail


def inert_screen(pilot: Pilot[Any]) -> str:
    """The text on the screen, which has nothing that could act on a terminal."""
    text = screen_text(pilot.app)
    for character in "\x1b\x07\x00\x9d\u202e":
        assert character not in text
    return text
