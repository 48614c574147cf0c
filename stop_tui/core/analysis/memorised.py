"""Finds solutions that know the instances they are scored on: by syntax tree, without running them.

A solution that solves a task has no use for a long literal to compare its input with, for a table
of such literals to look its input up in, or for a hash of its input that is compared with one.
Short and round literals (``"A"``, ``0.5``, ``1000``, an empty list) are what honest code compares
with; only what could single out one instance counts.
"""

import ast
import functools
from collections import defaultdict
from collections.abc import Iterator

from stop_tui.core.analysis.bindings import Bindings, Variable, called_name
from stop_tui.core.analysis.tree import FunctionNode, Unreadable, imported_names, parse
from stop_tui.core.events import Finding

ENTRY = "algorithm"
LABEL = "branches on the instance"

_LONG_TEXT = 6
_MANY_ITEMS = 5
_MANY_DIGITS = 5
_PACKED_TEXT = 60
"""Characters of a literal from which on what is unpacked from it may be a table."""

_MOST_SOURCES = 50
_PATIENCE = 1_000_000
"""Nodes that are looked at, at most: honest programs take some thousands."""

_HASHES = ("hashlib.", "zlib.crc32", "zlib.adler32", "binascii.crc32")
_LOOKING_UP = ("get", "index", "setdefault", "pop", "__getitem__", "__contains__")
_MATCHING = ("startswith", "array_equal", "array_equiv", "allclose", "__eq__")


@functools.lru_cache(maxsize=256)
def memorised(source: str) -> tuple[Finding, ...]:
    """Findings for the solution in `source`, one for each way, with the lines and what is there.

    Empty for a text that is no program or has no `algorithm`."""
    tree = parse(source)
    if isinstance(tree, Unreadable):
        return ()
    try:
        return _Reading(tree).findings()
    except RecursionError:
        return ()


class _Reading:
    """What in one module comes from the inputs of `algorithm`, and what is done with it."""

    def __init__(self, tree: ast.Module) -> None:
        self._bindings = Bindings(tree)
        self._patience = _PATIENCE
        self._hashing = {
            node for name, node in imported_names(tree) if any(map(name.startswith, _HASHES))
        }
        self._used_by: dict[Variable, set[Variable]] = defaultdict(set)
        for variable, sources in self._bindings.variables.items():
            for source in sources:
                for node in self._walked(source):
                    if isinstance(node, ast.Name):
                        self._used_by[self._bindings.variable(node)].add(variable)
        self._inputs = self._all_from(set(self._parameters()))
        hashed = {
            variable
            for variable, sources in self._bindings.variables.items()
            if any(self._hashes_input(source) for source in sources)
        }
        self._hashed = self._all_from(hashed)

    def findings(self) -> tuple[Finding, ...]:
        """One finding for each way."""
        places: dict[str, list[ast.expr]] = {}
        for node in self._bindings.nodes:
            for what, literal in self._uses(node):
                places.setdefault(what, []).append(literal)
                if isinstance(node, ast.expr):
                    places[what].append(node)
        return tuple(
            Finding(LABEL, tuple(sorted({node.lineno for node in nodes})), what)
            for what, nodes in places.items()
        )

    def _parameters(self) -> Iterator[Variable]:
        for function in self._bindings.functions.get(ENTRY, ()):
            yield from _parameters_of(function)

    def _all_from(self, start: set[Variable]) -> set[Variable]:
        """The variables that may hold something made of those in `start`."""
        found, edge = set(start), list(start)
        while edge:
            new = self._used_by[edge.pop()] - found
            found |= new
            edge += new
        return found

    def _mentions(self, expression: ast.AST, variables: set[Variable]) -> bool:
        return any(
            isinstance(node, ast.Name) and self._bindings.variable(node) in variables
            for node in self._walked(expression)
        )

    def _walked(self, expression: ast.AST) -> Iterator[ast.AST]:
        """The nodes of `expression`; none once patience with a hostile text is at its end."""
        for node in ast.walk(expression):
            self._patience -= 1
            if self._patience < 0:
                return
            yield node

    def _from_input(self, expression: ast.AST) -> bool:
        return self._mentions(expression, self._inputs)

    def _hashes_input(self, expression: ast.AST) -> bool:
        """Whether a hash of the inputs is taken in `expression`."""
        return any(
            isinstance(node, ast.Call)
            and (
                (called_name(node) == "hash" and isinstance(node.func, ast.Name))
                or node.func in self._hashing
            )
            and any(self._from_input(argument) for argument in node.args)
            for node in ast.walk(expression)
        )

    def _from_hash(self, expression: ast.AST) -> bool:
        return self._hashes_input(expression) or self._mentions(expression, self._hashed)

    def _uses(self, node: ast.AST) -> Iterator[tuple[str, ast.expr]]:
        """What `node` does with an input and a literal, in words, and the literal."""
        match node:
            case ast.Compare(left=left, ops=ops, comparators=others):
                sides = [left, *others]
                for place, op in enumerate(ops):
                    if isinstance(op, ast.Eq | ast.NotEq | ast.In | ast.NotIn | ast.Is):
                        yield from self._meeting(sides[place], sides[place + 1])
            case ast.Call(func=ast.Attribute(value=owner, attr=name), args=[first, *rest]):
                if name in _LOOKING_UP or (name == "startswith" and not rest):
                    yield from self._meeting(first, owner)
                elif name in _MATCHING and rest:
                    yield from self._meeting(first, rest[0])
            case ast.Subscript(value=table, slice=key, ctx=ast.Load()):
                if self._is_table(table):
                    yield from self._meeting(key, table)
            case ast.match_case(pattern=ast.MatchValue(value=value)) if _is_specific(value):
                match = self._bindings.parent[node]
                if isinstance(match, ast.Match) and self._from_input(match.subject):
                    yield "compares its input with a literal", value

    def _meeting(self, one: ast.expr, other: ast.expr) -> Iterator[tuple[str, ast.expr]]:
        for mine, theirs in ((one, other), (other, one)):
            literal = self._literal(theirs)
            if literal is None or self._from_input(theirs):
                continue
            if self._from_hash(mine):
                yield "compares a hash of its input with a literal", literal
            elif self._from_input(mine) and (_is_specific(literal) or _is_packed(literal)):
                yield "compares its input with a literal", literal

    def _is_table(self, expression: ast.expr) -> bool:
        literal = self._literal(expression)
        return isinstance(literal, ast.Dict) or (literal is not None and _is_packed(literal))

    def _literal(self, expression: ast.expr) -> ast.expr | None:
        """The literal that `expression` is, or the largest one that a name stands for."""
        if not isinstance(expression, ast.Name):
            return _written(expression)
        sources = self._bindings.variables.get(self._bindings.variable(expression), [])
        found = [w for source in sources[:_MOST_SOURCES] if (w := _written(source)) is not None]
        return max(found, key=_constants_in, default=None)


def _written(expression: ast.expr) -> ast.expr | None:
    """The literal in `expression`: itself, or what it makes a set or an array of."""
    if _is_literal(expression) or _is_packed(expression):
        return expression
    match expression:
        case ast.Call(args=[only]) if _is_literal(only):
            return only
    return None


def _parameters_of(function: FunctionNode) -> Iterator[Variable]:
    given = function.args
    for parameter in (*given.posonlyargs, *given.args, *given.kwonlyargs):
        yield function, parameter.arg
    for packed in (given.vararg, given.kwarg):
        if packed is not None:
            yield function, packed.arg


def _is_literal(expression: ast.expr) -> bool:
    match expression:
        case ast.Constant():
            return True
        case ast.UnaryOp(operand=ast.Constant()):
            return True
        case ast.List(elts=items) | ast.Tuple(elts=items) | ast.Set(elts=items):
            return bool(items) and all(map(_is_literal, items))
        case ast.Dict(keys=keys):
            return bool(keys) and all(key is not None and _is_literal(key) for key in keys)
    return False


def _is_packed(expression: ast.expr) -> bool:
    """Whether something is unpacked here from a long text in the source."""
    return isinstance(expression, ast.Call) and any(
        isinstance(node, ast.Constant)
        and isinstance(node.value, str | bytes)
        and len(node.value) >= _PACKED_TEXT
        for argument in expression.args
        for node in ast.walk(argument)
    )


def _is_specific(expression: ast.expr) -> bool:
    """Whether a literal could single out one instance."""
    match expression:
        case ast.Constant(value=str() | bytes() as text):
            return len(text) >= _LONG_TEXT
        case ast.Constant(value=bool()):
            return False
        case ast.Constant(value=int() | float() as number):
            return _has_many_digits(number)
        case ast.UnaryOp(operand=operand):
            return _is_specific(operand)
        case ast.Dict(keys=keys):
            return any(key is not None and _is_specific(key) for key in keys)
        case ast.Set(elts=items):
            return any(map(_is_specific, items))
        case ast.List(elts=items) | ast.Tuple(elts=items):
            return any(map(_is_specific, items)) or _constants_in(expression) >= _MANY_ITEMS
    return False


def _constants_in(expression: ast.expr) -> int:
    return sum(isinstance(node, ast.Constant) for node in ast.walk(expression))


def _has_many_digits(number: float) -> bool:
    """Whether a number is neither short nor round: not 1000, 999999, 2**31 - 1 or 1e-9."""
    if isinstance(number, int) and (number & (number + 1) == 0 or number & (number - 1) == 0):
        return False
    digits = repr(number).partition("e")[0].replace(".", "").strip("0")
    return len(digits) >= _MANY_DIGITS and set(digits) != {"9"}
