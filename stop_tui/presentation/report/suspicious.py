"""The part of the page with the scores that deserve a second look."""

from stop_tui.core.suspicion import asked_by, is_open
from stop_tui.presentation.report.blocks import Block, Items, Section, Words
from stop_tui.presentation.report.record import Record
from stop_tui.presentation.suspicions import MARK, suspicion_lines


def suspicious(record: Record) -> Section:
    """A line for each thing that is suspicious on a task, by meta-iteration."""
    state = record.state
    by_iteration = {
        number: [
            event
            for events in state.suspicions.values()
            for event in events
            if asked_by(event)[0] == number and is_open(state, event)
        ]
        for number in (0, *sorted(state.iterations))
    }
    found = tuple(
        f"{MARK} {f'I{number}: ' if number else ''}{record.words(line, 400)}"
        for number, events in by_iteration.items()
        for line in suspicion_lines(events)
    )
    blocks: tuple[Block, ...] = (Words("None was found."),)
    if found:
        why = "Reasons to look, not verdicts: each of these scores counts all the same."
        blocks = (Words(why), Items(found))
    return Section("suspicious", "Suspicious scores", blocks)
