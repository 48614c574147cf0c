"""`stop-tui git ...`: git on the lineage repository, for those who think in git."""

import argparse
from pathlib import Path

from stop_tui.store.lineage import Lineage
from stop_tui.workspace import find_workspace


def main(options: argparse.Namespace) -> int:
    """Run git and pass its exit code on."""
    arguments = options.arguments[1:] if options.arguments[:1] == ["--"] else options.arguments
    lineage = Lineage(find_workspace(Path.cwd()).lineage)
    if not lineage.path.exists():
        Lineage.open(lineage.path, create=False)  # says that there is none
    return lineage.git(arguments)  # a damaged one too: git says what is wrong with it
