"""Recognises how a program asks the model: bandits, decomposition, temperature, feedback.

Each function takes the flow of a program and gives its evidence, or None. What counts as evidence
is described in docs/strategies.md.
"""

import ast
import re

from stop_tui.core.analysis.bindings import called_name
from stop_tui.core.analysis.evidence import (
    Evidence,
    calls_behind,
    constants,
    identifiers,
    nodes_behind,
    sources,
    speaks_of_a_score,
)
from stop_tui.core.analysis.flow import Flow, Kind, is_number

_PART_WORDS = r"\b(component|part|sub-?problem|sub-?task|sub-?goal|piece|aspect)s?"
_PART = re.compile(
    rf"{_PART_WORDS}(?: [\w-]+){{0,4}}: *[`'\"]?$|{_PART_WORDS} [`'\"]?$"
    r"|(improve|rewrite|change|optimi[sz]e|implement)( only)? the function [`'\"]$",
    re.IGNORECASE,
)
_EXPLORING = re.compile(r"^eps(ilon)?\d*$|explor")


def bandit(flow: Flow) -> Evidence | None:
    """What to try next is chosen by what it brought so far, in balance with what is uncertain.

    Sources: Auer, Cesa-Bianchi and Fischer, Machine Learning 47 (2002) 235 (upper confidence
    bounds, epsilon-greedy); Thompson, Biometrika 25 (1933) 285; Karnin, Koren and Somekh,
    ICML 2013 (successive halving).
    """
    bounds = [
        call
        for call in flow.calls
        if called_name(call) == "sqrt" and any(calls_behind(flow, a, "log") for a in call.args)
    ]
    if bounds:
        return Evidence(tuple(bounds), "upper confidence bounds")
    draws = [call for call in flow.calls if called_name(call) in ("betavariate", "beta")]
    if draws:
        return Evidence(tuple(draws), "Thompson sampling")
    greedy = [node for node in flow.bindings.nodes if _is_epsilon_greedy(node)]
    if greedy:
        return Evidence(tuple(greedy), "epsilon-greedy choice")
    if not flow.model_calls:
        return None
    weighed = [node for node in flow.bindings.nodes if _learns_a_share(flow, node)]
    if weighed:
        return Evidence(tuple(weighed), "shares that grow with success")
    raced = [node for node in flow.bindings.nodes if _narrows_by_confidence(flow, node)]
    if raced:
        return Evidence(tuple(raced), "a race decided by repeated measurements")
    return None


def decomposition(flow: Flow) -> Evidence | None:
    """A program is improved part by part: prompts name one part, or functions are exchanged."""
    asked: list[ast.AST] = []
    for node in flow.prompt_texts:
        if isinstance(node, ast.JoinedStr):
            for text, inserted in zip(node.values, node.values[1:], strict=False):
                named = isinstance(text, ast.Constant) and _PART.search(str(text.value)[-80:])
                if named and isinstance(inserted, ast.FormattedValue):
                    asked.append(inserted)
    names = {name for name, _ in identifiers(flow)}
    spliced = [
        node
        for name, node in identifiers(flow)
        if name == "unparse" and "functiondef" in names and flow.model_calls
    ]
    if not asked and not spliced:
        return None
    return Evidence((*asked, *spliced), "a program is improved part by part")


def temperature_variation(flow: Flow) -> Evidence | None:
    """The sampling temperature changes from call to call, by plan or by success."""
    given = [value for call in flow.model_calls if (value := _temperature_of(call)) is not None]
    varied = [value for value in given if _varies(flow, value, 3)]
    return Evidence(tuple(varied), "the sampling temperature changes") if varied else None


def feedback(flow: Flow) -> Evidence | None:
    """Measured scores, or error messages, are written into prompts."""
    scores: list[ast.AST] = []
    errors: list[ast.AST] = []
    for node in flow.prompt_texts:
        match node:
            case ast.FormattedValue(value=value):
                kinds = flow.kinds(value)
                if kinds & Kind.SCORE and (is_number(node) or speaks_of_a_score(value)):
                    scores.append(value)
                if kinds & Kind.ERROR:
                    errors.append(value)
            case ast.Call(args=args, keywords=keywords) if called_name(node) in (
                "str",
                "repr",
                "round",
                "format",
            ):
                inserted = [*args, *(keyword.value for keyword in keywords)]
                scores.extend(value for value in inserted if _is_score(flow, value))
            case ast.BinOp(left=ast.Constant(value=str()), op=ast.Mod(), right=right):
                values = right.elts if isinstance(right, ast.Tuple) else [right]
                scores.extend(value for value in values if _is_score(flow, value))
    if not scores and not errors:
        return None
    told = [*(["scores"] if scores else []), *(["errors"] if errors else [])]
    return Evidence((*scores, *errors), f"prompts carry {' and '.join(told)}")


def _is_epsilon_greedy(node: ast.AST) -> bool:
    """Whether `node` picks at random with a small probability, and else the best."""
    match node:
        case ast.IfExp(test=test, body=at_random, orelse=best):
            branches: tuple[list[ast.AST], list[ast.AST]] = ([at_random], [best])
        case ast.If(test=test, body=body, orelse=orelse) if orelse:
            branches = ([*body], [*orelse])
        case _:
            return False
    if not isinstance(test, ast.Compare) or not _calls(test, "random", "uniform", "rand"):
        return False
    named = any(
        isinstance(inner, ast.Name | ast.Attribute)
        and _EXPLORING.search((inner.id if isinstance(inner, ast.Name) else inner.attr).lower())
        for inner in ast.walk(test)
    )
    drawn, best_taken = (
        any(_calls(part, "choice", "choices", "randrange", "randint", "sample") for part in branch)
        or any(_calls(part, "max", "argmax") for part in branch)
        for branch in branches
    )
    return named and drawn and best_taken


def _calls(node: ast.AST, *names: str) -> bool:
    return any(
        isinstance(inner, ast.Call) and called_name(inner) in names for inner in ast.walk(node)
    )


def _learns_a_share(flow: Flow, node: ast.AST) -> bool:
    """Whether `node` raises a weight after success and lowers it after failure."""
    if not isinstance(node, ast.AugAssign) or not isinstance(node.value, ast.IfExp):
        return False
    test, steps = node.value.test, constants(flow, node.value)
    if steps is None or len(steps) < 2 or 0 in steps or not flow.in_round(node):
        return False
    place = flow.bindings.place(node.target)
    sets_temperature = any(
        isinstance(inner, ast.expr) and flow.bindings.place(inner) == place
        for call in flow.model_calls
        if (value := _temperature_of(call)) is not None
        for inner in nodes_behind(flow, value)
    )
    return bool(flow.kinds(test) & Kind.SCORE) and not sets_temperature


def _narrows_by_confidence(flow: Flow, node: ast.AST) -> bool:
    """Whether `node` drops programs from a race: the worse half, or what lies beyond the noise."""
    match node:
        case ast.Subscript(
            value=container, slice=ast.Slice(lower=None, upper=ast.expr() as count)
        ) if flow.kinds(container) & Kind.PROGRAM:
            return flow.in_round(node) and any(
                isinstance(inner, ast.BinOp)
                and isinstance(inner.op, ast.FloorDiv)
                and _calls(inner.left, "len")
                for inner in ast.walk(count)
            )
        case ast.Compare():
            return (
                flow.in_round(node)
                and bool(flow.kinds(node) & Kind.SCORE)
                and bool(calls_behind(flow, node, "sqrt"))
            )
    return False


def _temperature_of(call: ast.Call) -> ast.expr | None:
    for keyword in call.keywords:
        if keyword.arg == "temperature":
            return keyword.value
    position = 3 if called_name(call) == "prompt" else 2
    return call.args[position] if len(call.args) > position else None


def _varies(flow: Flow, value: ast.expr, far: int) -> bool:
    """Whether `value` changes within a run, other than from one caller to another."""
    match value:
        case ast.Constant():
            return False
        case ast.IfExp():
            numbers = constants(flow, value)
            return numbers is None or len(numbers) > 1
        case ast.Subscript(slice=ast.Constant()):
            return False
        case ast.Subscript() | ast.List() | ast.Tuple():
            return True
        case ast.Name() | ast.Attribute():
            if flow.bindings.place(value) in flow.bindings.stepped:
                return True
            origins = sources(flow, value)
            numbers = constants(flow, value)
            if numbers is not None:
                return len(numbers) > 1 and not _is_parameter(flow, value)
            return far > 0 and any(_varies(flow, origin, far - 1) for origin in origins)
        case ast.Call(func=func, args=args):
            if isinstance(func, ast.Attribute) and func.attr in ("uniform", "choice", "gauss"):
                return True
            return any(_varies(flow, argument, far) for argument in args)
        case ast.BinOp(left=left, right=right):
            return any(_varies(flow, part, far) or _counts(flow, part) for part in (left, right))
    return False


def _is_parameter(flow: Flow, value: ast.expr) -> bool:
    if not isinstance(value, ast.Name):
        return False
    scope, name = flow.bindings.variable(value)
    return isinstance(scope, ast.FunctionDef) and any(
        parameter.arg == name
        for parameter in ast.walk(scope.args)
        if isinstance(parameter, ast.arg)
    )


def _counts(flow: Flow, value: ast.expr) -> bool:
    """Whether `value` is, or comes from, the variable of a loop."""
    return any(
        isinstance(flow.bindings.parent.get(node), ast.For | ast.comprehension)
        for node in nodes_behind(flow, value)
        if isinstance(node, ast.Call)
    )


def _is_score(flow: Flow, value: ast.expr) -> bool:
    return bool(flow.kinds(value) & Kind.SCORE) and speaks_of_a_score(value)
