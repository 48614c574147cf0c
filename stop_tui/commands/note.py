"""`stop-tui note REV [TEXT]`: the note on a version, which plain `git log` shows too."""

import argparse
from pathlib import Path

from stop_tui.commands.output import print_json
from stop_tui.core.plain_text import plain
from stop_tui.store.isolated_git import identity
from stop_tui.store.lineage import Lineage
from stop_tui.workspace import find_workspace


def main(options: argparse.Namespace) -> int:
    """Write the note if there is a text, else print it."""
    workspace = find_workspace(Path.cwd())
    lineage = Lineage.open(workspace.lineage, create=False)
    commit = lineage.resolve(options.rev)
    if options.text is not None:
        lineage.add_note(commit, options.text, identity(workspace.root))
    note = lineage.note(commit)
    if options.json:
        print_json({"commit": commit, "note": note})
    elif options.text is None:
        print(plain(note) if note else f"There is no note on {commit[:10]}.")
    else:
        print(f"{'Noted on' if note else 'No note any more on'} {commit[:10]}.")
    return 0
