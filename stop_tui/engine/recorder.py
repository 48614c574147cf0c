"""The one way in: every fact is stamped, journalled, folded, and only then shown."""

import time
from collections.abc import Callable, Iterable

import msgspec

from stop_tui.core.events import AnyEvent, RunStarted
from stop_tui.core.state import CallKey, State
from stop_tui.store.journal import Journal

Listener = Callable[[AnyEvent, State], None]

Hearer = Callable[[CallKey, int, str], None]
"""Told of text that arrives from the model: of which call and response, and what was added."""


class Recorder:
    """Writes the events of one run and keeps its state.

    Listeners are called after an event is journalled and folded, in the order of the journal.
    What hearers are told is in no journal: it is provisional until its call is `ModelCalled`.
    """

    def __init__(
        self,
        journal: Journal,
        run: str,
        listeners: Iterable[Listener] = (),
        hearers: Iterable[Hearer] = (),
    ) -> None:
        self._journal = journal
        self.run = run
        self.state = State()
        self._listeners = list(listeners)
        self._hearers = list(hearers)
        self._clock = time.time

    def start(self, event: RunStarted, texts: Iterable[str]) -> None:
        """Create the run in the journal, before anything else happens."""
        stamped = msgspec.structs.replace(event, at=self._clock())
        self._journal.create_run(self.run, stamped, texts)
        self._tell(stamped)

    def load(self) -> list[AnyEvent]:
        """Fold what the journal holds of this run already; listeners are not told of it."""
        known = [event for _, event in self._journal.events(self.run)]
        for event in known:
            self.state.fold(event)
        return known

    def record(self, *events: AnyEvent, texts: Iterable[str] = ()) -> None:
        """Journal `events` in one transaction, then fold and show them."""
        now = self._clock()
        stamped = [msgspec.structs.replace(event, at=now) for event in events]
        self._journal.append(self.run, *stamped, texts=texts)
        for event in stamped:
            self._tell(event)

    def stream(self, call: CallKey, index: int, text: str) -> None:
        """Tell hearers that `text` was added to the response `index` of `call`."""
        for hearer in self._hearers:
            hearer(call, index, text)

    def text(self, key: str) -> str:
        """The text (source, prompt, response) stored under `key`."""
        return self._journal.text(key)

    def _tell(self, event: AnyEvent) -> None:
        self.state.fold(event)
        for listener in self._listeners:
            listener(event, self.state)
