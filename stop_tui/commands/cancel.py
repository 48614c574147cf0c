"""`stop-tui cancel RUN`: end a run for good; what it found stays."""

import argparse
from pathlib import Path

from stop_tui.commands.output import print_json
from stop_tui.engine.starting import cancel_run
from stop_tui.presentation.people import user_name
from stop_tui.workspace import find_workspace


def main(options: argparse.Namespace) -> int:
    """Record that the run is over; refused for one that is over or being run."""
    by = user_name()
    cancel_run(find_workspace(Path.cwd()), options.run, by=by, reason=options.reason)
    if options.json:
        print_json({"cancelled": options.run, "by": by, "reason": options.reason})
    else:
        print(f"Cancelled: {options.run} cannot be resumed. Its versions stay in the lineage.")
    return 0
