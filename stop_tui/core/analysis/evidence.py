"""Small questions about an expression that several strategies are recognised by.

Each takes the `Flow` of the program, and none decides what the program does.
"""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass

from stop_tui.core.analysis.bindings import called_name
from stop_tui.core.analysis.flow import Flow

_SCORE_WORDS = re.compile(
    r"scor|fitness|utilit|reward|mean|average|avg|accura|perf|result|value|rating|quality|gain"
    r"|delta|best|record|eval"
)
_FAR = 2
_MANY_NODES = 1_000
_MANY_SOURCES = 50


@dataclass(frozen=True, slots=True)
class Evidence:
    """The places a strategy was recognised by, and what it is there, in a few words."""

    nodes: tuple[ast.AST, ...]
    detail: str


def nodes_behind(flow: Flow, expression: ast.AST, far: int = _FAR) -> list[ast.AST]:
    """The nodes of `expression`, and of what its names and calls stand for, `far` steps away."""
    if flow.patience <= 0:
        far = 0
    found: dict[ast.AST, None] = {}
    edge: list[ast.AST] = [expression]
    for step in range(far + 1):
        new = [node for start in edge for node in ast.walk(start) if node not in found]
        found.update(dict.fromkeys(new))
        if step == far or len(found) > _MANY_NODES:
            break
        edge = [source for node in new for source in _sources(flow, node)[:_MANY_SOURCES]]
    flow.patience -= len(found)
    return list(found)


def calls_behind(flow: Flow, expression: ast.AST, *names: str) -> list[ast.Call]:
    """Calls of functions with one of `names` in or behind `expression`."""
    found = (node for node in nodes_behind(flow, expression) if isinstance(node, ast.Call))
    return [call for call in found if called_name(call) in names]


def sources(flow: Flow, expression: ast.expr) -> list[ast.expr]:
    """What a name or an attribute may stand for."""
    return [s for s in _sources(flow, expression)[:_MANY_SOURCES] if s is not expression]


def constants(flow: Flow, expression: ast.expr, far: int = 4) -> set[float] | None:
    """The numbers `expression` may be, or None if it may be anything else."""
    match expression:
        case ast.Constant(value=int() | float() as number):
            return {float(number)}
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            inner = constants(flow, operand, far)
            return None if inner is None else {-number for number in inner}
        case ast.IfExp(body=body, orelse=orelse):
            return _all_constants(flow, [body, orelse], far)
        case ast.Name() | ast.Attribute() if far:
            if flow.bindings.place(expression) in flow.bindings.stepped:
                return None
            return _all_constants(flow, sources(flow, expression), far - 1)
    return None


def speaks_of_a_score(expression: ast.expr) -> bool:
    """Whether the words of an expression are those of a measurement."""
    match expression:
        case ast.Name(id=word) | ast.Attribute(attr=word) | ast.Constant(value=str(word)):
            return bool(_SCORE_WORDS.search(word.lower()))
        case ast.Subscript(value=value, slice=index):
            return speaks_of_a_score(value) or speaks_of_a_score(index)
        case ast.Call(func=func, args=args):
            return speaks_of_a_score(func) or any(map(speaks_of_a_score, args))
        case ast.BinOp(left=left, right=right):
            return speaks_of_a_score(left) or speaks_of_a_score(right)
    return False


def branches_in_loops(flow: Flow) -> Iterator[ast.If]:
    """Every `if` within a loop, or in a function that a round calls."""
    for node in flow.bindings.nodes:
        if isinstance(node, ast.If):
            around = flow.bindings.enclosing(node)
            if flow.in_round(node) or any(
                isinstance(outer, ast.For | ast.While) for outer in around
            ):
                yield node


def identifiers(flow: Flow) -> Iterator[tuple[str, ast.AST]]:
    """All names that the program gives or uses, in lower case, with their places."""
    for node in flow.bindings.nodes:
        match node:
            case (
                ast.Name(id=name)
                | ast.Attribute(attr=name)
                | ast.arg(arg=name)
                | ast.FunctionDef(name=name)
                | ast.ClassDef(name=name)
            ):
                yield name.lower(), node


def texts(flow: Flow) -> Iterator[tuple[str, ast.AST]]:
    """All string constants but docstrings, in lower case, with their places."""
    for node in flow.bindings.nodes:
        match node:
            case ast.Constant(value=str(text)):
                if not isinstance(flow.bindings.parent.get(node), ast.Expr):
                    yield text.lower(), node


def _sources(flow: Flow, node: ast.AST) -> list[ast.expr]:
    bindings = flow.bindings
    match node:
        case ast.Name():
            return bindings.variables.get(bindings.variable(node), [])
        case ast.Attribute(attr=name):
            return bindings.fields.get(name, [])
        case ast.Call():
            return [e for f in bindings.callees(node) for e in bindings.returns.get(f, [])]
    return []


def _all_constants(flow: Flow, found: list[ast.expr], far: int) -> set[float] | None:
    if len(found) > _MANY_SOURCES:
        return None
    numbers: set[float] = set()
    for expression in found:
        one = constants(flow, expression, far)
        if one is None:
            return None
        numbers |= one
    return numbers or None
