"""What a user says about a language model behind an endpoint: `[models.NAME]` and `[prices.MODEL]`.

Plain values with their rules. A key is never one of them: a profile names the environment variable
that holds it, or the command that prints it, and no message here repeats a value, since people do
paste keys into the wrong field.
"""

import math
import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

import msgspec

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,39}")
_VARIABLE = re.compile(r"[A-Z_][A-Z0-9_]*")
_FRAMING = frozenset(("connection", "content-length", "expect", "transfer-encoding", "upgrade"))

_HEADER = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")
_CREDENTIAL = re.compile(r"auth|key|token$|secret|cookie|password", re.IGNORECASE)

OURS = ("messages", "model", "n", "seed", "stream")
"""Fields of a request that the program sets itself."""


class Profile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A named language model: an endpoint and a model of it, or a mix of other profiles.

    `base_url` is what comes before ``/chat/completions``. Times are seconds: `timeout` for a whole
    answer, `first_token_timeout` until its first word, `stall_timeout` between two pieces of it.
    `retries` is how often one request is sent again after faults that pass. `max_tokens` bounds an
    answer and is not sent when None. `headers` and `body` are added to every request. `mix` maps
    names of other profiles to weights above 0.
    """

    base_url: str = ""
    model: str = ""
    api_key_env: str = ""
    api_key_command: str = ""
    concurrency: int = 8
    timeout: float = 600.0
    first_token_timeout: float = 120.0
    stall_timeout: float = 60.0
    retries: int = 6
    max_tokens: int | None = None
    headers: dict[str, str] = {}
    body: dict[str, Any] = {}
    mix: dict[str, float] = {}

    def __post_init__(self) -> None:
        if self.mix:
            if any(
                getattr(self, field.name) not in (field.default, {})
                for field in msgspec.structs.fields(self)
                if field.name != "mix"
            ):
                raise ValueError("a profile with `mix` has no other settings")
            if not all(0 < weight < math.inf for weight in self.mix.values()):
                raise ValueError("the weights in `mix` are numbers above 0")
            return
        _check_url(self.base_url)
        if not self.model:
            raise ValueError("`model` says which model of the endpoint is asked; it is missing")
        if self.api_key_env and self.api_key_command:
            raise ValueError("give `api_key_env` or `api_key_command`, not both")
        if self.api_key_env and not _VARIABLE.fullmatch(self.api_key_env):
            raise ValueError(
                "`api_key_env` is the NAME of an environment variable, such as OPENAI_API_KEY, "
                "never the key itself"
            )
        if not 1 <= self.concurrency <= 1000:
            raise ValueError("`concurrency` is from 1 to 1000")
        if not 0 <= self.retries <= 100:
            raise ValueError("`retries` is from 0 to 100")
        if not all(
            0 < seconds < math.inf
            for seconds in (self.timeout, self.first_token_timeout, self.stall_timeout)
        ):
            raise ValueError("timeouts are seconds above 0")
        if self.max_tokens is not None and self.max_tokens < 1:
            raise ValueError("`max_tokens` is 1 or more")
        _check_headers(self.headers)
        for field in self.body:
            if field in OURS:
                raise ValueError(f"`body` cannot set `{field}`: that is set for every request")
            if field.lower() in ("api_key", "key", "apikey"):
                raise ValueError("`body` cannot hold a key: use api_key_env or api_key_command")

    @property
    def place(self) -> str:
        """Where the endpoint is, without anything that could be secret: ``https://host/v1``."""
        parts = urlsplit(self.base_url)
        return f"{parts.scheme}://{parts.netloc}{parts.path}".rstrip("/")

    @property
    def host(self) -> str:
        """The endpoint's host name."""
        return urlsplit(self.base_url).hostname or ""


class Price(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """US dollars for a million tokens: of prompts, of answers (reasoning included), and of the
    part of prompts that the server had cached (None: as much as the rest)."""

    input: float
    output: float
    cached_input: float | None = None

    def __post_init__(self) -> None:
        for price in (self.input, self.output, self.cached_input or 0.0):
            if not 0 <= price < math.inf:
                raise ValueError("prices are US dollars for a million tokens, 0 or more")


def check_models(models: Mapping[str, Profile]) -> None:
    """Raise ValueError for names that cannot be used and mixes of what is not there."""
    for name, profile in models.items():
        if name == "offline":
            raise ValueError("`offline` is the embedded model; give the profile another name")
        if not _NAME.fullmatch(name):
            raise ValueError(
                "the name of a model has up to 40 letters, digits, dots, dashes and underscores"
            )
        for member in profile.mix:
            if member not in models or models[member].mix:
                raise ValueError(
                    f"the mix `{name}` names something that is no profile with an endpoint"
                )


def _check_url(url: str) -> None:
    if not url:
        raise ValueError("`base_url` is missing, such as http://localhost:11434/v1")
    try:
        parts = urlsplit(url)
        usable = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
    except ValueError:
        usable = False
    if not usable or not url.isascii() or not url.isprintable() or " " in url:
        raise ValueError("`base_url` is an http or https address, such as http://localhost:8080/v1")
    if "@" in parts.netloc or parts.query or parts.fragment:
        raise ValueError(
            "`base_url` holds no user, password or query: a key belongs into an environment "
            "variable (api_key_env) or comes from a command (api_key_command)"
        )


def _check_headers(headers: Mapping[str, str]) -> None:
    for name, value in headers.items():
        if not _HEADER.fullmatch(name) or not value.isascii() or not value.isprintable():
            raise ValueError("`headers` has a name or a value that HTTP does not allow")
        if name.lower() in _FRAMING:
            raise ValueError(f"`headers` cannot set {name}: it says how a request is framed")
        if _CREDENTIAL.search(name):
            raise ValueError(
                "`headers` has one that looks like a key, and keys are never stored: use "
                "api_key_env or api_key_command"
            )
