"""What a running program uses that no limit of the kernel bounds: threads and removed files.

Read from /proc, from outside. A file that was removed takes space as long as it is open or mapped,
and no look into the scratch folder finds it. Where there is no /proc, or it may not be read,
nothing is found.
"""

import os
from contextlib import suppress
from pathlib import Path

from stop_tui.sandbox.inside.lockdown import FILE_BYTES
from stop_tui.sandbox.scratch import MAX_BYTES

MAX_THREADS = 512
_MAPS_BYTES = 1 << 20
"""More memory areas than fit into this much of /proc/PID/maps no honest program has."""
_PIECE = 1 << 14
_REMOVED = " (deleted)"


def excess(zygote: int, scratch: Path) -> str | None:
    """What the program of the process `zygote` has too much of, its files being in `scratch`."""
    for child in _children(zygote):
        # It may end meanwhile, and a kernel may refuse to tell.
        with suppress(OSError, ValueError):
            if _threads(child) > MAX_THREADS:
                return f"it started more than {MAX_THREADS} threads"
            if _removed_bytes(child, scratch) > MAX_BYTES:
                return "it filled its scratch folder with removed files"
    return None


def _children(pid: int) -> list[int]:
    with suppress(OSError):
        return [int(n) for n in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    return []


def _threads(pid: int) -> int:
    stat = Path(f"/proc/{pid}/stat").read_bytes()
    return int(stat.rpartition(b")")[2].split()[17])  # after a name that may hold anything


def _removed_bytes(pid: int, scratch: Path) -> int:
    """Bytes on disk of files that were removed from `scratch` and are still open or mapped."""
    inside = f"{scratch}/"
    sizes: dict[int, int] = {}
    with os.scandir(f"/proc/{pid}/fd") as files:
        for opened in files:
            with suppress(OSError):
                target = os.readlink(opened.path)  # noqa: PTH115 - a hundred times a second
                if target.startswith(inside) and target.endswith(_REMOVED):
                    found = opened.stat()
                    sizes[found.st_ino] = found.st_blocks * 512
    text = bytearray()
    with Path(f"/proc/{pid}/maps").open("rb", buffering=0) as maps:
        while piece := maps.read(_PIECE):
            text += piece
            if len(text) > _MAPS_BYTES:
                return MAX_BYTES + 1
    name = os.fsencode(inside)
    for line in text.splitlines() if name in text else ():
        if name in line and line.endswith(_REMOVED.encode()):
            _, _, _, _, inode, _ = line.split(maxsplit=5)
            # To ask for its size takes privileges, so a file that is only mapped counts as full.
            sizes.setdefault(int(inode), FILE_BYTES)
    return sum(sizes.values())
