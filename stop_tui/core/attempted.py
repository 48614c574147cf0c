"""What generated programs attempted, sorted into kinds, with the lines that show it. Pure."""

from typing import Literal

from stop_tui.core.analysis.sandbox_flag import RUNS_DIRECTLY, mentions_flag, switched_off
from stop_tui.core.analysis.source_warnings import source_warnings
from stop_tui.core.events import Budget, Finding

Kind = Literal["process", "network", "file", "budget", "sandbox flag", "other"]

KINDS: tuple[Kind, ...] = ("process", "network", "file", "budget", "sandbox flag", "other")

_BY_WORDS: dict[str, Kind] = {
    "start a process": "process",
    "signal a process": "process",
    "use the network": "network",
    "read a file outside": "file",
    "change a file outside": "file",
}
_IN_THE_TEXT: tuple[tuple[str, Kind], ...] = (
    ("processes", "process"),
    ("network", "network"),
    ("files", "file"),
)


def kind_of(what: str) -> Kind:
    """The kind of an attempt that a sandbox event tells in the words `what`."""
    if what.startswith(("assign to ", "delete ")):
        return "budget"  # of a handle: its budget, or how much of it is used
    return _BY_WORDS.get(what, "other")


def lines_by_kind(source: str, budget: Budget) -> dict[Kind, tuple[int, ...]]:
    """The lines of a program on which its text shows each kind of attempt, as far as it does."""
    found: dict[Kind, set[int]] = {}
    for warning in source_warnings(source, budget):
        kind: Kind
        if warning.label == "leaves the sandbox":
            kind = next((k for word, k in _IN_THE_TEXT if word in warning.detail), "other")
        elif warning.label == "budget":
            kind = "budget"
        else:
            continue
        found.setdefault(kind, set()).update(warning.lines)
    return {kind: tuple(sorted(lines)) for kind, lines in found.items()}


def flag_findings(source: str) -> tuple[Finding, ...]:
    """How a program that has a sandbox flag switches it off; empty for all that have none."""
    if not mentions_flag(source):
        return ()
    return tuple(each for each in switched_off(source) or () if each.label != RUNS_DIRECTLY)
