"""`stop-tui transfer` and `compare` on a tiny workspace, as a user meets them."""

import json
import os
import shutil
import signal
from pathlib import Path

import msgspec
import pytest

from stop_tui.core.model_profile import Profile
from stop_tui.engine.experiments.model_version import model_version
from stop_tui.language_models.offline.model import DISCLAIMER
from stop_tui.store.run_lock import RunLock
from stop_tui.workspace import create_workspace
from tests.commands.terminal import Terminal, here, stop_tui
from tests.copies import copy_of
from tests.tiny import (
    GOOD_SOLUTION,
    MIDDLING_SOLUTION,
    RETURNS_SEED,
    SEED_SOLUTION,
    UTILITY,
    finds,
    tiny_workspace,
)

GOOD, MIDDLING = finds(GOOD_SOLUTION), finds(MIDDLING_SOLUTION)
ENDLESS = (
    "def improve_algorithm(initial_solution, utility, language_model):\n    while True: pass\n"
)
HOSTILE = "\x1b]0;owned\x07[bold red]"


def workspace_in(folder):
    """Two tasks, the second with a name of the paper's, and improvers beside the seed improver."""
    workspace = tiny_workspace(folder, RETURNS_SEED)
    improvers = {"best_of_n": MIDDLING, "good": GOOD, "worse": finds("def algorithm(x): return 0")}
    for name, source in improvers.items():
        (workspace.improvers / f"{name}.py").write_text(source)
    (workspace.tasks / "parity").mkdir()
    (workspace.tasks / "parity" / "utility.py").write_text(UTILITY)
    (workspace.tasks / "parity" / "seed.py").write_text(SEED_SOLUTION)
    return workspace


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    """A workspace in which both commands were given once, and what they printed."""
    workspace = workspace_in(tmp_path_factory.mktemp("transfer") / "w")
    run = ("run", "--task", "double", "--iterations", "1", "--repeats", "1", "--gate", "auto")
    started = here(*run, "--name", "tiny", "--from", "good", cwd=workspace.root)
    assert started.returncode == 0, started.stderr
    transferred = stop_tui("transfer", "tiny:I0", "--repeats", "2", cwd=workspace.root)
    assert transferred.returncode == 0, transferred.stderr
    return workspace, transferred


@pytest.fixture
def of_its_own(finished, tmp_path):
    """A copy of that workspace, to be changed."""
    return copy_of(finished[0], tmp_path / "w")


def rows_of(text):
    return [" ".join(line.split()) for line in text.splitlines()]


def json_of(*arguments, cwd):
    done = here(*arguments, "--json", cwd=cwd)
    assert done.returncode == 0, done.stderr
    (line,) = done.stdout.splitlines()
    return json.loads(line, parse_constant=lambda name: pytest.fail(f"{name} in JSON"))


def test_it_says_beforehand_what_it_may_cost(finished):
    # Two tasks, two repeats, four improvers with 24 responses each; and the seed solutions.
    assert "20 measurements to make" in finished[1].stderr
    assert "no language model) for at most 384 responses" in finished[1].stderr


def test_every_task_has_its_table_with_the_papers_figures_beside(finished):
    text = finished[1].stdout
    rows = rows_of(text)
    assert "double: 2 repeats" in rows
    assert "parity: 2 repeats" in rows
    assert "mean over these tasks" in rows
    double, parity = text[: text.index("parity: 2")], text[text.index("parity: 2") :]
    assert "paper" not in double
    seed = next(row for row in rows_of(parity) if row.startswith("seed solution"))
    assert seed.startswith("seed solution .500 [.500, .500] .500 +.000 [+.000, +.000] 50 %")
    assert "tiny:I0 1.000 [1.000, 1.000] .817 +.500 [+.500, +.500] >99 % 0 0 $0.00" in rows
    assert "sham .500 [.500, .500] - +.000 [+.000, +.000] 50 % 0 0 $0.00" in rows
    assert any(row.startswith("best of n") for row in rows)
    assert "Zelikman et al. 2023" in text


def test_results_of_the_offline_model_say_what_they_are(finished):
    workspace, done = finished
    assert DISCLAIMER in done.stdout
    assert "offline model (recorded responses, no language model), seed 0" in done.stdout
    found = json_of("transfer", "good", "--repeats", "2", cwd=workspace.root)
    assert found["language_model"] is False


def test_json_has_all_of_it_and_nothing_is_measured_again(finished):
    workspace, _ = finished
    done = here("transfer", "tiny:I0", "--repeats", "2", "--json", cwd=workspace.root)
    assert done.stderr == ""
    found = json.loads(done.stdout)
    assert found["experiment"] == "transfer"
    assert (found["improver"], len(found["commit"])) == ("tiny:I0", 40)
    names = ["seed solution", "seed improver", "best of n", "sham", "improver"]
    for rows in (*found["tasks"].values(), found["all_tasks"]):
        assert [row["program"] for row in rows] == names
        improver = rows[-1]
        assert improver["utility"]["mean"] == 1.0
        assert improver["difference"]["mean"] == pytest.approx(0.5)
        assert improver["chance_better"] == 1.0
        assert rows[1]["difference"] is None
    assert [row["paper"] for row in found["tasks"]["parity"]] == [0.5, 0.593, None, None, 0.817]
    assert found["isolation"] == "full"
    assert (workspace.root / found["file"]).is_file()
    assert found["cost"]["cost_usd"] is not None


def test_a_version_says_which_tasks_it_was_trained_on(of_its_own):
    workspace = of_its_own
    (workspace.improvers / "start.py").write_text(finds(MIDDLING_SOLUTION, proposes=GOOD))
    run = ("run", "--task", "double", "--iterations", "1", "--repeats", "1", "--gate", "auto")
    done = here(*run, "--name", "trained", "--from", "start", cwd=workspace.root)
    assert done.returncode == 0, done.stderr
    done = here("transfer", "trained:I1", "--repeats", "1", cwd=workspace.root)
    assert "double (trained on): 1 repeat" in done.stdout
    assert "parity: 1 repeat" in done.stdout
    # One repeat has no interval, and no chance.
    assert "trained:I1 1.000 +.500 -" in "\n".join(rows_of(done.stdout))


def test_compare_is_paired_and_says_what_a_point_costs(finished):
    workspace, _ = finished
    done = here("compare", "worse", "good", "--task", "double", cwd=workspace.root)
    assert done.returncode == 0, done.stderr
    rows = rows_of(done.stdout)
    assert "worse .000 [.000, .000] - -" in rows
    assert "good 1.000 [1.000, 1.000] +1.000 [+1.000, +1.000] >99 %" in rows
    assert "worse -50.0 [-50.0, -50.0] no gain - -" in rows
    assert "good +50.0 [+50.0, +50.0] 0.0 [0.0, 0.0] 0 $0.00" in rows
    assert DISCLAIMER in done.stdout
    found = json_of("compare", "worse", "good", "--task", "double", cwd=workspace.root)
    solution, worse, good = found["tasks"]["double"]
    assert (solution["program"], worse["program"], good["program"]) == (
        *("seed solution", "first", "second"),
    )
    assert good["difference"]["n"] == 4  # the repeats of runs would be 5
    assert good["chance_better"] == 1.0
    assert good["gain"]["mean"] == pytest.approx(0.5)
    assert good["per_point"]["responses"]["mean"] == 0.0
    assert worse["per_point"]["responses"] is None
    assert found["same_source"] is False


def test_compare_reads_what_transfer_measured(finished):
    workspace, _ = finished
    arguments = ("--task", "double", "--task", "parity", "--repeats", "2")
    done = here("compare", "seed", "tiny:I0", *arguments, cwd=workspace.root)
    assert (done.returncode, done.stderr) == (0, "")
    assert "mean over these tasks" in done.stdout


@pytest.mark.parametrize("command", ["transfer I0", "compare seed I0"])
def test_a_version_is_told_with_its_run_whichever_was_named(finished, command):
    workspace, _ = finished
    done = here(*command.split(), "--task", "double", "--repeats", "2", cwd=workspace.root)
    assert done.stdout.startswith("tiny:I0 ")


def test_what_is_measured_is_told_while_another_measures_into_the_file(finished):
    workspace, _ = finished
    arguments = ("--task", "double", "--repeats", "2")
    file = json_of("transfer", "tiny:I0", *arguments, cwd=workspace.root)["file"]
    with RunLock(workspace.locks, Path(file).stem):
        for command in (("transfer", "tiny:I0"), ("compare", "seed", "tiny:I0")):
            done = here(*command, *arguments, cwd=workspace.root)
            assert (done.returncode, done.stderr) == (0, "")
        refused = here("transfer", "tiny:I0", "--repeats", "9", cwd=workspace.root)
    assert refused.returncode == 2
    assert f"The file {Path(file).name} is being worked on by another stop-tui" in refused.stderr


def test_the_same_source_twice_is_told(finished):
    workspace, _ = finished
    arguments = ("compare", "good", "tiny:I0", "--task", "double", "--repeats", "2")
    done = here(*arguments, cwd=workspace.root)
    assert "Both have the same source" in done.stdout
    assert "+.000 [+.000, +.000] 50 %" in "\n".join(rows_of(done.stdout))


def test_interrupted_it_tells_what_is_there_and_the_same_command_goes_on(tmp_path):
    workspace = workspace_in(tmp_path / "w")
    (workspace.improvers / "endless.py").write_text(ENDLESS)
    arguments = ("compare", "good", "endless", "--task", "double", "--repeats", "1")
    terminal = Terminal(*arguments, cwd=workspace.root)
    terminal.wait_for("2/3")
    os.killpg(terminal.process.pid, signal.SIGINT)
    assert terminal.end() == 130
    assert "the same command goes on" in terminal.shown
    assert "double: 0 of 1 repeat so far" in terminal.shown
    assert "Traceback" not in terminal.shown
    arguments = ("compare", "good", "worse", "--task", "double", "--repeats", "1")
    assert "1 measurement to make" in here(*arguments, cwd=workspace.root).stderr


def test_killed_it_loses_only_the_repeat_in_flight(tmp_path):
    workspace = workspace_in(tmp_path / "w")
    (workspace.improvers / "endless.py").write_text(ENDLESS)
    arguments = ("compare", "good", "endless", "--task", "double", "--repeats", "1")
    terminal = Terminal(*arguments, cwd=workspace.root)
    terminal.wait_for("2/3")
    os.killpg(terminal.process.pid, signal.SIGKILL)
    assert terminal.end() == -signal.SIGKILL
    arguments = ("compare", "good", "worse", "--task", "double", "--repeats", "1")
    assert "1 measurement to make" in here(*arguments, cwd=workspace.root).stderr


@pytest.mark.parametrize(
    "arguments",
    [
        ("transfer", "nobody"),
        ("transfer", "good", "--task", "none"),
        ("transfer", "good", "--repeats", "0"),
        ("transfer", "good", "--model", "nobody"),
        ("transfer", "good", "--seed", "-1"),
        ("compare", "good", "nobody"),
        ("compare", "good", "tasks/double/seed.py"),
    ],
    ids=" ".join,
)
def test_what_cannot_be_meant_is_refused(finished, arguments):
    done = here(*arguments, cwd=finished[0].root)
    assert done.returncode == 2, done.stderr
    assert "Traceback" not in done.stderr
    assert done.stdout == ""


def test_hostile_names_are_inert(of_its_own):
    workspace = of_its_own
    (workspace.root / f"{HOSTILE}.py").write_text(f"# not measured yet\n{GOOD}")
    arguments = (f"{HOSTILE}.py", "--task", "double", "--repeats", "1")
    for command in (("transfer",), ("compare", "good")):
        done = here(*command, *arguments, cwd=workspace.root)
        assert done.returncode == 0, done.stderr
        assert "[bold red]" in done.stdout
        assert "\x1b" not in done.stdout + done.stderr


def test_a_broken_task_is_left_out_and_named(of_its_own):
    workspace = of_its_own
    (workspace.tasks / "parity" / "utility.py").write_text("def broken(:\n")
    done = here("transfer", "good", "--repeats", "1", cwd=workspace.root)
    assert done.returncode == 0
    assert "The task parity is broken and left out." in done.stderr
    assert "double: 1 repeat" in done.stdout


def test_a_task_that_the_offline_model_does_not_know_is_left_out_and_named(tmp_path):
    workspace = workspace_in(tmp_path / "w")
    known = create_workspace(tmp_path / "whole").tasks / "lpn"
    shutil.copytree(known, workspace.tasks / "lpn")
    done = here("transfer", "good", "--repeats", "1", "--json", cwd=workspace.root)
    assert done.returncode == 0, done.stderr
    for name in ("double", "parity"):
        assert f"The task {name} is unknown to the offline model and left out." in done.stderr
    assert list(json.loads(done.stdout)["tasks"]) == ["lpn"]


def test_what_was_attempted_is_in_the_notes(of_its_own):
    workspace = of_its_own
    crashing = "import ctypes\ndef algorithm(x):\n    return ctypes.string_at(0)\n"
    (workspace.improvers / "crashing.py").write_text(finds(crashing))
    arguments = ("--task", "double", "--repeats", "1")
    done = here("transfer", "crashing", *arguments, cwd=workspace.root)
    row = next(row for row in rows_of(done.stdout) if row.startswith("crashing .000"))
    assert row.endswith("sandbox attempts 1")
    (*_, improver) = json_of("transfer", "crashing", *arguments, cwd=workspace.root)["all_tasks"]
    assert improver["sandbox_attempts"] == 1


def test_runs_list_neither(finished):
    workspace, _ = finished
    assert [run["name"] for run in json_of("runs", cwd=workspace.root)["runs"]] == ["tiny"]


@pytest.mark.parametrize(
    ("change", "same"),
    [
        ({"retries": 1}, True),
        ({"api_key_env": "A_KEY"}, True),
        ({"model": "other"}, False),
        ({"max_tokens": 10}, False),
        ({"body": {"top_p": 0.5}}, False),
    ],
    ids=["retries", "key", "model", "max_tokens", "body"],
)
def test_profiles_that_may_answer_otherwise_are_told_apart(change, same):
    profile = Profile(base_url="http://localhost:1/v1", model="one")
    before = model_version({"m": profile}, "m")
    after = model_version({"m": msgspec.structs.replace(profile, **change)}, "m")
    assert (before == after) is same


def test_a_mix_is_another_one_when_a_member_is():
    one, two = (Profile(base_url="http://localhost:1/v1", model=name) for name in ("one", "two"))
    mix = Profile(mix={"a": 1.0})
    assert model_version({"m": mix, "a": one}, "m") != model_version({"m": mix, "a": two}, "m")
    assert model_version({}, "offline") == ""
