"""A run in one file, to be carried to another machine. docs/run-file.md describes the format.

Lines of JSON, compressed: a header, the events, the versions, the texts, a checksum. Nothing in it
is a path or a program's object. A file comes from anywhere, so it is read in bounded memory, and
whoever reads it is told of any fault before the first text is handed out.
"""

import hashlib
import json
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from types import TracebackType
from typing import Annotated, Any, BinaryIO, Literal, Self, TypeVar

import msgspec

from stop_tui.core.errors import StopError
from stop_tui.core.events import AnyEvent, decode, encode
from stop_tui.core.keys import text_hash
from stop_tui.core.plain_text import one_line

FORMAT: Literal["stop-tui-run"] = "stop-tui-run"
VERSION = 1

LONGEST_LINE = 64 << 20
"""Bytes of a line at most."""

MOST_BYTES = 1 << 30
"""Bytes of all lines at most: a small file can unpack to any size."""

MOST_EVENT_BYTES = 256 << 20
"""Bytes of all events at most: these are in memory together."""

MOST_LINES = 2_000_000

_LATEST = 253_402_300_799.0
"""Seconds since 1970 UTC of the end of the year 9999, after which there are no dates."""

_LARGEST_NUMBER = (1 << 63) - 1
_PIECE = 1 << 18
_GZIP = 31
"""zlib's word for: one gzip member, of any window."""

T = TypeVar("T")

Count = Annotated[int, msgspec.Meta(ge=0, le=MOST_LINES)]


class RunFileError(StopError):
    """A file that carries a run is damaged, made up, or of a newer version; it is left as it is."""


class CarriedVersion(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A version: its commit's id, the commit as git keeps it, and the hash of its source."""

    commit: str
    object: str
    source: str


class Header(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The first line: what the file is and how many lines of each kind follow."""

    format: Literal["stop-tui-run"]
    version: int
    run: str
    events: Count
    versions: Count
    texts: Count


class _AnyHeader(msgspec.Struct, frozen=True):
    format: Literal["stop-tui-run"]
    version: int


class _Checksum(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    sha256: str


@dataclass(frozen=True, slots=True)
class Contents:
    """What a file carries, but for the texts themselves: these only by their hashes."""

    run: str
    events: tuple[AnyEvent, ...]
    versions: tuple[CarriedVersion, ...]
    texts: frozenset[str]


def write_run(
    file: BinaryIO,
    run: str,
    events: tuple[AnyEvent, ...],
    versions: tuple[CarriedVersion, ...],
    texts: Iterable[str],
    count: int,
) -> None:
    """Write the run to `file`: the same run always gives the same bytes.

    `texts` are `count` different texts in the order of their hashes. Raises RunFileError for a run
    that is too large to be carried.
    """
    header = Header(FORMAT, VERSION, run, len(events), len(versions), count)
    packer = zlib.compressobj(wbits=_GZIP)
    digest = hashlib.sha256()
    size = event_bytes = 0

    def put(line: bytes) -> None:
        nonlocal size
        size += len(line) + 1
        if len(line) > LONGEST_LINE or size > MOST_BYTES or event_bytes > MOST_EVENT_BYTES:
            raise _too_large(run)
        digest.update(line + b"\n")
        file.write(packer.compress(line + b"\n"))

    if max(len(events), len(versions), count) > MOST_LINES:
        raise _too_large(run)
    put(msgspec.json.encode(header))
    for event in events:
        line = encode(event)
        event_bytes += len(line)
        put(line)
    for version in versions:
        put(msgspec.json.encode(version))
    for text in texts:
        put(json.dumps(text).encode("ascii"))  # ASCII, since a text may hold lone surrogates
    put(msgspec.json.encode(_Checksum(digest.hexdigest())))
    file.write(packer.flush())


class RunFile:
    """The file at `path`, opened once, so that what was checked is what is read afterwards.

    Every method raises RunFileError for a file that is not whole and sound.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._checked = ""
        try:
            self._file = path.open("rb")
        except OSError as error:
            raise RunFileError(f"{path} cannot be read: {error.strerror or error}.") from error

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._file.close()

    def contents(self) -> Contents:
        """What the file carries, every line of it read and checked."""
        lines = self._lines()
        header = self._header(next(lines, b""))
        events = tuple(self._events(islice(lines, header.events)))
        versions = tuple(self._as(CarriedVersion, line) for line in islice(lines, header.versions))
        texts: set[str] = set()
        latest = ""
        for line in lines:
            key = text_hash(self._text(line))
            if key <= latest or len(texts) == header.texts:
                raise self._fault("a text is there twice, in the wrong place or too many")
            texts.add(key)
            latest = key
        found = (len(events), len(versions), len(texts))
        if found != (header.events, header.versions, header.texts):
            raise self._fault("it does not hold as much as it says")
        return Contents(header.run, events, versions, frozenset(texts))

    def texts(self, contents: Contents) -> Iterator[str]:
        """The texts, in the order of their hashes; `contents` is what `contents()` gave."""
        checked = self._checked
        before = 1 + len(contents.events) + len(contents.versions)
        for line in islice(self._lines(), before, None):
            yield self._text(line)
        if self._checked != checked:
            raise self._fault("it was changed while it was read")

    def _lines(self) -> Iterator[bytes]:
        """All lines but the last, which is the checksum of those before it and is compared."""
        digest = hashlib.sha256()
        held: bytes | None = None
        for line in self._unpacked():
            if held is not None:
                digest.update(held + b"\n")
                yield held
            held = line
        if held is None or self._as(_Checksum, held).sha256 != digest.hexdigest():
            raise self._fault("its checksum is wrong")
        self._checked = digest.hexdigest()

    def _unpacked(self) -> Iterator[bytes]:
        """The lines, unpacked piece by piece, each without its end."""
        unpacker = zlib.decompressobj(wbits=_GZIP)
        begun = bytearray()
        size = 0
        self._file.seek(0)
        while not unpacker.eof:
            packed = unpacker.unconsumed_tail or self._piece()
            if not packed:
                raise self._fault("its end is missing")
            try:
                piece = unpacker.decompress(packed, _PIECE)
            except zlib.error as error:
                raise self._fault(f"it cannot be unpacked ({error})") from error
            size += len(piece)
            searched = len(begun)
            begun += piece
            while (end := begun.find(b"\n", searched)) >= 0:
                line = bytes(begun[:end])
                del begun[: end + 1]
                searched = 0
                yield line
            if size > MOST_BYTES or len(begun) > LONGEST_LINE:
                raise self._fault("it unpacks to more than a run can be")
        if begun or unpacker.unused_data or self._piece():
            raise self._fault("there is more behind its end")

    def _piece(self) -> bytes:
        try:
            return self._file.read(_PIECE)
        except OSError as error:
            raise self._fault(f"it cannot be read ({error.strerror})") from error

    def _header(self, line: bytes) -> Header:
        known = self._as(_AnyHeader, line)
        if known.version != VERSION:
            raise RunFileError(
                f"{self._path} has version {known.version} of the format; this stop-tui knows "
                f"version {VERSION}.",
                hint="Nothing was written. Import it with the version that exported it, or a "
                "newer one.",
            )
        return self._as(Header, line)

    def _events(self, lines: Iterable[bytes]) -> Iterator[AnyEvent]:
        size = 0
        for line in lines:
            size += len(line)
            if size > MOST_EVENT_BYTES:
                raise self._fault("it has more events than a run can have")
            yield self._event(line)

    def _event(self, line: bytes) -> AnyEvent:
        try:
            event = decode(line)
        except (msgspec.MsgspecError, ValueError, RecursionError) as error:
            raise self._fault(f"an event cannot be read ({one_line(str(error), 200)})") from error
        if not 0 <= event.at <= _LATEST or _has_absurd_number(msgspec.to_builtins(event)):
            raise self._fault("an event has a number that no run has")
        return event

    def _as(self, kind: type[T], line: bytes) -> T:
        try:
            return msgspec.json.decode(line, type=kind)
        except (msgspec.MsgspecError, ValueError, RecursionError) as error:
            raise self._fault(f"a line cannot be read ({one_line(str(error), 200)})") from error

    def _text(self, line: bytes) -> str:
        try:
            text = json.loads(line.decode("ascii")) if line.startswith(b'"') else None
        except ValueError as error:
            raise self._fault(f"a text cannot be read ({one_line(str(error), 200)})") from error
        if not isinstance(text, str):
            raise self._fault("something is in the place of a text")
        return text

    def _fault(self, what: str) -> RunFileError:
        return RunFileError(
            f"{self._path} is no sound file of a run: {what}.",
            hint="Nothing was written. Export the run again, and see that the whole file arrives.",
        )


def _too_large(run: str) -> RunFileError:
    return RunFileError(
        f"The run {run} is too large for one file: unpacked, it may have {MOST_BYTES >> 20:,} MiB, "
        f"a single text {LONGEST_LINE >> 20} MiB, all events {MOST_EVENT_BYTES >> 20} MiB.",
        hint="Copy the whole workspace instead.",
    )


def _has_absurd_number(value: Any) -> bool:
    """Whether there is a whole number in `value` that no other program could count with."""
    match value:
        case int():
            return abs(value) > _LARGEST_NUMBER
        case dict():
            return any(map(_has_absurd_number, value.values()))
        case list() | tuple():
            return any(map(_has_absurd_number, value))
        case _:
            return False
