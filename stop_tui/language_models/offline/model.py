"""The offline model: answers a request with recorded responses, by the request's seed alone."""

import random

from stop_tui.core.errors import ModelError
from stop_tui.core.keys import seed_from
from stop_tui.language_models.offline import prose
from stop_tui.language_models.offline.library import SHELVES, shelf
from stop_tui.language_models.offline.odds import RULES, Chance, Rules, chances
from stop_tui.language_models.offline.reading import Reading, read
from stop_tui.language_models.protocol import Completion, Heard, Request, Response

DISCLAIMER = (
    "Offline model: recorded responses, written by one author and chosen by a seed; "
    "no language model is asked, so these results say nothing about any."
)
"""One sentence for every place that shows results of the offline model."""

CHARACTERS_A_TOKEN = 4
"""Token counts of the offline model are lengths divided by this: plausible, and approximate."""


class OfflineModel:
    """Recorded responses for the six tasks and for improvers; costs nothing and never waits.

    Each of a request's responses depends on its prompt, temperature, seed and index, and on
    nothing else: neither on the order of requests nor on threads. `rules` can be replaced for
    simulations.
    """

    name = "offline"
    offline = True

    def __init__(self, rules: Rules = RULES) -> None:
        self._rules = rules

    def check_task(self, utility_text: str, seed_solution: str) -> None:
        """As in the protocol: nothing was recorded for other tasks than the six."""
        if read("", f"{utility_text}\n\n```python\n{seed_solution}\n```").task is None:
            raise _unknown_task()

    async def complete(self, request: Request, heard: Heard | None = None) -> Completion:
        """As in the protocol, each response whole; raises ModelError for a task that nothing was
        recorded for."""
        completion = self.answer(request)
        if heard is not None:
            for index, response in enumerate(completion.responses):
                heard(index, response.text)
        return completion

    async def close(self) -> None:
        """Nothing is held open."""

    def answer(self, request: Request) -> Completion:
        """`complete` without waiting: the model is a function of the request."""
        reading = read(request.expertise, request.message)
        odds = self._odds(reading, request.temperature)
        texts = (_text(reading, odds, seed_from(request.seed, i)) for i in range(request.n))
        return Completion(
            model=self.name,
            responses=tuple(
                Response(text=text, completion_tokens=len(text) // CHARACTERS_A_TOKEN)
                for text in texts
            ),
            prompt_tokens=len(request.expertise + request.message) // CHARACTERS_A_TOKEN,
            cost_usd=0.0,
        )

    def _odds(self, reading: Reading, temperature: float) -> tuple[Chance, ...]:
        if reading.task is None:
            if reading.wanted == "program":
                raise _unknown_task()
            return ()
        # Argument order matters for a NaN, which generated programs may well send.
        temperature = max(0.0, temperature)
        return chances(shelf(reading.task), reading.shown, reading.helps, temperature, self._rules)


def _text(reading: Reading, odds: tuple[Chance, ...], seed: int) -> str:
    rng = random.Random(seed)
    if reading.wanted == "program":
        return _draw(odds, rng, 1)[0].response.text
    if not odds:
        return prose.write(reading.wanted, prose.GENERIC)
    drawn = [chance.response for chance in _draw(odds, rng, prose.ITEMS)]
    return prose.write(reading.wanted, prose.ideas_of(drawn))


def _draw(odds: tuple[Chance, ...], rng: random.Random, k: int) -> list[Chance]:
    """`k` different ones, one after the other."""
    left, drawn = list(odds), []
    for _ in range(k):
        chosen = rng.choices(left, [chance.probability for chance in left])[0]
        left.remove(chosen)
        drawn.append(chosen)
    return drawn


def _unknown_task() -> ModelError:
    known = ", ".join(SHELVES[1:])
    return ModelError(
        "the offline model has no recorded responses for this prompt: it only knows improvers and "
        f"the tasks {known}",
        hint="Run one of these tasks. Others need a language model, chosen by --model or in "
        ".stop/config.toml; this version knows none but offline.",
    )
