"""Reads a program's text into a syntax tree, and names in it back to what was imported.

The text is hostile: it may be broken, huge or nested without end. Nothing here runs it.
"""

import ast
from collections.abc import Iterator
from dataclasses import dataclass

from stop_tui.core.syntax import syntax_tree

LONGEST = 100_000
"""Longer texts, in characters, are not read: no program that a model writes is so long."""

FunctionNode = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True, slots=True)
class Unreadable:
    """Why a text is no program, and the 1-based line where that shows (None if nowhere)."""

    reason: str
    line: int | None


def parse(source: str) -> ast.Module | Unreadable:
    """The syntax tree of `source`, or why there is none; never raises."""
    if len(source) > LONGEST:
        return Unreadable(f"not read, since it is longer than {LONGEST:,} characters", None)
    try:
        return syntax_tree(source)
    except SyntaxError as error:
        return Unreadable(error.msg, error.lineno)
    except ValueError as error:
        return Unreadable(str(error), None)
    except (RecursionError, MemoryError):
        return Unreadable("nested too deeply", None)


def imported_names(tree: ast.Module) -> Iterator[tuple[str, ast.AST]]:
    """What `tree` names of other modules, by full dotted name, with the place where it does.

    ``from time import time as now; now()`` gives ``time.time`` at the import and at the use.
    Aliases hold in the whole module, wherever they are imported; after ``from time import *`` any
    unknown name may be one of that module's.
    """
    aliases, whole = _aliases(tree)
    inner = {node.value for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
    for node in ast.walk(tree):
        match node:
            case ast.expr() if node in inner and isinstance(node, ast.Name | ast.Attribute):
                continue  # part of a longer name
            case ast.Import():
                for alias in node.names:
                    yield alias.name, node
            case ast.ImportFrom(module=str(module), names=names):
                for alias in names:
                    yield f"{module}.{alias.name}", node
            case ast.Name() | ast.Attribute():
                if (name := _dotted(node, aliases)) is not None:
                    yield name, node
                elif isinstance(node, ast.Name):
                    for module in whole:
                        yield f"{module}.{node.id}", node


def _aliases(tree: ast.Module) -> tuple[dict[str, str], list[str]]:
    """Local names by what they were imported as, and the modules imported with a star."""
    aliases: dict[str, str] = {}
    whole: list[str] = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                first = alias.name.partition(".")[0]
                aliases[alias.asname or first] = alias.name if alias.asname else first
        elif isinstance(node, ast.ImportFrom) and node.module is not None:
            for alias in node.names:
                if alias.name == "*":
                    whole.append(node.module)
                else:
                    aliases[alias.asname or alias.name] = f"{node.module}.{alias.name}"
    return aliases, whole


def _dotted(node: ast.AST, aliases: dict[str, str]) -> str | None:
    attributes: list[str] = []
    while isinstance(node, ast.Attribute):
        attributes.append(node.attr)
        node = node.value
    match node:
        case ast.Name(id=name) if name in aliases:
            start = aliases[name]
        case ast.Call(
            func=ast.Name(id="__import__") | ast.Attribute(attr="import_module"),
            args=[ast.Constant(value=str(module)), *_],
        ):
            start = module
        case _:
            return None
    return ".".join([start, *reversed(attributes)])
