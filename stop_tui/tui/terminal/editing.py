"""A text in the user's own editor, while the runs go on.

The terminal is lent to the editor (`hand_over`); what comes back is judged here. A text that
someone worked on is never lost: where it cannot be used, its file is kept and named.
"""

import os
import shutil
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

from stop_tui.core.errors import StopError, UsageError
from stop_tui.core.plain_text import one_line
from stop_tui.presentation.editor import editor_command
from stop_tui.tui.screens.dialogs import Confirm
from stop_tui.tui.terminal.hand_over import hand_over

if TYPE_CHECKING:
    from stop_tui.tui.app import Explorer

LARGEST = 1_048_576
"""Bytes of an edited text; no program is larger."""

AT_ONCE = 2.0
"""Seconds within which an editor returns that only handed the file to a window of its own."""


class EditError(StopError):
    """An edit came to nothing; the message says what became of the text."""


async def edited(explorer: "Explorer", text: str, name: str = "improver.py") -> str | None:
    """What `text` becomes in the user's editor, maybe what it was; None when it cannot be used,
    which the user is told. Must be called in a worker, since it may ask something."""
    try:
        command = editor_command()
        path = written(text, name)
        result = await _edited(explorer, command, path, text)
    except StopError as error:
        explorer.tell(error)
        return None
    if result is not None:
        shutil.rmtree(path.parent, ignore_errors=True)
    return result


def written(text: str, name: str) -> Path:
    """A private file called `name` with `text` in it; raises EditError."""
    try:
        path = Path(tempfile.mkdtemp(prefix="stop-tui-")) / name
        path.write_bytes(text.encode("utf-8", "surrogatepass"))
    except OSError as error:
        raise EditError(f"No file can be made for the text: {error.strerror or error}.") from error
    return path


async def _edited(explorer: "Explorer", command: list[str], path: Path, text: str) -> str | None:
    """The text in `path` after editing; None when the user gives up, which they know."""
    shown = one_line(command[0], 100)
    try:
        since = time.monotonic()
        code = await hand_over(
            explorer, [*command, str(path)], cwd=Path.cwd(), environment=os.environ
        )
        seconds = time.monotonic() - since
    except UsageError:
        shutil.rmtree(path.parent, ignore_errors=True)
        raise EditError(
            "No editor can be started from here: this screen is not on a terminal of its own, "
            "as in a browser.",
            hint="Open the explorer in a terminal to edit.",
        ) from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise EditError(
            f"The editor {shown} cannot be started: {one_line(reason, 100)}. The text to edit is "
            f"in {path}.",
            hint="Set EDITOR to the editor you use, for example EDITOR=nano.",
        ) from error
    if code != 0:
        raise EditError(
            f"The editor {shown} {_ending(code)}, so the edit is not used. "
            f"The text is kept in {path}."
        )
    if seconds < AT_ONCE and _unchanged(path, text):
        answer = await explorer.push_screen_wait(
            Confirm(
                "The editor returned at once",
                f"Save the file there, then continue. It is {path}\n"
                "If you changed nothing, or gave it up, answer no.",
                yes="Continue",
            )
        )
        if answer is None:
            explorer.notify(f"The edit was given up. The text is kept in {path}.", markup=False)
            return None
    return _read(path)


def _ending(code: int) -> str:
    """How a process that did not end well ended."""
    return f"ended with exit code {code}" if code > 0 else f"was stopped by signal {-code}"


def _unchanged(path: Path, text: str) -> bool:
    try:
        return path.read_bytes() == text.encode("utf-8", "surrogatepass")
    except OSError:
        return False


def _read(path: Path) -> str:
    """The text in `path`, which may be anything by now; raises EditError."""
    try:
        if not path.is_file():
            raise EditError(
                f"The edited file {path} is gone, so there is nothing to use; the source is as it "
                "was."
            )
        if path.stat().st_size > LARGEST:
            raise EditError(
                f"The edited text is larger than 1 MiB, which no program needs; it is not used. "
                f"It is kept in {path}."
            )
        return path.read_bytes().decode("utf-8", "surrogatepass")
    except UnicodeDecodeError as error:
        raise EditError(
            f"The edited text is not UTF-8 (byte {error.start + 1:,}), so it is not used. "
            f"It is kept in {path}.",
            hint="Save it as UTF-8.",
        ) from error
    except OSError as error:
        raise EditError(
            f"The edited file {path} cannot be read: {error.strerror or error}."
        ) from error
