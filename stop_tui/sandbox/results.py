"""What the sandbox tells about the run of a program, and what an improver asks for meanwhile.

Plain records. Texts in them come from hostile programs: bounded in length, but not free of control
characters.
"""

from dataclasses import dataclass
from typing import Literal

from stop_tui.core.verdicts import Verdict


@dataclass(frozen=True, slots=True)
class Attempt:
    """What a program attempted. Verified: seen by host or zygote. Reported: told by the program's
    own audit hook, informative, can be forged."""

    trust: Literal["verified", "reported"]
    what: str
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Call:
    """One call of a solution: `value` is its result as the wire encodes it, still undecoded;
    `error` says in a line why there is none; `cpu_seconds` is the CPU time of this call."""

    verdict: Verdict
    value: bytes | None = None
    error: str | None = None
    cpu_seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class SolutionRun:
    """The evaluation of a solution: a call for each of its inputs, in order.

    `cpu_seconds` and `memory_bytes` (greatest resident size) are of the whole; `untimely` says
    what makes it not reproducible.
    """

    calls: tuple[Call, ...]
    cpu_seconds: float
    memory_bytes: int
    attempts: tuple[Attempt, ...] = ()
    untimely: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ImproverRun:
    """The run of an improver: the source it returned, or None and a `failure` in a line."""

    returned: str | None
    verdict: Verdict
    failure: str | None
    cpu_seconds: float
    memory_bytes: int
    attempts: tuple[Attempt, ...] = ()
    untimely: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class UtilityRequest:
    """The utility of `solution`; None stands for anything but a string. Answered by a float."""

    solution: str | None


@dataclass(frozen=True, slots=True)
class UsesRequest:
    """How many utility calls were spent. Answered by an int."""


@dataclass(frozen=True, slots=True)
class PromptRequest:
    """Responses of the language model: `n` to one message or (batch) one to each message.

    Answered by a list of str. `n` and `temperature` are as the program gave them.
    """

    messages: tuple[str, ...]
    expertise: str
    n: int
    temperature: float
    batch: bool


Request = UtilityRequest | PromptRequest | UsesRequest


@dataclass(frozen=True, slots=True)
class Answer:
    """The answer to a request."""

    value: float | int | list[str]


@dataclass(frozen=True, slots=True)
class Refusal:
    """A request is refused: the program gets an exception with this message."""

    message: str
    error: Literal["budget", "value"]


Reply = Answer | Refusal
