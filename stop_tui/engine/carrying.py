"""Carrying a run to another workspace: gathered from journal and lineage, checked, taken in whole.

A file of a run can come from anyone. All of it is checked before anything is written, and none of
it is run: tasks are the user's own code, so they are not carried, only compared.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from stop_tui.core import events as ev
from stop_tui.core.errors import UsageError
from stop_tui.core.keys import text_hash
from stop_tui.core.named_texts import named_texts
from stop_tui.core.plain_text import one_line
from stop_tui.core.run_names import check_run_name
from stop_tui.core.state import State, fold
from stop_tui.engine.checks import changed_since, check_settings, sound_lineage
from stop_tui.scoring import Task, load_tasks
from stop_tui.store.carried_versions import (
    Parts,
    linear,
    parts_of,
    read_versions,
    take_branch_back,
    write_versions,
)
from stop_tui.store.journal import Journal
from stop_tui.store.lineage import Lineage
from stop_tui.store.new_file import new_file
from stop_tui.store.run_file import Contents, RunFile, RunFileError, write_run
from stop_tui.store.run_lock import RunLock
from stop_tui.workspace import Workspace

_AT_A_TIME = 100
"""Texts that are in memory at once while they are written."""


@dataclass(frozen=True, slots=True)
class Carried:
    """A run that was carried: where it stands, what was written, and what it still needs.

    `tasks` names those of its tasks that the workspace does not have as the run knew them."""

    state: State
    events: int
    versions: int
    texts: int
    tasks: tuple[str, ...] = ()


def export_run(workspace: Workspace, name: str, path: Path) -> Carried:
    """Write the run `name`, as far as it is by now, to a new file at `path`.

    Raises UsageError for an unknown run, for one without a version and for a file that exists.
    """
    with Journal.open(workspace.journal, create=False) as journal:
        events = tuple(event for _, event in journal.events(name))
        state = fold(events)
        if state.head is None:
            raise UsageError(
                f"The run {name!r} has no version yet, so there is nothing to carry.",
                hint=f"Go on with it first: stop-tui run --resume {name}",
            )
        lineage = Lineage.open(workspace.lineage, create=False)
        versions = read_versions(lineage, state.head.commit)
        sources = {record.source: source for record, source in versions}
        keys = sorted({key for event in events for key in named_texts(event)} | sources.keys())

        def texts() -> Iterator[str]:
            # A version from another run, which this one goes on from, is in the lineage alone.
            for start in range(0, len(keys), _AT_A_TIME):
                some = keys[start : start + _AT_A_TIME]
                known = journal.texts(key for key in some if key not in sources) | sources
                yield from (known[key] for key in some)

        records = tuple(record for record, _ in versions)
        with new_file(path) as file:
            write_run(file, name, events, records, texts(), len(keys))
    return Carried(state, len(events), len(records), len(keys))


def import_run(workspace: Workspace, path: Path) -> Carried:
    """Take the run in the file at `path` into the workspace, all of it or nothing.

    Raises RunFileError for a file that is damaged, made up or of another version, UsageError for a
    run whose name the workspace has already.
    """
    with RunFile(path) as file:
        contents = file.contents()
        state = _checked_state(path, contents)
        needed = {version.source for version in contents.versions}
        sources = {key: text for text in file.texts(contents) if (key := text_hash(text)) in needed}
        versions = _checked_versions(path, contents, state, sources)
        _refuse_known(workspace, contents.run)
        workspace.prepare()
        with (
            Journal.open(workspace.journal) as journal,
            RunLock(workspace.locks, contents.run),
        ):
            lineage = sound_lineage(workspace, journal)
            _write(journal, lineage, file, contents, versions, sources)
    return Carried(
        state,
        len(contents.events),
        len(versions),
        len(contents.texts),
        _missing_tasks(workspace, state),
    )


def _write(
    journal: Journal,
    lineage: Lineage,
    file: RunFile,
    contents: Contents,
    versions: Sequence[Parts],
    sources: dict[str, str],
) -> None:
    """The branch first, which is taken back if the journal cannot have the run."""
    run = contents.run
    followed = lineage.latest_run()
    was_there = run in lineage.runs()
    write_versions(lineage, run, versions, sources.__getitem__)
    try:
        journal.add_run(run, contents.events, file.texts(contents))
    except BaseException:
        if not was_there:
            take_branch_back(lineage, run, versions[-1].commit, followed)
        raise


def _refuse_known(workspace: Workspace, name: str) -> None:
    if not workspace.journal.exists():
        return
    with Journal.open(workspace.journal, create=False) as journal:
        if name in journal.runs():
            raise UsageError(
                f"There is a run {name!r} in this workspace already; it was left as it is.",
                hint="Import the file into another workspace: `stop-tui init DIR` makes one.",
            )


def _checked_state(path: Path, contents: Contents) -> State:
    """The state that the events in a file amount to; raises RunFileError if they are no run's."""
    first = contents.events[0] if contents.events else None
    if not isinstance(first, ev.RunStarted) or first.settings.name != contents.run:
        raise _made_up(path, "it does not begin with the start of the run")
    if any(isinstance(event, ev.RunStarted) for event in contents.events[1:]):
        raise _made_up(path, "the run begins twice")
    try:
        check_run_name(contents.run)
        check_settings(first.settings)
    except UsageError as error:
        raise _made_up(path, error.message) from error
    named = {key for event in contents.events for key in named_texts(event)}
    named |= {version.source for version in contents.versions}
    if named != contents.texts:
        raise _made_up(path, "it does not have exactly the texts that the run names")
    state = fold(contents.events)
    if set(state.tasks) != set(first.settings.tasks):
        raise _made_up(path, "the run has other tasks than its settings say")
    for iteration in state.iterations.values():
        final = iteration.final
        if final is not None and final.choice == "approve":
            known = final.source in iteration.measured and final.source in iteration.candidates
            if not known or iteration.number < 1:
                raise _made_up(path, "something was approved that was not measured")
    return state


def _checked_versions(
    path: Path, contents: Contents, state: State, sources: dict[str, str]
) -> list[Parts]:
    """The versions in a file; raises RunFileError where they are not those of the events."""
    try:
        versions = [parts_of(each, sources[each.source]) for each in contents.versions]
        for each in versions:
            check_run_name(each.run)
    except (ValueError, UsageError) as error:
        raise _made_up(path, f"a version in it cannot be ({error})") from error
    own = [each for each in versions if each.run == contents.run]
    if not (own and linear(versions) and versions[-len(own) :] == own):
        raise _made_up(path, "its versions are no history")
    found = {each.iteration: (each.commit, each.source, each.at) for each in own}
    if len(found) != len(own) or found != dict(_recorded_versions(state)):
        raise _made_up(path, "its versions are not those of its events")
    assert state.started is not None, "checked before"
    if own[0].parent != state.started.parent or own[-1].commit != _tip(state):
        raise _made_up(path, "its versions follow others than the run does")
    return versions


def _recorded_versions(state: State) -> Iterator[tuple[int, tuple[str, str, int]]]:
    """Commit, source and date of the versions by meta-iteration, as the journal tells of them."""
    for number, version in state.versions.items():
        iteration = state.iterations.get(number)
        decided = state.started if number == 0 or iteration is None else iteration.final
        yield number, (version.commit, version.source, 0 if decided is None else int(decided.at))


def _tip(state: State) -> str | None:
    return None if state.head is None else state.head.commit


def _missing_tasks(workspace: Workspace, state: State) -> tuple[str, ...]:
    known = load_tasks(workspace.tasks)

    def is_the_same(name: str) -> bool:
        task = known.get(name)
        return isinstance(task, Task) and changed_since(state, name, task) is None

    return tuple(name for name in state.settings.tasks if not is_the_same(name))


def _made_up(path: Path, what: str) -> RunFileError:
    return RunFileError(
        f"{path} is no sound file of a run: {one_line(what, 300)}.",
        hint="Nothing was written. Export the run again; do not trust a file that you did not.",
    )
