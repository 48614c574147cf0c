"""Python's syntax trees, from any thread."""

import ast
import threading
import warnings

_LOCK = threading.Lock()


def syntax_tree(text: str, name: str = "<unknown>") -> ast.Module:
    """The syntax tree of `text`, without warnings about it.

    Raises what `compile` raises: SyntaxError, ValueError, RecursionError, MemoryError.
    """
    # One at a time: up to Python 3.12 the depth of recursion is counted in one place for all
    # threads, and two that read at once end in a SystemError; warnings are caught for all, too.
    with _LOCK, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return ast.parse(text, name)


def check_compiles(tree: ast.Module, name: str) -> None:
    """Raise what `compile` raises for a tree that is no program, such as a stray ``return``."""
    with _LOCK, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        compile(tree, name, "exec", dont_inherit=True)
