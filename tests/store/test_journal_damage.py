"""A journal that cannot be used is reported in the user's terms and is left as it is."""

import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from stop_tui.core.errors import JournalError
from stop_tui.core.events import IterationFailed, RunStarted, Settings
from stop_tui.core.keys import text_hash
from stop_tui.store.journal import Journal
from stop_tui.store.sqlite_errors import told_as_journal_errors


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A journal with one run, `otter`, of 400 events and one long text, closed."""
    path = tmp_path / "journal.db"
    with Journal.open(path) as journal:
        journal.create_run(
            "otter", RunStarted(settings=Settings(name="otter"), source="s", tasks={}), ["x" * 9000]
        )
        journal.append("otter", *(IterationFailed(iteration=n, reason="r") for n in range(399)))
    return path


def refused(path: Path, *, create: bool = True) -> JournalError:
    """The error that opening and reading all of the journal ends in."""
    before = path.read_bytes() if path.exists() else None
    with pytest.raises(JournalError) as refusal, Journal.open(path, create=create) as journal:
        journal.check()
    assert (path.read_bytes() if path.exists() else None) == before, "it was changed"
    assert refusal.value.hint
    return refusal.value


def change(path: Path, *statements: str) -> None:
    """Change the closed journal behind the program's back, past its own rules."""
    connection = sqlite3.connect(path)
    with connection:
        for table in ("runs", "events", "texts"):
            for rule in ("refuse_update", "refuse_delete"):
                connection.execute(f"DROP TRIGGER {table}_{rule}")
        for statement in statements:
            connection.execute(statement)
    connection.close()


def test_an_intact_journal_passes(path: Path) -> None:
    with Journal.open(path, create=False) as journal:
        journal.check()


def test_no_journal_where_none_may_be_created(tmp_path: Path) -> None:
    assert "no journal" in str(refused(tmp_path / "journal.db", create=False))
    assert list(tmp_path.iterdir()) == []


def test_an_empty_file_is_damage_and_no_new_journal(path: Path) -> None:
    path.write_bytes(b"")
    assert "empty" in str(refused(path))


def test_a_file_that_is_no_database(path: Path) -> None:
    path.write_text("not a database, but quite long enough to have been one\n" * 100)
    assert "not a database" in str(refused(path))


def test_a_database_of_another_program(tmp_path: Path) -> None:
    path = tmp_path / "journal.db"
    connection = sqlite3.connect(path)
    connection.execute("CREATE TABLE theirs (x)")
    connection.close()
    assert "not a journal" in str(refused(path))


def test_a_page_overwritten_with_noise(path: Path) -> None:
    data = bytearray(path.read_bytes())
    for page in range(4, len(data) // 4096):
        data[page * 4096 : page * 4096 + 2000] = b"\xa5" * 2000
    path.write_bytes(data)
    assert "damaged" in str(refused(path))


def test_a_truncated_file(path: Path) -> None:
    path.write_bytes(path.read_bytes()[: 4096 * 6])
    assert "damaged" in str(refused(path))


def test_a_migration_whose_name_is_no_text(path: Path) -> None:
    change(path, "INSERT INTO migrations (name) VALUES (x'00ff')")
    assert "no text" in str(refused(path))


def test_a_migration_whose_name_is_not_for_a_terminal(path: Path) -> None:
    change(path, "INSERT INTO migrations (name) VALUES ('a' || char(27) || '[2J' || char(10))")
    told = str(refused(path))
    assert "another version" in told
    assert told.isprintable()


def test_a_journal_of_a_newer_version(path: Path) -> None:
    change(path, "INSERT INTO migrations (name) VALUES ('0099-from-the-future')")
    assert "0099-from-the-future" in str(refused(path))


def test_a_gap_in_the_events_names_run_and_number(path: Path) -> None:
    change(path, "DELETE FROM events WHERE seq = 7")
    assert "event 7 of run otter is missing" in str(refused(path))


def test_a_run_without_events(path: Path) -> None:
    change(path, "DELETE FROM events")
    assert "otter has lost its events" in str(refused(path))


@pytest.mark.parametrize(
    "body", ["'{'", '\'{"kind": "invented"}\'', "x'ff'", '\'{"kind": "iteration-failed"}\'', "7"]
)
def test_an_unreadable_event_names_run_and_number(path: Path, body: str) -> None:
    change(path, f"UPDATE events SET body = {body} WHERE seq = 9")
    assert "event 9 of run otter cannot be read" in str(refused(path))


@pytest.mark.parametrize("body", ["x'00'", "x'ff'", "7"])
def test_a_text_that_is_not_the_recorded_one(path: Path, body: str) -> None:
    change(path, f"UPDATE texts SET body = {body}")
    assert text_hash("x" * 9000) in str(refused(path))


def test_an_event_filed_under_another_kind(path: Path) -> None:
    change(path, "UPDATE events SET kind = 'iteration-failed' WHERE seq = 1")
    with (
        Journal.open(path) as journal,
        pytest.raises(JournalError, match="event 1 of run otter is filed"),
    ):
        list(journal.events_of("otter", IterationFailed))


def test_the_remains_of_a_deleted_journal_are_not_mixed_into_a_new_one(tmp_path: Path) -> None:
    remains = tmp_path / "journal.db-wal"
    remains.write_bytes(b"what is left")
    assert "journal.db-wal" in str(refused(tmp_path / "journal.db"))
    assert remains.read_bytes() == b"what is left"


def test_a_place_where_nothing_can_be_created(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    assert "cannot be created" in str(refused(tmp_path / "file" / "journal.db"))


def test_a_journal_that_another_process_locks(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("stop_tui.store.journal_file.BUSY_SECONDS", 0)
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with Journal.open(path) as journal:
        with pytest.raises(JournalError, match="locked by another process"):
            journal.append("otter", IterationFailed(iteration=1, reason="r"))
        other.execute("ROLLBACK")
        assert journal.append("otter", IterationFailed(iteration=1, reason="r")) == 401
    other.close()


def test_a_full_disk(path: Path) -> None:
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("PRAGMA max_page_count = 1")
    with pytest.raises(JournalError, match="disk is full"), told_as_journal_errors(path):
        connection.execute("INSERT INTO texts VALUES ('h', zeroblob(1000000))")
    connection.close()


def test_a_read_only_journal(path: Path) -> None:
    connection = sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True, isolation_level=None)
    with pytest.raises(JournalError, match="read-only"), told_as_journal_errors(path):
        connection.execute("INSERT INTO runs (name, created) VALUES ('r', 0)")
    connection.close()


def test_a_disk_that_takes_no_more_keeps_what_was_recorded_before(path: Path) -> None:
    limit = path.stat().st_size
    program = f"""
import resource
from pathlib import Path
from stop_tui.core.errors import JournalError
from stop_tui.core.events import RunFinished
from stop_tui.store.journal import Journal
resource.setrlimit(resource.RLIMIT_FSIZE, ({limit}, {limit}))
journal = Journal.open(Path({str(path)!r}))
try:
    journal.append("otter", RunFinished(), texts=["y" * 10_000_000])
except JournalError as error:
    print(error)
"""
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert "cannot" in done.stdout
    with Journal.open(path) as journal:
        journal.check()
        assert len(list(journal.events("otter"))) == 400
