"""Solutions that know their instances are told from those that solve a task."""

import pytest

from stop_tui.core.analysis.memorised import memorised
from stop_tui.language_models.offline.library import IMPROVER, SHELVES, shelf

WITH_LITERAL = "compares its input with a literal"
WITH_HASH = "compares a hash of its input with a literal"


def _found(source: str) -> list[tuple[str, tuple[int, ...]]]:
    return [(finding.detail, finding.lines) for finding in memorised(source)]


@pytest.mark.parametrize(
    ("source", "lines"),
    [
        ("def algorithm(t, d):\n    if t == 'ABBABAAB':\n        return 'A'\n", (2,)),
        ("def algorithm(t, d):\n    u = t.lower()\n    return u in ('abbaba', 'b')\n", (3,)),
        ("T = {'ABBABA': 'A'}\ndef algorithm(t, d):\n    return T.get(t, t)\n", (1, 3)),
        ("def algorithm(x):\n    T = {48213: 1, 99182: 2}\n    return T[x]\n", (2, 3)),
        ("def algorithm(x):\n    return 3 if 48213 == x else 4\n", (2,)),
        ("def algorithm(x):\n    return x[:6].tolist() == [1, 0, 1, 1, 0, 1]\n", (2,)),
        (
            "import numpy as np\nT = np.array([1, 0, 1, 1, 0, 1])\n"
            "def algorithm(x):\n    return np.array_equal(x[0], T)\n",
            (2, 4),
        ),
        ("def algorithm(x):\n    match x:\n        case 'ABABABAB':\n            return 1\n", (3,)),
        ("def algorithm(x):\n    return f(x)\n\ndef f(y):\n    return y == 'ABABABAB'\n", (5,)),
        (
            f"import json\nT = json.loads('{'z' * 80}')\ndef algorithm(x):\n    return T[str(x)]\n",
            (2, 4),
        ),
    ],
    ids=[
        "text",
        "something made of the input",
        "table of the module",
        "table of the function",
        "number",
        "list",
        "array",
        "match",
        "in another function",
        "packed table",
    ],
)
def test_a_literal_that_singles_out_an_instance_is_found(
    source: str, lines: tuple[int, ...]
) -> None:
    assert _found(source) == [(WITH_LITERAL, lines)]


@pytest.mark.parametrize(
    "source",
    [
        "def algorithm(x):\n    return 1 if hash(tuple(x)) == 5 else 2\n",
        "import hashlib\ndef algorithm(x):\n"
        "    h = hashlib.sha256(x).hexdigest()\n    return {'ab': 1}[h]\n",
        "from zlib import crc32\ndef algorithm(x):\n    return crc32(x) in (5, 17)\n",
    ],
    ids=["hash", "hashlib", "crc32"],
)
def test_a_hash_of_the_input_that_meets_a_literal_is_found(source: str) -> None:
    assert [detail for detail, _ in _found(source)] == [WITH_HASH]


@pytest.mark.parametrize(
    "source",
    [
        "def algorithm(t, d):\n    return 'B' if t[0] == 'A' else 'A'\n",
        "def algorithm(t, d):\n    return {'A': 'B', 'B': 'A'}[t[0]]\n",
        "def algorithm(x):\n    return x if len(x) == 1000 or x == [] else 0.5 == x\n",
        "def algorithm(x):\n    return x != 2147483647 and x != 999999 and x != 1e-9\n",
        "def algorithm(x):\n    return x < 48213\n",
        "def algorithm(x):\n    seen = set()\n    seen.add(hash(tuple(x)))\n    return seen\n",
        "def algorithm(x):\n    import random\n    return random.Random(hash(x)).random()\n",
        "NAME = 'a long text'\ndef algorithm(x):\n    return NAME == 'a long text'\n",
        "def other(x):\n    return x == 'ABABABAB'\n",
        "def algorithm(:",
    ],
    ids=[
        "a short text",
        "a table of letters",
        "length, empty, round",
        "sentinels",
        "an order",
        "states already seen",
        "a seed",
        "no input",
        "no algorithm",
        "no program",
    ],
)
def test_honest_code_is_left_alone(source: str) -> None:
    assert memorised(source) == ()


@pytest.mark.parametrize("task", [task for task in SHELVES if task != IMPROVER])
def test_no_recorded_solution_is_suspected(task: str) -> None:
    found = {name: memorised(each.code) for name, each in shelf(task).responses.items()}
    assert {name: findings for name, findings in found.items() if findings} == {}


def test_a_hostile_text_ends_the_reading_and_not_the_program() -> None:
    chain = "".join(f"    v{n} = v{n + 1}\n" for n in range(4000))
    for source in (
        f"def algorithm(x):\n{chain}    v4000 = x\n",
        "def algorithm(x):\n" + "    x = x == 'aaaaaaab'\n" * 3500,
        "def algorithm(x):\n    return x" + ".get(1)" * 2500 + "\n",
        "x = " + "(" * 5000,
    ):
        memorised(source)
