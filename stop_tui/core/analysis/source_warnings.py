"""What a human should know about an improver before accepting it, found without running it.

A warning is a reason to look, not a verdict: budgets and isolation are enforced elsewhere, whatever
the text says. Each kind of warning has a module of its own; this one puts them together.
"""

import ast
from collections.abc import Iterable

from stop_tui.core.analysis.budget_warnings import budget_warnings
from stop_tui.core.analysis.escape_warnings import leaving_the_sandbox, running_generated_code
from stop_tui.core.analysis.flow import Flow
from stop_tui.core.analysis.tree import Unreadable, parse
from stop_tui.core.analysis.unused_values import unused_values
from stop_tui.core.events import Budget, Finding


def source_warnings(source: str, budget: Budget) -> tuple[Finding, ...]:
    """Warnings about the improver in `source`, which may spend `budget`.

    Labels: "syntax error" (then there is no other), "no improve_algorithm", "leaves the sandbox",
    "budget", "runs generated code", "unused value". Every finding has its lines and a detail that
    says what is there; a label may occur several times.
    """
    tree = parse(source)
    if isinstance(tree, Unreadable):
        lines = () if tree.line is None else (tree.line,)
        return (Finding(label="syntax error", lines=lines, detail=tree.reason),)
    missing = [] if _defines_improve_algorithm(tree) else [_MISSING]
    try:
        flow = Flow(tree)
        return (
            *missing,
            *leaving_the_sandbox(tree),
            *budget_warnings(flow, budget),
            *running_generated_code(tree),
            *unused_values(flow.bindings),
        )
    except RecursionError:
        return (Finding(label="syntax error", lines=(), detail="nested too deeply"),)


_MISSING = Finding(
    label="no improve_algorithm",
    lines=(),
    detail="the module defines no function improve_algorithm",
)


def _defines_improve_algorithm(tree: ast.Module) -> bool:
    return any(name == "improve_algorithm" for name in _defined_names(tree.body))


def _defined_names(statements: Iterable[ast.AST]) -> Iterable[str]:
    """Names that statements bind in the module, those within `if` and `try` included."""
    for statement in statements:
        match statement:
            case ast.FunctionDef(name=name):
                yield name
            case ast.Assign(targets=targets):
                yield from (target.id for target in targets if isinstance(target, ast.Name))
            case ast.ImportFrom(names=names):
                yield from (alias.asname or alias.name for alias in names)
            case ast.If() | ast.Try() | ast.With() | ast.ExceptHandler():
                yield from _defined_names(ast.iter_child_nodes(statement))
