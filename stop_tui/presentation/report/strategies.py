"""The part of the page that says which strategies appeared, and in which versions."""

from stop_tui.core.state import Candidate
from stop_tui.presentation.figures import counted, figure
from stop_tui.presentation.report.blocks import Section, Table, Words
from stop_tui.presentation.report.record import Record
from stop_tui.presentation.report.versions import found_in


def strategies(record: Record) -> Section:
    """Each strategy with its candidates and the versions that have it."""
    state = record.state
    candidates: dict[str, list[Candidate]] = {}
    for iteration in state.iterations.values():
        for candidate in iteration.candidates.values():
            for label in dict.fromkeys(each.label for each in candidate.strategies):
                candidates.setdefault(label, []).append(candidate)
    versions: dict[str, list[int]] = {}
    for number in sorted(state.versions):
        for label in dict.fromkeys(each.label for each in found_in(record, state.versions[number])):
            versions.setdefault(label, []).append(number)
    labels = sorted({*candidates, *versions}, key=lambda label: -len(candidates.get(label, ())))
    if not labels:
        return Section("strategies", "Strategies", (Words("None was found in any program."),))
    order = sorted(state.versions)
    table = Table(
        ("strategy", "candidates", "best in selection", "versions"),
        tuple(
            (
                record.words(label, 80),
                f"{len(candidates.get(label, ())):,}",
                figure(_best(candidates.get(label, []))),
                spans(versions.get(label, []), order) or "none",
            )
            for label in labels
        ),
        numbers=(1, 2),
        prose=True,
    )
    total = sum(len(iteration.candidates) for iteration in state.iterations.values())
    words = Words(
        f"Found by the structure of {counted(total, 'candidate')}, not by names alone; a program "
        "may have several. Best in selection: the greatest meta-utility of a candidate that has "
        "it, on instances that selection saw."
    )
    return Section("strategies", "Strategies", (words, table))


def spans(numbers: list[int], order: list[int]) -> str:
    """``I1-I4, I6``: `numbers`, where those that follow each other in `order` are one span."""
    parts: list[list[int]] = []
    for number in numbers:
        if parts and order.index(number) == order.index(parts[-1][-1]) + 1:
            parts[-1].append(number)
        else:
            parts.append([number])
    return ", ".join(
        f"I{part[0]}" if len(part) == 1 else f"I{part[0]}-I{part[-1]}" for part in parts
    )


def _best(candidates: list[Candidate]) -> float | None:
    return max((each.meta_utility.mean for each in candidates if each.meta_utility), default=None)
