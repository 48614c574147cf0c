"""Takes a key out of text, in whatever form and however cut up a server sends it back. Pure.

Servers quote keys in part, escape them for JSON, HTML or an address, and repeat headers encoded.
"""

import base64
import html
import json
import re
from urllib.parse import quote

REDACTED = "[key]"

TELLING = 8
"""So many characters of a key in a row are redacted too."""

_PROBE = 4
"""Any `TELLING` characters hold a run of so many that begins at every fifth place of a text."""


class Redaction:
    """What hides one key."""

    def __init__(self, key: str) -> None:
        self._forms = forms(key)
        shortest = min(map(len, self._forms), default=TELLING)
        self._step = min(TELLING, shortest) - _PROBE + 1
        self._probes = {
            form[i : i + _PROBE] for form in self._forms for i in range(len(form) - _PROBE + 1)
        }
        self._short = {
            form[i : i + length]
            for form in self._forms
            for length in range(1, TELLING)
            for i in range(len(form) - length + 1)
        }
        self._parts = {
            form[i : i + TELLING]
            for form in self._forms
            if len(form) > TELLING
            for i in range(len(form) - TELLING + 1)
        }

    def redact(self, text: str) -> str:
        """`text` without the key, or any telling part of it."""
        # Nearly no text has any of it, and every answer of the model passes here.
        places = range(0, len(text) - _PROBE + 1, self._step)
        if self._probes.isdisjoint(text[place : place + _PROBE] for place in places):
            return text
        for form in self._forms:
            text = text.replace(form, REDACTED)
        return _without(self._parts, text)

    def end_within(self, text: str) -> int:
        """How many characters at the end of `text` may be the beginning of a part of the key."""
        # There are thousands of pieces in a second, and nearly none has more than a letter or two.
        count, longest = 0, len(text)
        while count < longest and count < TELLING - 1 and text[-count - 1 :] in self._short:
            count += 1
        if count == TELLING - 1:
            while count < longest and any(text[-count - 1 :] in form for form in self._forms):
                count += 1
        return count


class Cover:
    """Redacts a text that arrives in pieces, which may cut the key in two."""

    def __init__(self, redactions: list[Redaction]) -> None:
        self._redactions = redactions
        self._held = ""

    def add(self, piece: str) -> str:
        """What can be shown now that `piece` came: an end that may be part of a key is held back
        until more is there."""
        if not self._redactions:
            return piece
        text = self._held + piece
        held = max([one.end_within(text) for one in self._redactions])
        shown, self._held = text[: len(text) - held], text[len(text) - held :]
        for one in self._redactions:
            shown = one.redact(shown)
        return shown


def forms(key: str) -> tuple[str, ...]:
    """`key` as it is and as it is commonly written elsewhere, the longest first."""
    data = key.encode()
    written = {
        key,
        json.dumps(key)[1:-1],
        json.dumps(key)[1:-1].replace("/", "\\/"),
        repr(key)[1:-1],
        html.escape(key),
        quote(key),
        quote(key, safe=""),
        data.hex(),
        data.hex().upper(),
        *(_inside_base64(data, before) for before in range(3)),
        *(_inside_base64(data, before).translate(_FOR_URLS) for before in range(3)),
    }
    return tuple(sorted((form for form in written if len(form) >= _PROBE), key=len, reverse=True))


_FOR_URLS = str.maketrans("+/", "-_")


def _inside_base64(data: bytes, before: int) -> str:
    """The characters that stand for `data` alone, after so many bytes of something else."""
    encoded = base64.b64encode(b"\0" * before + data).decode().rstrip("=")
    first = -(-before * 8 // 6)
    last = (before + len(data)) * 8 // 6
    return encoded[first:last]


def _without(parts: set[str], text: str) -> str:
    """`text` with every run that consists of `parts` replaced."""
    marked = bytearray(len(text))
    for part in parts:
        start = text.find(part)
        while start >= 0:
            marked[start : start + TELLING] = b"\x01" * TELLING
            start = text.find(part, start + 1)
    if not any(marked):
        return text
    runs = re.finditer(rb"\x01+|\x00+", bytes(marked))
    return "".join(REDACTED if run[0][0] else text[slice(*run.span())] for run in runs)
