"""Finding an improver by what a user calls it: a file, a hand-written improver, or a version."""

from dataclasses import dataclass
from pathlib import Path

from stop_tui.core.errors import UsageError
from stop_tui.store.lineage import Lineage
from stop_tui.workspace import Workspace

LARGEST = 1 << 20
"""Bytes of an improver's source at most."""


@dataclass(frozen=True, slots=True)
class Improver:
    """An improver's source and where it comes from; `commit` is set for a version."""

    source: str
    label: str
    commit: str | None = None


def find_improver(workspace: Workspace, lineage: Lineage, name: str) -> Improver:
    """The improver that `name` means: a name in improvers/, a file's path, or a REV.

    A name in improvers/ means the same in every folder, whatever files there are.

    Raises UsageError when it is none of them, or not readable text.
    """
    if name in workspace.improver_names():
        return Improver(read_source(workspace.improvers / f"{name}.py"), name)
    path = Path(name)
    if name and (path.suffix == ".py" or _exists(path)):
        return Improver(read_source(path), path.name)
    if not lineage.path.exists():
        known = ", ".join(workspace.improver_names())
        raise UsageError(
            f"{name!r} is no file and no improver of this workspace, and no run has made a "
            "version yet.",
            hint=f"Improvers: {known}.",
        )
    try:
        commit = lineage.resolve(name)
    except UsageError as error:
        known = ", ".join(workspace.improver_names())
        raise UsageError(
            f"{name!r} is no file, no improver of this workspace and no version.",
            hint=f"Improvers: {known}. {error.hint or ''}".strip(),
        ) from None
    return Improver(lineage.source(commit), name, commit)


def _exists(path: Path) -> bool:
    try:
        return path.exists()
    except OSError:  # a name that no file can have
        return False


def read_source(path: Path) -> str:
    """The text of a source file; raises UsageError when it cannot be read as one."""
    try:
        if path.exists() and not path.is_file():
            raise UsageError(f"{path} is not a regular file.")
        with path.open("rb") as file:
            data = file.read(LARGEST + 1)
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror or error}.") from None
    if len(data) > LARGEST:
        raise UsageError(f"{path} is larger than {LARGEST:,} bytes.")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise UsageError(f"{path} is not UTF-8 text ({error.reason}).") from None
