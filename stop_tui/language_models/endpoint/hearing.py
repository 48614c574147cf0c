"""What a listener is told of an answer while it arrives: provisional, and without the key.

Servers send a token at a time and networks deliver several together, which are passed on together:
a run may stream thousands of tokens in a second.
"""

import asyncio
from collections import defaultdict
from collections.abc import Callable, Sequence

from stop_tui.language_models.endpoint.redaction import Cover
from stop_tui.language_models.protocol import Heard


class Hearing:
    """Tells `heard`, if anybody listens, of the responses to one request. Each of them has a
    `cover` of its own."""

    def __init__(self, heard: Heard | None, cover: Callable[[], Cover]) -> None:
        self._heard = heard
        self._covers = defaultdict[int, Cover](cover)
        self._arrived: dict[int, list[str]] = {}
        self._half_heard: set[int] = set()
        self._passing_on: asyncio.Handle | None = None

    def hear(self, slots: Sequence[int], index: int, text: str) -> None:
        """`text` came for the choice `index` of a request for the responses `slots`."""
        if self._heard is not None and index < len(slots):
            self._arrived.setdefault(slots[index], []).append(text)
            if self._passing_on is None:
                # The loop comes to it when nothing more is there to be read.
                self._passing_on = asyncio.get_running_loop().call_soon(self.pass_on)

    def pass_on(self) -> None:
        """Tell what came and was not told yet."""
        if self._passing_on is not None:
            self._passing_on.cancel()
            self._passing_on = None
        if self._heard is None:
            return
        arrived, self._arrived = self._arrived, {}
        for slot, texts in arrived.items():
            self._half_heard.add(slot)
            if shown := self._covers[slot].add("".join(texts)):
                self._tell(slot, shown)

    def interrupt(self, slots: Sequence[int], why: str) -> None:
        """Say where text was heard that does not count and is asked for again."""
        self.pass_on()
        if self._heard is None:
            return
        for slot in self._half_heard.intersection(slots):
            self._half_heard.discard(slot)
            self._covers.pop(slot, None)
            self._tell(slot, f"\n[{why}; asked for again]\n")

    def _tell(self, slot: int, text: str) -> None:
        assert self._heard is not None
        try:
            self._heard(slot, text)
        except Exception as error:  # noqa: BLE001 - whoever listens, the answer is paid for
            told = {"message": "a listener failed", "exception": error}
            asyncio.get_running_loop().call_exception_handler(told)
