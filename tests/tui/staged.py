"""A run that waits for a decision in an explorer without any other screen, and what it recorded."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, TypeVar

import pytest
from textual.pilot import Pilot
from textual.widgets import Input

from stop_tui.core import events as ev
from stop_tui.engine import starting
from stop_tui.language_models import LanguageModel
from stop_tui.store.lineage import Lineage, Version
from stop_tui.tui.app import Explorer
from stop_tui.tui.deciding import deliberation
from stop_tui.tui.runs.run_view import RunView
from stop_tui.tui.runs.session import RunSession
from stop_tui.tui.screens import dialogs
from stop_tui.tui.screens.dialogs import Confirm
from stop_tui.tui.screens.explorer_screen import ExplorerScreen
from stop_tui.tui.screens.questions import open_question
from stop_tui.workspace import Workspace
from tests.tiny import Scripted, tiny_settings
from tests.tui.pilots import screen_text, until

E = TypeVar("E", bound=ev.Event)


class Stage(Explorer):
    """An explorer whose home is an empty screen."""

    def enter(self, workspace: Workspace) -> None:
        self.workspace = workspace
        self.push_screen(ExplorerScreen())


class Staged:
    """A running pilot on a run."""

    def __init__(self, app: Stage, pilot: Pilot[Any], session: RunSession) -> None:
        self.app = app
        self.pilot = pilot
        self.session = session

    @property
    def text(self) -> str:
        """What is on the screen."""
        return screen_text(self.app)

    @property
    def dialog(self) -> str:
        """What the dialog in front says, in one line."""
        region = self.app.screen.query_one(".dialog").region
        rows = self.text.split("\n")[region.y : region.bottom]
        return " ".join(" ".join(row[region.x + 1 : region.right - 1] for row in rows).split())

    def recorded(self, kind: type[E]) -> list[E]:
        """The events of a kind, as the session was told of them."""
        return [event for event in self.session.events if isinstance(event, kind)]

    def versions(self) -> list[Version]:
        """The commits of the run, oldest first."""
        return Lineage.open(self.session.workspace.lineage).versions(self.session.name)

    def told(self) -> str:
        """All notifications so far."""
        return "\n".join(str(note.message) for note in self.app._notifications)

    async def until(self, condition: Any, what: str) -> None:
        """Wait for `condition`."""
        await until(self.pilot, condition, what)

    async def question(self) -> None:
        """Wait for a question that is not answered yet, and open it."""
        session = self.session
        await self.until(
            lambda: session.question is not None and not session.question.future.done(),
            "a question",
        )
        before = self.app.screen
        open_question(self.app, session, RunView(session))
        await self.until(
            lambda: self.app.screen is not before and self.app.screen.is_mounted, "its screen"
        )
        await self.pilot.pause()

    async def confirm(self, key: str, *, reason: str = "") -> str:
        """Press the key of a decision and confirm it; the text of the confirmation."""
        await self.pilot.press(key)
        return await self.confirmed(reason=reason)

    async def confirmed(self, *, reason: str = "") -> str:
        """Confirm what is asked; the text of the confirmation."""
        await self.until(self._confirming, "a confirmation")
        await self.pilot.pause()
        text = self.dialog
        if reason:
            self.app.screen.query_one("#reason", Input).value = reason
        asks = bool(self.app.screen.query("#reason"))
        await self.pilot.press(*(("enter", "enter") if asks else ("y",)))
        await self.until(lambda: not isinstance(self.app.screen, Confirm), "it is confirmed")
        return text

    def _confirming(self) -> bool:
        screen = self.app.screen
        return isinstance(screen, Confirm) and any(button.region for button in screen.query("#yes"))

    async def ended(self) -> None:
        """Wait until the run is no longer driven."""
        await self.until(lambda: not self.session.live, "the end of the run")


@asynccontextmanager
async def staged(
    workspace: Workspace,
    *,
    model: LanguageModel | None = None,
    size: tuple[int, int] = (140, 40),
    **settings: object,
) -> AsyncIterator[Staged]:
    """A run of `workspace` with the human gate, driven by an explorer; paused in the end."""
    chosen = tiny_settings(**{"gate": "human", "model": "scripted", **settings})
    app = Stage(workspace, folder=workspace.root)
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(workspace.root)  # a key that saves must not save into the repository
        patch.setattr(starting, "open_model", lambda *_: model or Scripted())
        async with app.run_test(size=size, notifications=True) as pilot:
            session = RunSession(workspace, chosen.name, app._changed)
            app.sessions[chosen.name] = session
            session.begin(chosen, step=False)
            yield Staged(app, pilot, session)
            await session.pause()
            session.close()
        if session.crash is not None:
            raise session.crash


@pytest.fixture
def hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    """A human for whom everything has only just appeared."""
    monkeypatch.setattr(deliberation, "GRACE", 3600.0)
    monkeypatch.setattr(dialogs, "GRACE", 3600.0)


@pytest.fixture
def attentive(monkeypatch: pytest.MonkeyPatch) -> None:
    """A human who thinks before every key, in no time."""
    monkeypatch.setattr(deliberation, "GRACE", 1e-6)
    monkeypatch.setattr(deliberation, "BURST", 1e-6)
    monkeypatch.setattr(dialogs, "GRACE", 1e-6)
