"""Values as bytes: inputs of solutions on their way in, their results on the way out.

msgpack through msgspec, with extension types for what Python has and msgpack lacks: arrays of
plain numbers, tuples, sets, complex and large integers, dicts with any keys. Never pickle. Both
directions are bounded, since one end of every wire is hostile: a value that does not fit raises
WireError and nothing else.

Whole runs of plain values are checked at C speed (`set(map(type, ...))`), so that a matrix given
as lists costs little more than msgpack itself.
"""

import struct
from collections.abc import Iterable, Sequence
from typing import Any

import msgspec
import numpy as np

MAX_BYTES = 8 << 20
MAX_DEPTH = 24
MAX_NODES = 1_000_000
MAX_INT_BITS = 1024
MAX_HASHED = 2_000
_ARRAY, _TUPLE, _SET, _FROZENSET, _COMPLEX, _INT, _DICT = range(1, 8)
_NUMERIC = "biufc"
_PLAIN = frozenset({type(None), bool, float, str, bytes})
_SIZED = frozenset({str, bytes})
_EXTENDED: tuple[type[Any], ...] = (int, float, str, list, tuple)
_COMPLEX_PAIR = struct.Struct("<dd")
_packer = msgspec.msgpack.Encoder()
_unpacker = msgspec.msgpack.Decoder()
Ext = msgspec.msgpack.Ext


class WireError(ValueError):
    """A value that cannot be sent, or bytes that are no value; the message says which."""


class TooLarge(WireError):
    """A value that would be fine if it were smaller."""


def encode(value: object) -> bytes:
    """`value` as bytes.

    Accepts None, bool, int (up to 1024 bits), float, complex, str, bytes, list, tuple, set,
    frozenset and dict of such, numpy scalars, and arrays of bool, integer, real or complex dtype.
    Raises WireError for any other type and beyond the bound of depth, and of its kind TooLarge
    beyond those of nodes and bytes.
    """
    try:
        data = _packer.encode(_Outgoing().convert(value, 0))
    except (UnicodeEncodeError, RecursionError) as error:
        raise WireError(f"cannot be sent: {type(error).__name__}") from None
    if len(data) > MAX_BYTES:
        raise TooLarge(f"{len(data)} bytes, at most {MAX_BYTES} are allowed")
    return data


def decode(data: bytes) -> Any:
    """The value in `data`; arrays are fresh and writable. Raises WireError on anything unsound."""
    if len(data) > MAX_BYTES:
        raise WireError(f"{len(data)} bytes, at most {MAX_BYTES} are allowed")
    return _Incoming().convert(_unpacked(data), 0)


class _Bounded:
    """Counts the nodes of one value, in either direction."""

    def __init__(self) -> None:
        self._nodes = 0

    def _count(self, nodes: int, depth: int) -> None:
        self._nodes += nodes
        if self._nodes > MAX_NODES:
            raise TooLarge(f"more than {MAX_NODES} values")
        if depth > MAX_DEPTH:
            raise WireError(f"nested deeper than {MAX_DEPTH}")


class _Outgoing(_Bounded):
    def __init__(self) -> None:
        super().__init__()
        self._bytes = 0

    def _weigh(self, size: int) -> None:
        """Refuse what is too large before it is copied: the encoder crashes without memory."""
        self._bytes += size
        if self._bytes > MAX_BYTES:
            raise TooLarge(f"more than {self._bytes} bytes, at most {MAX_BYTES} are allowed")

    def convert(self, value: Any, depth: int) -> Any:
        self._count(1, depth)
        kind = type(value)
        if kind in _PLAIN:
            if kind in _SIZED:
                self._weigh(len(value))
            return value
        if kind is int:
            return _packed_int(value)
        if kind is list:
            return self._items(value, depth)
        if kind is tuple:
            return self._extension(_TUPLE, value, depth)
        if isinstance(value, np.ndarray):
            self._weigh(value.nbytes)
            return _packed_array(value)
        if isinstance(value, np.generic):
            return self._scalar(value, depth)
        return self._other(value, depth)

    def _other(self, value: Any, depth: int) -> Any:
        if isinstance(value, dict):
            return self._dict(value, depth)
        if isinstance(value, complex):
            return Ext(_COMPLEX, _COMPLEX_PAIR.pack(value.real, value.imag))
        if isinstance(value, bytes | bytearray):
            self._weigh(len(value))
            return bytes(value)
        if isinstance(value, set):
            return self._extension(_SET, value, depth)
        if isinstance(value, frozenset):
            return self._extension(_FROZENSET, value, depth)
        # Subclasses (a named tuple, an IntEnum) travel as what they extend.
        for plain in _EXTENDED:
            if isinstance(value, plain):
                return self.convert(plain(value), depth)
        raise WireError(f"values of type {type(value).__name__} cannot be sent")

    def _items(self, items: Iterable[Any], depth: int) -> list[Any]:
        values = list(items)
        kinds = set(map(type, values))
        small = int not in kinds or _all_small([v for v in values if type(v) is int])
        if kinds <= _PLAIN | {int} and small:
            self._count(len(values), depth + 1)
            if kinds & _SIZED:
                self._weigh(sum(len(v) for v in values if type(v) in _SIZED))
            return values
        return [self.convert(v, depth + 1) for v in values]

    def _extension(self, code: int, items: Iterable[Any], depth: int) -> msgspec.msgpack.Ext:
        return Ext(code, _packer.encode(self._items(items, depth)))

    def _dict(self, value: dict[Any, Any], depth: int) -> Any:
        if set(map(type, value)) <= {str}:
            self._weigh(sum(map(len, value)))
            return dict(zip(value, self._items(value.values(), depth), strict=True))
        flat = [part for pair in value.items() for part in pair]
        return self._extension(_DICT, flat, depth)

    def _scalar(self, value: np.generic, depth: int) -> Any:
        if isinstance(value, np.longdouble | np.clongdouble):
            return _packed_array(np.asarray(value))
        plain = value.item()
        if isinstance(plain, np.generic):
            raise WireError(f"values of type {type(value).__name__} cannot be sent")
        return self.convert(plain, depth)


class _Incoming(_Bounded):
    def convert(self, value: Any, depth: int) -> Any:
        self._count(1, depth)
        kind = type(value)
        if kind in _PLAIN or kind is int:
            return value
        if kind is list:
            return self._items(value, depth)
        if kind is dict:
            return self._map(value, depth)
        if kind is Ext:
            return self._extension(value.code, value.data, depth)
        raise WireError(f"unexpected {kind.__name__}")

    def _items(self, values: list[Any], depth: int) -> list[Any]:
        if set(map(type, values)) <= _PLAIN | {int}:
            self._count(len(values), depth + 1)
            return values
        return [self.convert(v, depth + 1) for v in values]

    def _map(self, value: dict[Any, Any], depth: int) -> dict[Any, Any]:
        if not set(map(type, value)) <= {str}:
            raise WireError("a map with keys that are no strings")
        return dict(zip(value, self._items(list(value.values()), depth), strict=True))

    def _extension(self, code: int, data: bytes, depth: int) -> Any:
        if code == _ARRAY:
            return _unpacked_array(data)
        if code == _COMPLEX:
            if len(data) != _COMPLEX_PAIR.size:
                raise WireError("a complex number of the wrong length")
            return complex(*_COMPLEX_PAIR.unpack(data))
        if code == _INT:
            if len(data) > MAX_INT_BITS // 8 + 1:
                raise WireError(f"an integer of more than {MAX_INT_BITS} bits")
            return int.from_bytes(data, "big", signed=True)
        items = _unpacked(data)
        if code not in (_TUPLE, _SET, _FROZENSET, _DICT) or type(items) is not list:
            raise WireError(f"unknown extension {code}")
        values = self._items(items, depth)
        if code == _TUPLE:
            return tuple(values)
        # Large integers can be chosen so that their hashes collide, which makes a set quadratic.
        if len(values) > MAX_HASHED and any(type(v) is int and abs(v) >> 60 for v in values):
            raise WireError(f"more than {MAX_HASHED} items to hash, with large integers")
        try:
            if code == _SET:
                return set(values)
            if code == _FROZENSET:
                return frozenset(values)
            return dict(zip(values[::2], values[1::2], strict=True))
        except (TypeError, ValueError) as error:
            raise WireError(str(error)) from None


def _unpacked(data: bytes) -> Any:
    try:
        return _unpacker.decode(data)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError, TypeError) as error:
        raise WireError(f"no value: {type(error).__name__}") from None


def _all_small(values: Sequence[int]) -> bool:
    return min(values) >= -(2**63) and max(values) < 2**64


def _packed_int(value: int) -> int | msgspec.msgpack.Ext:
    if -(2**63) <= value < 2**64:
        return value
    if value.bit_length() > MAX_INT_BITS:
        raise WireError(f"an integer of more than {MAX_INT_BITS} bits")
    return Ext(_INT, value.to_bytes(value.bit_length() // 8 + 1, "big", signed=True))


def _packed_array(value: "np.ndarray[Any, Any]") -> msgspec.msgpack.Ext:
    array = np.asarray(value)
    if array.dtype.kind not in _NUMERIC:
        raise WireError(f"arrays of dtype {array.dtype} cannot be sent")
    if array.nbytes > MAX_BYTES:
        raise TooLarge(f"an array of {array.nbytes} bytes, at most {MAX_BYTES} are allowed")
    return Ext(_ARRAY, _packer.encode([array.dtype.str, list(array.shape), array.tobytes()]))


def _unpacked_array(data: bytes) -> "np.ndarray[Any, Any]":
    match _unpacked(data):
        case [str(name), list(shape), bytes(raw)] if len(name) < 8:
            pass
        case _:
            raise WireError("a malformed array")
    try:
        dtype = np.dtype(name)
    except (TypeError, ValueError, SyntaxError):
        raise WireError("an array of unknown dtype") from None
    if dtype.kind not in _NUMERIC or dtype.hasobject or dtype.subdtype or dtype.fields:
        raise WireError(f"arrays of dtype {dtype} are refused")
    # Whoever iterates over an array of no elements may still make as many lists as it is long.
    if len(shape) > 32 or any(type(n) is not int or not 0 <= n <= MAX_BYTES for n in shape):
        raise WireError("an array of impossible shape")
    if 0 in shape and max(shape) > MAX_NODES:
        raise WireError("an array of impossible shape")
    size = dtype.itemsize
    for length in shape:
        size *= length
    if size != len(raw):
        raise WireError("an array whose shape does not fit its bytes")
    try:
        return np.frombuffer(raw, dtype).reshape(shape).copy()
    except ValueError as error:
        raise WireError(f"an impossible array: {error}") from None
