"""`stop-tui experiment curve` on a tiny workspace, as a user meets it."""

import json
import os
import signal

import pytest

from stop_tui.language_models.offline.model import DISCLAIMER
from tests.commands.terminal import Terminal, here, stop_tui
from tests.tiny import (
    GOOD_SOLUTION,
    MIDDLING_SOLUTION,
    SEED_SOLUTION,
    UTILITY,
    finds,
    tiny_workspace,
)

COMMAND = ("experiment", "curve")
ONCE = ("--runs", "1", "--iterations", "1", "--repeats", "1")
TWICE = ("--runs", "2", "--iterations", "2", "--repeats", "2")
MIDDLING, WORST = finds(MIDDLING_SOLUTION), finds(SEED_SOLUTION)
DEGRADING = finds(GOOD_SOLUTION, proposes=finds(MIDDLING_SOLUTION, proposes=WORST))
ENDLESS = """\
def improve_algorithm(initial_solution, utility, language_model):
    while "improve_algorithm" in initial_solution or "x" in initial_solution: pass
"""
FAULT = "a file that the utility does not like"
BASELINES = ("chain_of_thought", "greedy_iterative", "best_of_n")


def workspace_in(folder, seed=DEGRADING, baselines=BASELINES):
    """The tiny task under the name of the paper's, which runs have by default."""
    workspace = tiny_workspace(folder, seed)
    (workspace.tasks / "lpn").mkdir()
    (workspace.tasks / "lpn" / "utility.py").write_text(UTILITY)
    (workspace.tasks / "lpn" / "seed.py").write_text(SEED_SOLUTION)
    for name in baselines:
        (workspace.improvers / f"{name}.py").write_text(f"# {name}\n{MIDDLING}")
    return workspace


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    """A workspace in which the command was given once, and what it printed."""
    workspace = workspace_in(tmp_path_factory.mktemp("curve") / "w")
    done = stop_tui(*COMMAND, *TWICE, cwd=workspace.root)
    assert done.returncode == 0, done.stderr
    return workspace, done


@pytest.fixture(scope="module")
def interrupted(tmp_path_factory):
    """A workspace in which one run was measured when somebody pressed ctrl-c, and the terminal."""
    folder = tmp_path_factory.mktemp("interrupted")
    workspace = workspace_in(folder / "w", baselines=["greedy_iterative"])
    utility = workspace.tasks / "lpn" / "utility.py"
    utility.write_text(f"import os\nassert not os.path.exists({str(folder / FAULT)!r})\n" + UTILITY)
    baseline = workspace.improvers / "greedy_iterative.py"
    baseline.write_text(ENDLESS)
    terminal = Terminal(*COMMAND, *ONCE, cwd=workspace.root)
    terminal.wait_for("3/4")
    os.killpg(terminal.process.pid, signal.SIGINT)
    terminal.end()
    baseline.write_text(MIDDLING)
    return workspace, terminal


@pytest.fixture(scope="module")
def gone_on(interrupted):
    """That workspace when the command was given again, and what it printed."""
    workspace, _ = interrupted
    return workspace, here(*COMMAND, *ONCE, cwd=workspace.root)


def rows_of(text):
    return [" ".join(line.split()) for line in text.splitlines()]


def in_one_line(text):
    return " ".join(text.split())


def test_it_says_beforehand_what_it_may_cost_and_then_what_is_done(finished):
    # Four meta-iterations with 24 responses for the program and each of 27 improvers, twice; then
    # two versions of each run and four baselines, twice.
    assert "4 meta-iterations to do, with offline model" in finished[1].stderr
    assert f"at most {4 * 24 * (1 + 2 * 27):,} responses" in finished[1].stderr
    assert f"at most {2 * 6 * 2 * 24} responses to measure" in finished[1].stderr
    assert "I1 approve by all: every proposal is accepted: -0.2" in finished[1].stderr


def test_a_table_by_meta_iteration_has_means_errors_intervals_and_gains(finished):
    rows = rows_of(finished[1].stdout)
    assert "2 runs, 2 repeats each" in rows
    assert "I0 1.000 ±.000 [1.000, 1.000] - -" in rows
    assert "I2 .500 ±.000 [.500, .500] -.500 [-.500, -.500] 2/2" in rows
    assert any(row.startswith("I1 .7") and row.endswith("2/2") for row in rows)
    assert any(row.startswith("curve-") and row.endswith("1.000 .500 -.500") for row in rows)


def test_baselines_are_rows_with_the_papers_figures_beside(finished):
    rows = rows_of(finished[1].stdout)
    assert "baselines, 4 repeats, and where the runs ended" in rows
    assert "seed improver 1.000 [1.000, 1.000] - - -" in rows
    by_name = {name: next(row for row in rows if row.startswith(name)) for name in ("chain", "gre")}
    assert ".577 ±.030 -.2" in by_name["chain"]
    assert ".642 ±.009 -.2" in by_name["gre"]
    assert any(row.startswith("best of n .7") for row in rows)
    assert "I2 of the runs .500 [.500, .500] - -.500 [-.500, -.500] <1 %" in rows


def test_the_last_lines_alone_have_the_answer(finished):
    last = in_one_line("\n".join(finished[1].stdout.splitlines()[-14:]))
    assert "DEGRADES: runs of the offline model on lpn get worse." in last
    assert "0 of 2 runs gained 3 points (0.03) or more: 0 %" in last
    assert "2 lost as much" in last
    assert "paper: 12 % of the runs of GPT-3.5 gained as much" in last
    assert "GPT-4 rises" in last
    assert last.endswith(DISCLAIMER)


def test_nothing_is_done_twice_and_json_has_all_of_it(finished):
    workspace, _ = finished
    done = here(*COMMAND, *TWICE, "--json", cwd=workspace.root)
    assert done.stderr == ""
    (line,) = done.stdout.splitlines()
    found = json.loads(line, parse_constant=lambda name: pytest.fail(f"{name} in JSON"))
    assert (found["experiment"], found["gate"], found["language_model"]) == ("curve", "all", False)
    assert (found["wanted"], found["complete"], found["direction"]) == (2, 2, "degrades")
    assert [point["accepted"] for point in found["points"]] == [0, 2, 2]
    assert found["points"][2]["gain"]["mean"] == pytest.approx(-0.5)
    assert found["points"][2]["chance_better"] == 0.0
    assert (found["gained"]["count"], found["lost"]["count"], found["lost"]["of"]) == (0, 2, 2)
    papers = {row["program"]: row["paper"] for row in found["baselines"]}
    assert papers["chain of thought"] == {"utility": 0.577, "error": 0.03}
    assert papers["best of n"] is None
    for run in found["runs"]:
        assert run["complete"]
        assert run["gains"][-1] == pytest.approx(-0.5)
    assert (workspace.root / found["file"]).is_file()


def test_its_runs_can_be_listed_and_read_like_any_other(finished):
    workspace, _ = finished
    names = [each["name"] for each in json.loads(listed(workspace))["runs"]]
    assert len(names) == 2
    log = json.loads(here("log", names[0], "--json", cwd=workspace.root).stdout)
    assert len(log["versions"]) == 3
    assert "I2" in here("log", names[0], cwd=workspace.root).stdout
    replayed = here("replay", names[0], "--json", cwd=workspace.root)
    assert json.loads(replayed.stdout)["same"] is True


def listed(workspace):
    return here("runs", "--json", cwd=workspace.root).stdout


def test_the_policy_gate_is_told_from_the_model(tmp_path):
    workspace = workspace_in(tmp_path / "w", baselines=["greedy_iterative"])
    done = here(*COMMAND, *ONCE, "--gate", "policy", cwd=workspace.root)
    assert done.returncode == 0, done.stderr
    assert "No improvers/best_of_n.py here, so best of n is left out." in done.stderr
    text = in_one_line(done.stdout)
    assert "UNCHANGED: runs of the offline model on lpn neither get better nor worse." in text
    assert "What the model does by itself, --gate all shows." in text


def test_interrupted_while_it_measures_it_keeps_the_run_and_goes_on(interrupted, gone_on):
    _, terminal = interrupted
    assert terminal.process.returncode == 130
    assert "the same command goes on" in terminal.shown
    assert "0 of 1 run so far" in terminal.shown
    assert "CANNOT BE TOLD" in terminal.shown
    assert "Traceback" not in terminal.shown
    _, done = gone_on
    assert done.returncode == 0, done.stderr
    assert "1 measurement to make" in done.stderr
    assert "begins" not in done.stderr
    assert "CANNOT BE TOLD: whether runs of the offline model on lpn" in in_one_line(done.stdout)
    assert "a single run, which has no interval" in in_one_line(done.stdout)


def test_interrupted_while_it_runs_the_run_is_paused(tmp_path):
    workspace = workspace_in(tmp_path / "w", seed=ENDLESS)
    terminal = Terminal(*COMMAND, *ONCE, cwd=workspace.root)
    terminal.wait_for("begins")
    os.killpg(terminal.process.pid, signal.SIGINT)
    assert terminal.end() == 130
    assert "Traceback" not in terminal.shown
    (run,) = json.loads(listed(workspace))["runs"]
    assert run["state"] == "paused"


def test_what_ends_a_run_takes_nothing_from_those_before_it(gone_on):
    workspace, first = gone_on
    assert first.returncode == 0, first.stderr
    fault = workspace.root.parent / FAULT
    fault.touch()
    second = here(*COMMAND, *ONCE, "--runs", "2", cwd=workspace.root)
    assert second.returncode == 1, second.stderr
    assert "-r2: " in second.stderr
    assert "tasks/lpn/utility.py:2: " in second.stderr
    assert "the same command goes on" in in_one_line(second.stderr)
    assert "Traceback" not in second.stderr
    assert "1 of 2 runs so far" in in_one_line(second.stdout)
    fault.unlink()
    third = here(*COMMAND, *ONCE, "--runs", "2", cwd=workspace.root)
    assert third.returncode == 0, third.stderr
    assert "goes on" in third.stderr


@pytest.mark.parametrize(
    "arguments",
    [
        ("--runs", "0"),
        ("--iterations", "0"),
        ("--repeats", "0"),
        ("--gate", "human"),
        ("--task", "none"),
        ("--model", "nobody"),
        ("--seed", "-1"),
    ],
    ids=" ".join,
)
def test_what_cannot_be_meant_is_refused(finished, arguments):
    done = here(*COMMAND, *arguments, cwd=finished[0].root)
    assert done.returncode == 2, done.stderr
    assert "Traceback" not in done.stderr
    assert done.stdout == ""
