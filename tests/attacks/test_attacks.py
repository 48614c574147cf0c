"""No attack succeeds where isolation is full: the host's own state is asked, after each of them.

All are run by `make test-trust`; `make test` runs one or two of every kind.
"""

import os

import pytest

from tests.attacks.catalogue import Attack, attacks
from tests.attacks.ground import Ground
from tests.attacks.table import Row

SHORT = {
    "read_a_file",
    "read_the_memory_of_another",
    "overwrite_a_file",
    "change_the_times",
    "connect_by_ipv4",
    "send_to_a_service_from_a_socket_pair",
    "kill_a_process",
    "signal_a_thread_of_a_process",
    "fork",
    "become_another_program",
    "start_a_thread_in_new_namespaces",
    "remove_a_named_message_queue",
    "fill_the_disk_with_removed_files",
    "start_all_timers",
    "send_a_pickle",
    "send_scores",
    "walk_all_objects",
    "leave_something_for_the_next_program",
    "spend_more_than_the_budget",
    "find_the_hidden_answer",
}
pytestmark = pytest.mark.skipif(
    os.uname().sysname != "Linux" or os.uname().machine != "x86_64",
    reason="attacks call the kernel by the numbers of Linux on x86-64",
)


def _case(attack: Attack) -> object:
    short = (attack.name in SHORT and attack.role != "improver") or attack.kind == "handles"
    return pytest.param(attack, id=str(attack), marks=() if short else (pytest.mark.trust,))


@pytest.mark.parametrize("attack", [_case(attack) for attack in attacks()])
def test_is_stopped(attack: Attack, ground: Ground, rows: list[Row]) -> None:
    harm = ground.harm(attack)
    rows.append((attack, "full", harm))
    assert not harm


def test_the_short_selection_names_attacks_that_there_are() -> None:
    assert {attack.name for attack in attacks()} >= SHORT
