"""`stop-tui show REV`: one version, its figures and its source."""

import argparse
import sys
from pathlib import Path
from textwrap import indent

from stop_tui.commands.log import as_json
from stop_tui.commands.output import console, print_json
from stop_tui.core.plain_text import plain
from stop_tui.engine.suspected_version import suspicions_of_version
from stop_tui.presentation.suspicions import MARK, suspicion_lines
from stop_tui.store.lineage import Lineage
from stop_tui.workspace import find_workspace


def main(options: argparse.Namespace) -> int:
    """Show the message and the source, or with --source the source byte for byte."""
    workspace = find_workspace(Path.cwd())
    lineage = Lineage.open(workspace.lineage, create=False)
    commit = lineage.resolve(options.rev)
    source = lineage.source(commit)
    if options.source:
        sys.stdout.buffer.write(source.encode("utf-8", "surrogatepass"))
        return 0
    version = lineage.version(commit)
    from_run = version.trailers
    suspected = suspicions_of_version(workspace, from_run.run, from_run.iteration, source)
    if options.json:
        print_json(
            {
                **as_json(version),
                "note": lineage.note(commit),
                "suspicions": suspected,
                "source": source,
            }
        )
        return 0
    print(f"commit {version.commit}")
    print(plain(version.message).rstrip())
    print()
    note = plain(lineage.note(commit))
    if note:
        print("Note:")
        print(indent(note, "    "))
        print()
    for line in suspicion_lines(suspected):
        print(f"{MARK} suspicious score: {line}")
    if suspected:
        print()
    out = console()
    if out.is_terminal:
        from rich.syntax import Syntax

        out.print(Syntax(plain(source), "python", line_numbers=True, theme="ansi_dark"))
    else:
        print(plain(source))
    return 0
