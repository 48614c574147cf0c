"""A run, recorded once for all tests that change what was written of it."""

from pathlib import Path

import pytest

from stop_tui.engine.carrying import export_run
from stop_tui.workspace import Workspace
from tests.faults.small_run import NAME, SETTINGS, model, small_workspace
from tests.scoring.conftest import make_task, write_task  # noqa: F401 - fixtures
from tests.tiny import start


@pytest.fixture(scope="session")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """A workspace with a finished run."""
    workspace = small_workspace(tmp_path_factory.mktemp("recorded") / "w")
    start(workspace, SETTINGS, model=model())
    return workspace


@pytest.fixture(scope="session")
def exported(recorded: Workspace) -> bytes:
    """The file of that run."""
    path: Path = recorded.root / "tiny.run"
    export_run(recorded, NAME, path)
    return path.read_bytes()
