"""A key is in nothing that a run leaves behind, and in no reach of the programs it runs."""

import gzip
import logging
import shlex
import sqlite3
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stop_tui.core import events as ev
from stop_tui.core.errors import ModelOutage
from stop_tui.engine.carrying import export_run
from stop_tui.language_models.endpoint import EndpointModel
from stop_tui.language_models.endpoint.redaction import forms
from stop_tui.tui.terminal.crash import open_log, write_report
from tests.commands.terminal import stop_tui
from tests.language_models.endpoints import model_at
from tests.language_models.fault_server import FaultServer, echoing, echoing_error
from tests.tiny import GOOD_SOLUTION, journalled, resume, start, tiny_settings, tiny_workspace

CODE = f"```python\n{GOOD_SOLUTION}```"

ASKS = """\
def improve_algorithm(initial_solution, utility, language_model):
    for _ in range(2):
        try:
            heard = language_model.prompt("expert", initial_solution)[0]
        except ValueError as error:
            heard = str(error)
    found = initial_solution + "# " + repr(heard) + "\\n"
    utility(found)
    return found
"""

LOOKS = """\
import glob, os, sys


def seen():
    places = [("environ", repr(dict(os.environ))), ("argv", repr(sys.argv))]
    numbers = [1, os.getppid(), *range(os.getpid() - 50, os.getpid())]
    processes = [f"/proc/{number}/{file}" for number in numbers for file in ("environ", "cmdline")]
    for pattern in ("/proc/*/environ", "/proc/self/environ", *processes, {beside!r}, "*"):
        for path in sorted(glob.glob(pattern)) or [pattern]:
            try:
                with open(path, "rb") as file:
                    places.append((path, repr(file.read(100_000))))
            except OSError as error:
                places.append((path, "refused: " + str(error)))
    return places


def improve_algorithm(initial_solution, utility, language_model):
    language_model.prompt("expert", "improve")
    found = initial_solution
    for place, what in seen():
        found += "# looked at " + place + ": " + what + "\\n"
    utility(found)
    return found
"""

KEYS = [
    pytest.param("sk-proj-Abc123_def456-ghi789XYZ", id="plain"),
    pytest.param("q\"t\\'&<>%k/e+y=={}$`#;|~ä".replace("ä", "!"), id="needs escaping"),
]


def everything_left(folder: Path) -> dict[str, bytes]:
    """Whatever is in the files below `folder`, as it is and unpacked."""
    left: dict[str, bytes] = {}
    for path in sorted(folder.rglob("*")):
        if path.is_file() and not path.is_symlink():
            data = path.read_bytes()
            left[str(path)] = str(path).encode() + data
            if data.startswith(b"\x1f\x8b"):
                left[f"{path} unpacked"] = gzip.decompress(data)
            if data.startswith(b"SQLite format 3"):
                left[f"{path} as SQL"] = dumped(path)
    for lineage in folder.rglob("lineage.git"):
        git = ["git", "--git-dir", str(lineage), "cat-file", "--batch-all-objects", "--batch"]
        left[f"{lineage} objects"] = subprocess.run(git, check=True, capture_output=True).stdout
    return left


def dumped(path: Path) -> bytes:
    """All values of a database."""
    connection = sqlite3.connect(path)
    try:
        tables = [
            name
            for (name,) in connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")
        ]
        values = [
            value
            for table in tables
            for row in connection.execute(f"SELECT * FROM {table}")
            for value in row
        ]
    finally:
        connection.close()
    return b"\n".join(
        value if isinstance(value, bytes) else str(value).encode() for value in values
    )


def places_with(key: str, left: dict[str, bytes]) -> list[str]:
    """Where some form of `key` is."""
    return [
        f"{place}: {form}"
        for place, data in left.items()
        for form in forms(key)
        if form.encode() in data
    ]


keys = st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=12, max_size=50).filter(
    lambda key: len(set(key)) > 6
)


@contextmanager
def logging_to(folder: Path) -> Iterator[None]:
    """The log that the explorer writes, with every word that anyone logs."""
    root = logging.getLogger()
    before, level = root.handlers[:], root.level
    assert open_log(folder) is not None
    root.setLevel(logging.DEBUG)
    try:
        yield
    finally:
        (ours,) = set(root.handlers) - set(before)
        root.removeHandler(ours)
        root.setLevel(level)
        ours.close()


@settings(max_examples=3)
@given(keys)
def test_a_recorded_run_leaves_no_key_behind_whatever_the_server_sends_back(key: str) -> None:
    faults = [echoing_error(401), echoing_error(429), echoing_error(500)]
    with (
        FaultServer(*faults, echoing(CODE)) as server,
        tempfile.TemporaryDirectory() as name,
        logging_to(folder := Path(name)),
    ):
        workspace = tiny_workspace(folder / "w", ASKS)

        def model() -> EndpointModel:
            return model_at(server.url, environment={"MY_KEY": key}, api_key_env="MY_KEY")

        with pytest.raises(ModelOutage) as outage:
            start(workspace, tiny_settings(repeats=1), model=model())
        write_report(folder, outage.value)
        resume(workspace, model=model())
        export_run(workspace, "tiny", folder / "tiny.run")
        left = everything_left(folder)
        made = [e for e in journalled(workspace, "tiny") if isinstance(e, ev.ModelCalled)]
        assert {e.headers["authorization"] for e in server.requests} == {f"Bearer {key}"}
        assert any(call.responses for call in made)
    assert b"[key]" in left[f"{workspace.journal} as SQL"]  # it was sent back, and heard
    assert any(b"Traceback" in data for data in left.values())
    assert not places_with(key, left)


@pytest.mark.parametrize(
    ("given_by", "key"),
    [
        pytest.param("environment", "sk-proj-Abc123_def456-ghi789XYZ", id="environment"),
        pytest.param("command", """q"t\\'&<>%k/e+y=={}$`#;|~!""", id="command"),
    ],
)
def test_no_command_shows_a_key_and_no_program_finds_it(tmp_path, given_by, key) -> None:
    """Through an outage, a resumed run, and every command that shows what was recorded."""
    beside = tmp_path / "beside" / "key"
    beside.parent.mkdir()
    beside.write_text(key)
    workspace = tiny_workspace(tmp_path / "w", LOOKS.replace("{beside!r}", repr(str(beside))))
    if given_by == "environment":
        source, environment = "api_key_env = 'MY_KEY'", {"MY_KEY": key}
    else:
        source, environment = f"api_key_command = 'cat {shlex.quote(str(beside))}'", {}
    said = []

    def run(*arguments: str, code: int = 0) -> None:
        done = stop_tui(*arguments, cwd=workspace.root, environment=environment)
        said.append(done.stdout + done.stderr)
        assert done.returncode == code, said[-1]

    def configure(server: FaultServer) -> None:
        workspace.config.write_text(
            f'[models.fast]\nbase_url = "{server.url}"\nmodel = "m"\n{source}\n'
        )

    options = ("--name", "tiny", "--task", "double", "--iterations", "1", "--repeats", "1")
    with FaultServer(echoing_error(401)) as server:
        configure(server)
        run("run", "--model", "fast", "--gate", "auto", *options, code=3)
        assert server.requests
    with FaultServer(echoing_error(429), echoing(CODE)) as server:
        configure(server)
        run("run", "--resume", "tiny", "--gate", "auto")
        assert {e.headers["authorization"] for e in server.requests} == {f"Bearer {key}"}
        run("doctor", "--json")
    run("calls", "tiny", "--json")
    run("calls", "tiny", "1")
    run("export", "tiny", str(tmp_path / "tiny.run"))

    left = everything_left(tmp_path) | {"output": "".join(said).encode()}
    del left[str(beside)]
    looked = b"".join(left.values())
    for place in ("environ: {", "argv: [", "/proc/self/environ: ", f"{beside}: refused"):
        assert f"# looked at {place}".encode() in looked
    assert not places_with(key, left)
