"""One ground for all attacks of a test process, and the table of verdicts at its end."""

from collections.abc import Iterator

import pytest

from tests.attacks.ground import Ground
from tests.attacks.table import Row, line, summary

_ROWS: list[Row] = []


@pytest.fixture(scope="session")
def ground(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ground]:
    with Ground(tmp_path_factory.mktemp("attacks")) as ground:
        yield ground


@pytest.fixture(scope="session")
def rows() -> list[Row]:
    """The verdicts so far."""
    return _ROWS


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    if _ROWS and config.getoption("markexpr") == "trust":
        terminalreporter.section("attacks")
        for row in _ROWS:
            terminalreporter.write_line(line(row))
        terminalreporter.write_line(summary(_ROWS))
