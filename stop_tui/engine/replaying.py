"""Replaying a run: everything again but the model, whose recorded responses are served instead.

It happens in a journal and a lineage of its own, which are gone afterwards; the workspace is only
read. What a human decided is taken from the journal, what a gate computes is computed again.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import msgspec

from stop_tui.core import events as ev
from stop_tui.core.errors import LineageError
from stop_tui.core.keys import text_hash
from stop_tui.core.named_texts import named_texts
from stop_tui.core.state import State, fold
from stop_tui.engine import checks
from stop_tui.engine.gate import Gate, automatic
from stop_tui.engine.memory import Memory
from stop_tui.engine.recorded import NoModel, NotRecorded, RecordedGate, ServedCalls
from stop_tui.engine.recorder import Listener, Recorder
from stop_tui.engine.run import Run
from stop_tui.store.journal import Journal
from stop_tui.store.lineage import Lineage
from stop_tui.store.versions import Version
from stop_tui.workspace import Workspace


@dataclass(frozen=True, slots=True)
class Difference:
    """Where a replay first went another way: in which meta-iteration, in what.

    `recorded` and `replayed` are the two values, where there are any."""

    iteration: int
    what: str
    recorded: str = ""
    replayed: str = ""


@dataclass(frozen=True, slots=True)
class Replay:
    """What a replay found. `difference` is None when the lineage is the same.

    `versions` and `iterations` count what was compared, `calls` the recorded model calls that were
    served, of `recorded_calls`. `not_reproducible` says why the run stands outside the promise that
    it can be replayed, `not_reproducible_here` why this replay does; empty where they do not."""

    run: str
    iterations: int
    versions: int
    calls: int
    recorded_calls: int
    difference: Difference | None
    not_reproducible: tuple[str, ...]
    not_reproducible_here: tuple[str, ...]


async def replay(
    workspace: Workspace,
    name: str,
    listeners: Iterable[Listener] = (),
    *,
    unsafe_no_isolation: bool = False,
) -> Replay:
    """Run the meta-iterations of `name` that are over once more, and compare the lineage.

    Raises UsageError for an unknown run or task, TaskError for a task that changed since,
    LineageError for versions that are gone, IsolationError where programs cannot be isolated and
    `unsafe_no_isolation` does not accept that: what the run accepted once does not count.
    """
    with (
        Journal.open(workspace.journal, create=False) as journal,
        TemporaryDirectory(prefix="stop-tui-") as folder,
    ):
        events = [event for _, event in journal.events(name)]
        recorded = fold(events)
        tasks = checks.usable_tasks(workspace, recorded.settings.tasks)
        checks.check_tasks_unchanged(recorded, tasks)
        before = _versions(Lineage.open(workspace.lineage, create=False), recorded)
        place = Workspace(Path(folder))
        place.prepare()
        with Journal.open(place.journal) as own_journal:
            recorder = Recorder(own_journal, name, listeners)
            started = _started(recorded, unsafe_no_isolation=unsafe_no_isolation)
            recorder.start(started, journal.texts(named_texts(started)).values())
            served = ServedCalls(events, journal, recorder)
            lineage = Lineage.open(place.lineage)
            run = Run(
                recorder,
                Memory(calls=served),
                lineage=lineage,
                tasks=tasks,
                model=NoModel(recorded.settings.model),
                gate=_gate(events, journal, recorder),
                scratch=place.scratch,
            )
            missing: Difference | None = None
            try:
                await run.execute()
            except NotRecorded as error:
                missing = Difference(error.iteration, error.message)
            difference = first_difference(before, _versions(lineage, recorder.state))
            if difference is None or (missing and missing.iteration <= difference.iteration):
                difference = missing
            return Replay(
                run=name,
                iterations=started.settings.iterations,
                versions=len(before),
                calls=len(served),
                recorded_calls=served.recorded,
                difference=difference,
                not_reproducible=tuple(sorted(recorded.untimely)),
                not_reproducible_here=tuple(sorted(recorder.state.untimely)),
            )


def first_difference(
    recorded: Sequence[tuple[Version, str]], replayed: Sequence[tuple[Version, str]]
) -> Difference | None:
    """The first meta-iteration in which two lineages, versions with their sources, differ.

    Commits and dates do not count: those of a replay are its own.
    """
    before = {version.iteration: (version, source) for version, source in recorded}
    after = {version.iteration: (version, source) for version, source in replayed}
    for number in sorted(before.keys() | after.keys()):
        if number not in after:
            return Difference(number, "the version", before[number][0].subject, "none")
        if number not in before:
            return Difference(number, "the version", "none", after[number][0].subject)
        (old, old_source), (new, new_source) = before[number], after[number]
        if old_source != new_source:
            return Difference(
                number, "the source of the version", text_hash(old_source), text_hash(new_source)
            )
        if old.message != new.message:
            return _in_message(old, new)
    return None


def _in_message(old: Version, new: Version) -> Difference:
    """What differs between the messages of two versions of the same meta-iteration."""
    left, right = msgspec.structs.asdict(old.trailers), msgspec.structs.asdict(new.trailers)
    for name, value in left.items():
        if right[name] != value:
            word = f"the trailer {name.replace('_', '-')}"
            return Difference(old.iteration, word, str(value), str(right[name]))
    return Difference(old.iteration, "the idea in its message", old.message, new.message)


def _started(recorded: State, *, unsafe_no_isolation: bool) -> ev.RunStarted:
    """How the replay begins: as far as the run got, with no limits, from no other run's version."""
    assert recorded.started is not None, "a journal starts with run-started"
    return msgspec.structs.replace(
        recorded.started,
        settings=msgspec.structs.replace(
            recorded.settings,
            iterations=sum(each.over for each in recorded.iterations.values()),
            limits=ev.Limits(),
            unsafe_no_isolation=unsafe_no_isolation,
        ),
        tasks=recorded.tasks,
        parent=None,
    )


def _versions(lineage: Lineage, state: State) -> list[tuple[Version, str]]:
    """The versions that the journal knows, with their sources, oldest first."""
    known = {version.commit for version in state.versions.values()}
    if not known:
        return []
    found = [each for each in lineage.versions(state.settings.name) if each.commit in known]
    if len(found) != len(known):
        name, tip = state.settings.name, state.versions[max(state.versions)].commit
        raise LineageError(
            f"The lineage has only {len(found)} of the {len(known)} versions that the journal "
            f"knows of the run {name!r}.",
            hint=f"`stop-tui git update-ref refs/heads/{name} {tip}` puts the branch back; "
            "nothing was changed.",
        )
    return [(version, lineage.source(version.commit)) for version in found]


def _gate(events: Sequence[ev.AnyEvent], journal: Journal, recorder: Recorder) -> Gate:
    gate = automatic(recorder.state.settings.gate)
    return RecordedGate(events, journal, recorder) if gate is None else gate
