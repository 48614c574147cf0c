"""A program run with the same seed goes the same way; with another seed, another way."""

from typing import Any

import pytest

from tests.sandbox.sandboxes import Sandboxes

DRAWS = {
    "random": "random.random()",
    "an unseeded Random": "random.Random().random(), random.Random().random()",
    "random, seeded with nothing": "(random.seed(), random.random())[1]",
    "choices and shuffles": "random.sample(range(1000), 20)",
    "numpy's global state": "np.random.rand()",
    "numpy's global state, seeded with nothing": "(np.random.seed(), np.random.rand())[1]",
    "an unseeded generator": "np.random.default_rng().random(), np.random.default_rng().random()",
    "an unseeded RandomState": "np.random.RandomState().rand()",
    "an unseeded bit generator": "np.random.PCG64().random_raw()",
}
ORDER = "list({'b', 'a', 'c', 'dd', 'ee', 'ff'}), hash('text')"


def drawn(sandboxes: Sandboxes, draw: str, seed: int) -> Any:
    source = f"import random\nimport numpy as np\ndef algorithm(): return {draw}"
    return sandboxes.value(source, seed=seed)


@pytest.mark.parametrize("draw", DRAWS.values(), ids=DRAWS.keys())
def test_chance_starts_from_the_seed(sandboxes: Sandboxes, draw: str) -> None:
    first, again, other = (drawn(sandboxes, draw, seed) for seed in (7, 7, 2**63 - 1))
    assert first == again
    assert first != other


def test_generators_without_a_seed_differ_from_each_other(sandboxes: Sandboxes) -> None:
    for pair in ("an unseeded Random", "an unseeded generator"):
        first, second = drawn(sandboxes, DRAWS[pair], 7)
        assert first != second


def test_a_given_seed_means_what_it_means_elsewhere(sandboxes: Sandboxes) -> None:
    import random

    assert drawn(sandboxes, "random.Random(5).random()", 1) == random.Random(5).random()
    assert drawn(sandboxes, "(random.seed(5), random.random())[1]", 1) == random.Random(5).random()


def test_the_order_of_sets_does_not_change(sandboxes: Sandboxes) -> None:
    assert drawn(sandboxes, ORDER, 1) == drawn(sandboxes, ORDER, 2)
