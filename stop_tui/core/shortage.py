"""What the operating system refuses, said in the user's terms: files, processes, memory, disk.

Pure: an error goes in, and words come out where the machine or a limit is the reason.
"""

import errno

from stop_tui.core.errors import StopError

_NO_ROOM = "Make room there; what was recorded before is kept."
_NOT_ALLOWED = "Make it readable and writable for you."

_WORDS = {
    errno.EMFILE: (
        "No more files can be opened: this program has as many open as it may (ulimit -n)",
        "Raise the limit in this shell, for instance with `ulimit -n 4096`.",
    ),
    errno.ENFILE: (
        "No more files can be opened: this machine has as many open as it can",
        "End other programs.",
    ),
    errno.EAGAIN: (
        "No more processes or threads can be started: as many run as you may have (ulimit -u)",
        "End other programs, or raise the limit, for instance with `ulimit -u 4096`.",
    ),
    errno.ENOMEM: (
        "There is no more memory for this program",
        "End other programs, or raise the limit if there is one (ulimit -v).",
    ),
    errno.ENOSPC: ("The disk is full", _NO_ROOM),
    errno.EDQUOT: ("Your quota on the disk is used up", _NO_ROOM),
    errno.EFBIG: (
        "A file may not grow further (ulimit -f)",
        "Raise the limit, for instance with `ulimit -f unlimited`.",
    ),
    errno.EROFS: ("The file system is read-only", "Work in a copy that can be written."),
    errno.EACCES: ("You have no permission for that", _NOT_ALLOWED),
    errno.EPERM: ("You have no permission for that", _NOT_ALLOWED),
}

_NO_THREAD = "can't start new thread"
"""All that Python says of it is this text."""


class Shortage(StopError):
    """The machine, or a limit on this program, does not give what is needed."""


def shortage(error: BaseException) -> Shortage | None:
    """`error` as a message for the user; None when neither machine nor limits are its reason."""
    match error:
        case OSError(errno=int(code)):
            name = error.filename
        case MemoryError():
            code, name = errno.ENOMEM, None
        case RuntimeError() if _NO_THREAD in str(error):
            code, name = errno.EAGAIN, None
        case _:
            return None
    if code not in _WORDS:
        return None
    what, hint = _WORDS[code]
    return Shortage(f"{what}: {name}." if isinstance(name, str) else f"{what}.", hint=hint)
