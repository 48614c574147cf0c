"""Which editor the user wants; starting it is up to whoever has the terminal."""

import os
import shlex
import shutil

from stop_tui.core.errors import UsageError
from stop_tui.core.plain_text import one_line

_FALLBACKS = ("vi", "nano")


def editor_command() -> list[str]:
    """The words to which a file's path is added: of VISUAL, else EDITOR, else of what there is.

    Raises UsageError when they cannot be read as words or when there is no editor.
    """
    for variable in ("VISUAL", "EDITOR"):
        value = os.environ.get(variable, "").strip()
        if value:
            try:
                return shlex.split(value)
            except ValueError as error:
                raise UsageError(
                    f"{variable} cannot be read as a command: {one_line(value, 100)} ({error}).",
                    hint=f"Set {variable} to an editor, for example {variable}=nano.",
                ) from error
    for name in _FALLBACKS:
        if shutil.which(name):
            return [name]
    raise UsageError(
        "There is no editor: neither VISUAL nor EDITOR is set, and there is no vi and no nano.",
        hint="Set EDITOR to the editor you use.",
    )
