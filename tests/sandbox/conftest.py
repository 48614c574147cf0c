"""One pool of sandboxes for all tests of a process."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from stop_tui.sandbox import Pool
from tests.sandbox.sandboxes import Sandboxes


@pytest.fixture(scope="session")
def sandboxes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandboxes]:
    scratch: Path = tmp_path_factory.mktemp("scratch")
    with asyncio.Runner() as runner:
        pool = Pool(size=2, scratch=scratch)
        runner.run(pool.__aenter__())
        yield Sandboxes(runner, pool)
        runner.run(pool.__aexit__(None, None, None))
