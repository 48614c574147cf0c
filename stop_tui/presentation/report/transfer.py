"""The part of the page that says what versions are worth on all tasks, beside seed and controls."""

from collections.abc import Iterator

from stop_tui.core.transfer_paper import REPORTED, SOURCE
from stop_tui.core.verdicts import Isolation
from stop_tui.engine.experiments.known import Transfer
from stop_tui.engine.transfer import IMPROVER, SEED_IMPROVER, Measured
from stop_tui.presentation.budgets import budget_words
from stop_tui.presentation.figures import counted, short
from stop_tui.presentation.lines import isolation_line, model_label
from stop_tui.presentation.measured import (
    better_words,
    complete_repeats,
    difference_words,
    note_words,
    paper_figure,
    utility_words,
)
from stop_tui.presentation.report.blocks import Block, Card, Fold, Section, Table, Words
from stop_tui.presentation.report.record import Record

_READ = (
    "Measured outside the run, on test instances that no run selected with, the same for every "
    "program. [ ] is a 95 % interval; differences are to the seed improver, paired by repeat. All "
    "programs have the same budget. Best of n builds on nothing; the sham is the seed improver, "
    "lengthened by code that nothing runs: what it gains is chance."
)


def transfer(record: Record) -> Section:
    """A part for each version of which anything is measured, and how to measure the others."""
    name = record.words(record.state.settings.name, 80)
    known = record.transfers
    complete = [each for each in known.transfers if each.comparison.by_task]
    blocks: list[Block] = [Words(_READ)] if complete else []
    if any(task in REPORTED for each in complete for task in each.comparison.by_task):
        blocks.append(Words(f"The {SOURCE}."))
    blocks += [_card(record, each) for each in complete]
    begun = dict.fromkeys(
        f"I{each.version}" for each in known.transfers if not each.comparison.by_task
    )
    if begun:
        blocks.append(
            Words(
                f"Begun, but no repeat of every program is complete: {', '.join(begun)}. The same "
                "command goes on."
            )
        )
    if not known.transfers:
        blocks.append(
            Words(
                "Nothing is measured: what these versions are worth on other tasks is unknown. "
                f"It is measured by: stop-tui transfer {name} (the last version; {name}:I1 is the "
                "one of I1)"
            )
        )
    if known.unreadable:
        files = counted(len(known.unreadable), "file")
        blocks.append(Words(f"{files} of measurements cannot be read, and may have more."))
    return Section("transfer", "Transfer", tuple(blocks))


def _card(record: Record, found: Transfer) -> Card:
    settings = found.settings
    tasks = found.comparison.by_task
    trained = record.state.settings.tasks if found.version > 0 else ()
    names = {
        task: f"{record.words(task, 60)}{' (trained on)' if task in trained else ''}"
        for task in tasks
    }
    blocks: list[Block] = [_overview(found, names)]
    isolation = found.isolation
    if isolation is not None and isolation.level is not Isolation.FULL:
        blocks.append(Words(record.words(isolation_line(isolation))))
    if found.missing:
        blocks.append(Words(f"Not measured: {record.words(', '.join(found.missing), 300)}."))
    for task, rows in tasks.items():
        blocks.append(_every_program(names[task], task, rows, found.version))
    if len(tasks) > 1 and found.comparison.together:
        together = found.comparison.together
        blocks.append(_every_program("the mean of these tasks", None, together, found.version))
    model = model_label(record.words(settings.model))
    line = f"{model} · seed {settings.seed} · {budget_words(settings)}"
    return Card(f"I{found.version}", line, tuple(blocks))


def _overview(found: Transfer, names: dict[str, str]) -> Table:
    """The version beside the seed improver, a row for each task."""
    reported = any(paper_figure(task, IMPROVER) is not None for task in names)
    paper = ("paper: seed → improved",) if reported else ()
    return Table(
        ("task", "seed improver", f"I{found.version}", "difference", "better", *paper),
        tuple(_overview_row(task, name, found, reported) for task, name in names.items()),
        numbers=(1, 2, 3, 4, 5),
        prose=True,
    )


def _overview_row(task: str, name: str, found: Transfer, reported: bool) -> tuple[str, ...]:
    rows = {row.standing.program: row.standing for row in found.comparison.by_task[task]}
    before, after = paper_figure(task, SEED_IMPROVER), paper_figure(task, IMPROVER)
    paper = "-" if after is None else f"{short(before)} → {short(after)}"
    return (
        name,
        short(rows[SEED_IMPROVER].utility.mean),
        utility_words(rows[IMPROVER].utility),
        difference_words(rows[IMPROVER]),
        better_words(rows[IMPROVER]),
        *((paper,) if reported else ()),
    )


def _every_program(name: str, task: str | None, rows: tuple[Measured, ...], version: int) -> Fold:
    """All programs, controls too, with what there is to know of their figures."""
    reported = any(paper_figure(task, row.standing.program) is not None for row in rows)
    noted = any(note_words(row) for row in rows)
    columns = (
        *("program", "utility"),
        *(("paper",) if reported else ()),
        *("difference", "better", "responses"),
        *(("notes",) if noted else ()),
    )
    cells = tuple(tuple(_cells(row, task, version, reported=reported, noted=noted)) for row in rows)
    repeats = counted(complete_repeats(rows), "repeat")
    numbers = tuple(range(1, len(columns) - noted))
    table = Table(columns, cells, numbers=numbers, prose=True)
    return Fold(f"Every program on {name}, {repeats}", (table,))


def _cells(
    row: Measured, task: str | None, version: int, *, reported: bool, noted: bool
) -> Iterator[str]:
    program = row.standing.program
    yield f"I{version}" if program == IMPROVER else program
    yield utility_words(row.standing.utility)
    if reported:
        yield short(paper_figure(task, program))
    yield difference_words(row.standing)
    yield better_words(row.standing)
    yield f"{row.spent.responses:,}"
    if noted:
        yield note_words(row)
