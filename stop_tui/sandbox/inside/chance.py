"""Chance that can be repeated: every generator made without a seed draws it from the program's.

Covers `random` (module functions and `random.Random()`), numpy's global state, and everything in
numpy that would ask the operating system for entropy. `random.SystemRandom`, `secrets` and
`os.urandom` stay what they are.
"""

import itertools
import random
from collections.abc import Iterator
from typing import Any

import numpy as np

_ODD = 0x9E3779B97F4A7C15
"""2**64 over the golden ratio: spreads consecutive numbers over all bits (Knuth, TAOCP 6.4)."""


class _Seeds:
    def __init__(self) -> None:
        self._numbers: Iterator[int] = itertools.count()

    def start(self, seed: int) -> None:
        self._numbers = itertools.count(seed)

    def bits(self, count: int) -> int:
        """An integer in [0, 2**count), the next of the program's."""
        return random_bits(next(self._numbers), count)


def random_bits(number: int, count: int) -> int:
    """`count` bits that look random, a function of `number`."""
    return _PlainRandom((number * _ODD) % 2**64).getrandbits(count)


_PlainRandom = random.Random
_seeds = _Seeds()


class _SeededRandom(_PlainRandom):
    def seed(self, *given: Any, **named: Any) -> None:
        if (given or (named.get("a"),))[0] is None:
            given, named = (_seeds.bits(64),), {}
        super().seed(*given, **named)


def install() -> None:
    """Put repeatable chance in the place of the operating system's; once, in the zygote."""
    shared = _SeededRandom(0)
    for name, value in list(vars(random).items()):
        if isinstance(getattr(value, "__self__", None), _PlainRandom):
            setattr(random, name, getattr(shared, name))
    random.Random = _SeededRandom  # type: ignore[misc]
    random._inst = shared
    np.random.bit_generator.randbits = _seeds.bits  # type: ignore[attr-defined]


def start(seed: int) -> None:
    """Begin a program run with `seed`, in [0, 2**63)."""
    _seeds.start(seed)
    random.seed(seed)
    np.random.seed(seed % 2**32)
