"""`stop-tui report RUN`: a run as one page to share, in HTML or Markdown."""

import argparse
import sys
from contextlib import suppress
from pathlib import Path

from stop_tui.core.plain_text import plain
from stop_tui.presentation.conditions import Driver
from stop_tui.presentation.report.markdown import as_markdown
from stop_tui.presentation.report.markup import as_html
from stop_tui.presentation.report.page import page
from stop_tui.presentation.report.places import Places
from stop_tui.presentation.report.record import read_record
from stop_tui.store.journal import Journal
from stop_tui.store.new_file import new_file
from stop_tui.store.run_lock import is_locked
from stop_tui.workspace import Workspace, find_workspace


def main(options: argparse.Namespace) -> int:
    """Write the page to a new file, or as Markdown to standard output."""
    workspace = find_workspace(Path.cwd())
    with Journal.open(workspace.journal, create=False) as journal:
        next(journal.events(options.run))  # raises for a run that is not there
        driver: Driver = "elsewhere" if is_locked(workspace.locks, options.run) else "nobody"
        written = page(read_record(journal, options.run, workspace, _places(workspace), driver))
    if options.html is not None:
        _write(Path(options.html), as_html(written))
    elif options.markdown is not None:
        _write(Path(options.markdown), as_markdown(written))
    else:
        sys.stdout.write(as_markdown(written))
    return 0


def _places(workspace: Workspace) -> Places:
    """The folders of this machine and this user that text of the run may name."""
    folders = [workspace.root]
    if not Path(sys.prefix).is_relative_to("/usr"):  # where every machine may have it
        folders.append(Path(sys.prefix))
    with suppress(RuntimeError):  # whoever has no home has none to hide
        folders.append(Path.home())
    return Places(str(each) for folder in folders for each in (folder, folder.resolve()))


def _write(path: Path, text: str) -> None:
    """Write a new file; leaves nothing half written, and a file that is there alone."""
    data = text.encode()
    with new_file(path) as file:
        file.write(data)
    print(f"Wrote {plain(str(path))} ({len(data):,} bytes).")
