"""Utilities of solutions: values of (source, task, split, phase), computed once a run.

A value that was computed is journalled and served again; the budget of whoever asks is charged
every time, by the broker.
"""

import asyncio

import msgspec

from stop_tui.core.analysis.memorised import memorised
from stop_tui.core.analysis.untimely import untimely
from stop_tui.core.events import InstanceScore, Phase, SolutionScored, Split
from stop_tui.core.keys import text_hash
from stop_tui.core.plain_text import one_line
from stop_tui.engine.attempts import LONGEST_REASON, sandbox_events
from stop_tui.engine.memory import Memory, UtilityKey
from stop_tui.engine.recorder import Recorder
from stop_tui.engine.suspecting import suspected_scores
from stop_tui.scoring import Evaluator, Scored


class Utilities:
    """The utilities of one run."""

    def __init__(self, evaluator: Evaluator, recorder: Recorder, memory: Memory) -> None:
        self._evaluator = evaluator
        self._recorder = recorder
        self._memory = memory
        self._under_way: dict[UtilityKey, asyncio.Task[SolutionScored]] = {}

    async def utility(
        self, task: str, source: str, split: Split, phase: Phase, program: str
    ) -> SolutionScored:
        """The utility of the solution `source`, in [0, 1], with the score of every instance.

        `program` is the program run that asks, whose name begins with its meta-iteration.
        """
        key = (task, split, phase, text_hash(source))
        known = self._memory.utilities.get(key)
        if known is not None:
            return known
        computing = self._under_way.get(key)
        if computing is None:
            computing = asyncio.create_task(self._compute(key, source, program))
            self._under_way[key] = computing
            computing.add_done_callback(lambda _: self._under_way.pop(key, None))
        # Others may wait for the same value: one that is cancelled must not take it from them.
        return await asyncio.shield(computing)

    async def cancel(self) -> None:
        """Stop what is being computed."""
        computing = list(self._under_way.values())
        for task in computing:
            task.cancel()
        await asyncio.gather(*computing, return_exceptions=True)

    async def _compute(self, key: UtilityKey, source: str, program: str) -> SolutionScored:
        task, split, phase, name = key
        scored = await self._evaluator.utility(task, source, split, phase)
        event = SolutionScored(
            task=task,
            split=split,
            phase=phase,
            source=name,
            utility=scored.utility,
            instances=tuple(map(_plain, scored.instances)),
            cpu_seconds=scored.cpu_seconds,
            untimely=reasons(scored, source),
            program=program,
            answers=scored.answers,
        )
        # Off the loop: a hostile source can take seconds to read.
        findings = await asyncio.to_thread(memorised, source) if split == "val" else ()
        suspected = suspected_scores(event, scored.outside, findings)
        # Named without who asked, which differs from one attempt at a meta-iteration to the next.
        whose = f"{program.partition('/')[0]}/solution"
        attempts = sandbox_events(whose, name, scored.attempts)
        self._recorder.record(event, *suspected, *attempts, texts=[source])
        self._memory.take(event)
        return event


def _plain(instance: InstanceScore) -> InstanceScore:
    """`instance` with an error that can be stored and shown."""
    if instance.error is None:
        return instance
    return msgspec.structs.replace(instance, error=one_line(instance.error, LONGEST_REASON))


def reasons(scored: Scored, source: str) -> tuple[str, ...]:
    """What makes a score not reproducible: what the sandbox saw and what the source says."""
    return tuple(sorted({*scored.untimely, *untimely(source)}))
