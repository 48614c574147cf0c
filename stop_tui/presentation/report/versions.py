"""The part of the page with every version: its figures, the idea behind it, and what changed."""

import re
from collections.abc import Iterator

from stop_tui.core.analysis.strategies import strategies
from stop_tui.core.diffs import diff
from stop_tui.core.events import Finding, VersionCommitted
from stop_tui.presentation.figures import chance_words, counted, interval, signed, with_error
from stop_tui.presentation.names import candidate_name
from stop_tui.presentation.report.blocks import Block, Card, Code, CodeLine, Facts, Fold, Section
from stop_tui.presentation.report.record import Record

LONGEST = 2_000
"""Lines of a program or of a difference that the page has; a page is to be shared."""

WIDEST = 400
"""Characters of one of these lines."""

IDEA = 600
"""Characters of the model's words on a version."""

_STRESSED = re.compile(r"(\*{1,2})(?=\S)([^*]{1,200})(?<=\S)\1")
"""The stars that a model puts around words: nothing here draws them as bold."""


def versions(record: Record) -> Section:
    """All versions in order, each as a difference from the one before, the last one in full."""
    committed = [record.state.versions[number] for number in sorted(record.state.versions)]
    cards = [
        _card(record, version, committed[place - 1] if place else None, len(committed) == place + 1)
        for place, version in enumerate(committed)
    ]
    return Section("versions", "Versions", tuple(cards))


def found_in(record: Record, version: VersionCommitted) -> tuple[Finding, ...]:
    """The strategies of a version: as journalled, or found in its source where it has no event."""
    iteration = record.state.iterations.get(version.iteration)
    candidate = None if iteration is None else iteration.candidates.get(version.source)
    if candidate is not None:
        return candidate.strategies
    return strategies(record.texts[version.source])


def _card(
    record: Record, version: VersionCommitted, before: VersionCommitted | None, last: bool
) -> Card:
    labels = ", ".join(dict.fromkeys(each.label for each in found_in(record, version)))
    blocks: list[Block] = [Facts(tuple(_facts(record, version)))]
    source = record.places.text(record.texts[version.source])
    if before is not None:
        old = record.places.text(record.texts[before.source])
        blocks.append(_changes(old, source, before.iteration))
    if before is None or last:
        lines = source.replace("\r\n", "\n").removesuffix("\n").split("\n")
        blocks.append(
            Fold(f"Its source, {counted(len(lines), 'line')}", (Code(_whole(lines)),), not before)
        )
    title = f"I{version.iteration} · {record.words(labels, 120) or 'no strategy found'}"
    return Card(title, f"commit {version.commit[:10]}", tuple(blocks))


def _facts(record: Record, version: VersionCommitted) -> Iterator[tuple[str, str]]:
    state = record.state
    iteration = state.iterations.get(version.iteration)
    if iteration is None:
        yield "starts from", record.words(state.settings.start, 100)
        return
    candidate = iteration.candidates.get(version.source)
    if candidate is not None:
        by = ", edited by a human" if candidate.by == "human" else ""
        yield "was", f"{candidate_name(candidate.number, iteration.number)}{by}"
        if candidate.idea is not None:
            idea = _STRESSED.sub(r"\2", record.texts[candidate.idea][: 20 * IDEA])
            yield "idea", record.words(idea, IDEA)
    measured = iteration.measured.get(version.source)
    if measured is not None:
        yield "validation", with_error(measured.proposal_val)
        yield "test", with_error(measured.proposal_test)
        difference = f"{signed(measured.difference.mean)} {interval(measured.difference)}".rstrip()
        chance = (
            ""
            if measured.chance is None
            else f", better with a chance of {chance_words(measured.chance)}"
        )
        yield "against incumbent", f"{difference}{chance}"
    decision = iteration.final
    if decision is not None:
        reason = f": {record.words(decision.reason)}" if decision.reason else ""
        yield "decided", f"{decision.choice} by {record.words(decision.by, 60)}{reason}"
    for warning in candidate.warnings if candidate is not None else ():
        yield "⚠ warning", record.words(f"{warning.label}: {warning.detail}")


def _changes(old: str, new: str, before: int) -> Fold:
    found = diff(old, new)
    if found.equal:
        return Fold(f"The same source as I{before}", ())
    lines: list[CodeLine] = []
    for row in found.unified():
        if row.kind == "gap":
            lines.append(CodeLine(0, "gap", f"{counted(row.hidden, 'equal line')}"))
        elif row.old is not None and row.kind == "removed":
            lines.append(CodeLine(row.old, "removed", found.old_lines[row.old - 1]))
        elif row.new is not None:
            text = found.new_lines[row.new - 1]
            lines.append(CodeLine(row.new, "added" if row.kind == "added" else "same", text))
    summary = (
        f"What changed from I{before}: {counted(found.added, 'line')} added, "
        f"{found.removed:,} removed"
    )
    return Fold(summary, (Code(_kept(lines), difference=True),))


def _whole(lines: list[str]) -> tuple[CodeLine, ...]:
    return _kept([CodeLine(number, "same", line) for number, line in enumerate(lines, 1)])


def _kept(lines: list[CodeLine]) -> tuple[CodeLine, ...]:
    """As much as the page has room for; what is left out is said."""
    kept = [
        CodeLine(line.number, line.kind, line.text[:WIDEST] + "…" * (len(line.text) > WIDEST))
        for line in lines[:LONGEST]
    ]
    if len(lines) > LONGEST:
        kept.append(CodeLine(0, "gap", f"{len(lines) - LONGEST:,} more lines left out"))
    return tuple(kept)
