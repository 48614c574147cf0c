"""Which file `gguf:PATH` names, and whether it can be served at all; nothing is loaded yet."""

import importlib.util
from pathlib import Path

from stop_tui.core.errors import UsageError
from stop_tui.core.plain_text import one_line

PREFIX = "gguf:"
"""What the name of such a model begins with; the names of profiles have no colon."""

EXTRA = "xllamacpp"
"""The package that the extra `stop-tui[gguf]` brings."""

_MAGIC = b"GGUF"


def usable_file(name: str) -> Path:
    """The file that the model called `name` is in; raises UsageError when it cannot be used."""
    written = name.removeprefix(PREFIX)
    if not written:
        raise UsageError(
            "gguf: needs the path of a file.", hint="For example --model gguf:models/small.gguf"
        )
    if importlib.util.find_spec(EXTRA) is None:
        raise UsageError(
            f"A GGUF file is served by llama.cpp, which is not installed (package {EXTRA}).",
            hint="pip install 'stop-tui[gguf]'",
        )
    path = Path(written).expanduser().absolute()
    shown = one_line(str(path), 200)
    try:
        if not path.is_file():
            what = "is a folder, not a file" if path.is_dir() else "does not exist"
            raise UsageError(
                f"The model file {shown} {what}.",
                hint="A relative path is looked up in the current folder.",
            )
        with path.open("rb") as file:
            magic = file.read(len(_MAGIC))
    except (OSError, ValueError) as error:
        why = error.strerror if isinstance(error, OSError) else None
        raise UsageError(
            f"The model file {shown} cannot be read: {why or 'this is no path'}.",
            hint="See that the path is right and that you may read the file.",
        ) from None
    if magic != _MAGIC:
        raise UsageError(
            f"{shown} is not a GGUF file: it does not begin with the letters GGUF.",
            hint="Other formats have to be converted first, with llama.cpp's own scripts; a "
            "download that failed often leaves a web page under the file's name.",
        )
    return path
