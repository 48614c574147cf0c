"""Starts a zygote: run as a script by the host, with the file of this package as its argument.

The interpreter starts without site packages (-S), so that programs find the standard library and
nothing else; numpy and msgspec are loaded here, from where the host says they are: the first frame
on standard input is a JSON object that names files to load and what programs may reach.
"""

import functools
import importlib.util
import json
import os
import sys
import types
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.machinery import SourceFileLoader
from pathlib import Path
from typing import Any

PRELOADED = (
    "bisect",
    "collections.abc",
    "concurrent.futures.thread",
    "copy",
    "dataclasses",
    "functools",
    "heapq",
    "itertools",
    "math",
    "numpy.fft",
    "numpy.linalg",
    "numpy.random",
    "operator",
    "random",
    "re",
    "statistics",
    "string",
    "textwrap",
    "time",
    "traceback",
    "typing",
)
"""What programs are likely to import, loaded once so that none of them waits for it."""


def load(name: str, file: str) -> types.ModuleType:
    """The module or package `name` from `file`, wherever that is."""
    folders = [str(Path(file).parent)] if Path(file).name == "__init__.py" else None
    spec = importlib.util.spec_from_file_location(name, file, submodule_search_locations=folders)
    if spec is None or spec.loader is None:
        raise ImportError(f"cannot load {name} from {file}")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


@contextmanager
def few_system_calls() -> Iterator[None]:
    """Find and read hundreds of modules with as few system calls as will do: sandlock has most of
    them answered by the host, each for up to 0.1 ms."""
    finding: Any = importlib.import_module("importlib._bootstrap_external")
    # A Python whose importlib looks for files by another name starts as well, only slower.
    look, read = getattr(finding, "_path_stat", os.stat), SourceFileLoader.get_data
    finding._path_stat = functools.cache(look)  # the same folders again and again
    SourceFileLoader.get_data = lambda _, path: content(path)  # type: ignore[assignment, method-assign]
    try:
        yield
    finally:
        finding._path_stat = look
        SourceFileLoader.get_data = read  # type: ignore[method-assign]


def content(path: str) -> bytes:
    """What is in the file at `path`."""
    file = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        read = b""
        while more := os.read(file, 1 << 20):
            read += more
        return read
    finally:
        os.close(file)


def main(package: str) -> None:
    """Become a zygote; `package` is the file of the package this script is in."""
    with few_system_calls():
        load("inside", package)
        frames = importlib.import_module("inside.frames")
        (length,) = frames.LENGTH.unpack(frames.read_exactly(0, frames.LENGTH.size))
        given = json.loads(frames.read_exactly(0, length))
        for name, file in given["modules"].items():
            load(name, file)
        for name in PRELOADED:
            importlib.import_module(name)
        zygote = importlib.import_module("inside.zygote")
    zygote.become(given["reach"])


if __name__ == "__main__":
    main(sys.argv[1])
