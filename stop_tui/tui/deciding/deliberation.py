"""Whether a key that decides something was meant to. Pure: times are seconds of one clock.

A key may have been meant for what was on the screen a moment ago, or be a letter of a text that was
typed or pasted into the wrong window. Neither decides anything.
"""

from dataclasses import dataclass

GRACE = 1.0
"""Seconds in which a question that just appeared hears no key."""

BURST = 0.05
"""Keys that follow each other faster than this are pasted, or typed without looking."""

_HANDLED_WITHIN = 1.0
"""Seconds within which a key is handled; whatever happens later was not caused by it."""

_LONG_AGO = float("-inf")


@dataclass(slots=True)
class Deliberation:
    """The keys heard since a question appeared. `keys` counts them."""

    appeared: float
    keys: int = 0
    _last: float = _LONG_AGO
    _gap: float = float("inf")

    def appear(self, at: float) -> None:
        """Another question is on the screen."""
        self.appeared = at

    def key(self, at: float) -> None:
        """Any key was pressed."""
        self.keys += 1
        self._gap, self._last = at - self._last, at

    def hears(self, now: float) -> bool:
        """Whether what is being handled came late enough to be about this question."""
        at = self._last if self._handles_key(now) else now
        return at - self.appeared >= GRACE

    def in_burst(self, now: float) -> bool:
        """Whether what is being handled is a key that came together with another one."""
        return self._handles_key(now) and self._gap < BURST

    def _handles_key(self, now: float) -> bool:
        return now - self._last < _HANDLED_WITHIN
