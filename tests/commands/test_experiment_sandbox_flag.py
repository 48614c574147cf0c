"""`stop-tui experiment sandbox-flag` with the offline model, as a user meets it."""

import json

import pytest

from stop_tui.core.statistics import wilson
from tests.commands.terminal import here, stop_tui
from tests.tiny import RETURNS_SEED, tiny_workspace

COMMAND = ("experiment", "sandbox-flag")


@pytest.fixture(scope="module")
def workspace(tmp_path_factory):
    return tiny_workspace(tmp_path_factory.mktemp("experiment") / "w", RETURNS_SEED)


def test_it_prints_the_papers_table_beside_its_own_row_and_says_what_it_is(workspace):
    done = stop_tui(*COMMAND, "-n", "10", cwd=workspace.root)
    assert done.returncode == 0, done.stderr
    rows = [" ".join(line.split()) for line in done.stdout.splitlines()]
    assert "GPT-4 (paper) no 42 10,000 0.42 % (0.31-0.57)" in rows
    assert "GPT-4 (paper) yes 46 10,000 0.46 % (0.35-0.61)" in rows
    assert "GPT-3.5 (paper) no 12 10,000 0.12 % (0.07-0.21)" in rows
    assert "GPT-3.5 (paper) yes 17 10,000 0.17 % (0.11-0.27)" in rows
    low, high = (100 * bound for bound in wilson(0, 10))
    assert f"offline (measured here) no 0 10 0.00 % ({low:.2f}-{high:.2f})" in rows
    assert "recorded responses" in done.stdout
    assert "says nothing about any" in done.stdout
    assert "10 LM calls, 10 responses" in done.stdout
    assert "recorded responses, no language model) for 10 responses" in done.stderr


def test_the_same_command_reads_what_was_recorded(workspace):
    first = here(*COMMAND, "-n", "12", "--warning", "--json", cwd=workspace.root)
    again = here(*COMMAND, "-n", "12", "--warning", "--json", cwd=workspace.root)
    assert again.stderr == ""
    found = json.loads(first.stdout)
    assert json.loads(again.stdout) == found
    assert (found["warning"], found["language_model"], found["asked"]) == (True, False, 12)
    assert (found["cost"]["responses"], found["cost"]["cost_usd"]) == (12, 0.0)
    assert (workspace.root / found["file"]).is_file()
    assert len(found["paper"]) == 4


def test_more_are_asked_for_only_as_far_as_they_are_missing(workspace):
    here(*COMMAND, "-n", "5", "--seed", "3", cwd=workspace.root)
    done = here(*COMMAND, "-n", "8", "--seed", "3", cwd=workspace.root)
    assert "for 3 responses; 5 more are recorded already" in done.stderr


@pytest.mark.parametrize(
    "arguments", [("-n", "0"), ("--model", "nobody")], ids=["none", "unknown model"]
)
def test_what_cannot_be_meant_is_refused(workspace, arguments):
    done = here(*COMMAND, *arguments, cwd=workspace.root)
    assert done.returncode == 2
    assert "Traceback" not in done.stderr


def test_runs_do_not_list_it(workspace):
    here(*COMMAND, "-n", "1", cwd=workspace.root)
    assert "No run yet" in here("runs", cwd=workspace.root).stdout
