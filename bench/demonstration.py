"""The default offline demonstration: its cost, its outcome, and whether it repeats under load."""

import json
import multiprocessing
import os
import resource
import subprocess
import tempfile
import time
from pathlib import Path

from bench.row import Row
from bench.workspaces import STOP_TUI
from stop_tui.store.lineage import Lineage
from stop_tui.workspace import create_workspace

COMMAND = ["run", "--iterations", "3", "--gate", "auto", "--name", "demonstration"]


def measure() -> list[Row]:
    with tempfile.TemporaryDirectory() as folder:
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        begun = time.perf_counter()
        first = _run(Path(folder) / "first")
        wall = time.perf_counter() - begun
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
        seed_test, best_test = _tests(Path(folder) / "first")
        busy = multiprocessing.get_context("spawn").Process(target=_spin, daemon=True)
        busy.start()
        try:
            again = [_run(Path(folder) / f"again{number}") for number in range(5)]
        finally:
            busy.kill()
            busy.join()
    same = sum(lineage == first for lineage in again)
    return [
        Row("demonstration: CPU seconds in all", cpu, 90, "s"),
        Row("demonstration: wall time", wall, 75, "s", f"{os.cpu_count()} cores"),
        Row("demonstration: versions accepted", len(first) - 1, 1, "", "", at_least=True),
        Row(
            "demonstration: test meta-utility of the last version less the seed's",
            best_test - seed_test,
            0.0001,
            "",
            f"{seed_test:.3f} -> {best_test:.3f}",
            at_least=True,
        ),
        Row("demonstration: same lineage under load, of 5", same, 5, "", "", at_least=True),
    ]


def _run(folder: Path) -> list[tuple[str, str]]:
    """Run the demonstration in a new workspace: (source, message) of each version."""
    workspace = create_workspace(folder)
    subprocess.run([STOP_TUI, *COMMAND], cwd=folder, check=True, stdout=subprocess.DEVNULL)
    lineage = Lineage.open(workspace.lineage)
    return [
        (lineage.source(version.commit), version.message)
        for version in lineage.versions("demonstration")
    ]


def _tests(folder: Path) -> tuple[float, float]:
    """Test meta-utility of the seed improver, as measured in I1, and of the last version."""
    listing = subprocess.run(
        [STOP_TUI, "log", "--json"], cwd=folder, check=True, capture_output=True, text=True
    )
    versions = json.loads(listing.stdout)["versions"]
    best = versions[0]["trailers"]["test_meta_utility"]["mean"]
    seed = subprocess.run(
        [STOP_TUI, "evaluate", "seed", "--json"],
        cwd=folder,
        check=True,
        capture_output=True,
        text=True,
    )
    return json.loads(seed.stdout)["test_meta_utility"], best


def _spin() -> None:
    while True:
        pass
