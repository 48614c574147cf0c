"""A run is carried whole: what works on it where it was made works where it was taken in.

A file that is damaged or made up changes nothing in the workspace, nor beside it.
"""

import asyncio
import gzip
import hashlib
import json
import sqlite3
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stop_tui.core import events as ev
from stop_tui.core.errors import LimitReached, StopError, UsageError
from stop_tui.core.keys import text_hash
from stop_tui.core.state import Status, fold
from stop_tui.engine.carrying import export_run, import_run
from stop_tui.engine.replaying import replay
from stop_tui.store.isolated_git import output
from stop_tui.store.journal import Journal
from stop_tui.store.lineage import Lineage
from stop_tui.store.run_file import RunFileError
from stop_tui.store.run_lock import RunLock
from stop_tui.workspace import Workspace
from tests.store.run_files import changed
from tests.tiny import (
    MIDDLING_SOLUTION,
    RETURNS_SEED,
    Scripted,
    journalled,
    resume,
    start,
    tiny_settings,
    tiny_workspace,
)

HOSTILE = "\x1b]0;owned\x07 [bold red] \u202e \x00"

ASKS = f"""\
# asks
def improve_algorithm(initial_solution, utility, language_model):
    answers = language_model.prompt("expert", "improve", n_responses=2)
    if "improve_algorithm" in initial_solution:
        found = initial_solution + "# " + answers[0].split()[-1] + "\\n"
    else:
        found = {MIDDLING_SOLUTION!r}
    utility(found)
    return found
"""


def counting_model() -> Scripted:
    answers = iter(range(10**6))
    return Scripted(lambda request: f"{HOSTILE} {next(answers)}")


KEY = "sk-very-secret-0123456789"


@pytest.fixture(scope="module")
def made(tmp_path_factory) -> tuple[Workspace, bytes]:
    """A workspace with one finished run, made where there is a key, and the file of that run."""
    folder = tmp_path_factory.mktemp("made")
    workspace = tiny_workspace(folder / "w", ASKS)
    workspace.config.write_text(f"# token = '{KEY}'\n")
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("OPENAI_API_KEY", KEY)
        start(workspace, tiny_settings(repeats=1), model=counting_model())
        export_run(workspace, "tiny", folder / "tiny.run")
    return workspace, (folder / "tiny.run").read_bytes()


def everything(folder: Path) -> dict[str, bytes]:
    """Every file in a folder, with what is in it."""
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def take_in(folder: Path, data: bytes) -> Workspace:
    """A new workspace in `folder` that has the run in `data`."""
    (folder / "a.run").write_bytes(data)
    workspace = tiny_workspace(folder / "w", RETURNS_SEED)
    import_run(workspace, folder / "a.run")
    return workspace


def rows(workspace: Workspace, query: str) -> list[object]:
    connection = sqlite3.connect(workspace.journal)
    try:
        return connection.execute(query).fetchall()
    finally:
        connection.close()


def refs(workspace: Workspace) -> bytes:
    return output(workspace.lineage, "for-each-ref") + output(
        workspace.lineage, "symbolic-ref", "HEAD"
    )


def test_journal_and_lineage_are_the_same_afterwards(made, tmp_path):
    before, data = made
    after = take_in(tmp_path, data)
    for query in (
        "SELECT name, created FROM runs",
        "SELECT run, seq, at, kind, body FROM events ORDER BY seq",
        "SELECT hash, body FROM texts ORDER BY hash",
    ):
        assert rows(after, query) == rows(before, query), query
    assert refs(after) == refs(before)
    old, new = Lineage.open(before.lineage), Lineage.open(after.lineage)
    assert new.versions() == old.versions()
    assert len(new.versions()) == 2
    new.check()
    with Journal.open(after.journal) as journal:
        journal.check()


def test_exported_again_it_is_the_same_file(made, tmp_path):
    _, data = made
    after = take_in(tmp_path, data)
    export_run(after, "tiny", tmp_path / "again.run")
    assert (tmp_path / "again.run").read_bytes() == data


def test_a_run_that_was_taken_in_is_replayed(made, tmp_path):
    _, data = made
    assert asyncio.run(replay(take_in(tmp_path, data), "tiny")).difference is None


def test_a_paused_run_goes_on_elsewhere_as_it_would_have_here(tmp_path):
    def model() -> Scripted:
        return Scripted(lambda request: f"{request.seed}")

    here = tiny_workspace(tmp_path / "here", ASKS)
    settings = tiny_settings(repeats=1, limits=ev.Limits(lm_calls=2))
    with pytest.raises(LimitReached):
        start(here, settings, model=model())
    export_run(here, "tiny", tmp_path / "tiny.run")
    there = take_in(tmp_path, (tmp_path / "tiny.run").read_bytes())

    for workspace in (here, there):
        resume(workspace, model=model(), limits=ev.Limits(lm_calls=100))
        assert fold(journalled(workspace, "tiny")).status is Status.FINISHED

    left, right = (Lineage.open(workspace.lineage).versions("tiny") for workspace in (here, there))
    assert [version.message for version in left] == [version.message for version in right]


def test_versions_that_a_run_goes_on_from_are_carried_with_it(made, tmp_path):
    workspace = take_in(tmp_path, made[1])
    start(workspace, tiny_settings(name="second", repeats=1, start="tiny"), model=counting_model())
    export_run(workspace, "second", tmp_path / "second.run")
    other = tmp_path / "other"
    other.mkdir()

    after = take_in(other, (tmp_path / "second.run").read_bytes())

    lineage = Lineage.open(after.lineage)
    assert lineage.runs() == ["second"]
    assert [version.run for version in lineage.versions()] == ["tiny"] * 2 + ["second"] * 2
    assert asyncio.run(replay(after, "second")).difference is None
    (other / "tiny.run").write_bytes(made[1])
    import_run(after, other / "tiny.run")
    assert sorted(lineage.runs()) == ["second", "tiny"]
    assert lineage.latest_run() == "second", "tiny began before it"
    lineage.check()


def test_a_file_holds_no_more_than_the_one_run(made, tmp_path):
    workspace = take_in(tmp_path, made[1])
    elsewhere = f"# of the other run\n{RETURNS_SEED}"
    workspace.improvers.joinpath("other.py").write_text(elsewhere)
    start(workspace, tiny_settings(name="other", repeats=1, start="other"))
    export_run(workspace, "tiny", tmp_path / "again.run")
    assert (tmp_path / "again.run").read_bytes() == made[1]


def test_no_key_and_no_path_of_this_machine_is_in_a_file(made):
    workspace, data = made
    unpacked = gzip.decompress(data)
    assert b"sk-very-secret" not in unpacked
    assert str(workspace.root.parent).encode() not in unpacked


def test_a_name_that_exists_is_refused_and_nothing_changes(made, tmp_path):
    workspace = take_in(tmp_path, made[1])
    events, branches = journalled(workspace, "tiny"), refs(workspace)
    with pytest.raises(UsageError, match="already"):
        import_run(workspace, tmp_path / "a.run")
    assert (journalled(workspace, "tiny"), refs(workspace)) == (events, branches)


def test_another_branch_of_that_name_is_refused_and_left(made, tmp_path):
    (tmp_path / "a.run").write_bytes(made[1])
    workspace = tiny_workspace(tmp_path / "w", RETURNS_SEED)
    start(workspace, tiny_settings(name="other", repeats=1))
    tip = Lineage.open(workspace.lineage).version("other").commit
    output(workspace.lineage, "update-ref", "refs/heads/tiny", tip)
    branches = refs(workspace)
    with pytest.raises(UsageError, match="another branch"):
        import_run(workspace, tmp_path / "a.run")
    assert refs(workspace) == branches
    with Journal.open(workspace.journal) as journal:
        assert journal.runs() == ["other"]


def test_a_run_that_is_being_made_is_refused(made, tmp_path):
    (tmp_path / "a.run").write_bytes(made[1])
    workspace = tiny_workspace(tmp_path / "w", RETURNS_SEED)
    with RunLock(workspace.locks, "tiny"), pytest.raises(UsageError, match="being worked on"):
        import_run(workspace, tmp_path / "a.run")


def test_what_fails_half_way_is_taken_back(made, tmp_path, monkeypatch):
    (tmp_path / "a.run").write_bytes(made[1])
    workspace = tiny_workspace(tmp_path / "w", RETURNS_SEED)
    add_run = Journal.add_run

    def full(self, name, events, texts):
        def some():
            yield next(iter(texts))
            raise OSError("disk full")

        add_run(self, name, events, some())

    with monkeypatch.context() as patched:
        patched.setattr(Journal, "add_run", full)
        with pytest.raises(OSError, match="disk full"):
            import_run(workspace, tmp_path / "a.run")
    lineage = Lineage.open(workspace.lineage)
    assert (lineage.runs(), lineage.latest_run()) == ([], None)
    with Journal.open(workspace.journal) as journal:
        assert journal.runs() == []
    assert rows(workspace, "SELECT * FROM texts") == []

    import_run(workspace, tmp_path / "a.run")
    assert lineage.latest_run() == "tiny"


def test_a_branch_that_a_crash_left_is_no_obstacle(made, tmp_path, monkeypatch):
    (tmp_path / "a.run").write_bytes(made[1])
    workspace = tiny_workspace(tmp_path / "w", RETURNS_SEED)
    with monkeypatch.context() as patched:
        patched.setattr("stop_tui.engine.carrying.take_branch_back", lambda *rest: None)
        patched.setattr(Journal, "add_run", _crash)
        with pytest.raises(MemoryError):
            import_run(workspace, tmp_path / "a.run")
    assert Lineage.open(workspace.lineage).runs() == ["tiny"]
    import_run(workspace, tmp_path / "a.run")
    assert journalled(workspace, "tiny")


def _crash(*rest):
    raise MemoryError


def test_tasks_are_not_carried_but_compared(made, tmp_path):
    (tmp_path / "a.run").write_bytes(made[1])
    workspace = tiny_workspace(tmp_path / "w", RETURNS_SEED)
    utility = workspace.tasks / "double" / "utility.py"
    utility.write_text(utility.read_text() + "# other\n")
    tasks = everything(workspace.tasks)
    assert import_run(workspace, tmp_path / "a.run").tasks == ("double",)
    assert everything(workspace.tasks) == tasks


def test_a_file_that_exists_is_not_written_over(made, tmp_path):
    path = tmp_path / "mine"
    path.write_text("precious")
    with pytest.raises(UsageError, match="exists"):
        export_run(made[0], "tiny", path)
    assert path.read_text() == "precious"
    with pytest.raises(StopError, match="cannot be written"):
        export_run(made[0], "tiny", tmp_path / "no folder" / "x.run")


def test_what_cannot_be_exported_leaves_no_file(made, tmp_path, monkeypatch):
    monkeypatch.setattr("stop_tui.store.run_file.MOST_BYTES", 2000)
    with pytest.raises(RunFileError, match="too large"):
        export_run(made[0], "tiny", tmp_path / "x.run")
    with pytest.raises(UsageError, match="no run"):
        export_run(made[0], "nothing", tmp_path / "x.run")
    assert list(tmp_path.iterdir()) == []


def refused(data: bytes) -> None:
    """The file is refused, and nothing is different in the workspace or around it."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "a.run"
        path.write_bytes(data)
        workspace = tiny_workspace(Path(folder) / "w", RETURNS_SEED)
        before = everything(Path(folder))
        with pytest.raises(RunFileError):
            import_run(workspace, path)
        assert everything(Path(folder)) == before


@settings(max_examples=30)
@given(data=st.data())
def test_a_damaged_file_changes_nothing(made, data):
    whole = bytearray(made[1])
    if data.draw(st.booleans()):
        refused(bytes(whole[: data.draw(st.integers(0, len(whole) - 1))]))
        return
    # Behind the head of the gzip file, where some bits mean nothing.
    whole[data.draw(st.integers(10, len(whole) - 1))] ^= 1 << data.draw(st.integers(0, 7))
    refused(bytes(whole))


def edited(data: bytes, kind: str, **fields: object) -> bytes:
    """The file with fields of its first event of a kind changed; ``__`` leads into a field."""

    def change(lines):
        place = next(i for i, line in enumerate(lines) if f'"kind":"{kind}"'.encode() in line)
        event = json.loads(lines[place])
        for field, value in fields.items():
            *into, last = field.split("__")
            target = event
            for word in into:
                target = target[word]
            target[last] = value
        lines[place] = json.dumps(event, separators=(",", ":")).encode()

    return changed(data, change)


@pytest.mark.parametrize(
    ("kind", "fields"),
    [
        ("run-started", {"settings__name": "../../x"}),
        ("run-started", {"settings__name": "other"}),
        ("run-started", {"settings__seed": -1}),
        ("run-started", {"settings__repeats": 0}),
        ("run-started", {"settings__tasks": ["../double"]}),
        ("run-started", {"parent": "--upload-pack=touch x"}),
        ("run-started", {"source": "f" * 64}),
        ("version-committed", {"commit": "--output=x"}),
        ("version-committed", {"commit": "f" * 40}),
        ("version-committed", {"iteration": 7}),
        ("candidate-proposed", {"source": "../../x"}),
        ("iteration-started", {"incumbent": "0" * 64}),
        ("decision-made", {"source": text_hash(ASKS)}),
        ("decision-made", {"at": 7.0}),
    ],
)
def test_made_up_events_change_nothing(made, kind, fields):
    refused(edited(made[1], kind, **fields))


def _name_everywhere(lines):
    return [line.replace(b'"tiny"', b'"../../../x"') for line in lines]


def _no_versions(lines):
    header = json.loads(lines[0])
    kept = [line for line in lines if not line.startswith(b'{"commit"')]
    gone = [line for line in kept if b'"kind":"version-committed"' not in line]
    header |= {"versions": 0, "events": header["events"] - len(kept) + len(gone)}
    return [json.dumps(header).encode(), *gone[1:]]


def _begins_twice(lines):
    header = json.loads(lines[0])
    header["events"] += 1
    return [json.dumps(header).encode(), lines[1], *lines[1:]]


def _no_events(lines):
    return [b'{"format":"stop-tui-run","version":1,"run":"x","events":0,"versions":0,"texts":0}']


def _more_text(lines):
    header = json.loads(lines[0])
    found = sorted(
        [*lines[-header["texts"] :], b'"smuggled"'],
        key=lambda line: text_hash(json.loads(line)),
    )
    first = lines[1 : -header["texts"]]
    header["texts"] += 1
    return [json.dumps(header).encode(), *first, *found]


def _other_text(lines):
    lines[-1] = json.dumps(json.loads(lines[-1]) + " ").encode()
    return lines


def _version(change):
    def changing(lines):
        place = max(i for i, line in enumerate(lines) if line.startswith(b'{"commit"'))
        record = json.loads(lines[place])
        change(record)
        lines[place] = json.dumps(record).encode()
        return lines

    return changing


def _with_object(record, old, new):
    record["object"] = record["object"].replace(old, new)
    body = record["object"].encode()
    record["commit"] = hashlib.sha1(f"commit {len(body)}\0".encode() + body).hexdigest()


@pytest.mark.parametrize(
    "change",
    [
        _name_everywhere,
        _no_versions,
        _begins_twice,
        _no_events,
        _more_text,
        _other_text,
        _version(lambda record: record.update(commit="0" * 40)),
        _version(lambda record: record.update(source="0" * 64)),
        _version(lambda record: record.update(object="tree " + "0" * 40 + "\n")),
        _version(lambda record: _with_object(record, "Decision: ", "Decision: \x1b[31m")),
        _version(lambda record: _with_object(record, "parent ", "gpgsig x\nparent ")),
        _version(lambda record: _with_object(record, "+0000", "+9999")),
        _version(lambda record: _with_object(record, "Run: tiny", "Run: ../x")),
        _version(lambda record: _with_object(record, "Iteration: 1", "Iteration: x")),
        _version(lambda record: _with_object(record, "Iteration: 1", "Iteration: -1")),
        _version(lambda record: _with_object(record, "\n\nRun: tiny", "\n\nTasks: x\nRun: tiny")),
        lambda lines: [line for line in lines if not line.startswith(b'{"commit"')],
    ],
)
def test_a_made_up_file_changes_nothing(made, change):
    refused(changed(made[1], change))


@settings(max_examples=60)
@given(data=st.data())
def test_whatever_stands_in_a_line_the_answer_is_an_error_or_a_whole_run(made, data):
    def change(lines):
        place = data.draw(st.integers(0, len(lines) - 1))
        line = bytearray(lines[place])
        at = data.draw(st.integers(0, len(line)))
        line[at : at + data.draw(st.integers(0, 3))] = data.draw(
            st.binary(max_size=3) | st.sampled_from([b'"', b"0", b"\\u0000", b"-", b"null", b"99"])
        )
        lines[place] = bytes(line)

    with TemporaryDirectory() as folder:
        path = Path(folder) / "a.run"
        path.write_bytes(changed(made[1], change))
        workspace = tiny_workspace(Path(folder) / "w", RETURNS_SEED)
        before = everything(Path(folder))
        try:
            import_run(workspace, path)
        except RunFileError:
            assert everything(Path(folder)) == before
            return
        assert fold(journalled(workspace, "tiny")).events > 0
        Lineage.open(workspace.lineage).check()
        with Journal.open(workspace.journal) as journal:
            journal.check()
