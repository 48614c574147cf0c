"""Explorers on tiny workspaces, opened where a test needs them."""

import pytest
from textual.screen import Screen

from stop_tui.config import Config
from stop_tui.core import events as ev
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
