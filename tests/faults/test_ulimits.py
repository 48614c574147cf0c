"""Limits that are too low are told before anything starts, or end the run with a message."""

import os
import resource
import shutil
import subprocess

import pytest

from stop_tui.store.journal import Journal
from tests.commands.terminal import STOP_TUI
from tests.faults.machine import (
    AUTO,
    RESUME,
    iterations,
    limited,
    refused,
    stop_tui,
    workspace_in,
)

SOMEONE = "54321"
"""A user who runs nothing here."""


@pytest.mark.parametrize(
    ("kind", "most", "words"),
    [
        (resource.RLIMIT_NOFILE, 32, ("may have 32 open files", "ulimit -n 256")),
        (resource.RLIMIT_AS, 1 << 30, ("1,048,576 KiB of memory", "ulimit -v 2097152")),
        (resource.RLIMIT_NPROC, 20, ("may have 20 processes and threads", "ulimit -u 64")),
    ],
    ids=["open files", "memory", "processes"],
)
def test_a_limit_that_is_too_low_for_any_run_is_told_before_it_starts(tmp_path, kind, most, words):
    workspace = workspace_in(tmp_path / "w")
    done = stop_tui(workspace, *AUTO, before=limited(kind, most))
    refused(done, *words, "Nothing was started")
    assert not workspace.journal.exists() or not Journal.open(workspace.journal).runs()


def test_a_low_limit_of_open_files_is_raised_where_that_is_allowed(tmp_path):
    workspace = workspace_in(tmp_path / "w")
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    done = stop_tui(
        workspace, *AUTO, before=lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (40, hard))
    )
    assert done.returncode == 0, done.stderr
    assert iterations(workspace) == [0, 1]


@pytest.mark.trust
@pytest.mark.skipif(os.geteuid() != 0 or not shutil.which("setpriv"), reason="needs another user")
def test_processes_that_run_out_in_the_middle_end_in_a_message(tmp_path):
    """A user whose other processes use up what the limit leaves."""
    workspace = workspace_in(tmp_path / "w")
    for place in (workspace.root, *workspace.root.rglob("*")):
        os.chown(place, int(SOMEONE), int(SOMEONE))
    user = ["setpriv", "--reuid", SOMEONE, "--regid", SOMEONE, "--clear-groups"]
    capabilities = "-all,+dac_override"  # to reach an interpreter in root's home
    user += ["--inh-caps", capabilities, "--ambient-caps", capabilities]
    others = [subprocess.Popen([*user, "cat"], stdin=subprocess.PIPE) for _ in range(60)]
    try:
        done = subprocess.run(
            [*user, "prlimit", "--nproc=66", STOP_TUI, *AUTO],
            cwd=workspace.root,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
    finally:
        for other in others:
            other.communicate()
    assert done.returncode == 1, done.stderr
    assert "stop-tui: " in done.stderr
    with Journal.open(workspace.journal) as journal:
        begun = journal.runs() == ["tiny"]
    done = stop_tui(workspace, *(RESUME if begun else AUTO))
    assert done.returncode == 0, done.stderr
    assert iterations(workspace) == [0, 1]
