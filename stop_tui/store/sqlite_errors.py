"""What SQLite reports, said in the user's terms: what happened to the journal, what it means, and
what to do. It never tries again and never repairs."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from stop_tui.core.errors import JournalError

DAMAGED_HINT = (
    "It was left as it is. Copy the folder .stop somewhere safe; then put back a copy of the "
    "journal from a backup, or move the damaged one away to begin with an empty one. "
    "The versions accepted so far are in the lineage, and `stop-tui git log` still shows them."
)

_WHAT = {
    sqlite3.SQLITE_NOTADB: ("is damaged: it is not a database", DAMAGED_HINT),
    sqlite3.SQLITE_CORRUPT: ("is damaged: its pages do not fit together", DAMAGED_HINT),
    sqlite3.SQLITE_BUSY: (
        "is locked by another process, which has not let go of it for half a minute",
        "Nothing was written. Wait for that process or end it, then resume the run.",
    ),
    sqlite3.SQLITE_FULL: (
        "cannot grow: the disk is full",
        "What was recorded before is kept. Make room, then resume the run.",
    ),
    sqlite3.SQLITE_READONLY: (
        "cannot be written: it is read-only",
        "Make the folder .stop and the files in it writable for you, then try again.",
    ),
    sqlite3.SQLITE_CANTOPEN: (
        "cannot be opened",
        "See that the folder .stop exists and that you may read and write what is in it.",
    ),
    sqlite3.SQLITE_PERM: (
        "may not be opened by you",
        "Make the folder .stop and the files in it readable and writable for you.",
    ),
    sqlite3.SQLITE_IOERR: (
        "cannot be read or written: the disk reports an error",
        "What was recorded before is kept as far as the disk kept it. "
        "See whether the disk is full or failing, or files may not grow (ulimit -f); then resume "
        "the run.",
    ),
}


def journal_error(path: Path, error: sqlite3.Error) -> JournalError:
    """`error`, which SQLite raised for the journal at `path`, as a message for the user."""
    code = getattr(error, "sqlite_errorcode", None)
    if isinstance(code, int):
        # The low byte is the kind; the rest tells apart where it happened.
        known = _WHAT.get(code & 0xFF)
        if known is not None:
            what, hint = known
            return JournalError(f"The journal {path} {what}.", hint=hint)
    return JournalError(
        f"The journal {path} does not read as one of stop-tui: {error}.", hint=DAMAGED_HINT
    )


@contextmanager
def told_as_journal_errors(path: Path) -> Iterator[None]:
    """Within it, whatever SQLite raises for the journal at `path` becomes a JournalError."""
    try:
        yield
    except sqlite3.Error as error:
        raise journal_error(path, error) from error
    except UnicodeDecodeError as error:  # Python's own, for text in a damaged page
        raise JournalError(
            f"The journal {path} is damaged: a name in it cannot be read.", hint=DAMAGED_HINT
        ) from error
