"""What a request has used by now, failed and rejected tries included; unknown stays unknown."""

from stop_tui.language_models.endpoint.answers import Usage
from stop_tui.language_models.endpoint.prices import Prices


class Spending:
    """Tokens and US dollars of all tries that said what they used; None from the first answer on
    that has none of these figures. `untold` tries are under way, or broke off without a word."""

    def __init__(self, prices: Prices) -> None:
        self._prices = prices
        self.prompt: int | None = 0
        self.completion: int | None = 0
        self.usd: float | None = 0.0
        self.untold = 0

    def begin(self) -> None:
        """An HTTP request leaves: whatever happens to it from now on may be charged for."""
        self.untold += 1

    def answered(self, model: str, usage: Usage) -> None:
        """It was answered by `model`, empty when unknown."""
        self.untold -= 1
        self.prompt = _sum(self.prompt, usage.prompt)
        self.completion = _sum(self.completion, usage.completion)
        cost = self._prices.cost(model, usage)
        self.usd = None if self.usd is None or cost is None else self.usd + cost

    def failed(self, usage: Usage) -> None:
        """It was not, if it left at all; where nobody knows what it used it stays untold."""
        if usage.prompt is not None and usage.completion is not None:
            self.answered("", usage)


def _sum(one: int | None, other: int | None) -> int | None:
    return None if one is None or other is None else one + other
