"""A host that is killed at any moment loses nothing: its run ends as one that was left alone."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.faults.hosts import Warden
from tests.faults.soak import Figures, kill_and_resume, kills_of, undisturbed

KILLS = 200
HOSTS = 2
"""How many hosts are killed at a time."""


def sound(figures: Figures) -> None:
    assert figures.lost == []
    assert figures.differing == []
    assert figures.left_running == []


def test_a_killed_run_ends_with_the_lineage_of_one_that_was_left_alone(tmp_path: Path) -> None:
    figures = Figures()
    with Warden() as warden:
        like = undisturbed(warden, tmp_path / "undisturbed")
        assert len(like.lineage) == 3
        # A version just written, its branch not moved; and the event behind a moved branch.
        for chain in (28, 29):
            kills = kills_of(chain, like)[:3]
            kill_and_resume(warden, tmp_path / f"{chain}", kills, like, figures)
    assert figures.kills >= 4
    sound(figures)


@pytest.mark.trust
def test_two_hundred_kills_lose_no_version_and_change_no_lineage(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with Warden() as warden:
        like = undisturbed(warden, tmp_path / "undisturbed")
        like.seconds = undisturbed(warden, tmp_path / "again").seconds  # warm

    def soak(first: int) -> Figures:
        figures = Figures()
        chain = first
        with Warden() as warden:
            # At least every event boundary once, however many kills come too late to count.
            while figures.kills < KILLS / HOSTS or 2 * chain < like.boundaries:
                folder = tmp_path / f"{chain}"
                kill_and_resume(warden, folder, kills_of(chain, like), like, figures)
                chain += HOSTS
        return figures

    total = Figures()
    with ThreadPoolExecutor(HOSTS) as threads:
        for figures in threads.map(soak, range(HOSTS)):
            total.kills += figures.kills
            total.lost += figures.lost
            total.differing += figures.differing
            total.left_running += figures.left_running
            total.slowest_resume = max(total.slowest_resume, figures.slowest_resume)
    with capsys.disabled():
        print(f"\nSIGKILL of the host: {total}")
    assert total.kills >= KILLS
    sound(total)
