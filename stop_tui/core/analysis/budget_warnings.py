"""Warns of a program that will exceed its budget, or tries to change it.

Only what is evident from constants counts: a loop whose length is known, a number of responses
that is written down. A loop that looks at the budget anywhere is taken to respect it.
"""

import ast
import math
from collections.abc import Iterator

from stop_tui.core.analysis.bindings import called_name
from stop_tui.core.analysis.evidence import constants
from stop_tui.core.analysis.flow import Flow, Kind, asks_model
from stop_tui.core.events import Budget, Finding

_HELD_BY_HOST = ("budget", "uses", "max_responses_per_call")
_CHECKED = frozenset(["budget", "uses"])


def budget_warnings(flow: Flow, budget: Budget) -> list[Finding]:
    """Findings for assignments to the budget, copies of its holders, and evident excess."""
    found = [*_tampering(flow), *_too_many_responses(flow, budget), *_calls_in_loops(flow, budget)]
    in_a_row = [call for call in flow.model_calls if _is_unconditional(flow, call)]
    if len(in_a_row) > budget.lm_calls:
        lines = tuple(sorted({call.lineno for call in in_a_row}))
        detail = f"calls the model {len(in_a_row)} times; {budget.lm_calls} are allowed"
        found.append(Finding(label="budget", lines=lines, detail=detail))
    return sorted(found, key=lambda finding: finding.lines)


def _tampering(flow: Flow) -> Iterator[Finding]:
    for node in flow.bindings.nodes:
        match node:
            case ast.Attribute(value=owner, attr=name, ctx=ast.Store() | ast.Del()) if (
                name in _HELD_BY_HOST and _is_handle(flow, owner)
            ):
                yield _finding(node, f"assigns to {ast.unparse(node)}, which changes nothing")
            case ast.Call(args=[owner, ast.Constant(value=str(name)), *_]) if (
                called_name(node) in ("setattr", "delattr", "__setattr__")
                and name in _HELD_BY_HOST
                and _is_handle(flow, owner)
            ):
                yield _finding(node, f"sets {name} by setattr, which changes nothing")
            case ast.Call(args=[copied, *_]) if called_name(node) in (
                "copy",
                "deepcopy",
                "replace",
            ) and _is_handle(flow, copied):
                yield _finding(node, f"copies {ast.unparse(copied)}, perhaps to get a new budget")
            case ast.Call(func=ast.Call(func=ast.Name(id="type"), args=[owner])) if _is_handle(
                flow, owner
            ):
                yield _finding(node, f"makes a new object of the type of {ast.unparse(owner)}")
            case ast.Call(func=ast.Attribute(value=owner, attr="__class__")) if _is_handle(
                flow, owner
            ):
                yield _finding(node, f"makes a new object of the type of {ast.unparse(owner)}")


def _is_handle(flow: Flow, expression: ast.expr) -> bool:
    return bool(flow.kinds(expression) & (Kind.UTILITY | Kind.MODEL))


def _too_many_responses(flow: Flow, budget: Budget) -> Iterator[Finding]:
    for call in flow.model_calls:
        asked = _responses(flow, call)
        if asked > budget.responses_per_call:
            allowed = f"{budget.responses_per_call} are allowed, so the call raises"
            yield _finding(call, f"asks for {asked:.0f} responses in a call; {allowed}")


def _responses(flow: Flow, call: ast.Call) -> float:
    """How many responses `call` asks for at least."""
    if called_name(call) == "batch_prompt":
        named = [k.value for k in call.keywords if k.arg == "message_batch"]
        messages = [*call.args[1:2], *named]
        return _length(flow, messages[0]) if messages else 0
    named = [k.value for k in call.keywords if k.arg == "n_responses"]
    counts = [*call.args[2:3], *named]
    return min(constants(flow, counts[0]) or {0.0}) if counts else 0


def _length(flow: Flow, expression: ast.expr) -> float:
    """How long a list is at least."""
    match expression:
        case ast.List(elts=elements):
            return sum(not isinstance(element, ast.Starred) for element in elements)
        case ast.ListComp(generators=[ast.comprehension(iter=iterated, ifs=[])]):
            return _rounds(flow, iterated)
        case ast.BinOp(left=left, op=ast.Mult(), right=right):
            return _length(flow, left) * min(constants(flow, right) or {0.0})
        case ast.Name():
            made = flow.bindings.variables.get(flow.bindings.variable(expression), [])
            return _length(flow, made[0]) if len(made) == 1 else 0
    return 0


def _calls_in_loops(flow: Flow, budget: Budget) -> Iterator[Finding]:
    for call in flow.calls:
        if asks_model(call):
            what, allowed, then = "calls the model", budget.lm_calls, "further calls raise"
        elif flow.kinds(call.func) & Kind.UTILITY:
            what, allowed, then = "calls the utility", budget.utility_calls, "further calls score 0"
        else:
            continue
        loops = list(_counted_loops(flow, call))
        times = math.prod(_rounds(flow, loop.iter) for loop in loops)
        if loops and times > allowed and not any(_looks_at_budget(loop) for loop in loops):
            detail = f"{what} {times:.0f} times in a loop; {allowed} are allowed, {then}"
            yield Finding(
                label="budget",
                lines=tuple(sorted({call.lineno, *(loop.lineno for loop in loops)})),
                detail=detail,
            )


def _counted_loops(flow: Flow, call: ast.Call) -> Iterator[ast.For]:
    """The loops of known length around `call`, out to the first condition or function."""
    within: ast.AST = call
    for outer in flow.bindings.enclosing(call):
        match outer:
            case ast.For() if within in outer.body and _rounds(flow, outer.iter):
                yield outer
            case ast.If() | ast.IfExp() | ast.Try() | ast.FunctionDef() | ast.Lambda():
                return
            case ast.While():
                return
        within = outer


def _is_unconditional(flow: Flow, call: ast.Call) -> bool:
    """Whether `call` is made once whenever improve_algorithm runs to its end."""
    within: ast.AST = call
    for outer in flow.bindings.enclosing(call):
        match outer:
            case ast.FunctionDef(name=name):
                return name == "improve_algorithm"
            case ast.For() if within is outer.iter:
                pass
            case ast.If() | ast.IfExp() | ast.BoolOp() | ast.Try() | ast.For() | ast.While():
                return False
            case ast.Lambda() | ast.comprehension() | ast.ListComp() | ast.GeneratorExp():
                return False
        within = outer
    return False


def _rounds(flow: Flow, iterated: ast.expr) -> float:
    """How often a loop over `iterated` runs; 0 if that is not evident."""
    match iterated:
        case ast.Call(func=ast.Name(id="range"), args=[count]):
            return max(0.0, min(constants(flow, count) or {0.0}))
        case ast.Call(func=ast.Name(id="range"), args=[start, stop]):
            first, last = constants(flow, start), constants(flow, stop)
            return max(0.0, min(last) - max(first)) if first and last else 0
        case ast.List(elts=elements) | ast.Tuple(elts=elements):
            return len(elements)
    return 0


def _looks_at_budget(loop: ast.For) -> bool:
    return any(
        isinstance(node, ast.Attribute) and node.attr in _CHECKED and isinstance(node.ctx, ast.Load)
        for node in ast.walk(loop)
    )


def _finding(node: ast.expr, detail: str) -> Finding:
    return Finding(label="budget", lines=(node.lineno,), detail=detail)
