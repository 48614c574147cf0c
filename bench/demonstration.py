"""The default offline demonstration: its cost, its outcome, and whether it repeats under load."""

import multiprocessing
import os
import resource
import subprocess
import tempfile
import time
from pathlib import Path

from bench.row import Row
from bench.workspaces import STOP_TUI
from stop_tui.core import events as ev
from stop_tui.store.lineage import Lineage
from stop_tui.workspace import create_workspace

COMMAND = ["run", "--iterations", "3", "--gate", "auto", "--name", "demonstration", "--json"]


def measure() -> list[Row]:
    with tempfile.TemporaryDirectory() as folder:
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        begun = time.perf_counter()
        first, events = _run(Path(folder) / "first")
        wall = time.perf_counter() - begun
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
        seed_test, best_test = _tests(events)
        busy = multiprocessing.get_context("spawn").Process(target=_spin, daemon=True)
        busy.start()
        try:
            again = [_run(Path(folder) / f"again{number}")[0] for number in range(5)]
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


def _run(folder: Path) -> tuple[list[tuple[str, str]], list[ev.AnyEvent]]:
    """Run the demonstration in a new workspace: (source, message) of each version, and events."""
    workspace = create_workspace(folder)
    done = subprocess.run([STOP_TUI, *COMMAND], cwd=folder, check=True, stdout=subprocess.PIPE)
    lineage = Lineage.open(workspace.lineage)
    versions = [
        (lineage.source(version.commit), version.message)
        for version in lineage.versions("demonstration")
    ]
    return versions, [ev.decode(line) for line in done.stdout.splitlines()]


def _tests(events: list[ev.AnyEvent]) -> tuple[float, float]:
    """Test meta-utility of the seed improver, and of the version accepted last."""
    measured = [event for event in events if isinstance(event, ev.ProposalMeasured)]
    accepted = {event.source for event in events if isinstance(event, ev.VersionCommitted)}
    best = [event for event in measured if event.source in accepted][-1]
    return measured[0].incumbent_test.mean, best.proposal_test.mean


def _spin() -> None:
    while True:
        pass
