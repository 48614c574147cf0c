"""Keys and seeds: the same question in the same program run has the same key, whatever the order.

A program run is named by a path of words, for instance ``I2/selection/3f2a.../lpn/r1``. Seeds are
derived from words too, never from a counter or from the order of arrival.
"""

import hashlib
import json

Part = str | int | float | None


def digest(*parts: Part | tuple[Part, ...]) -> str:
    """The SHA-256 of `parts` as 64 hexadecimal digits; different sequences never collide.

    Words may hold lone surrogates, which generated programs do send.
    """
    words = json.dumps(parts, separators=(",", ":")).encode("ascii")
    return hashlib.sha256(words).hexdigest()


def text_hash(text: str) -> str:
    """The key under which a text is stored: SHA-256 of its UTF-8 bytes, lone surrogates kept."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def seed_from(*parts: Part | tuple[Part, ...]) -> int:
    """A seed in [0, 2**63) derived from `parts`."""
    return int(digest(*parts)[:16], 16) >> 1
