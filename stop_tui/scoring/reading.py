"""What a task's two files say, read from their syntax trees.

The files are the user's, and may hold anything: every fault becomes a TaskError that names file
and line. Nothing here may import or run them.
"""

import ast
import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from stop_tui.core.errors import TaskError
from stop_tui.core.events import Split
from stop_tui.core.syntax import check_compiles, syntax_tree

Form = Literal["instances", "original"]

LARGEST_FILE = 1 << 20
"""Bytes: a utility is made to be put into prompts."""

LONGEST_LIMIT = 600.0
MOST_INSTANCES = 10_000
DEFAULT_LIMIT = 2.0
"""Seconds of CPU time for a utility of the original's form that sets no LIMIT."""

_SPLITS: tuple[Split, ...] = ("val", "test")


@dataclass(frozen=True, slots=True)
class Utility:
    """What utility.py says: its text, its form, seconds for one call, instances for each split."""

    text: str
    form: Form
    limit: float
    instances: Mapping[Split, int]


def read_utility(path: Path) -> Utility:
    """The utility in `path`; raises TaskError where it is not one."""
    text, tree = _parse(path)
    functions = {
        node.name: node
        for node in tree.body
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    }
    if "utility" in functions and not {"instance", "score"} & functions.keys():
        _check_function(path, functions["utility"], ("algorithm_str",))
        limit = _limit(path, tree, default=DEFAULT_LIMIT)
        return Utility(text, "original", limit, {"val": 1, "test": 1})
    for name, parameters in (("instance", ("rng",)), ("score", ("inputs", "hidden", "output"))):
        if name not in functions:
            raise TaskError(
                f"{path}:1: there is no function `{name}`.",
                hint="A utility defines instance(rng) and score(inputs, hidden, output), or, in "
                "the original's form, utility(algorithm_str).",
            )
        _check_function(path, functions[name], parameters)
    return Utility(text, "instances", _limit(path, tree, default=None), _instances(path, tree))


def read_seed(path: Path, *, needs_algorithm: bool) -> str:
    """The text of the seed solution in `path`; raises TaskError where it is not one."""
    text, tree = _parse(path)
    if needs_algorithm and "algorithm" not in set(_bound(tree.body)):
        raise TaskError(
            f"{path}:1: there is no function `algorithm`.",
            hint="The seed solution is what an improver starts from; it defines `algorithm`.",
        )
    return text


def line_of(text: str, function: str) -> int:
    """The line on which the utility's `text`, which was read before, defines `function`; else 1."""
    for node in syntax_tree(text).body:
        if isinstance(node, ast.FunctionDef) and node.name == function:
            return node.lineno
    return 1


def _parse(path: Path) -> tuple[str, ast.Module]:
    text = _read(path)
    try:
        tree = syntax_tree(text, str(path))
        check_compiles(tree, str(path))
    except SyntaxError as error:
        raise TaskError(f"{path}:{error.lineno or 1}: {error.msg}.") from error
    except (ValueError, RecursionError, MemoryError) as error:
        raise TaskError(f"{path}:1: Python cannot read this: {error or 'too deep'}.") from error
    return text, tree


def _read(path: Path) -> str:
    try:
        if not path.exists():
            raise TaskError(
                f"{path}: there is no such file.",
                hint="A task is a folder with utility.py and seed.py.",
            )
        if not path.is_file():
            raise TaskError(f"{path}: this is not a regular file.")
        if path.stat().st_size > LARGEST_FILE:
            raise TaskError(f"{path}: this is larger than {LARGEST_FILE >> 20} MiB.")
        data = path.read_bytes()
    except OSError as error:
        raise TaskError(f"{path}: this cannot be read: {error.strerror}.") from error
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise TaskError(
            f"{path}:{line}: this is not UTF-8.", hint="Save the file as UTF-8."
        ) from error


def _check_function(
    path: Path, node: ast.FunctionDef | ast.AsyncFunctionDef, parameters: tuple[str, ...]
) -> None:
    shape = f"{node.name}({', '.join(parameters)})"
    if isinstance(node, ast.AsyncFunctionDef):
        raise TaskError(f"{path}:{node.lineno}: {shape} must be a plain function, not async.")
    arguments = node.args
    positional = len(arguments.posonlyargs) + len(arguments.args)
    required = positional - len(arguments.defaults)
    enough = positional >= len(parameters) or arguments.vararg is not None
    needs_keyword = any(default is None for default in arguments.kw_defaults)
    if required > len(parameters) or not enough or needs_keyword:
        raise TaskError(f"{path}:{node.lineno}: this must be callable as {shape}.")


def _limit(path: Path, tree: ast.Module, *, default: float | None) -> float:
    found = _constant(path, tree, "LIMIT")
    if found is None:
        if default is None:
            raise TaskError(
                f"{path}:1: there is no LIMIT.",
                hint="LIMIT = 2.0 gives one call of `algorithm` two seconds of CPU time.",
            )
        return default
    line, value = found
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise TaskError(f"{path}:{line}: LIMIT must be a number of seconds.")
    if not math.isfinite(value) or not 0 < value <= LONGEST_LIMIT:
        raise TaskError(f"{path}:{line}: LIMIT must be above 0 and at most {LONGEST_LIMIT:g} s.")
    return float(value)


def _instances(path: Path, tree: ast.Module) -> dict[Split, int]:
    found = _constant(path, tree, "INSTANCES")
    wanted = 'INSTANCES = {"val": 20, "test": 50}, with numbers of your own'
    if found is None:
        raise TaskError(f"{path}:1: there are no INSTANCES.", hint=f"Write {wanted}.")
    line, value = found
    if not isinstance(value, dict) or set(value) != set(_SPLITS):
        raise TaskError(
            f"{path}:{line}: INSTANCES must name val and test.", hint=f"Write {wanted}."
        )
    for split in _SPLITS:
        count = value[split]
        if type(count) is not int or not 1 <= count <= MOST_INSTANCES:
            raise TaskError(
                f"{path}:{line}: INSTANCES[{split!r}] must be a whole number from 1 to "
                f"{MOST_INSTANCES}."
            )
    return {split: value[split] for split in _SPLITS}


def _constant(path: Path, tree: ast.Module, name: str) -> tuple[int, object] | None:
    """Line and value of the last top-level ``name = literal``, None where there is none."""
    found = None
    for node in tree.body:
        if isinstance(node, ast.Assign):
            targets, value = node.targets, node.value
        elif isinstance(node, ast.AnnAssign) and node.value is not None:
            targets, value = [node.target], node.value
        else:
            continue
        if any(isinstance(target, ast.Name) and target.id == name for target in targets):
            found = node.lineno, value
    if found is None:
        return None
    line, expression = found
    try:
        return line, ast.literal_eval(expression)
    except (ValueError, TypeError, RecursionError, MemoryError) as error:
        raise TaskError(
            f"{path}:{line}: {name} must be written out, not computed.",
            hint="It is read without running the file.",
        ) from error


def _bound(statements: Iterable[ast.stmt]) -> Iterator[str]:
    """The names that top-level `statements` bind, those in branches included."""
    for node in statements:
        match node:
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
                yield name
            case ast.ClassDef(name=name):
                yield name
            case ast.Import(names=names) | ast.ImportFrom(names=names):
                yield from (alias.asname or alias.name for alias in names)
            case ast.Assign() | ast.AnnAssign():
                targets = node.targets if isinstance(node, ast.Assign) else [node.target]
                for target in targets:
                    yield from (n.id for n in ast.walk(target) if isinstance(n, ast.Name))
            case ast.If(body=body, orelse=orelse):
                yield from _bound([*body, *orelse])
            case ast.Try(body=body, orelse=orelse, finalbody=finalbody):
                handled = [statement for handler in node.handlers for statement in handler.body]
                yield from _bound([*body, *handled, *orelse, *finalbody])
            case _:
                pass
