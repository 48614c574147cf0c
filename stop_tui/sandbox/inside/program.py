"""Loads a generated program as a module and says in a line what it raised."""

import linecache
import sys
import types

REASON = 300
"""A reason has at most this many characters."""


def load(name: str, source: bytes) -> types.ModuleType:
    """The module `name` made from `source`; whatever the program raises passes through."""
    file_name = f"<{name}>"
    module = types.ModuleType(name)
    module.__file__ = file_name
    sys.modules[name] = module
    text = source.decode("utf-8", "surrogatepass")
    code = compile(text, file_name, "exec", dont_inherit=True)
    linecache.cache[file_name] = (len(text), None, text.splitlines(keepends=True), file_name)
    exec(code, module.__dict__)
    return module


def described(error: BaseException, name: str) -> str:
    """`error` in a few words, with the line of the program `name` that raised it.

    Raises nothing, whatever the program made of the class of `error`.
    """
    try:
        return _described(error, name)
    except BaseException:  # noqa: BLE001 - a program may define an exception that cannot be named
        return "an exception that cannot be described"


def _described(error: BaseException, name: str) -> str:
    line = None
    trace = error.__traceback__
    while trace is not None:
        if trace.tb_frame.f_code.co_filename == f"<{name}>":
            line = trace.tb_lineno
        trace = trace.tb_next
    try:
        # A plain string, without what a subclass of str may do when it is used.
        message = str.__str__(str(error))[:REASON]
    except BaseException:  # noqa: BLE001 - a program may define an exception that cannot be shown
        message = "(its message cannot be shown)"
    where = f" (line {line})" if line is not None and not isinstance(error, SyntaxError) else ""
    text = str.__str__(type(error).__name__) + (f": {message}" if message else "")
    return text[: REASON - len(where)] + where
