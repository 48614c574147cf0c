"""A run that is killed again and again, and what must still hold after each kill and at its end."""

import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from stop_tui.core import events as ev
from stop_tui.core.keys import text_hash
from stop_tui.workspace import Workspace
from tests.faults.hosts import Warden
from tests.faults.small_run import (
    accepted_in,
    commits_of,
    events_of,
    lineage_of,
    scores_of,
    small_workspace,
)
from tests.faults.warden import Job

Kill = tuple[int | None, float | None]
"""The number of a boundary, or seconds after the start."""


@dataclass
class Undisturbed:
    """The run that was left alone: how it ended, its boundaries, and the seconds it took."""

    lineage: list[tuple[str, str]]
    scores: list[tuple[object, ...]]
    boundaries: int
    seconds: float


@dataclass
class Figures:
    """What a soak is judged by."""

    kills: int = 0
    lost: list[str] = field(default_factory=list)
    differing: list[str] = field(default_factory=list)
    left_running: list[str] = field(default_factory=list)
    slowest_resume: float = 0.0

    def __str__(self) -> str:
        return (
            f"kills {self.kills} · versions lost {len(self.lost)} · "
            f"lineages that differ {len(self.differing)} · "
            f"processes left running {len(self.left_running)} · "
            f"slowest resume {self.slowest_resume:.1f} s"
        )


def undisturbed(warden: Warden, folder: Path) -> Undisturbed:
    """Run to the end without a kill."""
    workspace = small_workspace(folder)
    outcome = warden.perform(Job(str(workspace.root)))
    assert outcome.ending == "finished", outcome.said
    assert not outcome.left
    events = events_of(workspace)
    return Undisturbed(
        lineage_of(workspace), scores_of(events), outcome.boundaries, outcome.seconds
    )


def kills_of(chain: int, like: Undisturbed) -> list[Kill]:
    """Four kills for the chain numbered `chain`, from 0: the boundaries before every event and step
    of git get their turn in as many chains; the others are anywhere."""
    rng = random.Random(chain)
    return [
        (1 + 2 * chain % like.boundaries, None),
        (None, rng.uniform(0.0, 0.8 * like.seconds)),
        (rng.randint(1, like.boundaries // 3), None),
        (None, rng.uniform(0.0, 0.8 * like.seconds)),
    ]


def kill_and_resume(
    warden: Warden, folder: Path, kills: Sequence[Kill], like: Undisturbed, figures: Figures
) -> None:
    """Start the run, kill its host at each of `kills` in turn, then let it end; note what is not
    as it should be. A host that ends before its kill comes is not counted."""
    workspace = small_workspace(folder)
    commits: list[str] = []
    accepted: list[str] = []
    for boundary, seconds in kills:
        outcome = warden.perform(Job(str(workspace.root), boundary, seconds))
        assert outcome.ending != "failed", outcome.said
        figures.left_running += outcome.left
        figures.kills += outcome.ending == "killed"
        commits, accepted = _kept(workspace, commits, accepted, figures)
    outcome = warden.perform(Job(str(workspace.root)))
    assert outcome.ending == "finished", outcome.said
    figures.left_running += outcome.left
    figures.slowest_resume = max(figures.slowest_resume, outcome.seconds)
    _kept(workspace, commits, accepted, figures)
    _compare(workspace, kills, like, figures)


def _kept(
    workspace: Workspace, commits: list[str], accepted: list[str], figures: Figures
) -> tuple[list[str], list[str]]:
    """What there is now; whatever was there before must be."""
    events = events_of(workspace)
    now = commits_of(workspace)
    journalled = [event.commit for event in events if isinstance(event, ev.VersionCommitted)]
    figures.lost += [commit for commit in (*commits, *journalled) if commit not in now]
    decided = accepted_in(events)
    figures.lost += [source for source in accepted if source not in decided]
    return now, decided


def _compare(
    workspace: Workspace, kills: Sequence[Kill], like: Undisturbed, figures: Figures
) -> None:
    events = events_of(workspace)
    lineage = lineage_of(workspace)
    sources = [text_hash(source) for source, _ in lineage]
    figures.lost += [source for source in accepted_in(events) if source not in sources]
    if lineage != like.lineage or scores_of(events) != like.scores:
        figures.differing.append(f"{kills}")
