"""From a decision to a commit: the version's trailers, folded from the journal.

Everything in a commit derives from journalled events, its date from the decision's, so making it
again after a crash gives the same commit id.
"""

from stop_tui.core import events as ev
from stop_tui.core.analysis.strategies import main_strategy, strategies
from stop_tui.core.keys import text_hash
from stop_tui.core.state import Iteration, State
from stop_tui.engine.recorder import Recorder
from stop_tui.store.lineage import Lineage
from stop_tui.store.trailers import Score, Trailers


class Versions:
    """Commits the accepted improvers of one run, in order, and journals each commit."""

    def __init__(self, lineage: Lineage, recorder: Recorder) -> None:
        self._lineage = lineage
        self._recorder = recorder

    def commit_start(self) -> None:
        """Commit the improver the run starts from: the first version, iteration 0."""
        state = self._recorder.state
        started = state.started
        assert started is not None, "a journal starts with run-started"
        if 0 in state.versions:
            return
        settings = started.settings
        source = self._recorder.text(started.source)
        trailers = Trailers(
            run=settings.name,
            iteration=0,
            repeats=settings.repeats,
            tasks=settings.tasks,
            strategy=labels(strategies(source)),
            model=settings.model,
            seed=settings.seed,
            decision="start",
            decided_by=started.author[0],
            reason=f"the run starts from {settings.start}",
        )
        self._commit(trailers, source, parent=started.parent, at=started.at, title=settings.start)

    def commit(self, iteration: Iteration) -> None:
        """Commit what was approved in `iteration`."""
        state = self._recorder.state
        decision = iteration.final
        assert decision is not None and state.head is not None, "an approval follows a start"
        candidate = iteration.candidates[decision.source]
        self._commit(
            _trailers(state, iteration, decision),
            self._recorder.text(decision.source),
            parent=state.head.commit,
            at=decision.at,
            title=main_strategy(candidate.strategies),
            idea="" if candidate.idea is None else self._recorder.text(candidate.idea),
        )

    def _commit(
        self,
        trailers: Trailers,
        source: str,
        *,
        parent: str | None,
        at: float,
        title: str,
        idea: str = "",
    ) -> None:
        started = self._recorder.state.started
        assert started is not None, "a journal starts with run-started"
        commit = self._lineage.commit_version(
            source,
            trailers,
            idea=idea,
            title=title,
            parent=parent,
            at=at,
            author=started.author,
        )
        self._recorder.record(
            ev.VersionCommitted(
                iteration=trailers.iteration, source=text_hash(source), commit=commit
            )
        )


def labels(findings: tuple[ev.Finding, ...]) -> tuple[str, ...]:
    """The distinct labels of `findings`, in their order; or that there are none."""
    return tuple(dict.fromkeys(finding.label for finding in findings)) or (main_strategy(()),)


def _trailers(state: State, iteration: Iteration, decision: ev.DecisionMade) -> Trailers:
    settings = state.settings
    measured = iteration.measured[decision.source]
    candidate = iteration.candidates[decision.source]
    return Trailers(
        run=settings.name,
        iteration=iteration.number,
        candidate=candidate.number,
        meta_utility=Score.of(measured.proposal_val),
        meta_utility_incumbent=Score.of(measured.incumbent_val),
        test_meta_utility=Score.of(measured.proposal_test),
        repeats=settings.repeats + iteration.extra_repeats,
        tasks=settings.tasks,
        strategy=labels(candidate.strategies),
        model=settings.model,
        seed=settings.seed,
        # Without what an interruption lost: a version is the same with and without one.
        lm_calls=state.answered.lm_calls,
        tokens=state.answered.tokens,
        cost_usd=state.answered.usd,
        sandbox_events=state.sandbox_events,
        decision=decision.choice,
        decided_by=decision.by,
        reason=decision.reason,
        test_revealed=iteration.test_revealed,
    )
