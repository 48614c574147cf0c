"""Keeps the places of a machine out of what is shared: its folders, and the user they name."""

import re
from collections.abc import Iterable

from stop_tui.core.plain_text import one_line

_COMMON = ("etc", "proc", "sys", "dev", "usr", "bin", "sbin", "lib", "lib64")
"""Folders that every Linux has: a path below them says what was attempted, and not where."""

_PART = r"[^\s/'\"`:;,()<>|]{1,255}"
_PATH = re.compile(rf"(?<![\w.~/…-])/(?!/)(?:{_PART}/)+({_PART})?")
_BELOW = re.compile(rf"…/(?:{_PART}/)+({_PART})?")
_BEFORE, _AFTER = r"(?<![\w.~-])", r"(?![\w-])"


class Places:
    """Knows the folders of this machine, the longest first, and what to write in their place."""

    def __init__(self, folders: Iterable[str]) -> None:
        """`folders` are absolute paths; the root folder is none that tells anything."""
        known = sorted({folder.rstrip("/") for folder in folders} - {""}, key=len, reverse=True)
        self._known = [re.compile(_BEFORE + re.escape(folder) + _AFTER) for folder in known]

    def text(self, text: str) -> str:
        """A program or an idea, where a path is part of what was written: only folders that are
        known to be this machine's are replaced."""
        for folder in self._known:
            text = folder.sub("…", text)
        return text

    def words(self, text: str, limit: int) -> str:
        """Words on one line, at most `limit` characters: of any path only its last part is left,
        unless every Linux has it."""
        known = _BELOW.sub(r"…/\1", self.text(text[: 20 * limit + 20]))
        return one_line(_PATH.sub(_last, known), limit)


def _last(found: re.Match[str]) -> str:
    return found[0] if found[0].split("/", 2)[1] in _COMMON else f"…/{found[1] or ''}"
