"""A file that is written whole or not at all, and never over one that is there."""

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from stop_tui.core.errors import StopError, UsageError


@contextmanager
def new_file(path: Path) -> Iterator[BinaryIO]:
    """The new file `path` to write to; on the disk at the end, gone if anything goes wrong.

    Raises UsageError when it exists already, StopError when it cannot be written.
    """
    try:
        with path.open("xb") as file:
            try:
                yield file
                file.flush()
                os.fsync(file.fileno())
            except BaseException:
                with suppress(OSError):
                    path.unlink()
                raise
    except FileExistsError:
        raise UsageError(
            f"{path} exists already; it was left as it is.", hint="Name a new file."
        ) from None
    except OSError as error:
        raise StopError(
            f"{path} cannot be written: {error.strerror or error}.",
            hint="Name a place that you may write to and that has room.",
        ) from None
