"""What takes long to make is made once, and each test that changes it gets a copy."""

import atexit
import shutil
import tempfile
from collections.abc import Callable, Hashable
from pathlib import Path

from stop_tui.workspace import Workspace

_made: dict[tuple[Hashable, ...], Workspace] = {}


def copy_of(workspace: Workspace, folder: Path) -> Workspace:
    """The workspace with all its runs, in another folder."""
    shutil.copytree(workspace.root, folder, symlinks=True, dirs_exist_ok=True)
    return Workspace(folder.resolve())


def copied(folder: Path, make: Callable[..., object], *given: Hashable) -> Workspace:
    """What `make(folder, *given)` makes of a folder: made elsewhere the first time, then copied."""
    key = (make, *given)
    if key not in _made:
        place = Path(tempfile.mkdtemp(prefix="stop-tui-copied-"))
        atexit.register(shutil.rmtree, place, ignore_errors=True)
        make(place / "workspace", *given)
        _made[key] = Workspace(place / "workspace")
    return copy_of(_made[key], folder)
