"""What a language model is asked and what it answers: the one protocol that all models share.

It must stay free of any provider's types, so that a model can be replaced without the engine
noticing.
"""

import asyncio
from collections.abc import Callable, Mapping
from typing import Protocol, runtime_checkable

import msgspec

from stop_tui.core.errors import ModelError, ModelOutage
from stop_tui.core.server_limits import ServerLimits

Heard = Callable[[int, str], None]
"""Told of text as it arrives: the index of the response, and what was added to it."""


class Request(msgspec.Struct, frozen=True):
    """One call of a model: `n` independent responses to the same message.

    `expertise` is the system role and may be empty. `temperature` is 0 (concentrated) or more,
    commonly up to 2. `seed` makes the answer repeatable where the model supports it; requests that
    are meant to be answered independently need different seeds. `asker` names who asks: where not
    all can be served at once, askers take turns.
    """

    expertise: str
    message: str
    n: int
    temperature: float
    seed: int
    asker: str = ""


class Response(msgspec.Struct, frozen=True):
    """One text of a model. `finish_reason` is ``stop`` for a complete one, ``length`` for one that
    was cut off; `completion_tokens` is None where the model does not say."""

    text: str
    finish_reason: str = "stop"
    completion_tokens: int | None = None


class Completion(msgspec.Struct, frozen=True):
    """The answer to a `Request`: its responses, in a fixed order, and what they cost.

    `model` names what really answered. `prompt_tokens` and `cost_usd` (US dollars) are None where
    unknown, and a model that costs nothing says 0.0. `seconds` is the time spent on answering.
    There may be fewer responses than asked for, though never none; `rejected` says why, for each
    text that was thrown away because it was empty or cut off. Tokens and cost are those of
    everything that was asked, such texts included; `completion_tokens` is the sum of the responses'
    own unless it says otherwise. `untold` tries ended without saying what they used, and are in
    no figure.
    """

    model: str
    responses: tuple[Response, ...]
    prompt_tokens: int | None = None
    cost_usd: float | None = None
    seconds: float = 0.0
    completion_tokens: int | None = None
    rejected: tuple[str, ...] = ()
    untold: int = 0


class NoUsableAnswer(ModelError):
    """No response is usable; `spent`, which has none, says what was used all the same."""

    def __init__(self, message: str, spent: Completion, *, hint: str | None = None) -> None:
        super().__init__(message, hint=hint)
        self.spent = spent


class OutageAfter(ModelOutage):
    """An outage; `spent`, which has no responses, says what was used until then."""

    def __init__(self, outage: ModelOutage, spent: Completion) -> None:
        super().__init__(outage.message, hint=outage.hint)
        self.spent = spent


class CancelledAfter(asyncio.CancelledError):
    """Cancelled on the way; `spent`, which has no responses, says what was used until then."""

    def __init__(self, spent: Completion) -> None:
        super().__init__()
        self.spent = spent


class LanguageModel(Protocol):
    """Anything that answers requests; it may be asked concurrently."""

    @property
    def name(self) -> str:
        """The name under which a user asks for this model."""

    @property
    def offline(self) -> bool:
        """True when there is no language model behind it, only recorded responses."""

    def check_task(self, utility_text: str, seed_solution: str) -> None:
        """Raise ModelError where it is known beforehand that it has no answers about a task."""

    async def complete(self, request: Request, heard: Heard | None = None) -> Completion:
        """The answer to `request`. `heard` is told of its text meanwhile, as far as the model does
        so; what it was told is provisional and the completion alone counts.

        Raises ModelError when there is no usable answer and asking again would not help, and
        ModelOutage (a ModelError) when the model cannot be reached for now. Where something was
        used and there is no answer, NoUsableAnswer, OutageAfter and CancelledAfter say how much;
        a plain ModelError says that nothing was, a plain outage that nobody knows.
        """

    async def close(self) -> None:
        """Lets go of connections; the model is not asked again."""


@runtime_checkable
class RemoteModel(LanguageModel, Protocol):
    """A model behind servers whose limits show only when they are asked."""

    def get_ready(self) -> None:
        """Begin, in the background, with what the first request would have to wait for."""

    def learned(self) -> Mapping[str, ServerLimits]:
        """What its servers turned out not to do by now, by what names the server."""

    def recall(self, known: Mapping[str, ServerLimits]) -> None:
        """Take what was learnt of these servers before; those that are not its own are passed
        over."""
