"""How likely each recorded response is, given what a prompt shows and carries: the rules of play.

A response that builds on a shown program is the rare good answer. All others are drawn by how
readily they come to mind: what builds on the seed first, what took several steps seldom, short
programs before long ones. The figures below were set by simulation (bench/offline_tuning.py); they
describe this model, not any language model.
"""

import math

import msgspec

from stop_tui.language_models.offline.library import Recorded, Shelf
from stop_tui.language_models.offline.reading import Helps

NEUTRAL_TEMPERATURE = 0.7
"""At this temperature the odds are as below; lower is more concentrated, higher is flatter."""

COLDEST = 0.005
"""Temperatures below are taken as this, which almost always gives the likeliest answer."""

IMPOSSIBLE = 1e-200
"""No response is less likely than this, in proportion to the likeliest."""

_LEAP = 2
"""How many steps from the seed a good answer is that shows no recorded program."""


class Rules(msgspec.Struct, frozen=True):
    """The figures behind the odds; all are probabilities or factors of probabilities.

    `builds_on` is the chance of a response that builds on a shown program, to which each thing
    that a prompt carries adds its part. `step` is the factor for each step away from the seed
    among the other responses, `longest` the factor for the longest program of a shelf, where the
    shortest has 1 and those between are ranked by length.
    """

    builds_on: float = 0.01
    scores: float = 0.015
    errors: float = 0.015
    attempts: float = 0.02
    ideas: float = 0.02
    step: float = 0.005
    longest: float = 0.1


RULES = Rules()


class Chance(msgspec.Struct, frozen=True):
    """One response and its probability, in (0, 1]."""

    response: Recorded
    probability: float


def chances(
    shelf: Shelf, shown: tuple[str, ...], helps: Helps, temperature: float, rules: Rules = RULES
) -> tuple[Chance, ...]:
    """The probabilities of all responses that may be given, ordered by name; they sum to 1.

    Shown programs are not given back. `temperature` is 0 or more.
    """
    eligible = [r for r in shelf.given() if r.name not in shown]
    good = [r for r in eligible if _goes_further(r, shown)]
    rest = [r for r in eligible if not _goes_further(r, shown)]
    chance = _chance_of_good(helps, rules) if good else 0.0
    weights = _readiness(shelf, rest, rules)
    total = sum(weights.values())
    probability = {name: (1 - chance) * weight / total for name, weight in weights.items()}
    probability |= {r.name: chance / len(good) for r in good}
    return _tempered(eligible, probability, temperature)


def _goes_further(response: Recorded, shown: tuple[str, ...]) -> bool:
    # Almost everything is an answer to a program nobody recorded, a seed; good is a step more.
    return response.builds_on in shown if shown else response.depth == _LEAP


def _chance_of_good(helps: Helps, rules: Rules) -> float:
    return (
        rules.builds_on
        + rules.scores * helps.scores
        + rules.errors * helps.errors
        + rules.attempts * helps.attempts
        + rules.ideas * helps.ideas
    )


def _readiness(shelf: Shelf, responses: list[Recorded], rules: Rules) -> dict[str, float]:
    by_length = sorted(shelf.responses.values(), key=lambda r: (len(r.code), r.name))
    length = {r.name: rank / (len(by_length) - 1) for rank, r in enumerate(by_length)}
    return {
        r.name: math.pow(rules.step, r.depth - 1) * math.pow(rules.longest, length[r.name])
        for r in responses
    }


def _tempered(
    eligible: list[Recorded], probability: dict[str, float], temperature: float
) -> tuple[Chance, ...]:
    power = NEUTRAL_TEMPERATURE / max(temperature, COLDEST)
    logs = {name: power * math.log(p) for name, p in probability.items()}
    highest = max(logs.values())
    # What is all but impossible stays drawable: it is the rest once the likely ones are drawn.
    weights = {name: max(math.exp(log - highest), IMPOSSIBLE) for name, log in logs.items()}
    total = sum(weights.values())
    return tuple(Chance(response=r, probability=weights[r.name] / total) for r in eligible)
