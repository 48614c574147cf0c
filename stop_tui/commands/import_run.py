"""`stop-tui import FILE`: take a run in that was exported elsewhere."""

import argparse
from pathlib import Path

from stop_tui.commands.output import print_json
from stop_tui.engine.carrying import import_run
from stop_tui.presentation.figures import counted
from stop_tui.workspace import find_workspace


def main(options: argparse.Namespace) -> int:
    """Take the run in, all of it or nothing."""
    carried = import_run(find_workspace(Path.cwd()), Path(options.file))
    settings = carried.state.settings
    if options.json:
        print_json(
            {
                "imported": settings.name,
                "events": carried.events,
                "versions": carried.versions,
                "texts": carried.texts,
                "other_tasks": list(carried.tasks),
                "unsafe_no_isolation": settings.unsafe_no_isolation,
            }
        )
        return 0
    print(
        f"Imported {settings.name}: {counted(carried.events, 'event')}, "
        f"{counted(carried.versions, 'version')}, {counted(carried.texts, 'text')}."
    )
    if carried.tasks:
        print(
            f"This workspace does not have the run's {', '.join(carried.tasks)} in tasks/, or in "
            "another form: it can be looked at, but neither replayed nor gone on with."
        )
    if settings.unsafe_no_isolation:
        print(
            "It was started with --unsafe-no-isolation: where programs cannot be isolated, going "
            "on with it runs them all the same."
        )
    return 0
