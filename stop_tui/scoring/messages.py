"""What host and scoring process say to each other: frames of a length and a msgpack record.

Inputs and outputs of solutions travel inside as bytes of the sandbox's wire: the host never decodes
them.
"""

import struct
from typing import Annotated

import msgspec

from stop_tui.core.events import Phase, Split

HEADER = struct.Struct("<I")

LONGEST_REPLY = 9 << 20
"""Bytes of a reply at most: inputs of a solution, as large as the wire lets them be, and a bit."""


class Nonsense(Exception):
    """What came is no reply to the question: something else wrote into the pipe."""


class Question(msgspec.Struct, frozen=True, tag_field="kind"):
    """What the host asks; every question has one reply."""


class Load(Question, tag="load", frozen=True):
    """Compile and run the utility's text, under the name of its file. Replied with Done."""

    task: str
    file: str
    text: str


class Place(msgspec.Struct, frozen=True):
    """Which instance: the same place always means the same instance."""

    task: str
    split: Split
    phase: Phase
    seed: int
    index: int


class MakeInstance(Question, tag="make", frozen=True):
    """Asks for the encoded inputs of an instance. Replied with Inputs."""

    place: Place


class ScoreOutput(Question, tag="score", frozen=True):
    """Asks for the score of an output, in the wire's encoding. Replied with Score or Refused."""

    place: Place
    output: bytes


class CheckNumber(Question, tag="number", frozen=True):
    """Asks for the score that a utility of the original's form gave, in the wire's encoding."""

    output: bytes


class Reply(msgspec.Struct, frozen=True, tag_field="kind"):
    """What the scoring process answers."""


class Done(Reply, tag="done", frozen=True):
    """It is done; also said once when the process is up."""


class Inputs(Reply, tag="inputs", frozen=True):
    """The inputs of an instance: a tuple in the wire's encoding."""

    data: bytes


class Score(Reply, tag="score", frozen=True):
    """A score in [0, 1]."""

    score: Annotated[float, msgspec.Meta(ge=0.0, le=1.0)]


class Refused(Reply, tag="refused", frozen=True):
    """The output has no score, which counts as 0, for this reason. `outside` is the number outside
    [0, 1] that was given for it, in words; empty where that is not the reason."""

    reason: str
    outside: str = ""


class Broken(Reply, tag="broken", frozen=True):
    """The task's own code is at fault, on this 1-based line of its utility. `outside` as above."""

    line: int
    message: str
    outside: str = ""


AnyQuestion = Load | MakeInstance | ScoreOutput | CheckNumber
AnyReply = Done | Inputs | Score | Refused | Broken

_FITTING: dict[type[AnyQuestion], type[AnyReply] | tuple[type[AnyReply], ...]] = {
    Load: Done,
    MakeInstance: Inputs,
    ScoreOutput: (Score, Refused),
    CheckNumber: (Score, Refused),
}

_encoder = msgspec.msgpack.Encoder()
_question_decoder: msgspec.msgpack.Decoder[AnyQuestion] = msgspec.msgpack.Decoder(AnyQuestion)
_reply_decoder: msgspec.msgpack.Decoder[AnyReply] = msgspec.msgpack.Decoder(AnyReply)


def frame(message: AnyQuestion | AnyReply) -> bytes:
    """`message` as a frame."""
    body = _encoder.encode(message)
    return HEADER.pack(len(body)) + body


def question(body: bytes) -> AnyQuestion:
    """The question in the body of a frame."""
    return _question_decoder.decode(body)


def reply_size(header: bytes) -> int:
    """The length of the body that follows; raises Nonsense when it is more than a reply may have.

    Said before the body is read, so that the host never holds more than that.
    """
    (size,) = HEADER.unpack(header)
    if size > LONGEST_REPLY:
        raise Nonsense
    return int(size)


def reply(body: bytes, to: AnyQuestion | None = None) -> AnyReply:
    """The reply to the question `to` (None: none was asked yet) in the body of a frame.

    Raises Nonsense for anything else.
    """
    try:
        found = _reply_decoder.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise Nonsense from None
    fitting = Done if to is None else _FITTING[type(to)]
    if not isinstance(found, Broken) and not isinstance(found, fitting):
        raise Nonsense
    return found
