"""The journal's file: found or created whole, recognised, and brought to the current schema.

A new journal is built beside its place and linked into it, so that a file which is there but empty
or half made can only be damage. This module knows nothing of runs and events.
"""

import os
import sqlite3
import tempfile
from contextlib import closing, suppress
from pathlib import Path

from stop_tui.core.errors import JournalError
from stop_tui.core.plain_text import one_line
from stop_tui.store.migrations import UnknownMigrationsError, migrate
from stop_tui.store.sqlite_errors import DAMAGED_HINT, told_as_journal_errors

APPLICATION_ID = 0x53544F50
"""Marks the file as a journal of this program: the letters STOP."""

BUSY_SECONDS = 30.0


def open_journal_file(path: Path, *, create: bool) -> sqlite3.Connection:
    """A connection in autocommit mode to the journal at `path`, at the current schema.

    Raises JournalError when there is none and `create` is false, or when it cannot be used.
    """
    if not path.exists():
        if not create:
            raise JournalError(
                f"There is no journal at {path}: this workspace has no runs yet.",
                hint="Start one with `stop-tui run`.",
            )
        _create(path)
    with told_as_journal_errors(path):
        if path.stat().st_size == 0:
            raise JournalError(f"The journal {path} is damaged: it is empty.", hint=DAMAGED_HINT)
        connection = _connect(path)
        try:
            _recognise(path, connection)
            migrate(connection)
        except UnknownMigrationsError as error:
            connection.close()
            raise JournalError(
                f"The journal {path} was written by another version of stop-tui: this one does "
                f"not know all of its schema ({one_line(', '.join(error.names), 200)}).",
                hint="Nothing was changed. Update stop-tui to the version that wrote it.",
            ) from error
        except BaseException:
            connection.close()
            raise
    return connection


def _connect(path: Path) -> sqlite3.Connection:
    # mode=rw: SQLite itself would create an empty file for a path that has vanished meanwhile.
    return sqlite3.connect(
        f"{path.absolute().as_uri()}?mode=rw",
        uri=True,
        timeout=BUSY_SECONDS,
        isolation_level=None,
    )


def _recognise(path: Path, connection: sqlite3.Connection) -> None:
    (application,) = connection.execute("PRAGMA application_id").fetchone()
    if application != APPLICATION_ID:
        raise JournalError(
            f"The file {path} is a database, but not a journal of stop-tui.",
            hint="It was left as it is. Move it away, then try again.",
        )


def _create(path: Path) -> None:
    for leftover in (path.with_name(path.name + "-wal"), path.with_name(path.name + "-journal")):
        if leftover.exists():
            # SQLite would mix what is left of the old file into the new one.
            raise JournalError(
                f"The journal {path} is gone, but a part of it, {leftover.name}, is still there.",
                hint="Put the journal back beside it, or move that file away as well.",
            )
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".journal-", dir=path.parent) as folder:
            draft = Path(folder) / path.name
            with told_as_journal_errors(path):
                _draft(draft)
            with suppress(FileExistsError):  # another process was first, with the same contents
                os.link(draft, path)
        _sync_folder(path.parent)
    except OSError as error:
        raise JournalError(
            f"The journal {path} cannot be created: {error.strerror}.",
            hint="See that you may write to this folder and that its disk is not full.",
        ) from error


def _draft(draft: Path) -> None:
    with closing(sqlite3.connect(draft, isolation_level=None)) as connection:
        connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        migrate(connection)
        connection.execute("PRAGMA journal_mode = WAL")


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
