"""Explorers on tiny workspaces, opened where a test needs them."""

import pytest
from textual.pilot import Pilot
from textual.screen import Screen

from stop_tui.config import Config
from stop_tui.core import events as ev
from stop_tui.core.events import Settings
from stop_tui.engine import starting
from stop_tui.language_models import LanguageModel
from stop_tui.store.journal import Journal
from stop_tui.tui.app import Explorer
from stop_tui.workspace import Workspace


class BareExplorer(Explorer):
    """An explorer that begins with an empty screen instead of the list of runs."""

    def enter(self, workspace: Workspace) -> None:
        self.workspace = workspace
        self.push_screen(Screen())


class Starting(Explorer):
    """An explorer that notes which run is to begin, and shows an empty screen for it."""

    begun: "list[tuple[Settings, bool]]"

    def begin_run(self, settings: Settings, *, step: bool = False) -> None:
        self.begun = [*getattr(self, "begun", []), (settings, step)]
        if settings.name not in self.sessions:
            self.sessions[settings.name] = object()  # type: ignore[assignment]
        self.push_screen(Screen())

    async def action_quit(self) -> None:
        self.exit(0)


def bare_explorer(workspace: Workspace, config: Config | None = None) -> BareExplorer:
    """An explorer whose test opens the screen it is about."""
    return BareExplorer(workspace, folder=workspace.root, config=config)


def answering(monkeypatch: pytest.MonkeyPatch, model: LanguageModel) -> None:
    """Let `model` answer whatever model a run names."""
    monkeypatch.setattr(starting, "open_model", lambda *_: model)


def journal_of(workspace: Workspace, run: str) -> list[ev.AnyEvent]:
    """The events of a run, as the journal has them by now."""
    with Journal.open(workspace.journal, create=False) as journal:
        return [event for _, event in journal.events(run)]


def last_of(workspace: Workspace, run: str, kind: type[ev.Event]) -> ev.Event:
    """The newest event of a kind."""
    return next(event for event in reversed(journal_of(workspace, run)) if isinstance(event, kind))


def begun(pilot: Pilot[int]) -> list[tuple[Settings, bool]]:
    """The runs that a `Starting` explorer was to begin, and whether as a step."""
    return getattr(pilot.app, "begun", [])
