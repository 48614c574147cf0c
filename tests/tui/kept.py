"""Workspaces that take long to make: each is made once in a process, and tests get copies."""

import atexit
import shutil
import tempfile
from collections.abc import Callable, Hashable
from pathlib import Path

from stop_tui.workspace import Workspace

_made: dict[tuple[Hashable, ...], Path] = {}


def copied(folder: Path, make: Callable[..., object], *given: Hashable) -> Workspace:
    """What `make(folder, *given)` makes of a folder: made elsewhere the first time, then copied."""
    key = (make, *given)
    if key not in _made:
        place = Path(tempfile.mkdtemp(prefix="stop-tui-kept-"))
        atexit.register(shutil.rmtree, place, ignore_errors=True)
        make(place / "workspace", *given)
        _made[key] = place / "workspace"
    shutil.copytree(_made[key], folder, symlinks=True, dirs_exist_ok=True)
    return Workspace(folder.resolve())
