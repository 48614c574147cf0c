"""The trailers of a version: what git can list of it (``git log --format='%(trailers)'``).

Values are single lines; what is not known is the word ``unknown``. Figures are rounded here for
reading; the journal has them exactly. Parsing never guesses: a trailer that does not read as its
kind raises.
"""

import re
from collections.abc import Callable
from typing import Any, NamedTuple, Self

import msgspec

from stop_tui.core.events import Estimate
from stop_tui.core.plain_text import one_line

UNKNOWN = "unknown"
LONGEST = 500
"""How many characters of a text (a reason, a model's name) a trailer holds."""


class Score(msgspec.Struct, frozen=True):
    """A meta-utility in [0, 1], rounded to four decimals, and its standard error if there is one.

    As text: ``0.9570 ± 0.0103``, or ``0.9570`` for a single value.
    """

    mean: float
    standard_error: float | None = None

    def __post_init__(self) -> None:
        msgspec.structs.force_setattr(self, "mean", _rounded(self.mean))
        if self.standard_error is not None:
            msgspec.structs.force_setattr(self, "standard_error", _rounded(self.standard_error))

    @classmethod
    def of(cls, estimate: Estimate) -> Self:
        """The score that `estimate` is, without its interval."""
        return cls(estimate.mean, estimate.standard_error)

    @classmethod
    def parse(cls, text: str) -> Self:
        """The score written as `text`; raises ValueError when it is none."""
        mean, _, error = text.partition(" ± ")
        return cls(float(mean), float(error) if error else None)

    def __str__(self) -> str:
        if self.standard_error is None:
            return f"{self.mean:.4f}"
        return f"{self.mean:.4f} ± {self.standard_error:.4f}"


class Trailers(msgspec.Struct, frozen=True, kw_only=True):
    """What is recorded of a version besides its source and its idea; None or () is unknown.

    `candidate` counts from 1 within the meta-iteration. `meta_utility` and `meta_utility_incumbent`
    are the fresh measurements that the gate saw, `test_meta_utility` the held-out one. `lm_calls`,
    `tokens`, `cost_usd` and `sandbox_events` are the run's totals so far, without calls that were
    lost. `test_revealed` says who looked at the test figures before deciding, and is left out when
    nobody did.
    """

    run: str
    iteration: int
    candidate: int | None = None
    meta_utility: Score | None = None
    meta_utility_incumbent: Score | None = None
    test_meta_utility: Score | None = None
    repeats: int | None = None
    tasks: tuple[str, ...] = ()
    strategy: tuple[str, ...] = ()
    model: str | None = None
    seed: int | None = None
    lm_calls: int | None = None
    tokens: int | None = None
    cost_usd: float | None = None
    sandbox_events: int | None = None
    decision: str | None = None
    decided_by: str | None = None
    reason: str | None = None
    test_revealed: str | None = None


class _Kind(NamedTuple):
    write: Callable[[Any], str]
    read: Callable[[str], object]


def _rounded(value: float) -> float:
    # Adding 0.0 turns -0.0 into 0.0, which reads the same and must compare the same as text.
    return round(value, 4) + 0.0


def _write_list(words: tuple[str, ...]) -> str:
    return ", ".join(word.replace(",", ";") for word in words)


def _read_list(text: str) -> tuple[str, ...]:
    return tuple(text.split(", "))


_NUMBER = _Kind(str, int)
_SCORE = _Kind(str, Score.parse)
_USD = _Kind(lambda usd: f"{usd:.4f}", float)
_TEXT = _Kind(str, str)
_LIST = _Kind(_write_list, _read_list)

_FIELDS: dict[str, tuple[str, _Kind]] = {
    "Run": ("run", _TEXT),
    "Iteration": ("iteration", _NUMBER),
    "Candidate": ("candidate", _NUMBER),
    "Meta-Utility": ("meta_utility", _SCORE),
    "Meta-Utility-Incumbent": ("meta_utility_incumbent", _SCORE),
    "Test-Meta-Utility": ("test_meta_utility", _SCORE),
    "Repeats": ("repeats", _NUMBER),
    "Tasks": ("tasks", _LIST),
    "Strategy": ("strategy", _LIST),
    "Model": ("model", _TEXT),
    "Seed": ("seed", _NUMBER),
    "LM-Calls": ("lm_calls", _NUMBER),
    "Tokens": ("tokens", _NUMBER),
    "Cost-USD": ("cost_usd", _USD),
    "Sandbox-Events": ("sandbox_events", _NUMBER),
    "Decision": ("decision", _TEXT),
    "Decided-By": ("decided_by", _TEXT),
    "Reason": ("reason", _TEXT),
    "Test-Revealed": ("test_revealed", _TEXT),
}
_OPTIONAL = frozenset({"Test-Revealed"})

LIKE_A_TRAILER = re.compile(rf"\s*(?:{'|'.join(_FIELDS)})\s*:", re.IGNORECASE)
"""Matches the beginning of a line that could be taken for one of these trailers."""


def render_trailers(trailers: Trailers) -> str:
    """`trailers` as lines of ``Key: value``, each ended by a newline."""
    lines = []
    for key, (field, kind) in _FIELDS.items():
        value = getattr(trailers, field)
        if value is None and key in _OPTIONAL:
            continue
        text = "" if value is None else one_line(kind.write(value), LONGEST)
        lines.append(f"{key}: {text or UNKNOWN}\n")
    return "".join(lines)


def parse_trailers(block: str) -> Trailers:
    """The trailers in `block`, a message's last paragraph; keys of other programs are left out.

    Raises ValueError, naming the trailer, when Run or Iteration is missing or one is malformed.
    """
    values: dict[str, object] = {}
    for line in block.splitlines():
        key, colon, text = line.partition(":")
        text = text.strip()
        if not colon or key not in _FIELDS or text == UNKNOWN:
            continue
        field, kind = _FIELDS[key]
        try:
            values[field] = kind.read(text)
        except ValueError as error:
            raise ValueError(f"its trailer {key} reads {text!r}") from error
    for key in ("Run", "Iteration"):
        if _FIELDS[key][0] not in values:
            raise ValueError(f"it has no trailer {key}")
    return msgspec.convert(values, Trailers)
