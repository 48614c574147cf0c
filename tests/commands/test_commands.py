"""Every command as a user meets it: its output, its JSON, its exit code, its errors."""

import json
import subprocess

import pytest

from stop_tui.core import events as ev
from stop_tui.store.lineage import Lineage
from tests.commands.terminal import STOP_TUI, Terminal, here, stop_tui
from tests.tiny import (
    GOOD_SOLUTION,
    MIDDLING_SOLUTION,
    RETURNS_SEED,
    finds,
    journalled,
    tiny_workspace,
)

BETTER = finds(GOOD_SOLUTION, note="better")
RUN = ("run", "--task", "double", "--iterations", "1", "--gate", "auto")
HOSTILE = "\x1b]0;owned\x07[bold red]\x1b[31m"


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    """A workspace with one finished run of two versions."""
    folder = tmp_path_factory.mktemp("a folder with späces") / "w"
    workspace = tiny_workspace(folder, finds(MIDDLING_SOLUTION, proposes=BETTER))
    done = stop_tui(
        *RUN,
        "--name",
        "tiny",
        "--repeats",
        "2",
        cwd=folder,
    )
    assert done.returncode == 0, done.stderr
    return workspace, done


@pytest.fixture(scope="module")
def as_json(tmp_path_factory):
    """What a run prints as JSON, with settings in options, the environment and the file."""
    workspace = tiny_workspace(tmp_path_factory.mktemp("as-json") / "w", RETURNS_SEED)
    workspace.config.write_text(
        '[run]\ntasks = ["double"]\niterations = 1\nrepeats = 2\nseed = 1\ngate = "auto"\n'
    )
    environment = {"STOP_TUI_REPEATS": "1", "STOP_TUI_SEED": "2"}
    return stop_tui("run", "--seed", "3", "--json", cwd=workspace.root, environment=environment)


def json_of(*arguments, cwd):
    done = here(*arguments, "--json", cwd=cwd)
    assert done.returncode == 0, done.stderr
    (line,) = done.stdout.splitlines()
    return json.loads(line, parse_constant=lambda name: pytest.fail(f"{name} in JSON"))


def test_the_first_line_says_what_the_run_may_cost(finished):
    _, done = finished
    first = done.stdout.splitlines()[0]
    assert first.startswith("This run may cost at most 1,320 responses")


def test_off_a_terminal_there_is_nothing_but_plain_text(finished):
    _, done = finished
    assert "\x1b" not in done.stdout + done.stderr
    assert "\r" not in done.stdout


def test_a_run_ends_with_the_table_and_the_lineage(finished):
    _, done = finished
    table, _, lineage = done.stdout.partition("Lineage, newest first:")
    assert "approve by auto" in table
    assert lineage.index("I1:") < lineage.index("I0: seed")


def test_results_of_the_offline_model_say_what_they_are(finished):
    _, done = finished
    assert "offline model (recorded responses, no language model)" in done.stdout


def test_json_is_one_event_a_line_and_nothing_else(as_json):
    assert as_json.returncode == 0
    events = [ev.decode(line) for line in as_json.stdout.splitlines()]
    assert isinstance(events[0], ev.RunStarted)
    assert isinstance(events[-1], ev.RunFinished)


def test_runs_lists_them_newest_first(finished):
    workspace, _ = finished
    runs = json_of("runs", cwd=workspace.root)["runs"]
    tiny = next(run for run in runs if run["name"] == "tiny")
    assert tiny["state"] == "finished"
    assert tiny["meta_utility"] == [1.0]
    assert "tiny" in here("runs", cwd=workspace.root).stdout


def test_log_lists_the_versions_newest_first(finished):
    workspace, _ = finished
    versions = json_of("log", "tiny", cwd=workspace.root)["versions"]
    assert [version["trailers"]["iteration"] for version in versions] == [1, 0]
    assert versions[0]["trailers"]["meta_utility"]["mean"] == 1.0
    assert "tiny:I1" in here("log", "tiny", cwd=workspace.root).stdout


def test_show_gives_the_source_byte_for_byte(finished):
    workspace, _ = finished
    assert here("show", "tiny:I1", "--source", cwd=workspace.root).stdout == BETTER
    shown = here("show", "tiny:I1", cwd=workspace.root).stdout
    assert "Meta-Utility: 1.0000" in shown
    assert json_of("show", "tiny:I1", cwd=workspace.root)["source"] == BETTER


def test_diff_shows_what_changed(finished):
    workspace, _ = finished
    text = here("diff", "tiny:I0", "tiny:I1", cwd=workspace.root).stdout
    assert "\n+# better\n" in text
    assert json_of("diff", "tiny:I0", "tiny:I1", cwd=workspace.root)["diff"] == text


def test_git_works_on_the_lineage_and_on_nothing_else(finished):
    workspace, _ = finished
    done = stop_tui("git", "log", "--format=%s", "tiny", cwd=workspace.root)
    assert done.stdout.splitlines()[1] == "I0: seed"
    assert stop_tui("git", "no-such-command", cwd=workspace.root).returncode != 0
    plain = subprocess.run(
        ["git", "--git-dir", str(workspace.lineage), "log", "--format=%(trailers:key=Run)", "tiny"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert plain.stdout.split("\n")[0] == "Run: tiny"


def test_evaluate_measures_a_file_an_improver_and_a_version(finished, tmp_path):
    workspace, _ = finished
    file = tmp_path / "mine.py"
    file.write_text(BETTER)
    for name in (str(file), "seed", "tiny:I1"):
        result = json_of("evaluate", name, "--task", "double", "--repeats", "2", cwd=workspace.root)
        assert result["standard_error"] is not None
        assert [repeat["repeat"] for repeat in result["tasks"]["double"]] == [1, 2]
    assert result["meta_utility"] == result["test_meta_utility"] == 1.0
    assert result["tasks"]["double"][0]["solution"] == GOOD_SOLUTION


def test_one_repeat_has_no_standard_error(finished):
    workspace, _ = finished
    result = json_of("evaluate", "seed", "--task", "double", "--repeats", "1", cwd=workspace.root)
    assert result["standard_error"] is None


def test_score_goes_instance_by_instance(finished, tmp_path):
    workspace, _ = finished
    file = tmp_path / "solution.py"
    file.write_text("def algorithm(x):\n    return 2 * x if x % 2 else 1 / 0\n")
    result = json_of("score", str(file), "--task", "double", "--split", "test", cwd=workspace.root)
    assert len(result["instances"]) == 3
    assert {item["verdict"] for item in result["instances"]} <= {"ok", "error"}
    scores = [item["score"] for item in result["instances"]]
    assert result["utility"] == pytest.approx(sum(scores) / 3)
    text = here("score", str(file), "--task", "double", cwd=workspace.root).stdout
    assert "utility" in text


def test_tasks_lists_a_broken_one_with_its_line_beside_the_others(tmp_path):
    workspace = tiny_workspace(tmp_path, RETURNS_SEED)
    broken = workspace.tasks / "broken"
    broken.mkdir()
    (broken / "utility.py").write_text("LIMIT = 1\n\ndef instance(rng:\n")
    (broken / "seed.py").write_text("def algorithm(): pass\n")
    tasks = {task["name"]: task for task in json_of("tasks", cwd=tmp_path)["tasks"]}
    assert tasks["double"]["broken"] is None
    assert "utility.py" in tasks["broken"]["broken"]
    assert "3" in tasks["broken"]["broken"]
    assert "Traceback" not in here("tasks", cwd=tmp_path).stdout


def test_improvers_lists_what_the_workspace_has(finished):
    workspace, _ = finished
    names = [item["name"] for item in json_of("improvers", cwd=workspace.root)["improvers"]]
    assert names == ["seed"]


def test_init_makes_a_workspace_that_works(tmp_path):
    done = here("init", "new", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    names = {task["name"] for task in json_of("tasks", cwd=tmp_path / "new")["tasks"]}
    assert names == {"lpn", "parity", "string_grid_distance", "mqap", "three_sat", "maxcut"}
    assert here("init", "new", cwd=tmp_path).returncode == 2


def test_doctor_finds_a_sound_workspace_well(finished):
    workspace, _ = finished
    (workspace.tasks / "lpn").mkdir(exist_ok=True)
    findings = json.loads(here("doctor", "--json", cwd=workspace.root).stdout)["findings"]
    well = {finding["what"]: finding["well"] for finding in findings}
    assert well["isolation"] and well["git"] and well["journal"] and well["lineage"]


def test_doctor_says_what_is_damaged(tmp_path):
    workspace = tiny_workspace(tmp_path, RETURNS_SEED)
    workspace.journal.write_bytes(b"this is no database" * 100)
    done = here("doctor", "--json", cwd=tmp_path)
    findings = {f["what"]: f for f in json.loads(done.stdout)["findings"]}
    assert done.returncode == 1
    assert not findings["journal"]["well"]
    assert workspace.journal.read_bytes() == b"this is no database" * 100


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ("run --task double", "name a gate"),
        ("run --task double --gate human", "no terminal"),
        ("run --task nothing --gate auto", "'nothing'"),
        ("run --task double --gate auto --model nothing", "nothing"),
        ("run --task double --gate auto --iterations 0", "--iterations"),
        ("run --task double --gate auto --repeats -1", "--repeats"),
        ("run --task double --gate auto --name HEAD", "HEAD"),
        ("run --task double --gate auto --from nothing.py", "nothing.py"),
        ("run --resume nothing", "nothing"),
        ("show nothing", "nothing"),
        ("evaluate nothing --task double", "nothing"),
        ("score nothing.py --task double", "nothing.py"),
    ],
)
def test_what_cannot_be_meant_is_told_without_a_traceback(finished, arguments, message):
    workspace, _ = finished
    done = here(*arguments.split(), cwd=workspace.root)
    assert done.returncode == 2
    assert message in done.stderr
    assert "Traceback" not in done.stderr


def test_a_task_that_the_offline_model_knows_nothing_of_is_a_clear_error(tmp_path):
    asks = (
        "def improve_algorithm(initial_solution, utility, language_model):\n"
        "    language_model.prompt('expert', initial_solution)\n"
        "    return initial_solution\n"
    )
    tiny_workspace(tmp_path, finds(MIDDLING_SOLUTION, proposes=asks))
    done = here(*RUN, "--name", "one", cwd=tmp_path)
    assert done.returncode == 1
    assert "offline model" in done.stderr and "--model" in done.stderr
    assert "--resume" not in done.stderr


def test_outside_a_workspace_the_user_is_told_how_to_make_one(tmp_path):
    done = stop_tui("log", cwd=tmp_path)
    assert done.returncode == 1
    assert "stop-tui init" in done.stderr


def test_a_wrong_setting_is_named(tmp_path):
    workspace = tiny_workspace(tmp_path, RETURNS_SEED)
    workspace.config.write_text("[run]\niteration = 3\n")
    done = here("run", "--gate", "auto", cwd=tmp_path)
    assert done.returncode == 2
    assert "iteration" in done.stderr and "config.toml" in done.stderr


def test_options_win_over_the_environment_and_that_over_the_file(as_json):
    settings = json.loads(as_json.stdout.splitlines()[0])["settings"]
    assert (settings["iterations"], settings["repeats"], settings["seed"]) == (1, 1, 3)


def test_resuming_takes_settings_from_the_journal_and_refuses_others(finished):
    workspace, _ = finished
    same = here("run", "--resume", "tiny", "--repeats", "2", cwd=workspace.root)
    assert same.returncode == 0
    other = here("run", "--resume", "tiny", "--repeats", "3", cwd=workspace.root)
    assert other.returncode == 2
    assert "repeats" in other.stderr


def test_runs_at_the_same_time_in_one_workspace_lose_nothing(tmp_path):
    workspace = tiny_workspace(tmp_path, finds(MIDDLING_SOLUTION, proposes=BETTER))
    names = ("one", "two", "three")
    running = [
        subprocess.Popen(
            [STOP_TUI, *RUN, "--name", name, "--repeats", "1"],
            cwd=tmp_path,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )
        for name in names
    ]
    complaints = [process.communicate()[1] for process in running]
    assert [process.returncode for process in running] == [0, 0, 0], complaints
    lineage = Lineage.open(workspace.lineage, create=False)
    for name in names:
        assert [version.iteration for version in lineage.versions(name)] == [0, 1]
        assert isinstance(journalled(workspace, name)[-1], ev.RunFinished)
    assert list(workspace.scratch.iterdir()) == []


def test_a_run_that_is_under_way_cannot_be_resumed_by_another_host(tmp_path):
    endless = (
        "def improve_algorithm(initial_solution, utility, language_model):\n"
        "    while True:\n        pass\n"
    )
    tiny_workspace(tmp_path, endless)
    first = Terminal(*RUN, "--name", "one", cwd=tmp_path)
    first.wait_for("the incumbent improves its own source")
    second = here("run", "--resume", "one", cwd=tmp_path)
    assert second.returncode == 2
    assert str(first.process.pid) in second.stderr
    first.process.terminate()
    assert first.end() == 130


def test_a_damaged_journal_is_reported_and_left_alone(tmp_path):
    workspace = tiny_workspace(tmp_path, RETURNS_SEED)
    workspace.journal.write_bytes(b"this is no database" * 100)
    done = here("runs", cwd=tmp_path)
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert workspace.journal.read_bytes() == b"this is no database" * 100


def test_hostile_text_is_inert_wherever_it_is_shown(tmp_path):
    hostile = f"# {HOSTILE}\n" + finds(MIDDLING_SOLUTION, proposes=f"# {HOSTILE}\n{BETTER}")
    tiny_workspace(tmp_path, hostile)
    (tmp_path / "improvers" / "fails.py").write_text(
        "def improve_algorithm(initial_solution, utility, language_model):\n"
        f"    raise RuntimeError({HOSTILE!r})\n"
    )
    options = ["--task", "double", "--iterations", "1", "--repeats", "1", "--gate", "auto"]
    shown = [
        here("run", "--name", "one", *options, cwd=tmp_path),
        here("run", "--name", "two", "--from", "fails", *options, cwd=tmp_path),
        here("log", "one", cwd=tmp_path),
        here("show", "one:I1", cwd=tmp_path),
        here("diff", "one:I0", "one:I1", cwd=tmp_path),
        here("evaluate", "fails", "--task", "double", "--repeats", "1", cwd=tmp_path),
    ]
    for done in shown:
        assert done.returncode == 0, done.stderr
        assert "\x1b" not in done.stdout + done.stderr
        assert "\x07" not in done.stdout + done.stderr
    assert "[bold red]" in shown[1].stdout
    assert "[bold red]" in shown[3].stdout
