"""What a transfer of one version over all six tasks takes with the offline model."""

import json
import os
import resource
import subprocess
import tempfile
import time
from pathlib import Path

from bench.row import Row
from bench.workspaces import STOP_TUI
from stop_tui.workspace import create_workspace

COMMAND = [STOP_TUI, "transfer", "beam_search", "--json"]
TASKS = 6
CORES = 2
SECONDS = 180


def measure() -> list[Row]:
    with tempfile.TemporaryDirectory() as folder:
        root = create_workspace(Path(folder) / "w").root
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        begun = time.perf_counter()
        done = subprocess.run(COMMAND, cwd=root, check=True, stdout=subprocess.PIPE)
        wall = time.perf_counter() - begun
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        begun = time.perf_counter()
        again = subprocess.run(COMMAND, cwd=root, check=True, stdout=subprocess.PIPE)
        reading = time.perf_counter() - begun
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    tasks = json.loads(done.stdout)["tasks"]
    same = again.stdout == done.stdout and len(tasks) == TASKS and all(tasks.values())
    return [
        Row("transfer: six tasks, wall time", wall, SECONDS, "s", f"{os.cpu_count()} cores"),
        Row("transfer: six tasks, CPU seconds in all", cpu, CORES * SECONDS, "s"),
        Row("transfer: the same read from its journal", reading, 3, "s"),
        Row("transfer: and it says the same", same, 1, "", at_least=True),
    ]
