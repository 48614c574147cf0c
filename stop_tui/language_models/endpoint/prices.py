"""What tokens cost: the user's prices, then the table that comes with the program, else unknown.

The table holds for the hosts it names alone: the same model costs something else elsewhere.
"""

import re
import tomllib
from collections.abc import Mapping
from importlib.resources import files

import msgspec

from stop_tui.core.model_profile import Price, Profile
from stop_tui.language_models.endpoint.answers import Usage

A_MILLION = 1_000_000

SAYS_ITS_PRICE = "openrouter.ai"
"""A host whose answers carry what they cost, in US dollars."""

_DATE = re.compile(r"-20\d\d-\d\d-\d\d$")


class Prices:
    """The prices of one profile's models."""

    def __init__(self, profile: Profile, user: Mapping[str, Price]) -> None:
        self._profile = profile
        self._user = user
        self._table = _table().get(profile.host, {})
        self._says = profile.host == SAYS_ITS_PRICE or profile.host.endswith(f".{SAYS_ITS_PRICE}")

    def known(self, model: str) -> Price | None:
        """The price of `model`, as the server calls it, or of the one that was asked for."""
        for name in (model, _DATE.sub("", model), self._profile.model):
            price = self._user.get(name) or self._table.get(name)
            if price is not None:
                return price
        return None

    def cost(self, model: str, usage: Usage) -> float | None:
        """US dollars for `usage`; None when the price or a count of tokens is unknown."""
        if usage.prompt == usage.completion == 0:
            return 0.0
        if self._says and usage.cost is not None:
            return usage.cost
        price = self.known(model)
        if price is None or usage.prompt is None or usage.completion is None:
            return None
        cached = min(usage.cached, usage.prompt)
        cached_price = price.input if price.cached_input is None else price.cached_input
        return (
            (usage.prompt - cached) * price.input
            + cached * cached_price
            + usage.completion * price.output
        ) / A_MILLION


def _table() -> dict[str, dict[str, Price]]:
    text = files(__package__).joinpath("prices.toml").read_text(encoding="utf-8")
    return msgspec.convert(tomllib.loads(text), dict[str, dict[str, Price]])
