"""The log file and the crash report: what happened, without secrets and without local values."""

import logging
import os
import platform
import re
import sys
import time
import traceback
from collections.abc import Iterable, Mapping
from importlib.metadata import PackageNotFoundError, version
from logging.handlers import RotatingFileHandler
from pathlib import Path

from stop_tui import __version__
from stop_tui.core.plain_text import one_line, plain

_SECRET_NAME = re.compile(r"key|token|secret|passw|credential|auth|cookie", re.IGNORECASE)
_LIKE_A_SECRET = re.compile(r"\b(?:sk|pk|ghp|gho|xox[abp]|hf|AKIA)[-_A-Za-z0-9]{12,}|Bearer\s+\S+")
_SHORTEST = 6
"""Characters that a value of the environment needs to be worth hiding."""

REDACTED = "[redacted]"
LARGEST_LOG = 1 << 20


def redact(text: str, environment: Mapping[str, str] = os.environ) -> str:
    """`text` without what could be a secret: values of variables named like one, and whatever
    has the form of a key."""
    for name, value in environment.items():
        if _SECRET_NAME.search(name) and len(value) >= _SHORTEST:
            text = text.replace(value, REDACTED)
    return _LIKE_A_SECRET.sub(REDACTED, text)


class _Redacting(logging.Formatter):
    """Formats a record, then takes secrets out of all of it, and what could act on a terminal."""

    def format(self, record: logging.LogRecord) -> str:
        return plain(redact(super().format(record)))


def open_log(folder: Path) -> Path | None:
    """Send the log of this process to `folder`; None where it cannot be written."""
    path = folder / "stop-tui.log"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        handler = RotatingFileHandler(path, maxBytes=LARGEST_LOG, backupCount=1, encoding="utf-8")
    except OSError:
        return None
    handler.setFormatter(_Redacting("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    root = logging.getLogger()
    root.addHandler(handler)
    root.setLevel(logging.INFO)
    return path


def write_report(folder: Path, error: BaseException) -> Path | None:
    """Write what happened to a file in `folder`; None where it cannot be written.

    It holds the traceback without local values, versions, and nothing of the workspace."""
    path = folder / time.strftime("crash-%Y%m%d-%H%M%S.txt")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        path.write_text(report(error), encoding="utf-8")
    except OSError:
        return None
    return path


def report(error: BaseException) -> str:
    """The text of a crash report."""
    lines = [
        f"stop-tui {__version__}, Python {platform.python_version()}, {platform.platform()}",
        *(f"{name} {_version(name)}" for name in ("textual", "rich", "openai", "gitpython")),
        f"terminal {os.environ.get('TERM', 'unknown')}, "
        f"inside {'tmux' if os.environ.get('TMUX') else 'no multiplexer'}",
        "",
        *traceback.format_exception(error),
    ]
    return plain(redact(_without_home("\n".join(lines))))


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "is not installed"


def _without_home(text: str) -> str:
    return text.replace(str(Path.home()), "~")


def tell_crash(error: BaseException, written: Path | None, runs: Iterable[str]) -> None:
    """Say on standard error what happened and what to do; the terminal is restored by now."""
    what = one_line(str(error), 300)
    print(redact(f"stop-tui: it broke: {type(error).__name__}: {what}"), file=sys.stderr)
    where = f"The report is in {written}." if written else "No report could be written."
    print(f"  {where} Nothing that a run recorded is lost.", file=sys.stderr)
    for name in runs:
        print(f"  Go on with: stop-tui run --resume {name}", file=sys.stderr)
