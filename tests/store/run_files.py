"""Files of runs as an attacker makes them: taken apart, changed, and given a new checksum."""

import gzip
import hashlib
import json
from collections.abc import Callable

Lines = list[bytes]


def lines_of(data: bytes) -> Lines:
    """The lines of a file, without the checksum."""
    return gzip.decompress(data).splitlines()[:-1]


def packed(lines: Lines) -> bytes:
    """A file of these lines, with the checksum that they have."""
    body = b"".join(line + b"\n" for line in lines)
    digest = hashlib.sha256(body).hexdigest()
    return gzip.compress(body + json.dumps({"sha256": digest}).encode() + b"\n", mtime=0)


def changed(data: bytes, change: Callable[[Lines], Lines | None]) -> bytes:
    """The file with its lines changed, in place or anew."""
    lines = lines_of(data)
    return packed(change(lines) or lines)
