"""What a server answers, out of its JSON: choices and their text, reasoning apart, token counts.

Servers differ in shape, so a field of another kind than expected counts as missing. A choice that
is empty or was cut off is unusable, and says why.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from stop_tui.language_models.endpoint.events import DONE

LONGEST_CHOICE = 1_000_000
"""Characters of one choice, reasoning included; a longer one does not end."""

CUT = ("length", "max_tokens", "insufficient_system_resource")
"""Finish reasons that say that the text is not whole."""

_OPENED = re.compile(r"\s*<(think|thinking|thought|reasoning)>")
_CLOSED_ONLY = re.compile(r"^[ \t]*</(think|thinking|thought|reasoning)>[ \t]*$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens of one HTTP request; None where the server does not say. `cost` is what it says that
    it charged, in a unit of its own."""

    prompt: int | None = None
    completion: int | None = None
    cached: int = 0
    cost: float | None = None


NOTHING_USED = Usage(0, 0)
"""Of a request that was turned down before a model saw it."""


@dataclass(frozen=True, slots=True)
class Text:
    """A usable choice."""

    text: str
    finish_reason: str


@dataclass(frozen=True, slots=True)
class Unusable:
    """A choice that is no answer, and why in a few words."""

    why: str


@dataclass(frozen=True, slots=True)
class Answer:
    """What one HTTP request brought: its choices by index, the model that answered, its usage."""

    choices: tuple[Text | Unusable, ...]
    model: str
    usage: Usage
    server: str = ""
    """What kind of server calls itself that, where it does."""

    @property
    def counts_one_choice(self) -> bool:
        """Whether the usage is that of one choice out of several."""
        return len(self.choices) > 1 and self.server.startswith("llama.cpp")


@dataclass(slots=True)
class _Choice:
    text: list[str] = field(default_factory=list)
    reasoned: bool = False
    refusal: list[str] = field(default_factory=list)
    length: int = 0
    finish_reason: str | None = None


class Gathering:
    """Puts an answer together from the JSON objects of a stream, or from the one of a document."""

    def __init__(self, heard: Callable[[int, str], None] | None = None) -> None:
        self._heard = heard
        self._choices: dict[int, _Choice] = {}
        self._model = ""
        self._usage = Usage()
        self.server = ""
        """What the server calls itself."""
        self.done = False
        """The server said that this is all."""
        self.begun = False
        """Some of the model's words came."""
        self.endless = False
        """Some choice is longer than any answer: nothing after it is worth waiting for."""

    @property
    def whole(self) -> bool:
        """Whether every choice came to its end."""
        return bool(self._choices) and (
            self.done or all(choice.finish_reason for choice in self._choices.values())
        )

    def take(self, data: dict[str, Any]) -> None:
        """One object of the answer."""
        if data is DONE:
            self.done = True
            return
        model = data.get("model")
        if isinstance(model, str) and model:
            self._model = model
        if "usage" in data:
            self._take_usage(data["usage"])
        choices = data.get("choices")
        for position, choice in enumerate(choices if isinstance(choices, list) else ()):
            if isinstance(choice, dict):
                self._take_choice(position, choice)

    def answer(self) -> Answer:
        """All of it; ask only once it has come to an end."""
        return Answer(
            tuple(_judged(self._choices[index]) for index in sorted(self._choices)),
            self._model,
            self._usage,
            self.server,
        )

    def _take_choice(self, position: int, data: dict[str, Any]) -> None:
        index = data.get("index")
        index = index if isinstance(index, int) and 0 <= index < 1000 else position
        choice = self._choices.get(index)
        if choice is None:
            choice = self._choices[index] = _Choice()
        for part in (data.get("delta"), data.get("message")):
            if isinstance(part, dict):
                self._take_part(index, choice, part)
        reason = data.get("finish_reason")
        if isinstance(reason, str) and reason:
            choice.finish_reason = reason.lower()
        self.begun = self.begun or choice.length > 0 or choice.finish_reason is not None
        self.endless = self.endless or choice.length > LONGEST_CHOICE

    def _take_part(self, index: int, choice: _Choice, part: dict[str, Any]) -> None:
        # Nearly every piece has text and nothing else, and there are thousands.
        if text := _words(part.get("content")):
            choice.length += len(text)
            choice.text.append(text)
            if self._heard is not None:
                self._heard(index, text)
        if len(part) == 1 and text:
            return
        if reasoning := _words(part.get("reasoning_content")) or _words(part.get("reasoning")):
            choice.length += len(reasoning)
            choice.reasoned = True
        if refusal := _words(part.get("refusal")):
            choice.length += len(refusal)
            choice.refusal.append(refusal)

    def _take_usage(self, usage: object) -> None:
        if not isinstance(usage, dict):
            return
        details = usage.get("prompt_tokens_details")
        cached = _count(details.get("cached_tokens")) if isinstance(details, dict) else None
        cost = usage.get("cost")
        self._usage = Usage(
            prompt=_count(usage.get("prompt_tokens")),
            completion=_count(usage.get("completion_tokens")),
            cached=cached or 0,
            cost=float(cost) if isinstance(cost, int | float) and 0 <= cost < 1e6 else None,
        )


def without_reasoning(text: str) -> str | None:
    """`text` without the model's thinking inside tags; None when it never stopped thinking.

    Some templates write the opening tag themselves, so that a closing tag alone on its line ends
    the thinking too. Code that merely mentions such a tag keeps it.
    """
    opened = _OPENED.match(text)
    if opened:
        _, closed, answer = text.partition(f"</{opened[1]}>")
        return answer.lstrip("\n") if closed else None
    closed_only = _CLOSED_ONLY.search(text)
    if closed_only and f"<{closed_only[1]}>" not in text[: closed_only.start()]:
        return text[closed_only.end() :].lstrip("\n")
    return text


def _judged(choice: _Choice) -> Text | Unusable:
    if choice.length > LONGEST_CHOICE:
        return Unusable("it did not end")
    if choice.finish_reason in CUT:
        return Unusable("it was cut off at the limit of tokens")
    if choice.finish_reason == "content_filter":
        return Unusable("the endpoint's filter held it back")
    text = without_reasoning("".join(choice.text))
    if text is None:
        return Unusable("it ended while the model was still thinking")
    if not text.strip():
        if choice.refusal:
            return Unusable("the model refused")
        return Unusable("it has reasoning and no text" if choice.reasoned else "it was empty")
    return Text(text, choice.finish_reason or "stop")


def _words(content: object) -> str:
    """Text of a field that is a string, or a list of parts some of which have text."""
    if isinstance(content, str):
        return content
    if isinstance(content, list):
        parts = (part.get("text") for part in content if isinstance(part, dict))
        return "".join(part for part in parts if isinstance(part, str))
    return ""


def _count(value: object) -> int | None:
    usable = isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 1 << 53
    return value if usable else None  # type: ignore[return-value]
