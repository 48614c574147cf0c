"""Recognises how a program saves effort in evaluating: in parallel, and never twice.

Each function takes the flow of a program and gives its evidence, or None. What counts as evidence
is described in docs/strategies.md.
"""

import ast
import re

from stop_tui.core.analysis.bindings import Place, called_name
from stop_tui.core.analysis.evidence import Evidence
from stop_tui.core.analysis.flow import Flow, Kind

_POOLS = ("ThreadPoolExecutor", "ProcessPoolExecutor", "ThreadPool", "Pool", "Parallel")
_MANY = ("map", "submit", "imap", "imap_unordered", "starmap", "apply_async", "map_async")
_CACHES = ("lru_cache", "cache")
_MEMORY = re.compile(r"memo|cache")


def parallel_evaluation(flow: Flow) -> Evidence | None:
    """Several evaluations run at once, in threads or processes."""
    pools = [call for call in flow.calls if called_name(call) in _POOLS]
    spread = [
        call
        for call in flow.calls
        if isinstance(call.func, ast.Attribute) and call.func.attr in _MANY
    ]
    if pools and spread:
        return Evidence((*pools, *spread), "several evaluations run at once")
    threads = [
        call
        for call in flow.calls
        if called_name(call) == "Thread"
        and any(
            isinstance(node, ast.For | ast.While | ast.ListComp | ast.GeneratorExp)
            for node in flow.bindings.enclosing(call)
        )
    ]
    return Evidence(tuple(threads), "several evaluations run at once") if threads else None


def caching(flow: Flow) -> Evidence | None:
    """A result is kept under its program or input, and looked up before it is computed again."""
    decorators: list[ast.AST] = [
        decorator
        for functions in flow.bindings.functions.values()
        for function in functions
        for decorator in function.decorator_list
        if any(
            isinstance(node, ast.Name | ast.Attribute)
            and (node.id if isinstance(node, ast.Name) else node.attr) in _CACHES
            for node in ast.walk(decorator)
        )
    ]
    looked_up = {_looked_up(flow, node) for node in flow.bindings.nodes} - {None}
    stores = [node for node in flow.bindings.nodes if _stores_a_result(flow, node, looked_up)]
    if not decorators and not stores:
        return None
    return Evidence((*decorators, *stores), "results are kept and looked up")


def _stores_a_result(flow: Flow, node: ast.AST, looked_up: set[Place | None]) -> bool:
    """Whether `node` puts a single result into a table that is also looked up."""
    match node:
        case ast.Assign(targets=[ast.Subscript(value=table, slice=key)], value=value):
            if isinstance(value, ast.List | ast.Tuple | ast.Dict | ast.Set):
                return False
        case _:
            return False
    place = flow.bindings.place(table)
    if place is None or place not in looked_up:
        return False
    if not flow.model_calls:
        name = place if isinstance(place, str) else place[1]
        return bool(_MEMORY.search(name.lower()))
    return bool(flow.kinds(value) & Kind.SCORE and flow.kinds(key) & Kind.PROGRAM)


def _looked_up(flow: Flow, node: ast.AST) -> Place | None:
    """The table in which `node` looks something up, if it does."""
    match node:
        case ast.Compare(ops=[ast.In() | ast.NotIn()], comparators=[table]):
            return flow.bindings.place(table)
        case ast.Call(func=ast.Attribute(attr="get", value=table)):
            return flow.bindings.place(table)
    return None
