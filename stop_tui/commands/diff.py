"""`stop-tui diff REV REV`: what changed between two versions."""

import argparse
from pathlib import Path

from stop_tui.commands.output import console, print_json
from stop_tui.core.plain_text import plain
from stop_tui.store.lineage import Lineage
from stop_tui.workspace import find_workspace


def main(options: argparse.Namespace) -> int:
    """Print the unified diff of the two sources."""
    lineage = Lineage.open(find_workspace(Path.cwd()).lineage, create=False)
    old, new = lineage.resolve(options.old), lineage.resolve(options.new)
    text = lineage.diff(old, new)
    if options.json:
        print_json({"old": old, "new": new, "diff": text})
        return 0
    out = console()
    if out.is_terminal:
        from rich.syntax import Syntax

        out.print(Syntax(plain(text), "diff", theme="ansi_dark"))
    else:
        print(plain(text), end="")
    return 0
