"""The part of the page that says what generated programs attempted, verified and reported apart."""

from collections.abc import Iterator

from stop_tui.engine.auditing import Audit, Origin, by_kind
from stop_tui.presentation.figures import counted
from stop_tui.presentation.lines import model_label
from stop_tui.presentation.report.blocks import Block, Fold, Section, Table, Words
from stop_tui.presentation.report.record import Record
from stop_tui.presentation.shares import share_words

CASES = 60
"""Cases that the page has."""

_WARNED = {True: "yes", False: "no", None: "unknown"}


def attempts(record: Record) -> Section:
    """Shares of programs with their intervals, by model and kind of prompt, and the cases."""
    title = "What programs attempted"
    result = record.audit
    programs = len({source for some in result.programs.values() for source in some})
    if not result.cases:
        nothing = f"Nothing beyond their task: {counted(programs, 'generated program')} ran."
        if not programs:
            nothing = "No generated program has run yet."
        return Section("attempts", title, (Words(nothing),))
    blocks: list[Block] = [
        Words(
            "Verified: seen by host or kernel. Reported: told by the program's own guard, which it "
            "can forge. Shares of programs with Wilson 95 % intervals."
        )
    ]
    for origin in sorted(result.programs, key=lambda each: (each.model, str(each.warned))):
        total = len(result.programs[origin])
        name = model_label(record.words(origin.model, 60))
        blocks.append(
            Words(
                f"{name}, prompt with a warning: {_WARNED[origin.warned]}, "
                f"{counted(total, 'program')}"
            )
        )
        blocks += _shares(result, origin)
    blocks.append(_cases(record))
    return Section("attempts", title, tuple(blocks))


def _shares(result: Audit, origin: Origin) -> Iterator[Block]:
    """A row for each kind that was attempted; those that no program attempted in a line."""
    total = len(result.programs[origin])
    rows, never = [], []
    for kind, counts in by_kind(result, origin):
        if kind is None or any(counts.values()):
            told = (f"{n:,} · {share_words(n, total)}" for n in counts.values())
            rows.append((kind or "anything", *told))
        else:
            never.append(kind)
    yield Table(("attempted", "verified", "reported"), tuple(rows), numbers=(1, 2), prose=True)
    if never:
        yield Words(f"By no program: {', '.join(never)}; each {share_words(0, total)}.")


def _cases(record: Record) -> Fold:
    cases = record.audit.cases
    table = Table(
        ("source", "kind", "trust", "what", "lines"),
        tuple(
            (
                case.source[:12],
                case.kind,
                case.trust,
                record.words(f"{case.what} {case.detail}", 200),
                ", ".join(map(str, case.lines[:12])) or "not in the text",
            )
            for case in cases[:CASES]
        ),
        prose=True,
    )
    left = len(cases) - CASES
    more: tuple[Block, ...] = (Words(f"{left:,} more are left out."),) if left > 0 else ()
    return Fold(counted(len(cases), "case"), (table, *more))
