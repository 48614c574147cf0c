"""What is expensive to make is made once, and each test that changes it gets a copy."""

import shutil
from pathlib import Path

from stop_tui.workspace import Workspace


def copy_of(workspace: Workspace, folder: Path) -> Workspace:
    """The workspace with all its runs, in a folder that is not there yet."""
    shutil.copytree(workspace.root, folder, symlinks=True)
    return Workspace(folder.resolve())
