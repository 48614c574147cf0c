"""A workspace small enough for a run in a second or two, and improvers that need no model."""

import asyncio
from collections.abc import Callable, Iterable
from pathlib import Path

from stop_tui.core import events as ev
from stop_tui.engine import starting
from stop_tui.engine.gate import AutoGate, Decision, DecisionLeft, Gate, Review
from stop_tui.engine.recorder import Listener, Recorder
from stop_tui.engine.run import Run
from stop_tui.language_models import Completion, Heard, LanguageModel, Request, Response
from stop_tui.store.journal import Journal
from stop_tui.workspace import Workspace

UTILITY = '''\
"""How close to doubling a number a program comes."""

LIMIT = 1.0
INSTANCES = {"val": 2, "test": 3}


def instance(rng):
    x = int(rng.integers(1, 1000))
    return (x,), 2 * x


def score(inputs, hidden, output):
    return max(0.0, 1.0 - abs(output - hidden) / hidden)
'''

SEED_SOLUTION = "def algorithm(x):\n    return x\n"
GOOD_SOLUTION = "def algorithm(x):\n    return 2 * x\n"
MIDDLING_SOLUTION = "def algorithm(x):\n    return x + x // 2\n"

RETURNS_SEED = """\
def improve_algorithm(initial_solution, utility, language_model):
    return initial_solution
"""


def finds(solution: str, *, proposes: str = RETURNS_SEED, note: str = "") -> str:
    """An improver that finds `solution` downstream and, run on an improver, returns `proposes`."""
    return f"""\
# {note}
SOLUTION = {solution!r}
PROPOSAL = {proposes!r}


def improve_algorithm(initial_solution, utility, language_model):
    found = PROPOSAL if "improve_algorithm" in initial_solution else SOLUTION
    utility(found)
    return found
"""


def tiny_workspace(folder: Path, seed_improver: str) -> Workspace:
    """A workspace with the task `double` and one improver."""
    (folder / "improvers").mkdir(parents=True)
    (folder / "tasks" / "double").mkdir(parents=True)
    (folder / "improvers" / "seed.py").write_text(seed_improver)
    (folder / "tasks" / "double" / "utility.py").write_text(UTILITY)
    (folder / "tasks" / "double" / "seed.py").write_text(SEED_SOLUTION)
    workspace = Workspace(folder.resolve())
    workspace.prepare()
    return workspace


def tiny_settings(**changes: object) -> ev.Settings:
    """Settings of a tiny run: one meta-iteration, two repeats, one after the other."""
    given = {"tasks": ("double",), "iterations": 1, "repeats": 2, "concurrency": 1, **changes}
    return ev.Settings(**{"name": "tiny", **given})  # type: ignore[arg-type]


class Scripted:
    """A language model that answers with a function of the request."""

    name = "scripted"
    offline = False

    def __init__(self, answer: Callable[[Request], str] = lambda request: "") -> None:
        self._answer = answer
        self.requests: list[Request] = []

    def check_task(self, utility_text: str, seed_solution: str) -> None:
        pass

    async def complete(self, request: Request, heard: Heard | None = None) -> Completion:
        self.requests.append(request)
        texts = [self._answer(request) for _ in range(request.n)]
        for index, text in enumerate(texts):
            if heard is not None:
                heard(index, text)
        return Completion(
            model="scripted",
            responses=tuple(Response(text, completion_tokens=10) for text in texts),
            prompt_tokens=5,
            cost_usd=0.25,
        )

    async def close(self) -> None:
        pass


class Later(AutoGate):
    """A human who decides some other day."""

    waits = True

    async def decide(self, review: Review) -> Decision:
        raise DecisionLeft("the decision was left for later")


def start(
    workspace: Workspace,
    settings: ev.Settings,
    *,
    gate: Gate | None = None,
    model: LanguageModel | None = None,
    listeners: Iterable[Listener] = (),
) -> list[ev.AnyEvent]:
    """Run to the end; the journalled events."""

    def chosen(_: ev.Settings, __: Recorder) -> Gate:
        return gate or AutoGate()

    with starting.new_run(workspace, settings, chosen, listeners, model=model or Scripted()) as run:
        asyncio.run(run.execute())
    return journalled(workspace, settings.name)


def resume(
    workspace: Workspace,
    name: str = "tiny",
    *,
    gate: Gate | None = None,
    model: LanguageModel | None = None,
    limits: ev.Limits | None = None,
) -> list[ev.AnyEvent]:
    """Resume and run to the end; the journalled events."""
    with starting.resumed_run(
        workspace,
        name,
        lambda *_: gate or AutoGate(),
        model=model or Scripted(),
        limits=lambda _: limits,
    ) as run:
        if isinstance(run, Run):
            asyncio.run(run.execute())
    return journalled(workspace, name)


def journalled(workspace: Workspace, name: str) -> list[ev.AnyEvent]:
    """The events of a run, as the journal has them."""
    with Journal.open(workspace.journal, create=False) as journal:
        return [event for _, event in journal.events(name)]
