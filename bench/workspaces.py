"""Workspaces and lineages made for measuring."""

import sys
from pathlib import Path

from stop_tui.store.lineage import Lineage
from stop_tui.store.trailers import Score, Trailers
from stop_tui.workspace import Workspace, create_workspace

STOP_TUI = str(Path(sys.executable).with_name("stop-tui"))


def lineage_of(folder: Path, versions: int) -> Workspace:
    """A workspace whose one run has so many versions, written as git's fast-import reads them."""
    import subprocess

    workspace = create_workspace(folder)
    lineage = Lineage.open(workspace.lineage)
    first = lineage.commit_version(
        "# version 0\n", _trailers(0), parent=None, at=1_700_000_000, author=("bench", "b@ench")
    )
    message = lineage.version(first).message
    stream = []
    for number in range(1, versions):
        text = message.replace("Iteration: 0", f"Iteration: {number}").replace("I0:", f"I{number}:")
        source = f"# version {number}\n".encode()
        body = text.encode()
        stream.append(
            b"commit refs/heads/bench\ncommitter bench <b@ench> %d +0000\ndata %d\n%s\n%s"
            b"M 100644 inline improver.py\ndata %d\n%s\n"
            % (
                1_700_000_000 + number,
                len(body),
                body,
                b"from %s\n" % first.encode() if number == 1 else b"",
                len(source),
                source,
            )
        )
    subprocess.run(
        ["git", "--git-dir", str(workspace.lineage), "fast-import", "--quiet"],
        input=b"".join(stream),
        check=True,
    )
    return workspace


def _trailers(iteration: int) -> Trailers:
    return Trailers(
        run="bench",
        iteration=iteration,
        candidate=1,
        meta_utility=Score(0.9, 0.01),
        meta_utility_incumbent=Score(0.8, 0.01),
        test_meta_utility=Score(0.88, 0.01),
        repeats=5,
        tasks=("lpn",),
        strategy=("beam search",),
        model="offline",
        seed=0,
        lm_calls=100,
        tokens=1000,
        cost_usd=0.0,
        sandbox_events=0,
        decision="approve",
        decided_by="auto",
        reason="measures no worse: +0.100",
    )
