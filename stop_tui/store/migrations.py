"""The journal's schema, as named steps that are only ever added to, and their application.

A step that was released is never edited: a journal remembers which steps it has seen by name, and
one that has seen a step unknown here was written by a newer version and is left alone.
"""

import sqlite3
from typing import NamedTuple


class Migration(NamedTuple):
    """One step of the schema: its name and its statements, applied in one transaction."""

    name: str
    statements: tuple[str, ...]


MIGRATIONS = (
    Migration(
        "0001-runs-events-texts",
        (
            "CREATE TABLE runs (name TEXT NOT NULL UNIQUE, created REAL NOT NULL,"
            " id INTEGER PRIMARY KEY AUTOINCREMENT)",
            "CREATE TABLE events (run TEXT NOT NULL REFERENCES runs (name), seq INTEGER NOT NULL,"
            " at REAL NOT NULL, kind TEXT NOT NULL, body TEXT NOT NULL, PRIMARY KEY (run, seq))",
            "CREATE INDEX events_of_a_kind ON events (run, kind, seq)",
            # As bytes: a text may hold NUL and lone surrogates, which SQLite's own text may not.
            "CREATE TABLE texts (hash TEXT NOT NULL PRIMARY KEY, body BLOB NOT NULL)",
            # Append-only is the file's own rule, so that no other program breaks it by accident.
            *(
                f"CREATE TRIGGER {table}_refuse_{verb} BEFORE {verb} ON {table}"
                " BEGIN SELECT RAISE(ABORT, 'the journal is append-only'); END"
                for table in ("runs", "events", "texts")
                for verb in ("update", "delete")
            ),
            # INSERT OR REPLACE would pass the two above.
            "CREATE TRIGGER runs_refuse_replace BEFORE INSERT ON runs"
            " WHEN EXISTS (SELECT 1 FROM runs WHERE name = NEW.name)"
            " BEGIN SELECT RAISE(ABORT, 'the journal is append-only'); END",
            "CREATE TRIGGER events_are_dense BEFORE INSERT ON events WHEN NEW.seq IS NOT"
            " (SELECT coalesce(max(seq), 0) + 1 FROM events WHERE run = NEW.run)"
            " BEGIN SELECT RAISE(ABORT, 'the events of a run are numbered without gaps'); END",
            "CREATE TRIGGER texts_are_kept_once BEFORE INSERT ON texts"
            " WHEN EXISTS (SELECT 1 FROM texts WHERE hash = NEW.hash)"
            " BEGIN SELECT RAISE(IGNORE); END",
        ),
    ),
)


class UnknownMigrationsError(Exception):
    """The journal has seen steps that this version does not know; `names` lists what it has."""

    def __init__(self, names: list[str]) -> None:
        super().__init__(names)
        self.names = names


def migrate(connection: sqlite3.Connection, steps: tuple[Migration, ...] = MIGRATIONS) -> None:
    """Apply those of `steps` that the journal has not seen, each in one transaction.

    `connection` is in autocommit mode. Raises UnknownMigrationsError when what the journal has seen
    is not a beginning of `steps`, and sqlite3.Error when the file cannot be read or written.
    """
    if _pending(connection, steps):
        for step in steps:
            _apply(connection, step, steps)


def _pending(connection: sqlite3.Connection, steps: tuple[Migration, ...]) -> tuple[Migration, ...]:
    table = connection.execute("SELECT 1 FROM sqlite_schema WHERE name = 'migrations'").fetchone()
    rows = connection.execute("SELECT name FROM migrations ORDER BY id") if table else ()
    seen = [name for (name,) in rows]
    if not all(isinstance(name, str) for name in seen):
        raise sqlite3.DatabaseError("the names of its migrations are no text")
    if seen != [step.name for step in steps[: len(seen)]]:
        raise UnknownMigrationsError(seen)
    return steps[len(seen) :]


def _apply(connection: sqlite3.Connection, step: Migration, steps: tuple[Migration, ...]) -> None:
    connection.execute("BEGIN IMMEDIATE")
    with connection:  # commits, or rolls back on an exception
        # Another process may have been first; only under the write lock is this certain.
        if step not in _pending(connection, steps):
            return
        connection.execute(
            "CREATE TABLE IF NOT EXISTS migrations"
            " (id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL UNIQUE)"
        )
        for statement in step.statements:
            connection.execute(statement)
        connection.execute("INSERT INTO migrations (name) VALUES (?)", (step.name,))
