"""What the transfer screen says in rows: of each task, and of each program on it.

Pure: it reads what a session knows. Names of tasks and versions are hostile; cells are made inert
by the listing that shows them.
"""

from collections.abc import Iterator, Sequence

from textual.content import Content

from stop_tui.core.plain_text import one_line
from stop_tui.core.transfer_paper import REPORTED
from stop_tui.engine.transfer import (
    BEST_OF_N,
    IMPROVER,
    SEED_IMPROVER,
    SEED_SOLUTION,
    SHAM,
    Measured,
)
from stop_tui.presentation.costs import short_tokens, short_usd
from stop_tui.presentation.figures import counted, short
from stop_tui.presentation.measured import (
    better_words,
    complete_repeats,
    difference_words,
    note_words,
    paper_figure,
    repeats_words,
    utility_words,
)
from stop_tui.tui.deciding.interval_chart import NAMES, Bar
from stop_tui.tui.measuring.session import TransferSession

ALL = ""
"""The row of the mean over all tasks that are chosen; no task has this name."""

CHOSEN, NOT_CHOSEN, LEFT_OUT = "[x]", "[ ]", " ✗"
SUSPECT, LOOSE = "⚠", "~"
"""Before a program some of whose repeats failed or deserve a second look, and before one that is
merely not reproducible."""

_BAR = 10

WHAT = {
    SEED_SOLUTION: "What the task starts from, as it is.",
    SEED_IMPROVER: "What improvers/seed.py finds; the others are compared with it.",
    BEST_OF_N: "improvers/best_of_n.py: spends the budget on samples, builds on nothing.",
    SHAM: "The seed improver with this version's length and code that nothing runs: chance alone.",
    IMPROVER: "The version that is asked about.",
}


def task_keys(session: TransferSession) -> list[str]:
    """The rows of tasks: the mean where there are several, tasks, and those that are left out."""
    subject = session.subject
    if subject is None:
        return []
    return [*([ALL] if len(subject.tasks) > 1 else []), *subject.tasks, *subject.left_out]


def task_cells(session: TransferSession, key: str) -> tuple[Content | str, ...]:
    """Mark, name, complete repeats, progress, utilities of seed solution and seed improver, of the
    version, its difference to the seed improver, the chance that it is better, the paper's."""
    subject = session.subject
    assert subject is not None, "there are no rows before it is known what it is about"
    none = [""] * 4
    if key in subject.left_out:
        said = Content.styled("left out", "$text-error")
        return Content.styled(LEFT_OUT, "$text-error"), key, *none, said, "", "", ""
    if key and key not in session.tasks:
        said = Content.styled("not chosen", "$text-muted")
        return NOT_CHOSEN, task_name(session, key), *none, said, "", "", ""
    rows = {row.standing.program: row for row in rows_of(session, key)}
    version, paper = rows.get(IMPROVER), paper_figure(key, IMPROVER)
    return (
        CHOSEN if key else "",
        Content(task_name(session, key)).stylize("bold") if not key else task_name(session, key),
        _repeats(session, key),
        _progress(session, key),
        *(_mean(rows.get(program)) for program in (SEED_SOLUTION, SEED_IMPROVER)),
        _under_way(session, key) if version is None else utility_words(version.standing.utility),
        "" if version is None else difference_words(version.standing),
        "" if version is None else better_words(version.standing),
        short(paper) if paper is not None else "",
    )


def task_name(session: TransferSession, key: str) -> str:
    """A task, and whether the version's own run trained on it."""
    subject = session.subject
    if not key:
        return f"mean of {counted(len(session.tasks), 'task')}"
    trained = subject is not None and key in subject.trained
    return f"{one_line(key, 64)}{' · trained' if trained else ''}"


def task_title(session: TransferSession, key: str) -> str:
    """The same with the repeats that the figures rest on."""
    subject = session.subject
    if not key or key not in session.tasks or subject is None:
        return task_name(session, key)
    done = repeats_words(complete_repeats(rows_of(session, key)), session.repeats)
    trained = " · its run trained on it" if key in subject.trained else ""
    return f"{one_line(key, 64)}{trained} · {done}"


def rows_of(session: TransferSession, key: str) -> Sequence[Measured]:
    """How the programs stand on a task, or over all that are chosen; empty before a repeat is
    complete."""
    found = session.figures.found
    return found.by_task.get(key, ()) if key else found.together


def program_keys(session: TransferSession) -> list[str]:
    """The programs, in order."""
    return [] if session.subject is None else list(session.subject.programs)


def program_name(session: TransferSession, program: str) -> str:
    """What a program is called here: the version by its own name."""
    return one_line(session.rev, 60) if program == IMPROVER else program


def program_cells(session: TransferSession, key: str, program: str) -> tuple[Content | str, ...]:
    """Name, utility, difference, chance, paper, cost, responses, tokens, notes."""
    name = program_name(session, program)
    row = next((each for each in rows_of(session, key) if each.standing.program == program), None)
    paper = paper_figure(key, program)
    reported = short(paper) if paper is not None else ""
    if row is None:
        done = Content.styled(_done(session, key, program), "$text-muted")
        return Content(f"  {name}"), done, "", "", reported, "", "", "", ""
    notes = note_words(row)
    sign = SUSPECT if row.failed or row.suspicious or row.attempts else LOOSE if notes else " "
    shown = Content.assemble((f"{sign} ", "$text-warning"), name)
    return (
        shown.stylize("bold") if program == IMPROVER else shown,
        utility_words(row.standing.utility),
        difference_words(row.standing),
        better_words(row.standing),
        reported,
        short_usd(row.spent),
        f"{row.spent.responses:,}",
        short_tokens(row.spent),
        notes,
    )


def bars(session: TransferSession, key: str) -> list[Bar]:
    """Utilities of the programs with their intervals."""
    return [
        Bar(_short_name(session, row.standing.program), row.standing.utility)
        for row in rows_of(session, key)
    ]


def about_task(session: TransferSession, key: str) -> str:
    """What should be known of a task, in a sentence or two."""
    subject = session.subject
    if subject is None:
        return ""
    if key in subject.left_out:
        return f"{one_line(key, 60)} is left out: {one_line(subject.left_out[key], 400)}"
    if not key:
        mean = "Each task weighs the same. Only repeats that all programs have finished count."
        missing = " No improvers/best_of_n.py here, so best of n is left out."
        return mean if BEST_OF_N in subject.programs else mean + missing
    said: list[str] = []
    running = [each for each in session.under_way if each.task == key]
    if running:
        numbers = ", ".join(str(number) for number in sorted({each.repeat for each in running}))
        said.append(f"▶ {counted(len(running), 'program')} at work, repeat {numbers}.")
    if key in subject.trained:
        said.append("The version's own run trained on it: transfer is what happens on the others.")
    if key in REPORTED:
        said.append("Paper: another model, and an improver that was trained on lpn alone.")
    return " ".join(said) or "No run selects with the instances that are measured here."


def about_program(session: TransferSession, key: str, program: str) -> str:
    """What a program is, and what its repeats on a task found one by one."""
    said = [WHAT[program]]
    row = next((each for each in rows_of(session, key) if each.standing.program == program), None)
    notes = "" if row is None else note_words(row)
    values = list(_values(session, key, program)) if key in session.tasks else []
    if values:
        said.append(f"Repeats: {' '.join(values)}{f' ({notes})' if notes else ''}.")
    elif notes:
        said.append(f"Of its repeats: {notes}.")
    if row is not None and row.validation is not None:
        said.append(f"By validation {short(row.validation)}.")
    paper = paper_figure(key, program)
    if paper is not None:
        said.append(f"Paper: {short(paper)}.")
    return " ".join(said)


def _values(session: TransferSession, key: str, program: str) -> Iterator[str]:
    """The utility that each repeat of a program found, a dot for one that is missing."""
    subject = session.subject
    if subject is None or program not in subject.programs:
        return  # a row that is still drawn though its program is there no more
    source, measurements = subject.programs[program], session.figures.measurements
    for number in range(1, session.repeats + 1):
        if source is None:
            value = measurements.seed_solution(key, number)
        else:
            repeat = measurements.repeat(source, key, number)
            value = None if repeat is None else repeat.test
        yield "·" if value is None else short(value)


def _done(session: TransferSession, key: str, program: str) -> str:
    """How many repeats of a program there are while its figures still wait for the others'."""
    if key not in session.tasks:
        return "-"
    done = sum(value != "·" for value in _values(session, key, program))
    return f"{done} of {session.repeats} done" if done else "-"


def _short_name(session: TransferSession, program: str) -> str:
    """What a program is called beside the chart."""
    if program == IMPROVER:
        return program_name(session, program).rpartition(":")[2][: NAMES - 1]
    return program.replace("solution", "sol.").replace("improver", "impr.")


def _mean(row: Measured | None) -> str:
    return "-" if row is None else short(row.standing.utility.mean)


def _under_way(session: TransferSession, key: str) -> Content:
    """What stands where a figure will be."""
    running = any(each.task == key for each in session.under_way)
    return Content.styled("▶ measuring" if running else "-", "$text-muted")


def _repeats(session: TransferSession, key: str) -> str:
    if key:
        return f"{complete_repeats(rows_of(session, key))}/{session.repeats}"
    wanted = session.wanted
    return f"{(wanted - len(session.figures.missing)) * 100 // wanted} %" if wanted else ""


def _progress(session: TransferSession, key: str) -> str:
    """How much is measured of a task, or of all; nothing where nothing is missing."""
    missing = session.figures.missing
    left = sum(each.task == key for each in missing) if key else len(missing)
    wanted = session.wanted // len(session.tasks) if key else session.wanted
    return bar(wanted, left) if left else ""


def bar(wanted: int, left: int, width: int = _BAR) -> str:
    """``▓▓▓▓░░``; full only where nothing is left, and empty only where nothing is done."""
    if not wanted:
        return ""
    filled = round(width * (wanted - left) / wanted)
    if left:
        filled = min(filled, width - 1)
    if left < wanted:
        filled = max(filled, 1)
    return "▓" * filled + "░" * (width - filled)
