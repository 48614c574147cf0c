"""`stop-tui export RUN FILE`: a run in one file, for another machine."""

import argparse
from pathlib import Path

from stop_tui.commands.output import print_json
from stop_tui.core.plain_text import plain
from stop_tui.engine.carrying import export_run
from stop_tui.presentation.figures import counted
from stop_tui.workspace import find_workspace


def main(options: argparse.Namespace) -> int:
    """Write the file; a file that is there is left alone."""
    path = Path(options.file)
    carried = export_run(find_workspace(Path.cwd()), options.run, path)
    if options.json:
        print_json(
            {
                "exported": options.run,
                "file": str(path),
                "bytes": path.stat().st_size,
                "events": carried.events,
                "versions": carried.versions,
                "texts": carried.texts,
            }
        )
        return 0
    print(
        f"Exported {options.run} to {plain(str(path))} ({path.stat().st_size:,} bytes): "
        f"{counted(carried.events, 'event')}, {counted(carried.versions, 'version')}, "
        f"{counted(carried.texts, 'text')}."
    )
    print(
        "It holds every prompt and response, and the name and address of its commits; no keys, "
        "and not the tasks."
    )
    return 0
