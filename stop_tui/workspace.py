"""A workspace: a folder with improvers/, tasks/ and .stop/, where runs live.

It knows where things are; it does not open the journal or the lineage.
"""

import os
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path

import stop_tui
from stop_tui.core.errors import UsageError, WorkspaceError

CONFIG = """\
# Settings of this workspace. An option on the command line wins over an environment variable
# (STOP_TUI_ITERATIONS=3), which wins over this file.

[run]
# tasks = ["lpn"]
# iterations = 6
# repeats = 5
# model = "offline"
# gate = "auto"
# seed = 0

[screen]
# theme = "dark"         # dark, light, ansi, ansi-light
# git_tool = "lazygit"   # started in the lineage repository; a command line

[keys]
# "run.step" = "n"       # an action and its keys; `stop-tui docs explorer` lists them
"""

GITIGNORE = """\
/journal.db*
/.journal-*
/.lineage-*
/lineage.git/
/locks/
/logs/
/scratch/
"""


@dataclass(frozen=True, slots=True)
class Workspace:
    """The folder `root` and the places in it."""

    root: Path

    @property
    def improvers(self) -> Path:
        """Hand-written improvers, one file each."""
        return self.root / "improvers"

    @property
    def tasks(self) -> Path:
        """Tasks, one folder each."""
        return self.root / "tasks"

    @property
    def private(self) -> Path:
        """What stop-tui keeps: `.stop`."""
        return self.root / ".stop"

    @property
    def config(self) -> Path:
        """Settings of this workspace, if there are any."""
        return self.private / "config.toml"

    @property
    def journal(self) -> Path:
        """The SQLite file with every event of every run."""
        return self.private / "journal.db"

    @property
    def lineage(self) -> Path:
        """The bare git repository of accepted improvers."""
        return self.private / "lineage.git"

    @property
    def experiments(self) -> Path:
        """What experiments asked and were answered, a file each."""
        return self.private / "experiments"

    @property
    def locks(self) -> Path:
        """One lock for each run under way."""
        return self.private / "locks"

    @property
    def logs(self) -> Path:
        """The explorer's log and its crash reports."""
        return self.private / "logs"

    @property
    def scratch(self) -> Path:
        """Scratch folders of generated programs while they run."""
        return self.private / "scratch"

    def improver_names(self) -> list[str]:
        """Names of the hand-written improvers, sorted."""
        return sorted(path.stem for path in self.improvers.glob("*.py"))

    def prepare(self) -> None:
        """Make sure that runs can be kept here; raises WorkspaceError when they cannot."""
        try:
            self.private.mkdir(exist_ok=True)
            self.locks.mkdir(exist_ok=True)
            self.scratch.mkdir(exist_ok=True)
            with tempfile.TemporaryFile(dir=self.scratch):
                pass
            ignore = self.private / ".gitignore"
            if not ignore.exists():
                ignore.write_text(GITIGNORE, encoding="utf-8")
        except OSError as error:
            raise WorkspaceError(
                f"The workspace {self.root} cannot be written: {error.strerror or error}.",
                hint="Make it writable, or work in a copy: `stop-tui init DIR`.",
            ) from None


def find_workspace(start: Path) -> Workspace:
    """The workspace that `start` is in; raises WorkspaceError when there is none."""
    start = start.resolve()
    for folder in (start, *start.parents):
        if (folder / "improvers").is_dir() and (folder / "tasks").is_dir():
            return Workspace(folder)
    raise WorkspaceError(
        f"{start} is not in a workspace: no folder above it has improvers/ and tasks/.",
        hint="Make one with `stop-tui init DIR`.",
    )


def create_workspace(folder: Path) -> Workspace:
    """A new workspace in `folder`, with the improvers and tasks that stop-tui brings.

    Raises UsageError when the folder has anything in it, WorkspaceError when it cannot be made.
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise UsageError(
            f"{folder} exists and is not an empty folder; nothing was changed.",
            hint="Name a new folder.",
        )
    template = brought_along()
    try:
        for name in ("improvers", "tasks"):
            shutil.copytree(
                template / name, folder / name, ignore=shutil.ignore_patterns("__pycache__")
            )
        workspace = Workspace(folder.resolve())
        workspace.prepare()
        workspace.config.write_text(CONFIG, encoding="utf-8")
    except OSError as error:
        raise WorkspaceError(
            f"The workspace {folder} could not be made: {error.strerror or error}.",
            hint="Name a folder that you may write to.",
        ) from None
    return workspace


def brought_along() -> Path:
    """Where improvers, tasks and documentation are: in the installed package, or the checkout."""
    package = Path(os.fspath(stop_tui.__path__[0]))
    installed = package / "template"
    return installed if installed.is_dir() else package.parent
