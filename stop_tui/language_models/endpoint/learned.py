"""What a server cannot do, learnt from its answers, once.

A request is built from what is known so far. What a server says about one is only taken for a limit
when it names a field that was sent, so that no answer, however worded, can take away more.
"""

import re
from typing import Any

from msgspec.structs import replace

from stop_tui.core.model_profile import Profile
from stop_tui.core.server_limits import ServerLimits
from stop_tui.language_models.protocol import Request

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


_NEXT_NAME = {"max_tokens": "max_completion_tokens", "max_completion_tokens": ""}
"""What to call the limit of tokens where a server refuses that name; empty is not at all."""


class Learned:
    """The limits of one server, as far as they have shown."""

    def __init__(self, profile: Profile) -> None:
        self._profile = profile
        self.limits = ServerLimits()

    def knows_one_choice(self) -> None:
        """It gives one response a request."""
        self.limits = replace(self.limits, one_choice=True)

    def body(self, request: Request, n: int, seed: int) -> dict[str, Any]:
        """The fields of an HTTP request for `n` choices, without the profile's own."""
        limits = self.limits
        streams = "stream" not in limits.without
        body: dict[str, Any] = {
            "model": self._profile.model,
            "messages": self._messages(_encodable(request.expertise), _encodable(request.message)),
            "temperature": min(max(0.0, request.temperature), limits.hottest),
            "seed": seed % (1 << SEED_BITS),
            "stream": streams,
        }
        if n > 1:
            body["n"] = n
        if streams:
            body["stream_options"] = {"include_usage": True}
        if self._profile.max_tokens is not None and limits.max_tokens:
            body[limits.max_tokens] = self._profile.max_tokens
        for field in (*limits.without, *self._profile.body):
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
            self._leave_out("stream_options")
        elif about("temperature"):
            self._learn_temperature(sent, said)
        elif about("seed"):
            self._leave_out("seed")
        elif "n" in sent and (param == "n" or _ONE_CHOICE.search(said)):
            self.knows_one_choice()
        elif self._has_system(sent) and (_SYSTEM.search(said) or "role" in param):
            self.limits = replace(self.limits, system=False)
        elif sent.get("stream") and (
            param == "stream" or re.search(r"\bstream(?:ing|ed)?\b", said)
        ):
            self._leave_out("stream")

    def _leave_out(self, field: str) -> None:
        without = sorted({*self.limits.without, field})
        self.limits = replace(self.limits, without=tuple(without))

    def _messages(self, expertise: str, message: str) -> list[dict[str, str]]:
        if not expertise:
            return [{"role": "user", "content": message}]
        if not self.limits.system:
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
        name = self.limits.max_tokens
        if not name or name not in sent:
            return False
        other = _NEXT_NAME[name]
        # "too large" or "exceeds the context" is a fault of the value, which is the user's.
        if re.search(r"context|too (?:large|high|big)|at most|less than|exceed", said):
            return False
        other_named = bool(other) and other in said
        if param != name and name not in said:
            return False
        if _REFUSED.search(said) is None and not other_named:
            return False
        self.limits = replace(self.limits, max_tokens=other)
        return True

    def _learn_temperature(self, sent: dict[str, Any], said: str) -> None:
        bounds = [float(number) for number in _BOUND.findall(said)]
        below = [bound for bound in bounds if 0 < bound < sent["temperature"]]
        if _RANGE.search(said) and below:
            self.limits = replace(self.limits, hottest=max(below))
        else:
            self._leave_out("temperature")


def _encodable(text: str) -> str:
    """`text` without lone surrogates, which generated programs do send and UTF-8 does not have."""
    return text.encode("utf-8", "replace").decode("utf-8")
