"""The journal: every fact of every run of a workspace, in one append-only SQLite file.

It is the only state of a run, and it is written before anything is shown. It knows events and texts
and nothing of what they mean; folding them into a state is the core's work. Importing it costs
sqlite3 and msgspec alone, so that listing commands start at once.
"""

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Self, TypeVar

import msgspec

from stop_tui.core.errors import JournalError, UsageError
from stop_tui.core.events import (
    AnyEvent,
    DecisionMade,
    Event,
    ExecutionDecided,
    RunFinished,
    RunStarted,
    SteppedBack,
    TestRevealed,
    VersionCommitted,
    decode,
    encode,
)
from stop_tui.core.keys import text_hash
from stop_tui.store.journal_file import open_journal_file
from stop_tui.store.sqlite_errors import DAMAGED_HINT, told_as_journal_errors

E = TypeVar("E", bound=Event)

PAGE = 500
"""How many rows are read at a time: no cursor stays open while the caller works on them."""

DURABLE = (
    RunStarted,
    DecisionMade,
    ExecutionDecided,
    SteppedBack,
    TestRevealed,
    VersionCommitted,
    RunFinished,
)
"""What someone decided, and what it led to, survives a power cut. All else survives a crash of the
program; a power cut may take its last moments, which are then computed or asked for again."""


class Journal:
    """The journal of a workspace. Many processes may have it open; one thread of each may use it.

    Every method raises JournalError when the file is damaged, locked, full or not accessible, and
    UsageError for a run that it does not have.
    """

    def __init__(self, path: Path, connection: sqlite3.Connection) -> None:
        self.path = path
        self._connection = connection

    @classmethod
    def open(cls, path: Path, *, create: bool = True) -> Self:
        """The journal at `path`; a new one where there is none, if `create` allows that.

        Raises JournalError when there is none and none may be created, when the file is not a
        journal, or when a newer version of this program wrote it.
        """
        return cls(path, open_journal_file(path, create=create))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the file. Closing twice is harmless."""
        self._connection.close()

    def create_run(self, name: str, event: RunStarted, texts: Iterable[str] = ()) -> None:
        """Record a new run with its first event and the texts it names, all or nothing.

        Raises UsageError when the workspace has a run of that name already.
        """
        self.add_run(name, (event,), texts)

    def add_run(self, name: str, events: Sequence[AnyEvent], texts: Iterable[str]) -> None:
        """Record a whole run, as it was recorded elsewhere, all or nothing.

        Raises UsageError when the workspace has a run of that name already. What `texts` raises
        while it is read leaves the journal as it was.
        """
        with self._transaction(durable=True):
            if self._has_run(name):
                raise UsageError(
                    f"There is a run {name} in this workspace already.",
                    hint=f"Choose another --name, or continue it with --resume {name}.",
                )
            self._connection.execute(
                "INSERT INTO runs (name, created) VALUES (?, ?)", (name, events[0].at)
            )
            self._insert(name, 0, events, texts)

    def append(self, run: str, *events: AnyEvent, texts: Iterable[str] = ()) -> int:
        """Record `events` of `run`, in order, and the `texts` they name, all or nothing.

        Returns the number of the run's last event, counted from 1.
        """
        with self._transaction(durable=any(isinstance(event, DURABLE) for event in events)):
            (last,) = self._connection.execute(
                "SELECT max(seq) FROM events WHERE run = ?", (run,)
            ).fetchone()
            if last is None:
                self._refuse_unknown(run)
            self._insert(run, last, events, texts)
        return int(last) + len(events)

    def events(self, run: str, after: int = 0) -> Iterator[tuple[int, AnyEvent]]:
        """The events of `run` numbered above `after`, in order, each with its number.

        Raises JournalError, naming run and number, for an event that is missing or unreadable.
        """
        expected = after + 1
        for seq, event in self._read(run, "", (), after):
            if seq != expected:
                raise self._damaged(
                    f"event {expected} of run {run} is missing; the next one is {seq}"
                )
            if isinstance(event, RunStarted) != (seq == 1):
                raise self._damaged(f"event {seq} of run {run} is not in its place")
            expected += 1
            yield seq, event
        if expected == 1:
            self._refuse_unknown(run)

    def events_of(self, run: str, kind: type[E], after: int = 0) -> Iterator[tuple[int, E]]:
        """The events of one `kind` of `run` numbered above `after`, in order, through an index."""
        for seq, event in self._read(run, "AND kind = ?", (_tag(kind),), after):
            if not isinstance(event, kind):
                raise self._damaged(f"event {seq} of run {run} is filed under another kind")
            yield seq, event

    def text(self, key: str) -> str:
        """The text whose `text_hash` is `key`, exactly as it was recorded."""
        return self.texts((key,))[key]

    def texts(self, keys: Iterable[str]) -> dict[str, str]:
        """The texts whose `text_hash` are `keys`; raises JournalError when one is missing."""
        wanted = list(dict.fromkeys(keys))
        found: dict[str, str] = {}
        for start in range(0, len(wanted), PAGE):
            some = wanted[start : start + PAGE]
            marks = ", ".join("?" * len(some))
            with told_as_journal_errors(self.path):
                rows = self._connection.execute(
                    f"SELECT hash, body FROM texts WHERE hash IN ({marks})", some
                ).fetchall()
            found |= {key: self._intact(key, body) for key, body in rows}
        for key in wanted:
            if key not in found:
                raise self._damaged(f"the text {key} is missing")
        return found

    def runs(self) -> list[str]:
        """The names of all runs in the order in which they were created."""
        with told_as_journal_errors(self.path):
            rows = self._connection.execute("SELECT name FROM runs ORDER BY id").fetchall()
        return [name for (name,) in rows]

    def latest(self) -> str | None:
        """The run that was created last, or None where there is none."""
        return next(reversed(self.runs()), None)

    def check(self) -> None:
        """Read everything; raises JournalError for the first damage found. Takes a while."""
        with told_as_journal_errors(self.path):
            (verdict,) = self._connection.execute("PRAGMA quick_check(1)").fetchone()
        if verdict != "ok":
            raise self._damaged(f"SQLite says {verdict!r}")
        for run in self.runs():
            for _ in self.events(run):
                pass
        with told_as_journal_errors(self.path):
            keys = [key for (key,) in self._connection.execute("SELECT hash FROM texts")]
        for key in keys:
            self.text(key)

    @contextmanager
    def _transaction(self, *, durable: bool) -> Iterator[None]:
        with told_as_journal_errors(self.path):
            # SQLite ignores this inside a transaction, so it is set around each.
            self._connection.execute(f"PRAGMA synchronous = {'FULL' if durable else 'NORMAL'}")
            self._connection.execute("BEGIN IMMEDIATE")
            with self._connection:  # commits, or rolls back on an exception
                yield

    def _insert(
        self, run: str, last: int, events: Iterable[AnyEvent], texts: Iterable[str]
    ) -> None:
        self._connection.executemany(
            "INSERT INTO texts (hash, body) VALUES (?, ?)",
            ((text_hash(text), text.encode("utf-8", "surrogatepass")) for text in texts),
        )
        self._connection.executemany(
            "INSERT INTO events (run, seq, at, kind, body) VALUES (?, ?, ?, ?, ?)",
            (
                (run, seq, event.at, _tag(type(event)), self._encoded(run, event))
                for seq, event in enumerate(events, start=last + 1)
            ),
        )

    def _read(
        self, run: str, where: str, values: tuple[str, ...], after: int
    ) -> Iterator[tuple[int, AnyEvent]]:
        # As a BLOB, so that a body that is not even UTF-8 is reported with its run and number.
        query = (
            "SELECT seq, CAST(body AS BLOB) FROM events"
            f" WHERE run = ? {where} AND seq > ? ORDER BY seq LIMIT {PAGE}"
        )
        while True:
            with told_as_journal_errors(self.path):
                rows = self._connection.execute(query, (run, *values, after)).fetchall()
            for seq, body in rows:
                yield seq, self._decoded(run, seq, body)
            if len(rows) < PAGE:
                return
            after = rows[-1][0]

    def _encoded(self, run: str, event: AnyEvent) -> str:
        # An event that would not read back (NaN, a lone surrogate) would make all of the run
        # unreadable, so it is stopped here, where only itself is lost.
        try:
            body = encode(event)
            decode(body)
        except (msgspec.MsgspecError, UnicodeEncodeError) as error:
            raise JournalError(
                f"An event of run {run} ({_tag(type(event))}) cannot be recorded: {error}.",
                hint="Nothing of it was written; this is a mistake in stop-tui. "
                f"What was recorded before is kept: continue it with --resume {run}.",
            ) from error
        return body.decode()

    def _decoded(self, run: str, seq: int, body: bytes) -> AnyEvent:
        try:
            return decode(body)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise self._damaged(f"event {seq} of run {run} cannot be read ({error})") from error

    def _intact(self, key: str, body: bytes) -> str:
        try:
            text = bytes(body).decode("utf-8", "surrogatepass")
        except (TypeError, UnicodeDecodeError) as error:
            raise self._damaged(f"the text {key} cannot be read") from error
        if text_hash(text) != key:
            raise self._damaged(f"the text {key} is not the one that was recorded")
        return text

    def _has_run(self, name: str) -> bool:
        row = self._connection.execute("SELECT 1 FROM runs WHERE name = ?", (name,)).fetchone()
        return row is not None

    def _refuse_unknown(self, run: str) -> None:
        runs = self.runs()
        if run in runs:
            raise self._damaged(f"run {run} has lost its events")
        raise UsageError(
            f"There is no run {run} in this workspace.",
            hint=f"It has: {', '.join(runs[-10:])}." if runs else "It has no runs yet.",
        )

    def _damaged(self, what: str) -> JournalError:
        return JournalError(f"The journal {self.path} is damaged: {what}.", hint=DAMAGED_HINT)


def _tag(kind: type[Event]) -> str:
    return str(kind.__struct_config__.tag)
