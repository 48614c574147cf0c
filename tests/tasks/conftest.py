import functools
import importlib.util
import random
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

TASKS = Path(__file__).parents[2] / "tasks"

Utility = Any
"""A module that defines LIMIT, INSTANCES, instance and score."""


def module(path: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location(f"{path.parent.name}_{path.stem}", path)
    assert spec is not None and spec.loader is not None
    loaded = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(loaded)
    return loaded


@pytest.fixture
def utility() -> Callable[[str], Utility]:
    return lambda task: module(TASKS / task / "utility.py")


@pytest.fixture(scope="session")
def shared_utility() -> Callable[[str], Utility]:
    """For property tests, which may not use a fixture that is made anew for each test."""
    return functools.cache(lambda task: module(TASKS / task / "utility.py"))


@pytest.fixture(autouse=True)
def randomness() -> None:
    """Programs of tasks take what is random from the process, and a sandbox seeds it."""
    random.seed(0)
    np.random.seed(0)


@pytest.fixture
def seed_solution() -> Callable[[str], Any]:
    return lambda task: module(TASKS / task / "seed.py")


@pytest.fixture
def instances() -> Callable[[Utility, int], list[tuple[Any, Any]]]:
    def make(utility: Utility, count: int) -> list[tuple[Any, Any]]:
        return [utility.instance(np.random.default_rng(seed)) for seed in range(count)]

    return make
