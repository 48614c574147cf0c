"""The curve experiment: independent runs of one model, and the measurements of their versions.

The runs are runs of the workspace like any other. Their names and seeds derive from what was asked
for, so the same experiment finds its runs again. With R repeats, run k is measured on repeats
(k - 1) R + 1 to k R of the workspace's measurements, with which no run selects; baselines are
measured on those of all runs.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from heapq import merge
from typing import NamedTuple, cast

from msgspec.structs import replace

from stop_tui.core import events as ev
from stop_tui.core.budgets import cost_bound
from stop_tui.core.curve import incumbents
from stop_tui.core.errors import UsageError
from stop_tui.core.keys import digest, seed_from, text_hash
from stop_tui.core.state import State, Status, fold
from stop_tui.engine import checks
from stop_tui.engine.experiments.measurements import Measurements
from stop_tui.engine.gate import Gate, automatic
from stop_tui.engine.recorder import Listener, Recorder
from stop_tui.engine.run import FinishedRun, Run
from stop_tui.engine.sources import find_improver, read_source
from stop_tui.engine.starting import new_run, resumed_run
from stop_tui.engine.transfer import SEED_IMPROVER, SEED_SOLUTION
from stop_tui.language_models.protocol import LanguageModel
from stop_tui.scoring import Task
from stop_tui.store.journal import Journal
from stop_tui.store.lineage import Lineage
from stop_tui.workspace import Workspace

BASELINES = {
    "chain of thought": "chain_of_thought",
    "greedy iterative": "greedy_iterative",
    "best of n": "best_of_n",
}
"""Improvers of the workspace that are measured beside the seed improver, by what they are."""

_START = "seed"
"""What the runs start from, as `stop-tui run --from` names it."""

_TELLING = (
    ev.RunStarted,
    ev.IterationStarted,
    ev.ModelCallSent,
    ev.ModelCalled,
    ev.ModelCallLost,
    ev.DecisionMade,
    ev.VersionCommitted,
    ev.IterationFailed,
    ev.SteppedBack,
    ev.RunPaused,
    ev.RunResumed,
    ev.RunFinished,
)
"""What there is to know of a run but its scores, which are most of its journal."""


@dataclass(frozen=True, slots=True)
class CurveRun:
    """A run of the experiment: its number from 1, its settings, what the journal has of it (None
    before it begins), and the sources of its incumbents, the one that it starts from first."""

    number: int
    settings: ev.Settings
    state: State | None = None
    sources: tuple[str, ...] = ()

    @property
    def over(self) -> bool:
        """Whether nothing is left to do, all meta-iterations done or not."""
        return self.state is not None and self.state.status is Status.FINISHED

    @property
    def complete(self) -> bool:
        """Whether all meta-iterations are done; a run that someone cancelled never will be."""
        return self.over and len(self.sources) == self.settings.iterations + 1

    @property
    def repeats(self) -> range:
        """The repeats of the measurements that its versions are measured on."""
        of_each = self.settings.repeats
        return range((self.number - 1) * of_each + 1, self.number * of_each + 1)

    @property
    def iterations_left(self) -> int:
        """Meta-iterations that are not over."""
        return 0 if self.over else self.settings.iterations + 1 - max(1, len(self.sources))


class AtMost(NamedTuple):
    """What is left to do: meta-iterations and the responses that they may cost, and the responses
    that measuring may, of versions there may be as well."""

    iterations: int
    run_responses: int
    measuring_responses: int


class CurveExperiment:
    """`count` runs with `settings`, whose name and seed those of the runs derive from.

    `settings.repeats` are those of the runs, and as many measure each of their versions afterwards.
    `version` tells models of the same name apart that answer differently. Raises StopError for
    what cannot be meant.
    """

    def __init__(
        self, workspace: Workspace, settings: ev.Settings, count: int, *, version: str = ""
    ) -> None:
        if count < 1:
            raise UsageError(f"--runs must be at least 1, not {count}.")
        self._workspace, self._settings, self._count = workspace, settings, count
        self._version = version
        self._tasks = checks.usable_tasks(workspace, settings.tasks)
        known = workspace.improver_names()
        seed = read_source(workspace.improvers / "seed.py")
        checks.check_improver(seed, "improvers/seed.py")
        self.programs: dict[str, str | None] = {SEED_SOLUTION: None, SEED_IMPROVER: seed} | {
            name: read_source(workspace.improvers / f"{file}.py")
            for name, file in BASELINES.items()
            if file in known
        }
        """The seed improver and the baselines that the workspace has; None: seed solutions."""
        self._seed = text_hash(seed)
        self._stem = self._named(seed, self._tasks)
        self._over: dict[int, CurveRun] = {}
        checks.check_settings(replace(settings, name=self.settings_of(1).name))

    def settings_of(self, number: int) -> ev.Settings:
        """Those of run `number`, from 1: the same seed whatever the gate and the model, so that
        what these make of it can be compared."""
        seed = seed_from(self._settings.seed, "curve", number)
        return replace(self._settings, name=f"{self._stem}-r{number}", seed=seed, start=_START)

    def runs(self) -> list[CurveRun]:
        """The runs as the journal has them by now.

        Raises UsageError where a run of that name has other settings.
        """
        if not self._workspace.journal.exists():
            return [CurveRun(number, self.settings_of(number)) for number in self._numbers]
        with Journal.open(self._workspace.journal, create=False) as journal:
            known = set(journal.runs())
            return [self._read(journal, number, known) for number in self._numbers]

    def at_most(self) -> AtMost:
        """What is left to do, and what it may cost at most."""
        runs = self.runs()
        budget, tasks = self._settings.budget, len(self._settings.tasks)
        iterations = sum(run.iterations_left for run in runs)
        to_come = [run for run in runs if not run.over]
        baselines = sum(source is not None for source in self.programs.values())
        # The seed improver, which a run starts from, is among the baselines.
        programs = len(to_come) * (baselines + self._settings.iterations)
        measuring = programs * tasks * self._settings.repeats
        reading = self.measurements(runs)
        reading.read()
        return AtMost(
            iterations,
            iterations * cost_bound(self._settings).responses_per_iteration,
            measuring * budget.lm_calls * budget.responses_per_call + reading.responses_at_most(),
        )

    async def execute(
        self, number: int, listeners: Iterable[Listener] = (), *, model: LanguageModel | None = None
    ) -> None:
        """Begin run `number`, or go on with it, to its end, with the limits of the settings.

        Raises StopError as runs do; what was done is kept. Cancelling pauses it.
        """
        with self._opened(self.settings_of(number), listeners, model) as run:
            if isinstance(run, Run):
                await run.execute()

    def measurements(self, runs: Sequence[CurveRun]) -> Measurements:
        """The measurements of those of `runs` that are complete, and of the baselines on the
        repeats of these."""
        complete = [run for run in runs if run.complete]
        only: dict[str | None, set[int]] = {source: set() for source in self.programs.values()}
        for run in complete:
            for source in (*self.programs.values(), *run.sources):
                only.setdefault(source, set()).update(run.repeats)
        last = max((run.number for run in complete), default=1)
        return Measurements(
            self._workspace,
            replace(self._settings, repeats=last * self._settings.repeats),
            self._tasks,
            [source for source in only if source is not None],
            version=self._version,
            only=only,
        )

    @property
    def _numbers(self) -> range:
        return range(1, self._count + 1)

    def _named(self, seed_improver: str, tasks: Mapping[str, Task]) -> str:
        """By all that decides how the runs go but their number: other runs are another experiment.
        What they may spend and how fast they go decides nothing."""
        settings, budget = self._settings, self._settings.budget
        texts = [
            part
            for name, task in tasks.items()
            for part in (name, task.utility_text, task.seed_solution)
        ]
        name = digest(
            *(settings.model, self._version, settings.gate, settings.seed, seed_improver),
            *(settings.iterations, settings.repeats),
            *(budget.lm_calls, budget.responses_per_call, budget.utility_calls),
            *texts,
        )
        return f"curve-{name[:8]}"

    def _check_texts(self) -> None:
        """Raise UsageError where a run that begins now would be of another experiment."""
        tasks = checks.usable_tasks(self._workspace, self._settings.tasks)
        start = find_improver(self._workspace, Lineage(self._workspace.lineage), _START)
        if self._named(start.source, tasks) != self._stem:
            raise UsageError(
                "improvers/seed.py or a task was changed since this experiment began, so the runs "
                "that are left would be of another one.",
                hint="What is done is kept. The same command begins the other one; with the files "
                "as they were, it goes on with this one.",
            )

    def _check_same(self, state: State) -> None:
        """Raise UsageError where a run of that name is none of this experiment."""
        started = state.started
        changed = [checks.changed_since(state, *task) for task in self._tasks.items()]
        if started is None or started.source != self._seed or any(changed):
            raise _another(state.settings.name)

    def _read(self, journal: Journal, number: int, known: Collection[str]) -> CurveRun:
        settings = self.settings_of(number)
        if settings.name not in known:
            return CurveRun(number, settings)
        if number not in self._over:
            state = _folded(journal, settings.name)
            _check_same(state.settings, settings)
            self._check_same(state)
            hashes = incumbents(state)
            texts = journal.texts(hashes)
            run = CurveRun(number, settings, state, tuple(texts[each] for each in hashes))
            if not run.over:
                return run
            self._over[number] = run
        return self._over[number]

    @contextmanager
    def _opened(
        self, settings: ev.Settings, listeners: Iterable[Listener], model: LanguageModel | None
    ) -> Iterator[Run | FinishedRun]:
        begun = False
        if self._workspace.journal.exists():
            with Journal.open(self._workspace.journal, create=False) as journal:
                begun = settings.name in journal.runs()
        if begun:
            with resumed_run(
                *(self._workspace, settings.name, _gate, listeners),
                check=lambda recorded: _check_same(recorded, settings),
                limits=lambda recorded: settings.limits,
                model=model,
            ) as run:
                yield run
        else:
            self._check_texts()
            with new_run(self._workspace, settings, _gate, listeners, model=model) as new:
                yield new


def _gate(settings: ev.Settings, recorder: Recorder) -> Gate:
    gate = automatic(settings.gate)
    if gate is None:
        raise UsageError("The runs of a curve are many: they need a gate that decides by itself.")
    return gate


def _check_same(recorded: ev.Settings, settings: ev.Settings) -> None:
    """Raise UsageError where a run of that name is none of this experiment."""
    same = replace(
        recorded,
        limits=settings.limits,
        concurrency=settings.concurrency,
        unsafe_no_isolation=settings.unsafe_no_isolation,
    )
    if same != settings:
        raise _another(settings.name)


def _another(name: str) -> UsageError:
    return UsageError(
        f"There is a run {name!r} with other settings, so it is no run of this experiment.",
        hint="Choose another --seed.",
    )


def _folded(journal: Journal, name: str) -> State:
    of_each_kind = cast(
        "list[Iterator[tuple[int, ev.AnyEvent]]]",
        [journal.events_of(name, kind) for kind in _TELLING],
    )
    return fold(event for _, event in merge(*of_each_kind, key=lambda numbered: numbered[0]))
