"""What programs attempted, in lines: verified and reported apart, with what each means. Pure.

An attempt is told in words of a hostile program: each is one inert line that is indented, so that
none can look like a heading.
"""

from collections import Counter
from collections.abc import Iterable, Iterator

from textual.content import Content

from stop_tui.core import events as ev
from stop_tui.core.plain_text import one_line
from stop_tui.core.state import State
from stop_tui.core.verdicts import Isolation
from stop_tui.tui.widgets.detail.subject import Subject

_MEANINGS = {
    "verified": (
        "Verified",
        "Seen from outside of the program, by what watches its process. The program cannot have "
        "made it up.",
    ),
    "reported": (
        "Reported",
        "Told from inside of the program's own process, by its audit hook. It informs, and it can "
        "be forged or left out.",
    ),
}


def sandbox_lines(subject: Subject) -> list[Content]:
    """How programs are isolated, then what this one and the solutions that it found attempted."""
    lines = [*_isolation(subject.state)]
    events = attempts_of(subject)
    for trust, (title, meaning) in _MEANINGS.items():
        found = [event for event in events if event.trust == trust]
        lines.append(Content(""))
        lines.append(Content.styled(f"{title}: {len(found):,}", "bold"))
        lines.append(Content.styled(meaning, "$text-muted"))
        lines += _listed(found, subject.source)
    return lines


def attempts_of(subject: Subject) -> list[ev.SandboxEvent]:
    """What the source and the solutions that its runs returned or asked about first attempted,
    in whatever meta-iteration it was seen."""
    programs = {subject.source} | solutions_of(subject)
    return [
        event
        for iteration in subject.state.iterations.values()
        for event in iteration.sandbox_events
        if event.source in programs
    ]


def solutions_of(subject: Subject) -> set[str]:
    """The solutions that the runs of the source found."""
    if subject.number is None:
        return set()
    found = {scored.source for name in subject.programs for scored in subject.view.asked_for(name)}
    for phase in subject.phases:
        repeats = subject.view.repeats(subject.number, phase, subject.source)
        found |= {repeat.solution for repeat in repeats if repeat.solution is not None}
    return found


def _isolation(state: State) -> Iterator[Content]:
    if state.isolation is None:
        yield Content("Isolation: not tested yet.")
        return
    if state.isolation is Isolation.FULL:
        yield Content("Isolation of this run: full. Every escape tried at its start was stopped.")
        return
    yield Content.styled(f"⚠ Isolation of this run: {state.isolation.value}.", "bold $text-warning")
    for missing in state.missing:
        yield Content(f"  not stopped: {one_line(missing, 200)}")


def _listed(events: Iterable[ev.SandboxEvent], source: str) -> Iterator[Content]:
    """Each different attempt once, with who made it and how often."""
    counted = Counter((event.what, event.detail, event.source) for event in events)
    if not counted:
        yield Content("  Nothing.")
    for (what, detail, program), count in counted.items():
        attempt = one_line(f"{what} {detail}", 240)
        by = (
            "the improver itself" if program == source else f"its solution {one_line(program[:10])}"
        )
        times = f", in {count:,} program runs" if count > 1 else ""
        yield Content.assemble("  ", ("⚠ ", "$text-warning"), attempt)
        yield Content.styled(f"      by {by}{times}", "$text-muted")
