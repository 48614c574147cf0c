"""Which texts an event names: whoever carries events elsewhere must carry these with them.

Words that only look like the key of a text (the hash of a request, a message that a program made
up) do not count, so it goes by the fields of events and never by what a value looks like.
"""

from collections.abc import Iterator

from stop_tui.core.events import Event

_FIELDS = ("source", "incumbent", "improver", "solution", "idea", "prompt", "responses", "tasks")
"""The fields of events that hold the `text_hash` of a text, or several, or one for each task."""


def named_texts(event: Event) -> Iterator[str]:
    """The keys of the texts that `event` names, as often as it does."""
    for field in _FIELDS:
        value = getattr(event, field, None)
        if isinstance(value, str):
            yield value
        elif isinstance(value, tuple):
            yield from value
        elif isinstance(value, dict):
            yield from value.values()
