"""Tasks are found by reading; a broken one is named with file and line and harms no other."""

import os

import pytest

from stop_tui.core.errors import WorkspaceError
from stop_tui.scoring import BrokenTask, Task, load_tasks

UTILITY = """\
LIMIT = 1
INSTANCES = {"val": 2, "test": 3}

def instance(rng):
    return (1,), None

def score(inputs, hidden, output):
    return 1.0
"""
SEED = "def algorithm(x):\n    return x\n"
ORIGINAL = "def utility(algorithm_str: str) -> float:\n    return 0.5\n"


def broken(tasks, name="mine"):
    task = tasks[name]
    assert isinstance(task, BrokenTask)
    assert "Traceback" not in task.error.message
    return task.error.message


def test_a_folder_with_two_files_is_a_task(write_task):
    folder = write_task(UTILITY, SEED)
    task = load_tasks(folder)["mine"]
    assert task == Task(
        "mine", folder / "mine", "instances", UTILITY, SEED, 1.0, {"val": 2, "test": 3}
    )


def test_the_originals_form_needs_a_utility_alone_and_has_one_instance(write_task):
    task = load_tasks(write_task(ORIGINAL, "anything = 1\n"))["mine"]
    assert isinstance(task, Task)
    assert (task.form, task.limit, task.instances) == ("original", 2.0, {"val": 1, "test": 1})


def test_the_originals_form_may_set_its_limit(write_task):
    task = load_tasks(write_task("LIMIT = 0.25\n" + ORIGINAL, ""))["mine"]
    assert isinstance(task, Task)
    assert task.limit == 0.25


@pytest.mark.parametrize(
    ("utility", "seed", "message"),
    [
        (UTILITY + "\ndef (:\n", SEED, "mine/utility.py:10: invalid syntax"),
        (UTILITY + "\nreturn 1\n", SEED, "mine/utility.py:10: 'return' outside function"),
        (UTILITY, "def algorithm(x):\nreturn x\n", "mine/seed.py:2: expected an indented block"),
        (UTILITY, "def solve(x):\n    return x\n", "mine/seed.py:1: there is no function `algor"),
        (UTILITY.replace("instance(rng)", "make(rng)"), SEED, "py:1: there is no function `insta"),
        (UTILITY.replace("score(", "rate("), SEED, "py:1: there is no function `score`"),
        ("", SEED, "utility.py:1: there is no function `instance`"),
        (UTILITY.replace("(rng)", "()"), SEED, "py:4: this must be callable as instance(rng)"),
        (UTILITY.replace("(rng)", "(rng, n)"), SEED, "py:4: this must be callable as instance(rng"),
        (UTILITY.replace("hidden, out", "out"), SEED, "py:7: this must be callable as score(inp"),
        (UTILITY.replace("output)", "*, output)"), SEED, "py:7: this must be callable as score("),
        (
            UTILITY.replace("def inst", "async def inst"),
            SEED,
            "py:4: instance(rng) must be a",
        ),
        ("def utility():\n    return 1\n", "", "py:1: this must be callable as utility(algorithm_"),
        (UTILITY.replace("LIMIT = 1", ""), SEED, "utility.py:1: there is no LIMIT"),
        (UTILITY.replace("LIMIT = 1", "LIMIT = 0"), SEED, "utility.py:1: LIMIT must be above 0"),
        (UTILITY.replace("LIMIT = 1", "LIMIT = -2"), SEED, "utility.py:1: LIMIT must be above 0"),
        (UTILITY.replace("LIMIT = 1", "LIMIT = 1e999"), SEED, "utility.py:1: LIMIT must be above"),
        (UTILITY.replace("LIMIT = 1", "LIMIT = '2'"), SEED, "utility.py:1: LIMIT must be a number"),
        (UTILITY.replace("LIMIT = 1", "LIMIT = True"), SEED, "utility.py:1: LIMIT must be a numbe"),
        (UTILITY.replace("LIMIT = 1", "LIMIT = 1 / 2"), SEED, "py:1: LIMIT must be written out"),
        (UTILITY.replace("INSTANCES", "NUMBER"), SEED, "utility.py:1: there are no INSTANCES"),
        (UTILITY.replace('"test"', '"held-out"'), SEED, "py:2: INSTANCES must name val and test"),
        (UTILITY.replace("3}", "0}"), SEED, "py:2: INSTANCES['test'] must be a whole number"),
        (UTILITY.replace("3}", "True}"), SEED, "py:2: INSTANCES['test'] must be a whole number"),
        (UTILITY.encode() + b"# caf\xe9\n", SEED, "mine/utility.py:9: this is not UTF-8"),
        (UTILITY, b"\xff\xfe", "mine/seed.py:1: this is not UTF-8"),
        (UTILITY + "\0", SEED, "mine/utility.py"),
        (UTILITY + "x = " + "(" * 5000 + ")" * 5000, SEED, "mine/utility.py"),
        (UTILITY + "#" * (1 << 20), SEED, "mine/utility.py: this is larger than 1 MiB"),
    ],
    ids=lambda part: str(part)[-30:],
)
def test_a_broken_task_is_named_with_file_and_line(utility, seed, message, write_task):
    assert message in broken(load_tasks(write_task(utility, seed)))


def test_a_broken_task_does_not_take_the_others_down(write_task):
    write_task("def (", SEED, "broken")
    tasks = load_tasks(write_task(UTILITY, SEED, "whole"))
    assert isinstance(tasks["whole"], Task)
    assert isinstance(tasks["broken"], BrokenTask)


@pytest.mark.parametrize("file", ["utility.py", "seed.py"])
def test_a_missing_file_is_named(file, write_task):
    folder = write_task(UTILITY, SEED)
    (folder / "mine" / file).unlink()
    assert f"mine/{file}: there is no such file" in broken(load_tasks(folder))


@pytest.mark.parametrize("make", [os.mkdir, os.mkfifo])
def test_what_is_no_regular_file_is_not_read(make, write_task):
    folder = write_task(UTILITY, SEED)
    (folder / "mine" / "utility.py").unlink()
    make(folder / "mine" / "utility.py")
    assert "this is not a regular file" in broken(load_tasks(folder))


@pytest.mark.parametrize("name", ["-rf", "a b", "x\x1b[31m", "é", "a.b", "n" * 65, "a\nb"])
def test_a_hostile_folder_name_is_printable_and_no_task(name, write_task):
    (broken_task,) = load_tasks(write_task(UTILITY, SEED, name)).values()
    assert isinstance(broken_task, BrokenTask)
    assert broken_task.name.isascii()
    assert broken_task.name.isprintable()
    assert broken_task.error.message.isprintable()


def test_hidden_folders_caches_and_files_beside_the_tasks_are_passed_over(write_task):
    folder = write_task(UTILITY, SEED)
    (folder / ".git").mkdir()
    (folder / "__pycache__").mkdir()
    (folder / "README.md").write_text("about the tasks")
    assert list(load_tasks(folder)) == ["mine"]


def test_tasks_come_in_alphabetical_order(write_task):
    for name in ("c", "a"):
        write_task(UTILITY, SEED, name)
    assert list(load_tasks(write_task(UTILITY, SEED, "b"))) == ["a", "b", "c"]


def test_loading_runs_none_of_a_tasks_code(write_task, tmp_path):
    marker = tmp_path / "ran"
    runs = f"open({str(marker)!r}, 'w')\n"
    load_tasks(write_task(runs + UTILITY, runs + SEED))
    assert not marker.exists()


def test_a_warning_of_the_compiler_is_no_fault(write_task):
    task = load_tasks(write_task(UTILITY + 'PATTERN = "\\d"\n', SEED))["mine"]
    assert isinstance(task, Task)


@pytest.mark.parametrize(
    "seed",
    [
        "algorithm = lambda x: x\n",
        "from math import sqrt as algorithm\n",
        "try:\n    import fast\nexcept ImportError:\n    def algorithm(x):\n        return x\n",
        "if True:\n    def algorithm(x):\n        return x\n",
        "def other():\n    pass\n\n\nalgorithm, limit = other, 3\n",
    ],
)
def test_a_seed_solution_may_bind_its_algorithm_in_any_way(seed, write_task):
    assert isinstance(load_tasks(write_task(UTILITY, seed))["mine"], Task)


@pytest.mark.parametrize("extra", ["\ufeff", "# über\n"])
def test_utf8_with_and_without_a_byte_order_mark_is_read(extra, write_task):
    task = load_tasks(write_task(extra + UTILITY, SEED))["mine"]
    assert isinstance(task, Task)
    assert task.utility_text == (extra + UTILITY).lstrip("\ufeff")


def test_a_missing_folder_of_tasks_is_the_workspaces_fault(tmp_path):
    with pytest.raises(WorkspaceError, match="tasks cannot be listed"):
        load_tasks(tmp_path / "nowhere")
