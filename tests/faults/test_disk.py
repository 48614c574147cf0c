"""A disk that is full, or may not be written, ends a run with a message and loses nothing."""

import resource

import pytest

from tests.faults.machine import (
    AUTO,
    RESUME,
    git,
    iterations,
    limited,
    nothing_accepted_is_lost,
    ordinary,
    read_only,
    refused,
    small_disk,
    stop_tui,
    workspace_in,
)


@pytest.mark.parametrize("kib", [260, pytest.param(330, marks=pytest.mark.trust)])
def test_a_full_disk_pauses_the_run_until_there_is_room(tmp_path, kib):
    with small_disk(tmp_path / "disk", kib) as make_room:
        workspace = workspace_in(tmp_path / "disk" / "w")
        done = stop_tui(workspace, *AUTO)
        refused(done, "the disk is full", "What was recorded before is kept. Make room")
        begun = git(workspace, "rev-parse", "tiny")
        assert stop_tui(workspace, "log").returncode == 0

        make_room()
        done = stop_tui(workspace, *RESUME)
        assert done.returncode == 0, done.stderr
        assert iterations(workspace) == [0, 1]
        assert git(workspace, "rev-parse", "tiny~1") == begun
        nothing_accepted_is_lost(workspace)


@pytest.mark.trust
@pytest.mark.parametrize("kib", [60, 90, 120, 160, 200])
def test_a_file_that_may_not_grow_pauses_the_run(tmp_path, kib):
    workspace = workspace_in(tmp_path / "w")
    done = stop_tui(workspace, *AUTO, before=limited(resource.RLIMIT_FSIZE, kib << 10))
    refused(done, "files may not grow (ulimit -f)", "--resume tiny")
    done = stop_tui(workspace, *RESUME)
    assert done.returncode == 0, done.stderr
    assert iterations(workspace) == [0, 1]
    nothing_accepted_is_lost(workspace)


def test_a_journal_that_cannot_even_be_begun_leaves_nothing_half_made(tmp_path):
    workspace = workspace_in(tmp_path / "w")
    done = stop_tui(workspace, *AUTO, before=limited(resource.RLIMIT_FSIZE, 8 << 10))
    refused(done, "journal", "files may not grow (ulimit -f)")
    assert not workspace.journal.exists()
    assert sorted(place.name for place in workspace.private.iterdir()) == [
        ".gitignore",
        "locks",
        "scratch",
    ]


def test_a_new_run_in_a_read_only_workspace_is_refused(tmp_path):
    workspace = workspace_in(tmp_path / "w")
    with read_only(workspace.root):
        done = stop_tui(workspace, *AUTO, before=ordinary)
    refused(done, f"The workspace {workspace.root} cannot be written", "Make it writable")


@pytest.mark.trust
def test_a_workspace_that_became_read_only_says_so_and_stays_as_it_is(tmp_path):
    workspace = workspace_in(tmp_path / "w")
    assert stop_tui(workspace, *AUTO).returncode == 0
    before = git(workspace, "rev-parse", "tiny")
    with read_only(workspace.root):
        assert stop_tui(workspace, "log", before=ordinary).returncode == 0
        assert stop_tui(workspace, "show", "I1", before=ordinary).returncode == 0
        for command in (RESUME, ("run", "--name", "two", *AUTO[3:]), ("runs",), ("cost", "tiny")):
            done = stop_tui(workspace, *command, before=ordinary)
            refused(done, "it is read-only", "Make the folder .stop and the files in it writable")
        done = stop_tui(workspace, "note", "I1", "x", before=ordinary)
        refused(done, "could not write the note", "Permission denied")
        refused(stop_tui(workspace, "doctor", before=ordinary), "You have no permission", ".stop")
    assert stop_tui(workspace, *RESUME).returncode == 0
    assert git(workspace, "rev-parse", "tiny") == before
    nothing_accepted_is_lost(workspace)


@pytest.mark.trust
def test_a_lineage_that_may_not_be_written_pauses_the_run(tmp_path):
    workspace = workspace_in(tmp_path / "w")
    assert stop_tui(workspace, *AUTO).returncode == 0
    with read_only(workspace.lineage):
        done = stop_tui(workspace, "run", "--name", "two", *AUTO[3:], before=ordinary)
    refused(done, "cannot be written to the lineage", "whether you may write", "--resume two")
    assert stop_tui(workspace, "run", "--resume", "two").returncode == 0
    assert iterations(workspace, "two") == [0, 1]
