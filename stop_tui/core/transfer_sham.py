"""A sham: an improver with the length and the code of another, of which nothing is ever run.

It behaves as the improver that it is made from. What measures it as better than that one is chance.
"""

import ast
from collections.abc import Iterator, Sequence

from stop_tui.core.analysis.tree import Unreadable, parse
from stop_tui.core.syntax import check_compiles

HEAD = "\n\ndef _never_called():\n"
_INDENT = "    "
_LAST = _INDENT + "pass\n"
_FILLING = "#"


def sham(genuine: str, other: str) -> str:
    """The improver `genuine`, lengthened by statements of `other` that nothing runs.

    It is as long as `other`, in characters, filled up with comment where statements do not fit;
    the `genuine` text itself where `other` is no longer than that.
    """
    start = genuine if genuine.endswith("\n") else genuine + "\n"
    room = len(other) - len(start)
    if room <= 0:
        return genuine
    lengthened = start + _padding(other, room)
    return lengthened if _compiles(lengthened) else start + _comment(room)


def _padding(other: str, room: int) -> str:
    """Exactly `room` characters that do nothing."""
    left = room - len(HEAD) - len(_LAST)
    if left < 0:
        return _comment(room)
    taken: list[str] = []
    for text in _statements(_body(other)):
        if len(text) <= left:
            taken.append(text)
            left -= len(text)
    return HEAD + "".join(taken) + _LAST + _comment(left)


def _comment(length: int) -> str:
    """A comment of `length` characters, its end of line included."""
    return (_FILLING * (length - 1) + "\n") if length else ""


def _body(other: str) -> Sequence[ast.stmt]:
    tree = parse(other)
    return () if isinstance(tree, Unreadable) else tree.body


def _statements(body: Sequence[ast.stmt]) -> Iterator[str]:
    """The statements of `body` as they stand in a function, and where one is a function or class,
    those in it instead: the whole of an improver is one function and would rarely fit."""
    for statement in body:
        if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            yield from _statements(statement.body)
        elif (text := _alone(statement)) is not None:
            yield text


def _alone(statement: ast.stmt) -> str | None:
    """`statement` as a line or more of a function; None where it means nothing there."""
    try:
        text = _INDENT + ast.unparse(statement).replace("\n", "\n" + _INDENT) + "\n"
    except (RecursionError, ValueError):
        return None
    return text if _compiles("def _never_called():\n" + text) else None


def _compiles(text: str) -> bool:
    tree = parse(text)
    if isinstance(tree, Unreadable):
        return False
    try:
        check_compiles(tree, "<sham>")
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    return True
