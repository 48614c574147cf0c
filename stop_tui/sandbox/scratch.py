"""The private folder of one worker: the only place where its programs can write.

It is flat (programs cannot make folders in it), so one pass measures or empties it.
"""

import os
import shutil
import tempfile
from contextlib import suppress
from pathlib import Path

MAX_BYTES = 64 << 20
MAX_FILES = 1000


class Scratch:
    """A new folder below `parent`, named for this process."""

    def __init__(self, parent: Path) -> None:
        parent.mkdir(parents=True, exist_ok=True)
        self.folder = Path(tempfile.mkdtemp(prefix=f"{os.getpid()}-", dir=parent)).resolve()

    def overfull(self) -> bool:
        """Whether programs have written more than MAX_BYTES, or more than MAX_FILES files."""
        used = 0
        try:
            with os.scandir(self.folder) as entries:
                for count, entry in enumerate(entries):
                    with suppress(FileNotFoundError):
                        used += entry.stat(follow_symlinks=False).st_blocks * 512
                    if used > MAX_BYTES or count >= MAX_FILES:
                        return True
        except FileNotFoundError:
            return False
        return False

    def empty(self) -> bool:
        """Remove what is in it; False if something is left, and it must not be used again."""
        try:
            with os.scandir(self.folder) as entries:
                for entry in entries:
                    Path(entry.path).unlink()
        except OSError:
            return False
        return True

    def remove(self) -> None:
        """Remove the folder with all that is in it, as far as that can be done."""
        shutil.rmtree(self.folder, ignore_errors=True)


def remove_abandoned(parent: Path) -> None:
    """Remove the folders that processes left which no longer run."""
    if not parent.is_dir():
        return
    for folder in parent.iterdir():
        owner = folder.name.partition("-")[0]
        if owner.isdecimal() and not _runs(int(owner)):
            shutil.rmtree(folder, ignore_errors=True)


def _runs(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except (PermissionError, OverflowError):
        return True
    return True
