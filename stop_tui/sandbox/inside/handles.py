"""What an improver is given: `utility` and `language_model`, handles that ask the host.

They hold no number that matters. Assigning to what they show raises nothing, changes nothing and
is noted; other attributes belong to the program, as they would on any object.
"""

import operator
from collections.abc import Iterable
from typing import ClassVar, SupportsFloat, SupportsIndex, cast

from .audit import Notes
from .conversation import Conversation
from .messages import MAX_MESSAGES, AskModel, AskUses, AskUtility, as_bytes


class _Handle:
    _name: ClassVar[str]
    _fixed: ClassVar[frozenset[str]]
    _notes: Notes
    _conversation: Conversation

    def __setattr__(self, attribute: str, value: object) -> None:
        if attribute in self._fixed:
            self._notes.attempt(f"assign to {self._name}.{attribute}", repr(value)[:40])
        else:
            object.__setattr__(self, attribute, value)

    def __delattr__(self, attribute: str) -> None:
        if attribute in self._fixed:
            self._notes.attempt(f"delete {self._name}.{attribute}")
        else:
            object.__delattr__(self, attribute)

    def __copy__(self) -> "_Handle":
        return self

    def __deepcopy__(self, memo: object) -> "_Handle":
        return self


class Utility(_Handle):
    """Scores solutions: `utility(solution)`, with `str`, `budget` and `uses` to read."""

    _name = "utility"
    _fixed = frozenset({"str", "budget", "uses"})

    def __init__(self, conversation: Conversation, notes: Notes, *, text: str, budget: int) -> None:
        self._conversation = conversation
        self._notes = notes
        self._text = text
        self._budget = budget

    def __call__(self, solution: object) -> float:
        """The utility of the source `solution`, in [0, 1]; 0 past the budget or for no string."""
        given = as_bytes(str.__str__(solution)) if isinstance(solution, str) else None
        asked = AskUtility(self._conversation.next_id(), given)
        return float(cast(float, self._conversation.ask(asked)))

    @property
    def budget(self) -> int:
        """How many calls may be made in all."""
        return self._budget

    @property
    def uses(self) -> int:
        """How many calls were made so far."""
        return int(cast(int, self._conversation.ask(AskUses(self._conversation.next_id()))))

    # Last in the class, since from here on the name no longer means the type.
    @property
    def str(self) -> str:
        """Readable source of what is measured, to be put into prompts."""
        return self._text


class LanguageModel(_Handle):
    """Asks the language model, with `budget` and `max_responses_per_call` to read."""

    _name = "language_model"
    _fixed = frozenset({"budget", "max_responses_per_call"})

    def __init__(
        self,
        conversation: Conversation,
        notes: Notes,
        *,
        budget: int,
        max_responses_per_call: int,
    ) -> None:
        self._conversation = conversation
        self._notes = notes
        self._budget = budget
        self._max_responses_per_call = max_responses_per_call

    @property
    def budget(self) -> int:
        """How many calls may be made in all."""
        return self._budget

    @property
    def max_responses_per_call(self) -> int:
        """How many responses one call may ask for."""
        return self._max_responses_per_call

    def prompt(
        self,
        expertise: str,
        message: str,
        n_responses: SupportsIndex = 1,
        temperature: SupportsFloat = 0.7,
    ) -> list[str]:
        """`n_responses` responses to `message` by a model that is told its `expertise`."""
        return self._ask(expertise, [message], n_responses, temperature, batch=False)

    def batch_prompt(
        self, expertise: str, message_batch: Iterable[str], temperature: SupportsFloat = 0.7
    ) -> list[str]:
        """One response to each message of `message_batch`."""
        return self._ask(expertise, list(message_batch), 1, temperature, batch=True)

    def _ask(
        self,
        expertise: str,
        messages: list[str],
        n: SupportsIndex,
        temperature: SupportsFloat,
        *,
        batch: bool,
    ) -> list[str]:
        count = operator.index(n)
        if abs(count) >= 2**31:
            raise ValueError("n_responses is out of range")
        if len(messages) > MAX_MESSAGES:
            raise ValueError(f"{len(messages)} messages, at most {MAX_MESSAGES} are allowed")
        asked = AskModel(
            self._conversation.next_id(),
            _text("expertise", expertise),
            [_text("a message", message) for message in messages],
            count,
            float(temperature),
            batch,
        )
        return cast(list[str], self._conversation.ask(asked))


def _text(what: str, value: object) -> bytes:
    if not isinstance(value, str):
        raise TypeError(f"{what} must be a string, not {type(value).__name__}")
    return as_bytes(str.__str__(value))  # not what a subclass makes of it
