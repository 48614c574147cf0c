"""Faults leave nothing running: each test knows what ran before it."""

import pytest

from tests.faults import processes


@pytest.fixture(autouse=True)
def _own_processes() -> None:
    processes.begin()
