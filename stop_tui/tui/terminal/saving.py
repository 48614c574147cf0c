"""Saving what a panel shows to a file: asked for a name, never over another file unasked."""

import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from stop_tui.core.plain_text import one_line
from stop_tui.presentation.figures import counted
from stop_tui.tui.screens.dialogs import AskText, Confirm

if TYPE_CHECKING:
    from stop_tui.tui.app import Explorer


def save(explorer: "Explorer", text: str, name: str) -> None:
    """Ask where to save `text` and write it there; `name` is proposed."""

    def named(path: str | None) -> None:
        if not path or not path.strip():
            return
        try:
            target = Path(path.strip()).expanduser()
            exists = target.exists()
        except (OSError, RuntimeError, ValueError) as error:
            _tell(explorer, path.strip(), error)
            return
        if exists:
            what = f"{one_line(str(target), 400)} exists. It will be replaced."
            explorer.push_screen(
                Confirm("Replace the file?", what, yes="Replace"),
                lambda reason: None if reason is None else _write(explorer, target, text),
            )
        else:
            _write(explorer, target, text)

    explorer.push_screen(AskText("Save to the file", value=name), named)


def _write(explorer: "Explorer", target: Path, text: str) -> None:
    try:
        write_whole(target, text)
    except (OSError, ValueError) as error:
        _tell(explorer, str(target), error)
        return
    explorer.notify(f"Saved {counted(len(text), 'character')} to {target}.", markup=False)


def _tell(explorer: "Explorer", path: str, error: Exception) -> None:
    why = getattr(error, "strerror", None) or error
    explorer.notify(
        f"{one_line(path, 400)} could not be written: {why}. Nothing was changed; "
        "choose another place.",
        severity="error",
        markup=False,
    )


def write_whole(target: Path, text: str) -> None:
    """Write `text` to `target` so that there is never half a file; raises OSError."""
    data = text.encode("utf-8", "surrogatepass")
    with tempfile.NamedTemporaryFile(dir=target.parent, prefix=".stop-tui-", delete=False) as file:
        try:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
            os.fchmod(file.fileno(), 0o644)
            Path(file.name).replace(target)
        except OSError:
            Path(file.name).unlink(missing_ok=True)
            raise
