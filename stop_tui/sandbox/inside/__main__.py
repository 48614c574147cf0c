"""Starts a zygote: run as a script by the host, with the file of this package as its argument.

The interpreter starts without site packages (-S), so that programs find the standard library and
nothing else; numpy and msgspec are loaded here, from where the host says they are: the first frame
on standard input is a JSON object that names files to load and what programs may reach.
"""

import importlib.util
import json
import sys
import types
from pathlib import Path

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


def main(package: str) -> None:
    """Become a zygote; `package` is the file of the package this script is in."""
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
