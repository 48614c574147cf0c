"""A journal in which anything was changed is read as it was written, or is told to be damaged."""

import shutil
import sqlite3
from contextlib import closing

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from stop_tui.core.errors import JournalError, StopError
from stop_tui.engine.recorder import Recorder
from stop_tui.store.journal import Journal
from stop_tui.workspace import Workspace
from tests.faults.small_run import NAME
from tests.fuzz.mutations import changed_line

_ANY = settings(suppress_health_check=list(HealthCheck))


def read_all(path) -> list[object]:
    """Everything that the journal at `path` holds; may raise StopError alone."""
    with Journal.open(path, create=False) as journal:
        journal.check()
        found: list[object] = list(journal.runs())
        for run in journal.runs():
            found += list(journal.events(run))
            recorder = Recorder(journal, run)
            recorder.load()
        return found


def flip(recorded: Workspace, folder, data: st.DataObject) -> None:
    """Change bytes of the file, or cut it, and read it."""
    with closing(sqlite3.connect(recorded.journal)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    whole = bytearray(recorded.journal.read_bytes())
    path = folder / "journal.db"
    for _ in range(data.draw(st.integers(1, 8))):
        at = data.draw(st.integers(0, len(whole) - 1))
        whole[at] = data.draw(st.integers(0, 255))
    path.write_bytes(whole[: data.draw(st.integers(0, len(whole)) | st.just(len(whole)))])
    try:
        read_all(path)
    except StopError as error:
        assert str(path) in error.message
        assert error.hint


def rewrite(recorded: Workspace, folder, data: st.DataObject) -> None:
    """Change an event behind the back of the journal's own rules, and read it."""
    path = folder / "journal.db"
    shutil.copy(recorded.journal, path)
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        for (trigger,) in connection.execute(
            "SELECT name FROM sqlite_schema WHERE type = 'trigger'"
        ).fetchall():
            connection.execute(f"DROP TRIGGER {trigger}")
        rows = connection.execute("SELECT seq, body FROM events").fetchall()
        for _ in range(data.draw(st.integers(1, 3))):
            seq, body = data.draw(st.sampled_from(rows))
            connection.execute(
                "UPDATE events SET body = ? WHERE seq = ?",
                (changed_line(body.encode(), data.draw).decode(), seq),
            )
    try:
        read_all(path)
    except JournalError as error:
        assert NAME in error.message
        assert error.hint


@settings(_ANY, max_examples=40)
@given(data=st.data())
def test_changed_bytes_are_told_or_change_nothing_that_is_read(recorded, tmp_path_factory, data):
    flip(recorded, tmp_path_factory.mktemp("f"), data)


@settings(_ANY, max_examples=40)
@given(data=st.data())
def test_changed_events_are_told_or_still_make_a_state(recorded, tmp_path_factory, data):
    rewrite(recorded, tmp_path_factory.mktemp("f"), data)


@pytest.mark.trust
@settings(_ANY, max_examples=300)
@given(data=st.data())
def test_changed_journals_at_length(recorded, tmp_path_factory, data):
    flip(recorded, tmp_path_factory.mktemp("f"), data)
    rewrite(recorded, tmp_path_factory.mktemp("f"), data)
