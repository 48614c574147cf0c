"""What was spent on a language model, where part of it may be unknown: that never counts as 0.

A figure is exact, or None and then known to be at least so much. Unknown is what a server did not
count or has no known price, and every try that ended without saying what it used: a connection
that broke, an outage, a pause, the end of the process. A server may have charged for each of them.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from stop_tui.core.events import ModelCalled, ModelCallLost


@dataclass(frozen=True, slots=True)
class Spent:
    """Calls that were answered, their responses, and what is known of tokens and US dollars,
    failed and rejected work included. `uncounted` calls did not say their tokens, `unpriced` ones
    have no known price, and `untold` tries ended without saying what they used."""

    lm_calls: int = 0
    responses: int = 0
    tokens_at_least: int = 0
    usd_at_least: float = 0.0
    uncounted: int = 0
    unpriced: int = 0
    untold: int = 0

    @property
    def tokens(self) -> int | None:
        """Prompt and completion together; None where part of it is unknown."""
        return None if self.uncounted or self.untold else self.tokens_at_least

    @property
    def usd(self) -> float | None:
        """US dollars; None where part of it is unknown."""
        if self.unpriced or (self.untold and not self._free):
            return None
        return self.usd_at_least

    @property
    def usd_a_call(self) -> float | None:
        """What a call cost on average; None before any did, and where a price is unknown."""
        if self.unpriced or not self.lm_calls:
            return None
        return self.usd_at_least / self.lm_calls

    @property
    def tokens_a_call(self) -> float | None:
        """What a call used on average; None before any did, and where one did not say."""
        if self.uncounted or not self.lm_calls:
            return None
        return self.tokens_at_least / self.lm_calls

    @property
    def _free(self) -> bool:
        """Whether whatever has a price cost nothing: then so did what was not told."""
        return self.lm_calls > 0 and self.usd_at_least == 0.0

    def plus(self, call: ModelCalled | ModelCallLost) -> "Spent":
        """This and one more call. One that was lost is no call more: it is sent again."""
        calls = responses = 0
        nothing = False
        if isinstance(call, ModelCalled):
            calls, responses = 1, len(call.responses)
            # In journals of earlier versions a refusal that cost nothing does not say 0 tokens.
            nothing = call.error is not None and call.cost_usd == 0.0
        uncounted = (call.prompt_tokens is None or call.completion_tokens is None) and not nothing
        return Spent(
            lm_calls=self.lm_calls + calls,
            responses=self.responses + responses,
            tokens_at_least=self.tokens_at_least
            + (call.prompt_tokens or 0)
            + (call.completion_tokens or 0),
            usd_at_least=self.usd_at_least + (call.cost_usd or 0.0),
            uncounted=self.uncounted + uncounted,
            unpriced=self.unpriced + (call.cost_usd is None),
            untold=self.untold + call.untold,
        )

    def and_also(self, other: "Spent") -> "Spent":
        """Both together."""
        return Spent(
            self.lm_calls + other.lm_calls,
            self.responses + other.responses,
            self.tokens_at_least + other.tokens_at_least,
            self.usd_at_least + other.usd_at_least,
            self.uncounted + other.uncounted,
            self.unpriced + other.unpriced,
            self.untold + other.untold,
        )


def total(parts: Iterable[Spent]) -> Spent:
    """All of `parts` together."""
    spent = Spent()
    for part in parts:
        spent = spent.and_also(part)
    return spent
