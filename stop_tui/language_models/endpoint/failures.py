"""What went wrong with a request, in plain words with the fix, and whether trying again may help.

Faults of HTTP, of the connection and of the JSON come in; `Failure` is what the rest knows of them.
What a server says is hostile and may repeat the key: it is redacted, made plain and cut here.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from enum import Enum

from stop_tui.core.errors import ModelError, ModelOutage
from stop_tui.core.model_profile import Profile
from stop_tui.core.plain_text import one_line
from stop_tui.language_models.endpoint.answers import NOTHING_USED, Usage

LONGEST_QUOTE = 300
"""Characters of a server's message that are shown."""


class Cure(Enum):
    """What helps."""

    WAIT = "wait"
    """Asking again later: the connection or the server is in trouble."""
    WAIT_AND_SLOW_DOWN = "wait and slow down"
    """The same, with fewer requests at once: there are too many."""
    SETTINGS = "settings"
    """Nothing but a change of settings, of the key, or of the account."""
    ANOTHER_REQUEST = "another request"
    """Asking for something else: this request was refused."""


@dataclass(frozen=True, slots=True)
class Failure:
    """One fault. `said` and `param` are what the server said, for learning and never for showing;
    `usage` is what was used all the same."""

    cure: Cure
    words: str
    hint: str | None = None
    status: int | None = None
    asked_to_wait: float | None = None
    said: str = ""
    param: str = ""
    usage: Usage = NOTHING_USED

    @property
    def may_teach(self) -> bool:
        """Whether it may be about a field that this server does not take."""
        return self.status in (400, 422, 500, 501) and bool(self.said or self.param)

    def outage(self, tries: int = 0) -> ModelOutage:
        """The error that pauses a run."""
        times = f" (asked {tries + 1} times)" if tries else ""
        return ModelOutage(
            f"{self.words}{times}.",
            hint=self.hint or "Resume the run when the endpoint answers again; nothing is lost.",
        )

    def refusal(self) -> ModelError:
        """The error of this request alone."""
        return ModelError(f"{self.words}.", hint=self.hint)


class Faults:
    """Words for the faults of one profile."""

    def __init__(self, name: str, profile: Profile, redact: Callable[[str], str]) -> None:
        self._who = f"The model {name} ({one_line(profile.model, 60)} at {profile.place})"
        self._name = name
        self._profile = profile
        self._redact = redact

    def of_status(self, status: int, body: object, asked_to_wait: float | None = None) -> Failure:
        """An answer with an HTTP status that is no success; `body` as JSON, or its text."""
        said, param, code = _said(body)
        quote = self._quote(said, body)

        def failure(cure: Cure, words: str, hint: str | None = None) -> Failure:
            return Failure(
                cure,
                f"{self._who} {words} ({status}){quote}",
                hint,
                status,
                asked_to_wait,
                self._redact(said),
                param,
            )

        table = f"[models.{self._name}]"
        if status == 401:
            return failure(Cure.SETTINGS, "does not accept the key", self._key_hint())
        if status == 402 or code in ("insufficient_quota", "billing_hard_limit_reached"):
            return failure(
                Cure.SETTINGS, "has no credit left", "Add credit to the account, then resume."
            )
        if status == 403:
            return failure(
                Cure.SETTINGS,
                "forbids this",
                "The key may not use this model, or not from here: see the account's settings.",
            )
        if status in (404, 405) or 300 <= status < 400:
            return failure(
                Cure.SETTINGS,
                "does not have this model or address" if status == 404 else "answers elsewhere",
                f"Set `model` or `base_url` in {table} right; base_url often ends in /v1.",
            )
        if status == 429:
            return failure(
                Cure.WAIT_AND_SLOW_DOWN,
                "has too many requests",
                f"Resume later, or set a smaller `concurrency` in {table}.",
            )
        if status in (503, 529):
            return failure(Cure.WAIT_AND_SLOW_DOWN, "is overloaded or starting")
        if status in (408, 409, 425) or status >= 500:
            return failure(Cure.WAIT, "is in trouble")
        return failure(
            Cure.ANOTHER_REQUEST,
            "refuses the request",
            f"If it refuses every request, a field of [models.{self._name}.body] may be wrong.",
        )

    def in_stream(self, error: object) -> Failure:
        """An error object where a piece of an answer was to come."""
        _, _, code = _said({"error": error})
        status = int(code) if code.isdecimal() and len(code) == 3 else 500
        failure = self.of_status(status, {"error": error})
        return replace(failure, usage=Usage(), said="", param="")

    def of_connection(self, why: str) -> Failure:
        """No connection, or none any more before an answer began: where the request had left, the
        server may have been at work on one."""
        return Failure(
            Cure.WAIT,
            f"{self._who} cannot be reached: {self._short(why)}",
            f"Start the server, or set `base_url` in [models.{self._name}] right.",
            usage=Usage(),
        )

    def of_address(self, why: str) -> Failure:
        """No server can be at such an address, or be asked through such a proxy."""
        return Failure(
            Cure.SETTINGS,
            f"{self._who} cannot be asked: {self._short(why)}",
            f"Set `base_url` in [models.{self._name}] right, and the variables HTTP_PROXY, "
            "HTTPS_PROXY and ALL_PROXY; a proxy speaks HTTP.",
            usage=Usage(),
        )

    def dropped(self) -> Failure:
        """The connection ended within an answer."""
        return Failure(Cure.WAIT, f"{self._who} broke off within an answer", usage=Usage())

    def too_slow(self, setting: str) -> Failure:
        """It took longer than the profile's `setting` allows."""
        seconds = getattr(self._profile, setting)
        what = {
            "first_token_timeout": "did not begin to answer",
            "stall_timeout": "stopped within an answer",
            "timeout": "did not finish an answer",
        }[setting]
        return Failure(
            Cure.WAIT,
            f"{self._who} {what} for {seconds:g} s",
            f"If it is only slow, set a larger `{setting}` in [models.{self._name}].",
            usage=Usage(),
        )

    def not_json(self, text: str) -> Failure:
        """What came is not what such an endpoint sends."""
        start = text.lstrip()[:1]
        if start == "<":
            return Failure(
                Cure.SETTINGS,
                f"{self._who} sent a web page instead of an answer",
                f"Set `base_url` in [models.{self._name}] right; it often ends in /v1.",
            )
        quote = self._quote(text[:4000], None)
        words = f"{self._who} sent something that is no JSON{quote}"
        return Failure(Cure.WAIT, words, usage=Usage())

    def no_choices(self) -> Failure:
        """An answer in which there is none."""
        return Failure(Cure.WAIT, f"{self._who} sent an answer with nothing in it", usage=Usage())

    def unusable(self, reasons: list[str]) -> ModelError:
        """Every choice of a request was unusable, in every try."""
        why = ", ".join(dict.fromkeys(reasons))
        hint = None
        if any("cut off" in reason or "thinking" in reason for reason in reasons):
            hint = (
                f"A larger `max_tokens` in [models.{self._name}], or a larger context of the "
                "server, leaves room for the whole answer."
            )
        return ModelError(f"{self._who} gave no usable answer: {why}.", hint=hint)

    def _key_hint(self) -> str:
        if self._profile.api_key_env:
            return f"Put the right key into {self._profile.api_key_env}, then resume."
        if self._profile.api_key_command:
            return f"See that the api_key_command of [models.{self._name}] prints the right key."
        return f"Name the variable that holds a key: api_key_env in [models.{self._name}]."

    def _short(self, why: str) -> str:
        return one_line(self._redact(why), LONGEST_QUOTE).rstrip(".")

    def _quote(self, said: str, body: object) -> str:
        if not said and isinstance(body, str) and not body.lstrip().startswith("<"):
            said = body
        words = one_line(self._redact(said[:20_000]), LONGEST_QUOTE)
        return f": “{words}”" if words else ""


def _said(body: object) -> tuple[str, str, str]:
    """The message, the field and the code of an error, in the shapes that servers give it."""
    if not isinstance(body, Mapping):
        return "", "", ""
    error = body.get("error", body)
    if isinstance(error, str):
        return error, "", ""
    if not isinstance(error, Mapping):
        return "", "", ""
    detail = error.get("detail")
    if isinstance(detail, list) and detail and isinstance(detail[0], Mapping):
        # FastAPI: one entry a field. Its `input` repeats the request, and is left alone.
        place = detail[0].get("loc")
        field = place[-1] if isinstance(place, list) and place else ""
        return str(detail[0].get("msg", "")), str(field), ""
    message = error.get("message", detail)
    code, param = error.get("code"), error.get("param")
    return (
        message if isinstance(message, str) else "",
        param if isinstance(param, str) else "",
        str(code) if isinstance(code, str | int) else "",
    )
