"""Warns of values that are computed and never used: a feature that is there only to be read.

Three kinds: a name that is set and never read, an attribute of `self` that is set and never read,
and a list, set or dictionary that is only ever added to. Names that start with an underscore are
taken to be unused on purpose, and so are the targets of loops and of unpacking.
"""

import ast
from collections import defaultdict
from collections.abc import Iterator

from stop_tui.core.analysis.bindings import Bindings, Variable, called_name
from stop_tui.core.events import Finding

_CONTAINERS = frozenset(["list", "dict", "set", "defaultdict", "Counter", "deque", "OrderedDict"])
_ADDING = frozenset(["append", "add", "extend", "update", "insert", "appendleft", "setdefault"])
_ENTRY_POINTS = frozenset(["improve_algorithm", "algorithm"])


def unused_values(bindings: Bindings) -> list[Finding]:
    """A finding for each value that nothing reads, in the order of the lines."""
    found = [*_unread_names(bindings), *_unread_attributes(bindings), *_uncalled(bindings)]
    return sorted(found, key=lambda finding: finding.lines)


def _unread_names(bindings: Bindings) -> Iterator[Finding]:
    stores: dict[Variable, list[ast.Name]] = defaultdict(list)
    reads: dict[Variable, list[ast.Name]] = defaultdict(list)
    for node in bindings.nodes:
        if isinstance(node, ast.Name):
            uses = stores if isinstance(node.ctx, ast.Store) else reads
            uses[bindings.variable(node)].append(node)
    shared = {
        name
        for node in bindings.nodes
        if isinstance(node, ast.Global | ast.Nonlocal)
        for name in node.names
    }
    for variable, names in stores.items():
        scope, name = variable
        if name.startswith("_") or name in _ENTRY_POINTS | shared:
            continue
        if isinstance(scope, ast.ClassDef):
            continue
        if not all(_is_plain_target(bindings, store) for store in names):
            continue
        lines = tuple(sorted({store.lineno for store in names}))
        if not reads[variable]:
            yield _finding(lines, f"{name} is set and never used")
        elif _only_grows(bindings, names, reads[variable]):
            lines = tuple(sorted({*lines, *(read.lineno for read in reads[variable])}))
            yield _finding(lines, f"{name} is added to and never used")


def _is_plain_target(bindings: Bindings, name: ast.Name) -> bool:
    match bindings.parent[name]:
        case ast.Assign() | ast.AugAssign() | ast.AnnAssign(value=ast.expr()):
            return True
    return False


def _only_grows(bindings: Bindings, stores: list[ast.Name], reads: list[ast.Name]) -> bool:
    return all(_makes_container(bindings.parent[store]) for store in stores) and all(
        _adds_to(bindings, read) for read in reads
    )


def _makes_container(statement: ast.AST) -> bool:
    match statement:
        case ast.Assign(value=value) | ast.AnnAssign(value=value):
            return isinstance(value, ast.List | ast.Dict | ast.Set) or (
                isinstance(value, ast.Call) and called_name(value) in _CONTAINERS
            )
    return False


def _adds_to(bindings: Bindings, read: ast.Name) -> bool:
    """Whether `read` serves only to add to what it names."""
    parent = bindings.parent[read]
    match parent:
        case ast.Subscript(ctx=ast.Store() | ast.Del()) if parent.value is read:
            return True
        case ast.Attribute(attr=name) if name in _ADDING:
            call = bindings.parent[parent]
            return isinstance(call, ast.Call) and isinstance(bindings.parent[call], ast.Expr)
    return False


def _unread_attributes(bindings: Bindings) -> Iterator[Finding]:
    stores: dict[str, set[int]] = defaultdict(set)
    read: set[str] = set()
    for node in bindings.nodes:
        match node:
            case ast.Attribute(value=ast.Name(id="self"), attr=name, ctx=ast.Store()):
                stores[name].add(node.lineno)
            case ast.Attribute(attr=name, ctx=ast.Load()):
                read.add(name)
            case ast.Constant(value=str(name)):
                read.add(name)  # getattr, attrgetter and __slots__ name attributes by strings
    for name, lines in stores.items():
        if name not in read and not name.startswith("_"):
            yield _finding(tuple(sorted(lines)), f"self.{name} is set and never used")


def _uncalled(bindings: Bindings) -> Iterator[Finding]:
    """Functions and classes that nothing mentions; methods may be called from outside."""
    read = {node.id for node in bindings.nodes if isinstance(node, ast.Name)}
    for node in bindings.nodes:
        match node:
            case ast.FunctionDef(name=name) | ast.ClassDef(name=name) if (
                name not in read
                and name not in _ENTRY_POINTS
                and not name.startswith("_")
                and not node.decorator_list
                and not isinstance(bindings.parent[node], ast.ClassDef)
            ):
                yield _finding((node.lineno,), f"{name} is defined and never used")


def _finding(lines: tuple[int, ...], detail: str) -> Finding:
    return Finding(label="unused value", lines=lines, detail=detail)
