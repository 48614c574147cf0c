"""What a server cannot do, learnt from its answers once and kept for as long as it is open.

A request is built from what is known so far. What a server says about one is only taken for a limit
when it names a field that was sent, so that no answer, however worded, can take away more.
"""

import re
from typing import Any

from stop_tui.core.model_profile import Profile
from stop_tui.language_models.protocol import Request

HOTTEST = 2.0
"""The highest temperature of the protocol; generated programs ask for any number."""

SEED_BITS = 31
"""Servers keep a seed in 32 bits, many with a sign."""

_REFUSED = re.compile(
    r"unsupported|not support|unrecognized|unrecognised|unknown|unexpected|extra|not permitted|"
    r"not allowed|not enabled|invalid|does not|doesn't|must|only|cannot|can't|deprecated|remove"
)
_RANGE = re.compile(r"less than|at most|maximum|between|range|<=|≤|exceed|greater")
_BOUND = re.compile(r"\d+(?:\.\d+)?")
_ONE_CHOICE = re.compile(
    r"only one (?:completion )?choice|multiple (?:choices|completions)|number of choices|"
    r"\bn\s*(?:>|must|should|has to|is not|=)|[\"'`]n[\"'`]"
)
_SYSTEM = re.compile(
    r"system (?:role|message|prompt|instruction)|developer (?:role|message|instruction)|"
    r"[\"'`]system[\"'`]"
)


class Learned:
    """The limits of one server, as far as they have shown."""

    def __init__(self, profile: Profile) -> None:
        self._profile = profile
        self.one_choice = False
        self._system = True
        self._hottest = HOTTEST
        self._max_tokens: tuple[str, ...] = ("max_tokens", "max_completion_tokens")
        self._without: set[str] = set()

    @property
    def streams(self) -> bool:
        """Whether it answers piece by piece."""
        return "stream" not in self._without

    def body(self, request: Request, n: int, seed: int) -> dict[str, Any]:
        """The fields of an HTTP request for `n` choices, without the profile's own."""
        body: dict[str, Any] = {
            "model": self._profile.model,
            "messages": self._messages(_encodable(request.expertise), _encodable(request.message)),
            "temperature": min(max(0.0, request.temperature), self._hottest),
            "seed": seed % (1 << SEED_BITS),
            "stream": self.streams,
        }
        if n > 1:
            body["n"] = n
        if self.streams:
            body["stream_options"] = {"include_usage": True}
        if self._profile.max_tokens is not None and self._max_tokens:
            body[self._max_tokens[0]] = self._profile.max_tokens
        for field in (*self._without, *self._profile.body):
            body.pop(field, None)
        return body

    def learn(self, sent: dict[str, Any], param: str, said: str) -> None:
        """Take what the server said about `sent`, a request that it refused, for its limits.

        `param` is the field that it named apart, if it did.
        """
        said = said.lower()
        param = param.lower()
        if self._learn_max_tokens(sent, param, said):
            return
        if not param and not _REFUSED.search(said):
            return

        def about(field: str) -> bool:
            named = param == field or re.search(rf"\b{field}\b", said) is not None
            return field in sent and named

        if about("stream_options"):
            self._without.add("stream_options")
        elif about("temperature"):
            self._learn_temperature(sent, said)
        elif about("seed"):
            self._without.add("seed")
        elif "n" in sent and (param == "n" or _ONE_CHOICE.search(said)):
            self.one_choice = True
        elif self._has_system(sent) and (_SYSTEM.search(said) or "role" in param):
            self._system = False
        elif sent.get("stream") and (
            param == "stream" or re.search(r"\bstream(?:ing|ed)?\b", said)
        ):
            self._without.add("stream")

    def notes(self) -> tuple[str, ...]:
        """What was learnt, in plain words; empty for a server that does all."""
        notes = []
        if self.one_choice:
            notes.append("gives one response a request, so each is asked for apart")
        if not self._system:
            notes.append("has no system role, so expertise goes into the message")
        if "temperature" in self._without:
            notes.append("takes no temperature")
        elif self._hottest < HOTTEST:
            notes.append(f"takes temperatures up to {self._hottest:g}")
        if "seed" in self._without:
            notes.append("takes no seed")
        if "stream" in self._without:
            notes.append("does not stream")
        if "stream_options" in self._without:
            notes.append("does not count tokens while it streams")
        if self._profile.max_tokens is not None:
            if not self._max_tokens:
                notes.append("takes no limit of tokens")
            elif self._max_tokens[0] != "max_tokens":
                notes.append(f"calls the limit of tokens {self._max_tokens[0]}")
        return tuple(notes)

    def _messages(self, expertise: str, message: str) -> list[dict[str, str]]:
        if not expertise:
            return [{"role": "user", "content": message}]
        if not self._system:
            return [{"role": "user", "content": f"{expertise}\n\n{message}"}]
        return [
            {"role": "system", "content": expertise},
            {"role": "user", "content": message},
        ]

    @staticmethod
    def _has_system(sent: dict[str, Any]) -> bool:
        return bool(sent["messages"][0]["role"] == "system")

    def _learn_max_tokens(self, sent: dict[str, Any], param: str, said: str) -> bool:
        """Whether it was about the limit of tokens, and about its name rather than its size."""
        if not self._max_tokens or self._max_tokens[0] not in sent:
            return False
        name = self._max_tokens[0]
        others = self._max_tokens[1:]
        # "too large" or "exceeds the context" is a fault of the value, which is the user's.
        if re.search(r"context|too (?:large|high|big)|at most|less than|exceed", said):
            return False
        other_named = bool(others) and others[0] in said
        if param != name and name not in said:
            return False
        if _REFUSED.search(said) is None and not other_named:
            return False
        self._max_tokens = others
        return True

    def _learn_temperature(self, sent: dict[str, Any], said: str) -> None:
        bounds = [float(number) for number in _BOUND.findall(said)]
        below = [bound for bound in bounds if 0 < bound < sent["temperature"]]
        if _RANGE.search(said) and below:
            self._hottest = max(below)
        else:
            self._without.add("temperature")


def _encodable(text: str) -> str:
    """`text` without lone surrogates, which generated programs do send and UTF-8 does not have."""
    return text.encode("utf-8", "replace").decode("utf-8")
