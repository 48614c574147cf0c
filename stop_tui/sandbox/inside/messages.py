"""What host, zygote and generated program say to each other, as records and their bytes.

Three pipes: to the sandbox (`Header`, then a program, then replies), from the program (its frames)
and from the zygote alone (`Report`). Programs cannot write to the last, so what a report says is
verified. Texts travel as bytes, since sources and responses may hold lone surrogates.
"""

import struct
from enum import IntEnum
from typing import Annotated, Literal, NamedTuple

import msgspec

MAGIC = b"STOP"
NOTES_BYTES = 4096
"""Size of the page on which a program's own audit hook leaves its notes."""


class Kind(IntEnum):
    """What kind of program follows a header."""

    SOLUTION = 1
    IMPROVER = 2


class Header(NamedTuple):
    """Announces one program to a zygote; sizes in bytes, limits in seconds of CPU time."""

    kind: Kind
    payload: int
    calls: int
    load_limit: float
    call_limit: float
    memory: int

    def pack(self) -> bytes:
        """The bytes of this header, `HEADER_BYTES` long."""
        return _HEADER.pack(MAGIC, *self)

    @classmethod
    def unpack(cls, data: bytes) -> "Header":
        """The header in `data`; raises ValueError when it is none."""
        magic, kind, *rest = _HEADER.unpack(data)
        if magic != MAGIC:
            raise ValueError("no header")
        return cls(Kind(kind), *rest)


_HEADER = struct.Struct("<4sBIIddQ")
HEADER_BYTES = _HEADER.size


class Word(IntEnum):
    """What a report is about."""

    READY = 1
    """The zygote is up: `size` is the Landlock ABI it uses (0: none), `status` 1 with seccomp."""
    PART = 2
    """`size` bytes of a frame that is not complete yet were forwarded."""
    FRAME = 3
    """A call (the first one: loading the module) is over; its last `size` bytes were forwarded."""
    END = 4
    """The program is gone, leaving `status` (as wait4 gives it) and NOTES_BYTES of notes."""


class Ending(IntEnum):
    """How a call ended, as the zygote saw it."""

    OK = 0
    TIMEOUT = 1
    DIED = 2
    TOO_LARGE = 3


class Report(NamedTuple):
    """The zygote's word; `cpu` in seconds, `memory` (greatest resident size) in bytes."""

    word: Word
    ending: Ending
    cpu: float = 0.0
    memory: int = 0
    size: int = 0
    status: int = 0

    def pack(self) -> bytes:
        """The bytes of this report, `REPORT_BYTES` long."""
        return _REPORT.pack(*self)

    @classmethod
    def unpack(cls, data: bytes) -> "Report":
        """The report in `data`; raises ValueError when it is none."""
        word, ending, *rest = _REPORT.unpack(data)
        return cls(Word(word), Ending(ending), *rest)


_REPORT = struct.Struct("<BBdQIi")
REPORT_BYTES = _REPORT.size


class SolutionProgram(msgspec.Struct, array_like=True):
    """A solution and the encoded arguments (a tuple each) of the calls to make."""

    source: bytes
    function: str
    seed: int
    inputs: list[bytes]


class ImproverProgram(msgspec.Struct, array_like=True):
    """An improver with the solution it starts from, and what its handles show."""

    source: bytes
    initial_solution: bytes
    utility_text: bytes
    lm_calls: int
    responses_per_call: int
    utility_calls: int
    seed: int


class Outcome(IntEnum):
    """First byte of a solution's frame: what the rest of it is."""

    VALUE = 0
    """A value in the encoding of `wire`."""
    ERROR = 1
    """Text: what was raised."""
    TOO_LARGE = 2
    """Text: how large the result is."""
    BAD_RESULT = 3
    """Text: why the result cannot be sent."""


Count = Annotated[int, msgspec.Meta(ge=-(2**31), lt=2**31)]


MAX_MESSAGES = 10_000
"""As many messages as one batch may hold."""


class AskUtility(msgspec.Struct, tag="utility", frozen=True):
    """An improver calls its utility; None stands for anything but a string."""

    id: Count
    solution: bytes | None


class AskUses(msgspec.Struct, tag="uses", frozen=True):
    """An improver asks how many utility calls it has spent."""

    id: Count


class AskModel(msgspec.Struct, tag="model", frozen=True):
    """An improver asks the language model, for `n` responses or (batch) one a message."""

    id: Count
    expertise: bytes
    messages: Annotated[list[bytes], msgspec.Meta(max_length=MAX_MESSAGES)]
    n: Count
    temperature: float
    batch: bool


class Returned(msgspec.Struct, tag="returned", frozen=True):
    """An improver returned this source."""

    source: bytes


class Failed(msgspec.Struct, tag="failed", frozen=True):
    """An improver raised, or returned something else than source text."""

    verdict: Literal["error", "bad result"]
    reason: bytes


Ask = AskUtility | AskUses | AskModel
FromImprover = AskUtility | AskUses | AskModel | Returned | Failed


class Value(msgspec.Struct, tag="value", frozen=True):
    """The answer to the request `id`."""

    id: int
    value: float | int | list[bytes]


class Refused(msgspec.Struct, tag="refused", frozen=True):
    """The request `id` is refused: the program gets an exception."""

    id: int
    message: bytes
    error: Literal["budget", "value"]


ToImprover = Value | Refused


def as_bytes(text: str) -> bytes:
    """`text` in UTF-8, lone surrogates kept."""
    return text.encode("utf-8", "surrogatepass")


def as_text(data: bytes) -> str:
    """The text in `data`; raises UnicodeDecodeError where there is none."""
    return data.decode("utf-8", "surrogatepass")
