"""Lineages of a few versions on real git, and what the lineage screen shows of them."""

import subprocess
from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot

from stop_tui.store.isolated_git import environment
from stop_tui.store.lineage import Lineage
from stop_tui.store.trailers import Score, Trailers
from stop_tui.tui.app import Explorer
from stop_tui.tui.screens.lineage import LineageScreen
from stop_tui.workspace import Workspace
from tests.copies import copied
from tests.tui.pilots import screen_text, until

ADA = ("Ada", "ada@example.org")
HOSTILE = "\x1b[31mred\x1b]0;title\x07 [bold]b[/bold] [@click=app.quit]x[/] \u202eevil\u2066"
SIZES = pytest.mark.parametrize("size", [(80, 24), (140, 40)], ids=["80x24", "140x40"])


def commit(
    workspace: Workspace,
    run: str,
    iteration: int,
    parent: str | None,
    *,
    at: float = 1000.0,
    idea: str = "Keep several.",
    title: str | None = None,
    **trailers: Any,
) -> str:
    values: dict[str, Any] = {
        "meta_utility": Score(0.9 + iteration / 100, 0.01),
        "test_meta_utility": Score(0.87, 0.02),
        "strategy": ("beam search",),
        "model": "offline",
        "decision": "approve",
        **trailers,
    }
    return Lineage.open(workspace.lineage).commit_version(
        f"# {run} I{iteration}\nBEAM = {iteration}\n",
        Trailers(run=run, iteration=iteration, **values),
        idea=idea,
        title=title,
        parent=parent,
        at=at + iteration,
        author=ADA,
    )


def two_runs(workspace: Workspace) -> dict[str, str]:
    """otter with three versions, and newt that starts from its second; commit ids by name."""
    copied(workspace.root, _two_runs)
    lineage = Lineage.open(workspace.lineage)
    versions = [*lineage.versions("otter"), *lineage.versions("newt")]
    return {f"{version.run}:I{version.iteration}": version.commit for version in versions}


def _two_runs(folder: Path) -> None:
    workspace = Workspace(folder)
    otter: list[str] = []
    for iteration in range(3):
        otter.append(commit(workspace, "otter", iteration, otter[-1] if otter else None))
    begun = commit(workspace, "newt", 0, otter[1], at=2000)
    commit(workspace, "newt", 1, begun, at=2000)


def git(workspace: Workspace, *arguments: str) -> str:
    done = subprocess.run(
        ["git", *arguments],
        env=environment(workspace.lineage),
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout


async def opened(app: Explorer, pilot: Pilot[Any], workspace: Workspace) -> LineageScreen:
    """The lineage screen, once it has read the lineage."""
    screen = LineageScreen(workspace)
    await app.push_screen(screen)
    await until(pilot, lambda: "being read" not in screen_text(app), "the lineage to be read")
    if screen.view.versions:
        await until(pilot, lambda: screen.focused is screen.listing, "the list to have the focus")
    return screen


def told(app: Explorer) -> str:
    """All notifications so far."""
    return "\n".join(f"{note.message}" for note in app._notifications)


def rows(app: Explorer) -> list[str]:
    """The lines of the screen that show a version in the list."""
    return [line for line in screen_text(app).splitlines() if "●" in line]
