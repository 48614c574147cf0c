"""`stop-tui init DIR`: a new workspace with the seed improver and the tasks."""

import argparse
from pathlib import Path

from stop_tui.workspace import create_workspace


def main(options: argparse.Namespace) -> int:
    """Make the workspace and say what to do next."""
    folder = Path(options.folder)
    create_workspace(folder)
    print(f"Made a workspace in {folder}: improvers/, tasks/ and .stop/config.toml.")
    print(f"Next: cd {folder} && stop-tui run")
    return 0
