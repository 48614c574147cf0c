"""What docs/security.md says is not stopped: each is so, and goes no further than it says there."""

import os
from pathlib import Path

import pytest

from stop_tui.sandbox.inside import wire
from tests.attacks.ground import Ground

pytestmark = pytest.mark.skipif(
    os.uname().sysname != "Linux", reason="there is no isolation to test elsewhere"
)


def values(ground: Ground, source: str, *calls: object) -> list[object]:
    """What `source` returns for each of `calls`, its only argument."""
    run = ground.evaluate(source, [wire.encode((call,)) for call in calls])
    return [wire.decode(call.value) if call.value else call.error for call in run.calls]


def test_sizes_and_owners_of_files_can_be_seen_but_nothing_read(
    ground: Ground, tmp_path: Path
) -> None:
    hidden = tmp_path / "hidden"
    hidden.write_text("content")
    source = """
import os
def algorithm(path):
    told = [os.stat(path).st_size]
    for look in (lambda: open(path).read(), lambda: os.listdir(os.path.dirname(path))):
        try: told.append(look())
        except OSError as error: told.append(type(error).__name__)
    return told
"""
    assert values(ground, source, str(hidden)) == [[7, "PermissionError", "PermissionError"]]


def test_a_solution_remembers_from_one_instance_to_the_next_and_no_further(ground: Ground) -> None:
    source = "seen = []\ndef algorithm(x):\n    seen.append(x)\n    return list(seen)\n"
    for _ in range(2):
        assert values(ground, source, 1, 2) == [[1], [1, 2]]


def test_nan_is_no_score_but_passes_a_comparison_made_the_wrong_way_round(ground: Ground) -> None:
    careless = "return 0.0 if abs(output - hidden) > 0.1 else 1.0"
    careful = "return 1.0 if abs(output - hidden) <= 0.1 else 0.0"
    forwarding = "return output"
    nan = "def algorithm(x):\n    return float('nan')\n"
    assert ground.utility(careless, nan) == 1.0
    assert ground.utility(careful, nan) == 0.0
    assert ground.utility(forwarding, nan) == 0.0
