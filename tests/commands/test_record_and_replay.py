"""`replay`, `calls`, `export` and `import` as a user meets them."""

import asyncio
import gzip
import json

import pytest

from stop_tui.core import events as ev
from stop_tui.core.errors import ModelError
from stop_tui.engine import starting
from stop_tui.tui.screens.run import RunScreen
from tests.commands.terminal import here, stop_tui
from tests.tiny import MIDDLING_SOLUTION, RETURNS_SEED, Scripted, start, tiny_settings
from tests.tiny import tiny_workspace as workspace_in
from tests.tui.explorers import bare_explorer
from tests.tui.pilots import screen_text, until

HOSTILE = "\x1b]0;owned\x07[bold red]\x1b[31m\u202e"

ASKS = (
    f"""\
def improve_algorithm(initial_solution, utility, language_model):
    answers = language_model.prompt("expert", "improve {HOSTILE}", n_responses=2)
    try:
        language_model.prompt("", "impossible", 1)
    except ValueError:
        pass
    if "improve_algorithm" in initial_solution:
        found = initial_solution + "# " + answers[0].split()[-1] + "\\n"
    else:
        found = {MIDDLING_SOLUTION!r}
    utility(found)
    return found
""".replace("\x1b", "\\x1b")
    .replace("\x07", "\\x07")
    .replace("\u202e", "\\u202e")
)


class Sometimes(Scripted):
    """Answers hostile text, never twice the same, and one request not at all."""

    def __init__(self):
        numbers = iter(range(10**6))
        super().__init__(lambda request: f"{HOSTILE} {next(numbers)}")

    async def complete(self, request, heard=None):
        if request.message == "impossible":
            raise ModelError(f"refused {HOSTILE}")
        return await super().complete(request, heard)


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A workspace with a finished run of two versions."""
    workspace = workspace_in(tmp_path_factory.mktemp("a folder with späces") / "w", ASKS)
    events = start(workspace, tiny_settings(repeats=1), model=Sometimes())
    return workspace, [event for event in events if isinstance(event, ev.ModelCalled)]


@pytest.fixture(scope="module")
def carried(made, tmp_path_factory):
    """Another workspace, into which that run was imported."""
    folder = tmp_path_factory.mktemp("elsewhere")
    done = here("export", "tiny", str(folder / "tiny.run"), cwd=made[0].root)
    assert done.returncode == 0, done.stderr
    workspace = workspace_in(folder / "w", RETURNS_SEED)
    done = here("import", "../tiny.run", cwd=workspace.root)
    assert done.returncode == 0, done.stderr
    return workspace, done


@pytest.fixture(scope="module")
def replayed(made):
    """That run replayed, as JSON."""
    return json_of("replay", "tiny", cwd=made[0].root)


def json_of(*arguments, cwd, code=0):
    done = here(*arguments, "--json", cwd=cwd)
    assert done.returncode == code, done.stderr
    (line,) = done.stdout.splitlines()
    return json.loads(line)


def test_replay_says_that_the_lineage_is_the_same(made):
    done = here("replay", "tiny", cwd=made[0].root)
    assert done.returncode == 0, done.stderr
    assert "The lineage is the same: 2 versions." in done.stdout
    assert "with no model" in done.stdout


def test_replay_as_json(made, replayed):
    _, calls = made
    assert replayed == {
        "run": "tiny",
        "same": True,
        "difference": None,
        "iterations": 1,
        "versions": 2,
        "calls_served": len(calls),
        "calls_recorded": len(calls),
        "not_reproducible": [],
        "not_reproducible_here": [],
    }


def test_replay_says_where_the_lineage_first_differs(tmp_path, monkeypatch):
    """In a journal of a version that did not note the seed solution, another one goes unnoticed
    until programs ask something else."""
    monkeypatch.setattr(starting, "_seed_solutions", lambda tasks: {})
    asks_about_it = f"""\
def improve_algorithm(initial_solution, utility, language_model):
    if "improve_algorithm" in initial_solution:
        return initial_solution + "# more\\n"
    language_model.prompt("", initial_solution, 1)
    return {MIDDLING_SOLUTION!r}
"""
    workspace = workspace_in(tmp_path, asks_about_it)
    start(workspace, tiny_settings(repeats=1), model=Scripted())
    seed = workspace.tasks / "double" / "seed.py"
    seed.write_text(seed.read_text() + "# other\n")

    done = here("replay", "tiny", cwd=tmp_path)
    assert done.returncode == 1
    assert "The lineage differs.\nFirst in meta-iteration 1: the program run I1/" in done.stdout
    assert "is not recorded" in done.stdout
    found = json_of("replay", "tiny", cwd=tmp_path, code=1)
    assert (found["same"], found["difference"]["iteration"]) == (False, 1)


def test_a_run_that_is_not_reproducible_is_said_to_be_so(tmp_path):
    reads_clock = "import time\n\n\ndef improve_algorithm(initial_solution, utility, model):\n"
    reads_clock += "    time.time()\n    return initial_solution\n"
    workspace = workspace_in(tmp_path, reads_clock)
    start(workspace, tiny_settings(repeats=1))
    done = here("replay", "tiny", cwd=tmp_path)
    assert "not reproducible (clocks)" in done.stdout
    assert done.returncode == 0
    assert json_of("replay", "tiny", cwd=tmp_path)["not_reproducible"] == ["clocks"]


def test_calls_are_listed_with_what_they_cost_and_how_they_ended(made):
    workspace, calls = made
    done = here("calls", "tiny", cwd=workspace.root)
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-1] == f"{len(calls)} calls, {len(calls) // 2} failed."
    row = next(line for line in done.stdout.splitlines() if " stop 2" in line)
    assert "I1" in row and "scripted" in row and "0.2500" in row
    refused = next(line for line in done.stdout.splitlines() if "refused" in line)
    assert "0.0000" in refused  # what is turned down is not charged for


def test_calls_as_json_have_all_that_is_recorded(made):
    workspace, calls = made
    listed = json_of("calls", "tiny", cwd=workspace.root)["calls"]
    assert [call["call"] for call in listed] == list(range(1, len(calls) + 1))
    for shown, call in zip(listed, calls, strict=True):
        assert shown["program"] == call.program
        assert shown["responses"] == list(call.responses)
        assert shown["cost_usd"] == call.cost_usd
        assert shown["error"] == call.error


def test_calls_are_chosen_by_program_and_by_failure(made):
    workspace, calls = made
    chosen = json_of("calls", "tiny", "--program", "I1/measure/", cwd=workspace.root)["calls"]
    assert 0 < len(chosen) < len(calls)
    assert {call["program"][:11] for call in chosen} == {"I1/measure/"}
    failed = json_of("calls", "tiny", "--failed", cwd=workspace.root)["calls"]
    assert [call["call"] for call in failed] == [n for n, c in enumerate(calls, 1) if c.error]
    none = here("calls", "tiny", "--program", "I9", cwd=workspace.root)
    assert none.stdout == "No such call.\n"


def test_one_call_is_shown_in_full_and_inert(made):
    workspace, calls = made
    number = next(n for n, call in enumerate(calls, 1) if not call.error)
    done = here("calls", "tiny", str(number), cwd=workspace.root)
    assert "expert\n\nimprove" in done.stdout
    assert "Response 2 of 2 (stop)" in done.stdout
    assert "␛]0;owned␇[bold red]" in done.stdout
    for hostile in ("\x1b", "\x07", "\u202e"):
        assert hostile not in done.stdout
    shown = json_of("calls", "tiny", str(number), cwd=workspace.root)
    assert shown["prompt"] == f"expert\n\nimprove {HOSTILE}"
    assert shown["responses"][0].startswith(HOSTILE)


def test_a_failed_call_is_shown_with_its_error(made):
    workspace, calls = made
    number = next(n for n, call in enumerate(calls, 1) if call.error)
    done = here("calls", "tiny", str(number), cwd=workspace.root)
    assert "error:       refused ␛]0;owned" in done.stdout


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("calls", "tiny", "0"), "no call 0"),
        (("calls", "tiny", "999"), "numbered from 1"),
        (("calls", "tiny", "1", "--failed"), "with a number there is one call"),
        (("calls", "nothing"), "no run nothing"),
        (("replay", "nothing"), "no run nothing"),
        (("export", "nothing", "x.run"), "no run nothing"),
    ],
)
def test_what_cannot_be_meant_is_told(made, arguments, words):
    done = here(*arguments, cwd=made[0].root)
    assert done.returncode == 2
    assert words in done.stderr
    assert "Traceback" not in done.stderr


def test_an_export_says_what_is_in_it_and_is_never_written_over(made, tmp_path):
    target = str(tmp_path / "tiny.run")
    said = json_of("export", "tiny", target, cwd=made[0].root)
    assert (said["exported"], said["versions"]) == ("tiny", 2)
    assert said["bytes"] == (tmp_path / "tiny.run").stat().st_size
    again = here("export", "tiny", target, cwd=made[0].root)
    assert again.returncode == 2
    assert "exists already" in again.stderr
    plain = here("export", "tiny", str(tmp_path / "b.run"), cwd=made[0].root)
    assert "no keys" in plain.stdout


def test_the_same_commands_say_the_same_after_an_import(made, carried, replayed):
    before, _ = made
    after, done = carried
    assert done.stdout.startswith("Imported tiny:")
    for command in (
        ("log", "--all"),
        ("show", "tiny"),
        ("show", "I1"),
        ("diff", "tiny:I0", "tiny"),
        ("runs",),
        ("calls", "tiny"),
        ("calls", "tiny", "1"),
    ):
        first, second = (json_of(*command, cwd=workspace.root) for workspace in (before, after))
        assert second == first, command
    assert json_of("replay", "tiny", cwd=after.root) == replayed
    assert stop_tui("git", "fsck", "--strict", cwd=after.root).returncode == 0


def test_the_explorer_opens_an_imported_run(carried):
    async def body() -> None:
        app = bare_explorer(carried[0])
        async with app.run_test(size=(120, 40)) as pilot:
            app.open_run("tiny")
            await until(pilot, lambda: isinstance(app.screen, RunScreen), "the run")
            await until(pilot, lambda: "tiny" in screen_text(app), "its name")

    asyncio.run(body())


def test_an_import_of_a_name_that_exists_is_refused(carried):
    done = here("import", "../tiny.run", cwd=carried[0].root)
    assert done.returncode == 2
    assert "There is a run 'tiny' in this workspace already" in done.stderr


def test_an_import_says_which_tasks_are_others(carried, tmp_path):
    workspace = workspace_in(tmp_path, RETURNS_SEED)
    utility = workspace.tasks / "double" / "utility.py"
    utility.write_text(utility.read_text() + "# other\n")
    done = here("import", str(carried[0].root.parent / "tiny.run"), cwd=tmp_path)
    assert done.returncode == 0
    assert "does not have the run's double" in done.stdout
    replayed = here("replay", "tiny", cwd=tmp_path)
    assert replayed.returncode == 1
    assert "was changed" in replayed.stderr


@pytest.mark.parametrize(
    "data",
    [b"", b"hello", gzip.compress(b"hello\n", mtime=0)],
    ids=["empty", "text", "compressed text"],
)
def test_a_file_that_is_no_run_is_told_without_a_traceback(carried, tmp_path, data):
    (tmp_path / "x.run").write_bytes(data)
    done = here("import", str(tmp_path / "x.run"), cwd=carried[0].root)
    assert done.returncode == 1
    assert "no sound file of a run" in done.stderr
    assert "Nothing was written" in done.stderr
    assert "Traceback" not in done.stderr
