"""A lineage in which strategies come and go, the same to the last byte every time."""

import subprocess
from collections.abc import Mapping

from stop_tui.store.commit_message import render_message
from stop_tui.store.isolated_git import environment
from stop_tui.store.lineage import Lineage
from stop_tui.store.trailers import Score, Trailers
from stop_tui.workspace import Workspace

STRATEGIES = (
    ("beam search", "feedback of scores or errors"),
    ("beam search", "feedback of scores or errors", "caching"),
    ("genetic or evolutionary", "feedback of scores or errors", "caching"),
    ("genetic or evolutionary", "feedback of scores or errors"),
    ("genetic or evolutionary", "bandit", "feedback of scores or errors", "caching"),
    ("bandit", "temperature variation", "feedback of scores or errors", "caching"),
    ("simulated annealing", "temperature variation", "caching"),
)


def grow(
    workspace: Workspace,
    run: str = "newt",
    labels: tuple[tuple[str, ...], ...] = STRATEGIES,
    *,
    parent: str | None = None,
    at: int = 1_790_001_000,
    sources: Mapping[int, str] | None = None,
) -> list[str]:
    """Make a run of versions with these strategies, which starts from the commit `parent`; their
    commit ids. `sources` are those of some versions, by number. One command of git writes all, so
    hundreds take no time."""
    stream = b""
    for number, found in enumerate(labels):
        utility = min(0.70 + 0.03 * number, 0.99)
        trailers = Trailers(
            run=run,
            iteration=number,
            strategy=found,
            meta_utility=Score(utility, 0.01) if number else None,
            meta_utility_incumbent=Score(utility - 0.025, 0.01) if number else None,
            model="offline",
            decision="approve",
        )
        message = render_message(trailers).encode()
        source = (sources or {}).get(number, f"# {run} I{number}\n").encode()
        before = f"from {parent}\n".encode() if parent and not number else b""
        stream += b"commit refs/heads/%s\ncommitter Ada <ada@example.org> %d +0000\n" % (
            run.encode(),
            at + number,
        )
        stream += b"data %d\n%s\n%s" % (len(message), message, before)
        stream += b"M 100644 inline improver.py\ndata %d\n%s\n" % (len(source), source)
    lineage = Lineage.open(workspace.lineage)
    subprocess.run(
        ["git", "fast-import", "--quiet"],
        input=stream,
        env=environment(lineage.path),
        check=True,
    )
    return [version.commit for version in lineage.versions(run)]
