"""The utility of a solution: run in the sandbox on a task's instances, scored by the task's code.

A utility is a value of (source, task, split, phase, seed). Nothing here may remember or journal
utilities, run anyone's code in this process, or decode what a solution returned.
"""

import hashlib
import math
from collections.abc import Mapping
from dataclasses import dataclass, field

from stop_tui.core.errors import TaskError, UsageError
from stop_tui.core.events import InstanceScore, Phase, Split
from stop_tui.core.keys import seed_from
from stop_tui.core.verdicts import Verdict
from stop_tui.sandbox import Attempt, Call, Pool, SolutionRun
from stop_tui.sandbox.inside import wire
from stop_tui.scoring.messages import Refused, Score
from stop_tui.scoring.once import Once
from stop_tui.scoring.process import DEADLINE, TO_CORRECT, ScoringProcess, TaskFault
from stop_tui.scoring.reading import line_of
from stop_tui.scoring.task import Task

LONGEST_ERROR = 500
"""Characters of an instance's error that are kept."""

INPUTS_IN_USE = 3
"""Sets of encoded inputs that a task has in use: val for selection, val and test to measure."""

FAULTS_BORNE = 3
"""After so many faults of `score` on one solution's outputs, the rest are refused unscored."""

CHECK_PHASE = "check"


@dataclass(frozen=True, slots=True)
class Scored:
    """The utility of a solution, in [0, 1]: the mean of its instances' scores.

    `attempts` is what the solution tried and must not; `untimely` lists what makes the utility not
    reproducible. `answers` has a short hash of what it returned for each instance, empty where it
    returned nothing; `outside` the scores outside [0, 1] that the utility gave, in words, by the
    index of the instance: they count as 0.
    """

    utility: float
    instances: tuple[InstanceScore, ...]
    cpu_seconds: float
    attempts: tuple[Attempt, ...]
    untimely: tuple[str, ...]
    answers: tuple[str, ...] = ()
    outside: Mapping[int, str] = field(default_factory=dict)


class Evaluator:
    """Evaluates solutions on `tasks` in `pool`. Use as an async context manager, or call `close`.

    `seed` is the run's. The pool is the caller's to close. `deadline` is in seconds of wall time
    for one call of a task's own `instance` or `score`.
    """

    def __init__(
        self, pool: Pool, tasks: Mapping[str, Task], seed: int, *, deadline: float = DEADLINE
    ) -> None:
        self._pool = pool
        self._tasks = tasks
        self._seed = seed
        self._process = ScoringProcess(deadline=deadline)
        self._checks: Once[str, None] = Once(self._check, keep=len(tasks))
        self._inputs: Once[tuple[str, Split, Phase], tuple[bytes, ...]] = Once(
            self._make_inputs, keep=INPUTS_IN_USE * len(tasks)
        )

    async def __aenter__(self) -> "Evaluator":
        return self

    async def __aexit__(self, *exc: object) -> None:
        await self.close()

    async def close(self) -> None:
        """Stop what is under way and end the scoring process."""
        await self._checks.close()
        await self._inputs.close()
        await self._process.close()

    async def check(self, task: str) -> None:
        """Find what only running shows: that the task makes an instance and can score its own seed
        solution. Raises TaskError with file and line, UsageError for a task that is not there."""
        self._task(task)
        await self._checks.get(task)

    async def utility(self, task: str, source: str, split: Split, phase: Phase) -> Scored:
        """The utility of the solution `source` on a split's instances in a phase.

        Whatever the solution does counts as a score; TaskError where the task's own code fails,
        UsageError for a task that is not there.
        """
        found = self._task(task)
        await self._checks.get(task)
        return await self._evaluate(found, source, split, phase)

    def _task(self, name: str) -> Task:
        try:
            return self._tasks[name]
        except KeyError:
            known = ", ".join(sorted(self._tasks)) or "none"
            raise UsageError(f"There is no task {name!r}.", hint=f"Tasks: {known}.") from None

    async def _check(self, name: str) -> None:
        task = self._tasks[name]
        scored = await self._evaluate(task, task.seed_solution, "val", CHECK_PHASE)
        (instance,) = scored.instances
        if task.form == "original" and instance.verdict is not Verdict.OK:
            raise TaskError(
                f"{task.utility_file}:{line_of(task.utility_text, 'utility')}: `utility` does not "
                "score the task's own seed solution: "
                f"{instance.error or instance.verdict}.",
                hint=TO_CORRECT,
            )

    async def _evaluate(self, task: Task, source: str, split: Split, phase: Phase) -> Scored:
        seed = seed_from(self._seed, "solution", task.name, split, phase)
        inputs: tuple[bytes, ...]
        if task.form == "original":
            try:
                inputs = (wire.encode((source,)),)
            except wire.WireError as error:
                return _unreadable(error)
            run = await self._pool.evaluate(
                task.utility_text, inputs, limit=task.limit, seed=seed, function="utility"
            )
        else:
            inputs = await self._inputs.get((task.name, split, phase))
            run = await self._pool.evaluate(source, inputs, limit=task.limit, seed=seed)
        return await self._scored(task, split, phase, run)

    async def _make_inputs(self, key: tuple[str, Split, Phase]) -> tuple[bytes, ...]:
        name, split, phase = key
        task = self._tasks[name]
        count = 1 if phase == CHECK_PHASE else task.instances[split]
        return await self._process.instances(task, split, phase, self._seed, range(count))

    async def _scored(self, task: Task, split: Split, phase: Phase, run: SolutionRun) -> Scored:
        outputs = {
            index: call.value
            for index, call in enumerate(run.calls)
            if call.verdict is Verdict.OK and call.value is not None
        }
        if task.form == "original":
            scores = await self._process.numbers(task, outputs)
        else:
            scores = await self._scores(task, split, phase, outputs)
        instances = tuple(
            _instance_score(call, scores.get(index)) for index, call in enumerate(run.calls)
        )
        return Scored(
            utility=math.fsum(instance.score for instance in instances) / len(instances),
            instances=instances,
            cpu_seconds=run.cpu_seconds,
            attempts=run.attempts,
            untimely=run.untimely,
            answers=tuple(
                _short_hash(outputs[index]) if index in outputs else ""
                for index in range(len(run.calls))
            ),
            outside={
                index: score.outside
                for index, score in scores.items()
                if isinstance(score, Refused) and score.outside
            },
        )

    async def _scores(
        self, task: Task, split: Split, phase: Phase, outputs: Mapping[int, bytes]
    ) -> dict[int, Score | Refused]:
        """The scores of `outputs`. A task that scores its own seed solution, but not what some
        other solution returned, refuses that output: no solution can stop a run in this way."""
        try:
            return await self._process.score(task, split, phase, self._seed, outputs)
        except TaskError:
            if phase == CHECK_PHASE:
                raise
        scores: dict[int, Score | Refused] = {}
        faults: list[TaskError] = []
        for index, output in outputs.items():
            if len(faults) == FAULTS_BORNE:
                scores[index] = Refused(faults[-1].message)
                continue
            try:
                one = {index: output}
                scores |= await self._process.score(task, split, phase, self._seed, one)
            except TaskError as error:
                faults.append(error)
                outside = error.outside if isinstance(error, TaskFault) else ""
                scores[index] = Refused(error.message, outside)
        return scores


def _short_hash(answer: bytes) -> str:
    """Tells answers apart, without decoding them here."""
    return hashlib.sha256(answer).hexdigest()[:12]


def _instance_score(call: Call, score: Score | Refused | None) -> InstanceScore:
    match score:
        case Score(value):
            return InstanceScore(value, Verdict.OK, call.cpu_seconds)
        case Refused(reason):
            return InstanceScore(0.0, Verdict.BAD_RESULT, call.cpu_seconds, _bounded(reason))
        case None:
            return InstanceScore(0.0, call.verdict, call.cpu_seconds, _bounded(call.error))


def _unreadable(error: wire.WireError) -> Scored:
    """The score of a solution that cannot even be handed to a utility of the original's form."""
    instance = InstanceScore(0.0, Verdict.ERROR, 0.0, _bounded(f"no valid source: {error}"))
    return Scored(0.0, (instance,), 0.0, (), ())


def _bounded(error: str | None) -> str | None:
    if error is None or len(error) <= LONGEST_ERROR:
        return error
    return error[: LONGEST_ERROR - 1] + "…"
