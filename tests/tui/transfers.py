"""A version whose transfer can be measured in a second, and the keys that do it."""

import asyncio
from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot

from stop_tui.config import Config, RunDefaults
from stop_tui.core import events as ev
from stop_tui.language_models import registry
from stop_tui.store.journal import Journal
from stop_tui.store.lineage import Lineage
from stop_tui.store.trailers import Score, Trailers
from stop_tui.tui.app import Explorer
from stop_tui.tui.measuring import subject
from stop_tui.tui.measuring.session import TransferSession
from stop_tui.tui.screens import dialogs
from stop_tui.tui.screens.dialogs import Confirm
from stop_tui.tui.screens.transfer import TransferScreen
from stop_tui.workspace import Workspace
from tests.tiny import GOOD_SOLUTION, Scripted, finds, tiny_workspace
from tests.tui.explorers import bare_explorer
from tests.tui.pilots import screen_text, until

ASKS = """\
def improve_algorithm(initial_solution, utility, language_model):
    return language_model.prompt("expert", "improve it")[0]
"""
HOSTILE = "\x1b[31mred\x1b]0;title\x07 [bold]b[/bold]"
REV = "otter:I1"


def otter_workspace(folder: Path) -> Workspace:
    """One task, a seed improver that asks the model once, and a version that knows the answer."""
    made = tiny_workspace(folder, ASKS)
    lineage = Lineage.open(made.lineage)
    parent = None
    for iteration, source in enumerate([ASKS, finds(GOOD_SOLUTION, note="longer " * 40)]):
        parent = lineage.commit_version(
            source,
            Trailers(
                run="otter",
                iteration=iteration,
                meta_utility=Score(0.9, 0.01),
                model="scripted",
                tasks=("double",),
            ),
            idea="",
            title=None,
            parent=parent,
            at=1000.0 + iteration,
            author=("Ada", "ada@example.org"),
        )
    return made


def scripted(monkeypatch: pytest.MonkeyPatch) -> Scripted:
    """What answers, whatever model is configured; a confirmation need not be waited for."""
    answering = Scripted(lambda request: GOOD_SOLUTION)
    answer_with(monkeypatch, answering)
    monkeypatch.setattr(dialogs, "GRACE", -60.0)  # a key that was typed before it opened counts
    return answering


def answer_with(monkeypatch: pytest.MonkeyPatch, model: Any) -> None:
    for module in (registry, subject):
        monkeypatch.setattr(module, "open_model", lambda *_: model)


class Waits(Scripted):
    """Answers the first `free` requests and then only when it is let."""

    def __init__(self, free: int = 0) -> None:
        super().__init__(lambda request: GOOD_SOLUTION)
        self.free = free
        self.answered = 0

    async def complete(self, request: Any, heard: Any = None) -> Any:
        if self.answered >= self.free:
            self.requests.append(request)
            await asyncio.Event().wait()
        self.answered += 1
        return await super().complete(request, heard)


def explorer(workspace: Workspace, repeats: int = 2, **defaults: Any) -> Explorer:
    chosen = RunDefaults(repeats=repeats, model="scripted", concurrency=1, **defaults)
    return bare_explorer(workspace, Config(run=chosen))


async def opened(pilot: Pilot[Any]) -> TransferSession:
    """The screen, once it is known what is measured."""
    pilot.app.open_transfer(REV)
    await until(pilot, lambda: isinstance(pilot.app.screen, TransferScreen), "the screen")
    session = pilot.app.screen.transfer
    await until(pilot, lambda: session.subject or session.error, "what is measured")
    await until(pilot, lambda: "being read" not in screen_text(pilot.app), "the screen to know")
    await pilot.pause()
    return session


async def begin(pilot: Pilot[Any]) -> None:
    await pilot.press("space")
    await until(pilot, lambda: isinstance(pilot.app.screen, Confirm), "the confirmation")
    await pilot.press("y")


async def measured(pilot: Pilot[Any], session: TransferSession) -> None:
    """Measure until nothing is missing, or what went wrong is known."""
    session.error = None
    await begin(pilot)

    def over() -> bool:
        return not session.live and bool(session.error or not session.figures.missing)

    await until(pilot, over, "its end")
    await until(pilot, lambda: "▶ measuring" not in screen_text(pilot.app), "the screen to know")


def files(workspace: Workspace) -> list[Path]:
    return list(workspace.experiments.glob("*.db"))


def journalled(workspace: Workspace) -> list[ev.AnyEvent]:
    (file,) = files(workspace)
    with Journal.open(file, create=False) as journal:
        return [event for _, event in journal.events("measurements")]
