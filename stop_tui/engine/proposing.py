"""The first half of a meta-iteration: the incumbent is run on its own source.

Every source it asks the meta-utility about is a candidate; what it returns is the proposal.
"""

import asyncio

from stop_tui.core import events as ev
from stop_tui.core.analysis.source_warnings import source_warnings
from stop_tui.core.analysis.strategies import strategies
from stop_tui.core.analysis.untimely import untimely
from stop_tui.core.budgets import Account
from stop_tui.core.code_extraction import extract_code
from stop_tui.core.keys import seed_from, text_hash
from stop_tui.core.plain_text import one_line
from stop_tui.core.state import Iteration
from stop_tui.engine.asking import Asking
from stop_tui.engine.attempts import LONGEST_REASON, sandbox_events
from stop_tui.engine.broker import Broker
from stop_tui.engine.memory import Memory
from stop_tui.engine.meta_utility import SELECTION, MetaUtility, validation
from stop_tui.engine.meta_utility_text import meta_utility_text
from stop_tui.engine.model_calls import ModelCalls
from stop_tui.engine.recorder import Recorder
from stop_tui.engine.suspecting import suspected_jumps, utilities_before
from stop_tui.sandbox import Pool


class Proposing:
    """Runs incumbents on their own source and keeps the candidates."""

    def __init__(
        self,
        settings: ev.Settings,
        pool: Pool,
        calls: ModelCalls,
        meta_utility: MetaUtility,
        memory: Memory,
        recorder: Recorder,
        asking: Asking,
    ) -> None:
        self._settings = settings
        self._pool = pool
        self._calls = calls
        self._meta_utility = meta_utility
        self._memory = memory
        self._recorder = recorder
        self._asking = asking
        self._one_at_a_time = asyncio.Lock()

    async def propose(self, number: int, incumbent: str) -> str | None:
        """Run the incumbent's source on itself; None when it fails, which is then journalled."""
        program = f"I{number}"
        seed_words = (self._settings.seed, number, "outer")
        evaluating: dict[str, asyncio.Task[float]] = {}

        async def utility(source: str) -> float:
            name = text_hash(source)
            if name not in evaluating:
                evaluating[name] = asyncio.create_task(self._evaluate(number, source))
            return await asyncio.shield(evaluating[name])

        account = Account(self._settings.budget)
        try:
            run = await self._pool.improve(
                incumbent,
                incumbent,
                utility_text=meta_utility_text(
                    self._settings.tasks, self._settings.repeats, self._settings.budget
                ),
                budget=self._settings.budget,
                seed=seed_from(*seed_words, "program"),
                serve=Broker(account, utility, self._calls.of(program, seed_words)).serve,
            )
        finally:
            for task in evaluating.values():
                task.cancel()
            await asyncio.gather(*evaluating.values(), return_exceptions=True)
        attempts = sandbox_events(program, text_hash(incumbent), run.attempts)
        marks = tuple(sorted({*run.untimely, *untimely(incumbent)}))
        if run.returned is None:
            reason = one_line(run.failure or "it returned nothing", LONGEST_REASON)
            failed = ev.IterationFailed(
                iteration=number, reason=reason, untimely=marks, beyond_budget=account.beyond
            )
            self._recorder.record(*attempts, failed)
            return None
        returned = ev.ProposalReturned(
            iteration=number,
            source=text_hash(run.returned),
            untimely=marks,
            beyond_budget=account.beyond,
        )
        self._recorder.record(*attempts, returned, texts=[run.returned])
        return run.returned

    async def _evaluate(self, number: int, source: str) -> float:
        """The meta-utility of a candidate, in [0, 1]; 0 for one that must not run."""
        candidate = await self.note_candidate(number, source, by="incumbent")
        if self._settings.execute_gate and not await self.may_run(number, source):
            return 0.0
        repeats = await self._meta_utility.repeats(
            number, SELECTION, source, count=self._settings.repeats, test=False
        )
        estimate = validation(repeats)
        self._recorder.record(
            ev.CandidateEvaluated(
                iteration=number,
                candidate=candidate,
                source=text_hash(source),
                meta_utility=estimate,
            ),
            *suspected_jumps(repeats, utilities_before(self._recorder.state, number)),
        )
        # Once the incumbent is done, the proposal and itself are measured.
        self._meta_utility.prepare(measured=2)
        return estimate.mean

    async def note_candidate(self, number: int, source: str, *, by: ev.Origin) -> int:
        """Journal `source` as a candidate, unless it is one already; its number, from 1."""
        name = text_hash(source)
        iteration = self._recorder.state.iterations[number]
        known = iteration.candidates.get(name)
        if known is not None:
            return known.number
        # Off the loop: a hostile source can take seconds to read.
        found, warnings, _ = await asyncio.gather(
            asyncio.to_thread(strategies, source),
            asyncio.to_thread(source_warnings, source, self._settings.budget),
            asyncio.to_thread(untimely, source),  # remembered, for the repeats to come
        )
        idea = self._idea(iteration, source)
        event = ev.CandidateProposed(
            iteration=number,
            candidate=len(iteration.candidates) + 1,
            source=name,
            strategies=found,
            warnings=warnings,
            idea=None if idea is None else text_hash(idea),
            by=by,
        )
        self._recorder.record(event, texts=[source] if idea is None else [source, idea])
        return event.candidate

    async def may_run(self, number: int, source: str) -> bool:
        """Ask the execute gate, once for each source of a run, one at a time."""
        name = text_hash(source)
        async with self._one_at_a_time:
            iterations = self._recorder.state.iterations
            iteration = iterations[number]
            known = next(
                (i.executions[name] for i in iterations.values() if name in i.executions), None
            )
            if known is None:
                answer = await self._asking.allow(
                    number, source, iteration.candidates[name].warnings
                )
                known = ev.ExecutionDecided(
                    iteration=number,
                    source=name,
                    allowed=answer.allowed,
                    by=answer.by,
                    reason=answer.reason,
                )
                self._recorder.record(known)
            return known.allowed

    def _idea(self, iteration: Iteration, source: str) -> str | None:
        """The model's own words around the response that holds exactly this code."""
        program = f"I{iteration.number}"
        for call in self._memory.calls.values():
            if call.program != program:
                continue
            for key in call.responses:
                response = self._recorder.text(key)
                code = extract_code(response)
                if isinstance(code, str) and code.strip() == source.strip():
                    return words_around(response, code)
        return None


def words_around(response: str, code: str) -> str | None:
    """`response` without its code block; None where nothing but code was said."""
    lines = [
        line
        for part in response.replace("\r\n", "\n").split(code.strip())
        for line in part.splitlines()
        if not line.lstrip().startswith(("```", "~~~"))
    ]
    words = "\n".join(lines).strip()
    return words or None
