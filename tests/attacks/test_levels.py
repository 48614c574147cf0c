"""What attacks achieve where layers of isolation are missing; docs/security.md says the same."""

import asyncio
import os
from pathlib import Path

import pytest

from stop_tui.core.errors import IsolationError
from stop_tui.sandbox import Pool
from tests.attacks.catalogue import attacks
from tests.attacks.ground import Ground
from tests.attacks.levels import at, may_run
from tests.attacks.table import Row

pytestmark = [
    pytest.mark.trust,
    pytest.mark.skipif(
        os.uname().sysname != "Linux" or os.uname().machine != "x86_64",
        reason="attacks call the kernel by the numbers of Linux on x86-64",
    ),
]

SUCCEED_WHEN_DEGRADED: frozenset[str] = frozenset()
"""What succeeds where sandlock cannot be used and the project's own lock-down works alone."""

SEEN_WITHOUT_ISOLATION = (
    "read_a_file",
    "list_a_folder",
    "read_the_memory_of_another",
    "take_an_open_file_of_another",
    "receive_the_message_of_another",
    "overwrite_a_file",
    "change_the_mode",
    "connect_by_ipv4",
    "send_by_ipv4",
    "connect_to_a_service",
    "send_to_a_service_from_a_socket_pair",
    "ask_the_kernel_by_netlink",
    "signal_a_process",
    "kill_a_process",
    "write_the_memory_of_a_process",
    "change_the_limits_of_a_process",
    "fork",
    "become_another_program",
)
"""Some of what succeeds where nothing isolates: were it not seen there, no verdict meant much."""


def test_degraded_stops_all_but_what_is_listed(tmp_path: Path, rows: list[Row]) -> None:
    succeeded = set()
    with Ground(tmp_path, "degraded") as ground:
        for attack in attacks():
            if attack.kind in ("deadlines", "answers", "searching", "forging"):
                continue  # sandlock has no part in stopping these
            if attack.role == "solution" or attack.kind == "handles":
                harm = ground.harm(attack)
                rows.append((attack, "degraded", harm))
                succeeded |= {attack.name} if harm else set()
    assert succeeded == SUCCEED_WHEN_DEGRADED


def test_without_isolation_attacks_succeed_and_are_seen(tmp_path: Path, rows: list[Row]) -> None:
    succeeded = set()
    with Ground(tmp_path, "none") as ground:
        for attack in attacks():
            if attack.name in SEEN_WITHOUT_ISOLATION and attack.role == "solution":
                assert may_run(attack, "none")
                harm = ground.harm(attack)
                rows.append((attack, "none", harm))
                succeeded |= {attack.name} if harm else set()
    assert succeeded == set(SEEN_WITHOUT_ISOLATION)


def test_without_a_table_of_system_calls_nothing_runs(tmp_path: Path) -> None:
    async def body() -> None:
        async with Pool(size=1, scratch=tmp_path):
            pass

    with at("unfiltered"), pytest.raises(IsolationError, match="no system call table"):
        asyncio.run(body())
