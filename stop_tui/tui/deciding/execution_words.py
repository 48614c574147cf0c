"""What a human needs to decide whether a candidate may run at all. Pure."""

from collections.abc import Iterator, Mapping, Sequence

from textual.content import Content

from stop_tui.core import events as ev
from stop_tui.core.plain_text import one_line
from stop_tui.core.state import State
from stop_tui.core.verdicts import Isolation
from stop_tui.presentation.names import candidate_name
from stop_tui.tui.deciding.review_words import found


def which(state: State, source: str) -> str:
    """The candidate that is `source` (a hash), by number and meta-iteration."""
    for iteration in reversed(state.iterations.values()):
        candidate = iteration.candidates.get(source)
        if candidate is not None:
            return candidate_name(candidate.number, iteration.number)
    return "the candidate"


def summary(state: State, source: str, warnings: Sequence[ev.Finding]) -> list[Content]:
    """Which candidate it is, who wrote it, what is remarkable in it, and where it would run."""
    return list(_summary(state, source, warnings))


def marks(warnings: Sequence[ev.Finding]) -> Mapping[int, str]:
    """The notes beside the lines on which `warnings` rest."""
    notes: dict[int, str] = {}
    for finding in warnings:
        for line in finding.lines:
            note = one_line(finding.label, 60)
            notes[line] = f"{notes[line]}, {note}" if line in notes else f"⚠ {note}"
    return notes


def _summary(state: State, source: str, warnings: Sequence[ev.Finding]) -> Iterator[Content]:
    name = which(state, source)
    yield Content.styled(f"{name[0].upper()}{name[1:]} would run for the first time.", "bold")
    candidate = next(
        (i.candidates[source] for i in state.iterations.values() if source in i.candidates), None
    )
    author = "a human" if candidate is not None and candidate.by == "human" else "the incumbent"
    yield Content(f"It comes from {author}; nothing of it has run yet.")
    yield Content("")
    yield Content.styled("Warnings about the source", "bold $primary")
    for finding in warnings:
        yield Content.styled(f"⚠ {found(finding)}", "$text-warning")
    if not warnings:
        yield Content.styled("None.", "$text-muted")
    yield Content("")
    yield Content.styled("Strategies", "bold $primary")
    findings = () if candidate is None else candidate.strategies
    for finding in findings:
        yield Content(f"◆ {found(finding)}")
    if not findings:
        yield Content.styled("None found.", "$text-muted")
    yield Content("")
    yield Content.styled("Where it would run", "bold $primary")
    yield _isolation(state)


def _isolation(state: State) -> Content:
    if state.isolation is Isolation.FULL:
        return Content("In the sandbox; isolation is full, as tried at the start of this session.")
    level = "unknown" if state.isolation is None else state.isolation.value
    missing = "; ".join(one_line(item, 100) for item in state.missing)
    return Content.styled(f"⚠ Isolation is {level}: {missing}", "bold $text-error")
