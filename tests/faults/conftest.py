"""Faults leave nothing running: each test knows what ran before it."""

import pytest

from tests.faults import processes
from tests.faults.small_run import SETTINGS, lineage_of, model, scores_of, small_workspace
from tests.tiny import start


@pytest.fixture(autouse=True)
def _own_processes() -> None:
    processes.begin()


@pytest.fixture(scope="session")
def undisturbed(tmp_path_factory):
    """Lineage and scores of the small run, when nothing happens to it."""
    workspace = small_workspace(tmp_path_factory.mktemp("undisturbed") / "w")
    events = start(workspace, SETTINGS, model=model())
    return lineage_of(workspace), scores_of(events)
