"""How long the command line takes to start, and to list a lineage."""

import sys
import tempfile
from pathlib import Path

from bench.row import Row, median_command
from bench.workspaces import STOP_TUI, lineage_of


def measure() -> list[Row]:
    textual = median_command([sys.executable, "-c", "import textual.app"])
    version = median_command([STOP_TUI, "--version"])
    with tempfile.TemporaryDirectory() as folder:
        small = lineage_of(Path(folder) / "small", 200)
        log = median_command([STOP_TUI, "log"], cwd=str(small.root))
        large = lineage_of(Path(folder) / "large", 10_000)
        git = ["git", "--git-dir", str(large.lineage), "log"]
        git_log = median_command(git, times=5)
        log_large = median_command([STOP_TUI, "log"], times=5, cwd=str(large.root))
        one = lineage_of(Path(folder) / "one", 1)
        start_up = median_command([STOP_TUI, "log", "--json"], cwd=str(one.root))
    against = f"import textual.app: {textual * 1000:.0f} ms"
    return [
        Row("stop-tui --version / import textual.app", version / textual, 0.4, "x", against),
        Row("stop-tui log, 200 versions / import textual.app", log / textual, 1.2, "x", against),
        Row(
            "stop-tui log, 10,000 versions, less start-up / git log",
            (log_large - start_up) / git_log,
            1.5,
            "x",
            f"git log: {git_log * 1000:.0f} ms, stop-tui log: {log_large * 1000:.0f} ms, "
            f"start-up (a lineage of one): {start_up * 1000:.0f} ms",
        ),
    ]
