"""The wire gives back what was put in, refuses the rest, and never raises anything else."""

import math
from collections import OrderedDict
from contextlib import suppress
from typing import Any, NamedTuple

import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from stop_tui.sandbox.inside import wire

ATOMS = (
    st.none()
    | st.booleans()
    | st.integers(-(2**1000), 2**1000)
    | st.floats(allow_nan=False)
    | st.complex_numbers(allow_nan=False)
    | st.text(st.characters(exclude_categories=["Cs"]))
    | st.binary()
)
KEYS = st.none() | st.booleans() | st.integers() | st.text(st.characters(exclude_categories=["Cs"]))
VALUES = st.recursive(
    ATOMS,
    lambda inner: (
        st.lists(inner, max_size=5)
        | st.lists(inner, max_size=5).map(tuple)
        | st.dictionaries(KEYS, inner, max_size=5)
        | st.sets(KEYS | st.tuples(KEYS, KEYS), max_size=5)
        | st.frozensets(KEYS, max_size=5)
    ),
    max_leaves=20,
)
ARRAYS = hnp.arrays(
    dtype=hnp.boolean_dtypes()
    | hnp.integer_dtypes(endianness="?")
    | hnp.floating_dtypes(endianness="?")
    | hnp.complex_number_dtypes(),
    shape=hnp.array_shapes(min_dims=0, max_dims=4, min_side=0, max_side=5),
)


class Point(NamedTuple):
    x: int
    y: int


def same(first: Any, second: Any) -> bool:
    """Equal, and of equal types all the way down (1, 1.0 and True are three things)."""
    if type(first) is not type(second):
        return False
    if isinstance(first, list | tuple):
        return len(first) == len(second) and all(map(same, first, second))
    if isinstance(first, dict):
        return same(list(first.items()), list(second.items()))
    if isinstance(first, set | frozenset):
        kinds = sorted(f"{type(x)}{x!r}" for x in first)
        return kinds == sorted(f"{type(x)}{x!r}" for x in second)
    return bool(first == second)


@given(VALUES)
def test_values_come_back_as_they_were(value: object) -> None:
    assert same(wire.decode(wire.encode(value)), value)


@given(ARRAYS)
def test_arrays_come_back_with_dtype_shape_and_bytes(array: "np.ndarray[Any, Any]") -> None:
    back = wire.decode(wire.encode(array))
    assert back.dtype == array.dtype
    assert back.shape == array.shape
    assert back.tobytes() == array.tobytes()
    assert back.flags.writeable


@given(st.binary(max_size=200))
def test_any_bytes_are_a_value_or_a_wire_error(data: bytes) -> None:
    with suppress(wire.WireError):
        wire.decode(data)


@given(st.integers(0, 9), st.binary(max_size=60), VALUES)
def test_any_extension_is_a_value_or_a_wire_error(code: int, data: bytes, value: object) -> None:
    for inner in (data, wire.encode(value)):
        with suppress(wire.WireError):
            wire.decode(msgspec.msgpack.encode(msgspec.msgpack.Ext(code, inner)))


@given(
    st.lists(st.integers(0, 2**40), max_size=3), st.sampled_from(["<f8", "O", "V4", "<U3", "M8"])
)
def test_arrays_that_lie_about_themselves_are_refused(shape: list[int], dtype: str) -> None:
    body = msgspec.msgpack.encode([dtype, shape, bytes(7)])
    with pytest.raises(wire.WireError):
        wire.decode(msgspec.msgpack.encode(msgspec.msgpack.Ext(1, body)))


def test_numpy_scalars_become_plain_numbers() -> None:
    value = (np.float64(0.5), np.int8(-3), np.bool_(True), np.complex64(1j), np.str_("a"))
    assert same(wire.decode(wire.encode(value)), (0.5, -3, True, 1j, "a"))


def test_subclasses_travel_as_what_they_extend() -> None:
    assert same(wire.decode(wire.encode(Point(1, 2))), (1, 2))
    assert same(wire.decode(wire.encode(OrderedDict(a=1))), {"a": 1})


def test_nan_and_infinity_pass_as_values() -> None:
    back = wire.decode(wire.encode([math.nan, math.inf, -math.inf]))
    assert math.isnan(back[0])
    assert back[1:] == [math.inf, -math.inf]


def test_a_list_and_a_tuple_stay_what_they_are() -> None:
    assert same(wire.decode(wire.encode([(1, [2]), [(3,)]])), [(1, [2]), [(3,)]])


def circle() -> list[object]:
    items: list[object] = []
    items.append(items)
    return items


@pytest.mark.parametrize(
    "value",
    [
        object(),
        lambda: 0,
        range(3),
        2**1025,
        [2**1025],
        np.array([object()]),
        np.array(["text"]),
        np.datetime64("2020-01-01"),
        np.zeros(wire.MAX_BYTES // 8 + 1),
        bytes(wire.MAX_BYTES + 1),
        [0] * (wire.MAX_NODES + 1),
        "\ud800",
        circle(),
    ],
    ids=lambda value: type(value).__name__,
)
def test_what_cannot_be_sent_is_refused(value: object) -> None:
    with pytest.raises(wire.WireError):
        wire.encode(value)


def test_too_many_bytes_values_or_levels_are_refused_on_the_way_in() -> None:
    deep = b"\x91" * 10_000 + b"\xc0"
    many = b"\xdd" + (wire.MAX_NODES + 1).to_bytes(4, "big") + b"\xc0" * (wire.MAX_NODES + 1)
    for data in (deep, many, bytes(wire.MAX_BYTES + 1)):
        with pytest.raises(wire.WireError):
            wire.decode(data)


@pytest.mark.parametrize("depth", [wire.MAX_DEPTH + 1, 100])
def test_nesting_through_extensions_is_bounded_too(depth: int) -> None:
    data = msgspec.msgpack.encode([])
    for _ in range(depth):
        data = msgspec.msgpack.encode([msgspec.msgpack.Ext(2, data)])
    with pytest.raises(wire.WireError):
        wire.decode(data)


def test_an_array_of_no_elements_is_not_long_either() -> None:
    body = msgspec.msgpack.encode(["<f8", [2**31 - 1, 0], b""])
    with pytest.raises(wire.WireError, match="impossible shape"):
        wire.decode(msgspec.msgpack.encode(msgspec.msgpack.Ext(1, body)))
    assert wire.decode(wire.encode(np.zeros((0, 3)))).shape == (0, 3)


def test_large_integers_that_could_collide_are_not_hashed_by_the_thousand() -> None:
    colliding = {k * (2**61 - 1) for k in range(1, 3000)}
    with pytest.raises(wire.WireError, match="to hash"):
        wire.decode(wire.encode(colliding))
    assert wire.decode(wire.encode(set(range(5000)))) == set(range(5000))
