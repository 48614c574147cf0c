"""Small changes to what a program of ours has written: JSON in which one value is another."""

import json
from collections.abc import Callable
from typing import Any

from hypothesis import strategies as st

Draw = Callable[[st.SearchStrategy[Any]], Any]

ODD = st.sampled_from(
    [
        *(None, True, False, 0, 1, -1, 2, 10**6, 2**63 - 1, 2**64, -(2**63), 10**400),
        *(0.5, -0.0, 1e308, 1e-308, "", "x", "I1", "I0/selection/x/y/r1", "I" + "9" * 5000, "I²"),
        *("\x1b[31m", "\ud800", "\x00", "0" * 64, "approve", "reject", "tiny", "offline"),
        *([], {}, [[]], {"a": 1}, [0.5], ["x"]),
    ]
)
"""Values that stand where they should not, or are at the edge of what may."""


def changed(value: Any, draw: Draw) -> Any:
    """`value` with something in it replaced, left out, or put there twice."""
    if isinstance(value, dict) and value and draw(st.integers(0, 9)):
        key = draw(st.sampled_from(sorted(value)))
        if draw(st.integers(0, 9)) == 0:
            return {k: v for k, v in value.items() if k != key}
        return {**value, key: changed(value[key], draw)}
    if isinstance(value, list) and value and draw(st.integers(0, 9)):
        place = draw(st.integers(0, len(value) - 1))
        match draw(st.integers(0, 5)):
            case 0:
                return value[:place] + value[place + 1 :]
            case 1:
                return [*value, value[place]]
        return [*value[:place], changed(value[place], draw), *value[place + 1 :]]
    return draw(ODD)


def changed_line(line: bytes, draw: Draw) -> bytes:
    """A line of JSON with something in it changed."""
    return json.dumps(changed(json.loads(line), draw)).encode()
