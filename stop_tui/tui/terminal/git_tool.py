"""The user's own git tool on the lineage repository: which one it is, and opening it.

The user's configuration of git applies (colours, pager, aliases); other repositories that the
environment names do not.
"""

import os
import shlex
from pathlib import Path
from typing import TYPE_CHECKING

from stop_tui.core.errors import UsageError
from stop_tui.core.plain_text import one_line
from stop_tui.tui.terminal.hand_over import hand_over

if TYPE_CHECKING:
    from stop_tui.tui.app import Explorer

_KEPT = ("GIT_PAGER", "GIT_EDITOR", "GIT_SEQUENCE_EDITOR", "GIT_TERMINAL_PROMPT")


def git_command(setting: str, commit: str | None) -> list[str]:
    """The words of the `setting` (a command line); where it is empty, `git log -p` from `commit`
    on, or from everywhere. Raises UsageError for a setting that is no command line."""
    try:
        words = shlex.split(setting)
    except ValueError as error:
        raise UsageError(
            f"The setting git_tool cannot be read as a command: {one_line(setting, 100)} "
            f"({error}).",
            hint='See [screen] in .stop/config.toml, for example git_tool = "lazygit".',
        ) from error
    return words or ["git", "log", "-p", "--all" if commit is None else commit]


async def open_git_tool(explorer: "Explorer", repository: Path, command: list[str]) -> int:
    """Run `command` in the `repository` on the terminal; its exit code. Raises UsageError when it
    cannot be started."""
    try:
        return await hand_over(
            explorer, command, cwd=repository, environment=_environment(repository)
        )
    except (OSError, ValueError) as error:  # ValueError: a NUL in the setting
        why = getattr(error, "strerror", None) or error
        raise UsageError(
            f"The git tool {one_line(command[0], 100)} cannot be started: {why}.",
            hint="Correct git_tool in [screen] of .stop/config.toml, or remove it: then it is "
            "`git log -p`.",
        ) from error


def _environment(repository: Path) -> dict[str, str]:
    own = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith("GIT_") or name in _KEPT
    }
    own["GIT_DIR"] = str(repository.absolute())
    return own
