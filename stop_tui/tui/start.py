"""Opening the explorer: what can be wrong is told before anything is drawn, or after."""

import asyncio
import logging
import os
import sys
from pathlib import Path
from typing import NoReturn

from stop_tui.config import Config, load_config
from stop_tui.core.errors import UsageError, WorkspaceError
from stop_tui.core.garbage import search_rarely
from stop_tui.core.plain_text import plain
from stop_tui.tui.app import Explorer
from stop_tui.tui.keys.keymap import read_keymap
from stop_tui.tui.terminal.crash import open_log, tell_crash, write_report
from stop_tui.workspace import Workspace, find_workspace

CRASHED = 1


def explore(opening: str | None = None) -> int:
    """Draw the explorer on the terminal until it is left; its exit code.

    `opening` is a run to open at once. Raises StopError for a configuration that cannot be meant.
    """
    workspace = _workspace()
    config = load_config(workspace.config) if workspace is not None else Config()
    keymap = read_keymap(config.keys)
    if opening is not None and workspace is None:
        raise UsageError(f"There is no run {opening!r}: this folder is in no workspace.")
    search_rarely()
    app = Explorer(
        workspace,
        folder=Path.cwd(),
        config=config,
        keymap=keymap,
        opening=opening,
        entered=lambda workspace: open_log(workspace.logs),
    )
    # A loop of our own: asyncio.run would wait for every thread before it lets go.
    code = app.run(loop=asyncio.new_event_loop())
    if app.failure is None:
        return code or 0
    running = [session.name for session in app.sessions.values() if session.live]
    written = None
    if app.workspace is not None:
        written = write_report(app.workspace.logs, app.failure)
    logging.getLogger(__name__).error("it broke", exc_info=app.failure)
    tell_crash(app.failure, written, map(plain, running))
    return CRASHED


def leave(code: int) -> NoReturn:
    """End this process at once with `code`.

    By now the terminal is restored and everything is in the journal. A thread that reads a hostile
    source may take seconds more, and freeing a large run takes half of one; nobody waits for that.
    """
    logging.shutdown()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


def _workspace() -> Workspace | None:
    try:
        return find_workspace(Path.cwd())
    except WorkspaceError:
        return None
