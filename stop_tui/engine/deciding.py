"""The second half of a meta-iteration: the proposal is measured afresh and the gate decides.

Selection makes the first figure of a proposal too good, so both are measured again on the same
fresh instances with the same seeds; the paired difference is what the gate looks at.
"""

import msgspec

from stop_tui.core import events as ev
from stop_tui.core.keys import text_hash
from stop_tui.core.state import Iteration
from stop_tui.core.statistics import chance_better, paired_difference
from stop_tui.core.statistics import meta_utility as mean_over_tasks
from stop_tui.core.suspicion import suspected_of
from stop_tui.engine.asking import Asking
from stop_tui.engine.concurrently import concurrently
from stop_tui.engine.gate import SEALED, Decision, Failure, Review
from stop_tui.engine.meta_utility import MetaUtility, by_task, measuring, tests_by_task
from stop_tui.engine.proposing import Proposing
from stop_tui.engine.recorder import Recorder
from stop_tui.engine.suspecting import suspected_jumps


class Deciding:
    """Measures what is under review and asks the gate, until something is final."""

    def __init__(
        self,
        settings: ev.Settings,
        meta_utility: MetaUtility,
        proposing: Proposing,
        recorder: Recorder,
        asking: Asking,
    ) -> None:
        self._settings = settings
        self._meta_utility = meta_utility
        self._proposing = proposing
        self._recorder = recorder
        self._asking = asking

    async def decide(self, number: int) -> ev.DecisionMade:
        """The final decision (approve or reject) on meta-iteration `number`."""
        iteration = self._recorder.state.iterations[number]
        while iteration.final is None:
            decision = await self._next(iteration)
            source = iteration.under_review
            assert source is not None, "a decision is about a proposal"
            if decision.source is not None:
                await self._proposing.note_candidate(
                    number,
                    decision.source,
                    by="human" if decision.choice == "edit" else "incumbent",
                )
                source = text_hash(decision.source)
            self._recorder.record(
                ev.DecisionMade(
                    iteration=number,
                    choice=decision.choice,
                    source=source,
                    by=decision.by,
                    reason=decision.reason,
                    repeats=decision.repeats,
                )
            )
        return iteration.final

    async def after_failure(self, number: int) -> None:
        """Offer to go on from an earlier version, now that meta-iteration `number` has failed."""
        state = self._recorder.state
        failure = Failure(
            run=state.settings.name,
            iteration=number,
            reason=state.iterations[number].failure or "",
            incumbent=state.iterations[number].incumbent,
            earlier=tuple((v.iteration, v.source) for v in state.versions.values()),
        )
        step = await self._asking.after_failure(failure)
        if step is not None:
            self._recorder.record(
                ev.SteppedBack(iteration=number, source=step.source, by=step.by, reason=step.reason)
            )

    async def _next(self, iteration: Iteration) -> Decision:
        name = iteration.under_review
        assert name is not None, "a decision is about a proposal"
        if name == iteration.incumbent:
            return Decision("reject", "engine", "unchanged: the proposal equals the incumbent")
        source = self._recorder.text(name)
        await self._proposing.note_candidate(iteration.number, source, by="incumbent")
        if self._settings.execute_gate and not await self._proposing.may_run(
            iteration.number, source
        ):
            return Decision("reject", "execute gate", "its code was not allowed to run")
        measured = await self._measure(iteration, source)
        return await self._asking.decide(self._review(iteration, source, measured))

    async def _measure(self, iteration: Iteration, source: str) -> ev.ProposalMeasured:
        """Proposal and incumbent on the same fresh instances; recorded repeats are served."""
        count = self._settings.repeats + iteration.extra_repeats
        known = iteration.measured.get(text_hash(source))
        if known is not None and known.proposal_val.n == count * len(self._settings.tasks):
            return known
        phase = measuring(iteration.number)
        incumbent = self._recorder.text(iteration.incumbent)
        proposed, before = await concurrently(
            self._meta_utility.repeats(iteration.number, phase, text, count=count, test=True)
            for text in (source, incumbent)
        )
        event = ev.ProposalMeasured(
            iteration=iteration.number,
            source=text_hash(source),
            incumbent=iteration.incumbent,
            proposal_val=mean_over_tasks(by_task(proposed)),
            incumbent_val=mean_over_tasks(by_task(before)),
            difference=paired_difference(by_task(proposed), by_task(before)),
            chance=chance_better(by_task(proposed), by_task(before)),
            proposal_test=mean_over_tasks(tests_by_task(proposed)),
            incumbent_test=mean_over_tasks(tests_by_task(before)),
        )
        self._recorder.record(event, *suspected_jumps(proposed, by_task(before)))
        return event

    def _review(self, iteration: Iteration, source: str, measured: ev.ProposalMeasured) -> Review:
        name = text_hash(source)
        candidate = iteration.candidates[name]
        phase = measuring(iteration.number)

        def reveal_test(by: str) -> tuple[ev.Estimate, ev.Estimate]:
            if iteration.test_revealed is None:
                self._recorder.record(ev.TestRevealed(iteration=iteration.number, by=by))
            return measured.proposal_test, measured.incumbent_test

        repeats = tuple(
            msgspec.structs.replace(repeat, test=None)
            for key, repeat in self._recorder.state.repeats.items()
            if key[:2] == (iteration.number, phase) and key[2] in (name, iteration.incumbent)
        )
        # What the solutions it found attempt counts against an improver too.
        its_programs = {name} | {r.solution for r in repeats if r.improver == name}
        return Review(
            run=self._settings.name,
            iteration=iteration.number,
            source=source,
            incumbent=self._recorder.text(iteration.incumbent),
            measured=msgspec.structs.replace(measured, proposal_test=SEALED, incumbent_test=SEALED),
            candidate=candidate,
            candidates=tuple(iteration.candidates.values()),
            sandbox_events=tuple(
                event
                for each in self._recorder.state.iterations.values()
                for event in each.sandbox_events
                if event.source in its_programs
            ),
            repeats=repeats,
            idea=None if candidate.idea is None else self._recorder.text(candidate.idea),
            reveal_test=reveal_test,
            suspicions=suspected_of(self._recorder.state, iteration.number, name),
        )
