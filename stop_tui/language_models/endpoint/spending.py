"""What a request has used by now, failed and rejected tries included; unknown stays unknown."""

from stop_tui.language_models.endpoint.answers import Usage
from stop_tui.language_models.endpoint.prices import Prices


class Spending:
    """Tokens and US dollars; None from the first HTTP request on that does not say."""

    def __init__(self, prices: Prices) -> None:
        self._prices = prices
        self.prompt: int | None = 0
        self.completion: int | None = 0
        self.usd: float | None = 0.0

    def add(self, model: str, usage: Usage) -> None:
        """One HTTP request, answered by `model`, empty when unknown."""
        self.prompt = _sum(self.prompt, usage.prompt)
        self.completion = _sum(self.completion, usage.completion)
        cost = self._prices.cost(model, usage)
        self.usd = None if self.usd is None or cost is None else self.usd + cost


def _sum(one: int | None, other: int | None) -> int | None:
    return None if one is None or other is None else one + other
