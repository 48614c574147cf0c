"""Recognises how a program searches: beam, evolution, annealing, climbing, restarts.

Each function takes the flow of a program and gives its evidence, or None. What counts as evidence
is described in docs/strategies.md.
"""

import ast
import re
from collections.abc import Iterator

from stop_tui.core.analysis.bindings import Place, called_name
from stop_tui.core.analysis.evidence import (
    Evidence,
    branches_in_loops,
    calls_behind,
    constants,
    identifiers,
    nodes_behind,
    sources,
    texts,
)
from stop_tui.core.analysis.flow import Flow, Kind

_VARIATION = re.compile(r"cross_?over|mutat|recombin|offspring|\bbreed|\bgenetic")
_POPULATION = re.compile(r"popul|island|individual|genome|chromosome|parents|archive|pool$")
_NEIGHBOURHOOD = re.compile(r"neighbo|flip|swap|climb|local_search|perturb|kick|tabu|walk")
_DRAWING = ("choice", "choices", "sample", "randrange", "randint", "integers")
_CHANCE = ("random", "uniform", "rand", "random_sample")


def beam_search(flow: Flow) -> Evidence | None:
    """The best few programs are kept, and each of them goes into prompts of the next round."""
    cuts = [
        node
        for node, container, count in _cuts(flow)
        if flow.in_round(node)
        and not _halves(flow, count)
        and _more_than_one(flow, count)
        and (
            flow.is_prompted(container)
            if isinstance(getattr(node, "ctx", None), ast.Del)
            else node in flow.prompted_programs
        )
    ]
    chosen = [loop for loop, container in _filled_to_a_width(flow) if flow.is_prompted(container)]
    if not cuts and not chosen:
        return None
    return Evidence((*cuts, *chosen), "the best few programs are each extended in the next round")


def genetic(flow: Flow) -> Evidence | None:
    """Programs are varied and recombined, parents drawn by chance, the fittest kept."""
    if cells := _archive_of_elites(flow):
        return Evidence(cells, "an archive keeps the best program of every kind")
    varied = [
        node
        for words in (identifiers(flow), texts(flow))
        for word, node in words
        if _VARIATION.search(word)
    ]
    drawn = [
        call
        for call in flow.calls
        if called_name(call) in _DRAWING and any(_is_population(flow, arg) for arg in call.args)
    ]
    kept = [node for node, container, _ in _cuts(flow) if _is_population(flow, container)]
    if not varied or not (drawn or kept):
        return None
    return Evidence((*varied, *drawn, *kept), "parents are drawn from a population and varied")


def annealing(flow: Flow) -> Evidence | None:
    """A worse solution is accepted with probability exp(change / temperature).

    Source: Kirkpatrick, Gelatt and Vecchi, Science 220 (1983) 671.
    """
    accepting = [
        node
        for node in flow.bindings.nodes
        if isinstance(node, ast.Compare)
        and calls_behind(flow, node, *_CHANCE)
        and (_boltzmann_factors(flow, node) or _logarithm_of_chance(flow, node))
    ]
    if not accepting:
        return None
    factors = [factor for node in accepting for factor in _boltzmann_factors(flow, node)]
    return Evidence((*accepting, *factors), "a worse one is accepted with probability exp(d / T)")


def local_search(flow: Flow) -> Evidence | None:
    """One current solution is replaced as soon as a neighbour of it measures better."""
    climbing = [node for node in branches_in_loops(flow) if _moves_to_the_better(flow, node)]
    climbing_best: list[ast.AST] = [
        node
        for node in flow.bindings.nodes
        if isinstance(node, ast.Assign)
        and isinstance(node.value, ast.Call)
        and called_name(node.value) == "max"
        and flow.in_round(node)
        and node.value in flow.prompted_programs
        and not _draws(flow, node.value)
    ]
    if not climbing and not climbing_best:
        return None
    if not flow.model_calls:
        words = [node for word, node in identifiers(flow) if _NEIGHBOURHOOD.search(word)]
        if not words:
            return None
    return Evidence(
        (*climbing, *climbing_best), "the one current solution gives way to a better one"
    )


def restarts(flow: Flow) -> Evidence | None:
    """The search begins anew, from the start or from scratch, and keeps the best of all."""
    named = [node for word, node in identifiers(flow) if "restart" in word]
    anew: list[ast.AST] = []
    for branch in branches_in_loops(flow):
        for node in branch.body:
            if isinstance(node, ast.Assign) and _starts_anew(flow, branch, node):
                anew.append(node)
    if not named and not anew:
        return None
    return Evidence((*named, *anew), "the search begins anew")


def _cuts(flow: Flow) -> Iterator[tuple[ast.expr, ast.expr, ast.expr]]:
    """Where a ranking is cut to its first few: the place, the ranking, and how many."""
    sorted_in_place = {
        flow.bindings.place(call.func.value)
        for call in flow.calls
        if isinstance(call.func, ast.Attribute) and call.func.attr == "sort"
    }
    for node in flow.bindings.nodes:
        match node:
            case ast.Subscript(
                value=container,
                slice=ast.Slice(lower=None, upper=ast.expr() as count, step=None),
                ctx=ast.Load(),
            ) if _is_ranked(flow, container, sorted_in_place):
                yield node, container, count
            case ast.Call(args=[count, container, *_]) if called_name(node) == "nlargest":
                yield node, container, count
            case ast.Subscript(
                value=container,
                slice=ast.Slice(lower=ast.expr() as count, upper=None),
                ctx=ast.Del(),
            ) if _is_ranked(flow, container, sorted_in_place):
                yield node, container, count


def _is_ranked(flow: Flow, container: ast.expr, sorted_in_place: set[Place | None]) -> bool:
    if any(_sorts(node) for node in (container, *sources(flow, container))):
        return True
    if isinstance(container, ast.Call):
        return any(_sorts(node) for node in nodes_behind(flow, container, 1))
    return flow.bindings.place(container) in sorted_in_place - {None}


def _sorts(node: ast.AST) -> bool:
    return isinstance(node, ast.Call) and called_name(node) == "sorted"


def _halves(flow: Flow, count: ast.expr) -> bool:
    """Whether `count` is a share of a length, as in successive halving."""
    return any(
        isinstance(node, ast.BinOp) and isinstance(node.op, ast.FloorDiv)
        for node in nodes_behind(flow, count, 1)
    )


def _more_than_one(flow: Flow, count: ast.expr) -> bool:
    """Whether `count` may exceed 1; a parameter is what calls that reach a prompt pass for it."""
    passed = [
        source
        for source in sources(flow, count)
        if flow.bindings.parent[source] in flow.prompted_programs
    ]
    known = [constants(flow, source) for source in passed] or [constants(flow, count)]
    return any(numbers is None or max(numbers) > 1 for numbers in known)


def _filled_to_a_width(flow: Flow) -> Iterator[tuple[ast.While, ast.expr]]:
    """Loops that pick the best of the rest until a list has its width."""
    for node in flow.bindings.nodes:
        if not isinstance(node, ast.While) or not flow.in_round(node):
            continue
        calls = [inner for inner in ast.walk(node) if isinstance(inner, ast.Call)]
        if not any(called_name(call) == "max" for call in calls):
            continue
        for call in calls:
            if isinstance(call.func, ast.Attribute) and call.func.attr == "append":
                yield node, call.func.value


def _is_population(flow: Flow, expression: ast.expr) -> bool:
    if flow.model_calls:
        return bool(flow.kinds(expression) & Kind.PROGRAM)
    return any(
        isinstance(node, ast.Name) and _POPULATION.search(node.id.lower())
        for node in ast.walk(expression)
    )


def _archive_of_elites(flow: Flow) -> tuple[ast.AST, ...]:
    """Places of ``if cell not in archive or score > archive[cell]: archive[cell] = program``."""
    found: list[ast.AST] = []
    for node in flow.bindings.nodes:
        match node:
            case ast.If(
                test=ast.BoolOp(
                    op=ast.Or(), values=[ast.Compare(ops=[ast.NotIn()]), ast.Compare(), *_]
                ),
                body=[ast.Assign(targets=[ast.Subscript(value=archive)], value=value), *_],
            ) if flow.kinds(value) & Kind.PROGRAM and flow.is_prompted(archive):
                found.append(node)
    return tuple(found)


def _boltzmann_factors(flow: Flow, comparison: ast.Compare) -> list[ast.Call]:
    """Calls of exp of a quotient or product that `comparison` looks at."""
    return [
        call
        for call in calls_behind(flow, comparison, "exp")
        if any(
            isinstance(node, ast.BinOp) and isinstance(node.op, ast.Div | ast.Mult)
            for argument in call.args
            for node in nodes_behind(flow, argument, 1)
        )
    ]


def _logarithm_of_chance(flow: Flow, comparison: ast.Compare) -> bool:
    """The same rule with logarithms on both sides."""
    return any(
        calls_behind(flow, argument, *_CHANCE)
        for call in calls_behind(flow, comparison, "log")
        for argument in call.args
    )


def _moves_to_the_better(flow: Flow, branch: ast.If) -> bool:
    """Whether `branch` compares scores and then makes another solution the current one."""
    compares = any(
        isinstance(node, ast.Compare)
        and any(isinstance(op, ast.Gt | ast.GtE | ast.Lt | ast.LtE) for op in node.ops)
        for node in ast.walk(branch.test)
    )
    if not compares:
        return False
    moves = [pair for node in branch.body for pair in _assignments(node)]
    if not flow.model_calls:
        return bool(moves)
    scored = bool(flow.kinds(_comparison_in(branch.test)) & Kind.SCORE)
    return (
        scored
        and flow.in_round(branch)
        and any(flow.kinds(v) & Kind.PROGRAM and flow.is_prompted(t) for t, v in moves)
    )


def _assignments(statement: ast.stmt) -> Iterator[tuple[ast.expr, ast.expr]]:
    """The names and attributes that `statement` sets, each with its value."""
    match statement:
        case ast.Assign(targets=[ast.Tuple(elts=targets)], value=ast.Tuple(elts=values)):
            pairs = [*zip(targets, values, strict=False)]
        case ast.Assign(targets=[target], value=value):
            pairs = [(target, value)]
        case _:
            return
    for target, value in pairs:
        if isinstance(target, ast.Name | ast.Attribute):
            yield target, value


def _comparison_in(test: ast.expr) -> ast.expr:
    return next((node for node in ast.walk(test) if isinstance(node, ast.Compare)), test)


def _draws(flow: Flow, call: ast.Call) -> bool:
    """Whether the best is taken of a random few, as in a tournament."""
    return bool(calls_behind(flow, call, *_DRAWING))


def _starts_anew(flow: Flow, branch: ast.If, assignment: ast.Assign) -> bool:
    """Whether `assignment` gives something the value again that it had before the loop."""
    loop = next(
        (node for node in flow.bindings.enclosing(branch) if isinstance(node, ast.For | ast.While)),
        None,
    )
    target = assignment.targets[0]
    if loop is None or not isinstance(target, ast.Name):
        return False
    if flow.model_calls and not flow.in_round(branch):
        return False
    lowest = constants(flow, assignment.value)
    if lowest is not None and max(lowest) < 0 and flow.kinds(target) & Kind.SCORE:
        return True
    if not flow.kinds(target) & Kind.PROGRAM:
        return False
    return any(
        source is not assignment.value and ast.dump(source) == ast.dump(assignment.value)
        for source in sources(flow, target)
        if loop not in flow.bindings.enclosing(source)
    )
