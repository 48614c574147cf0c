"""What stands in for model, memory and human while a run is replayed: its journal.

Each of them answers with what was recorded, and raises NotRecorded where nothing was.
"""

from collections.abc import Iterable, Sequence

from stop_tui.core import events as ev
from stop_tui.core.errors import StopError
from stop_tui.core.keys import text_hash
from stop_tui.core.named_texts import named_texts
from stop_tui.core.state import CallKey, fold
from stop_tui.engine.gate import AutoGate, Decision, Execution, Failure, Review, StepBack
from stop_tui.engine.recorder import Recorder
from stop_tui.language_models.protocol import Completion, Heard, Request
from stop_tui.store.journal import Journal


class NotRecorded(StopError):
    """Something that a replay would have to ask for is not in the journal."""

    def __init__(self, iteration: int, message: str) -> None:
        super().__init__(message)
        self.iteration = iteration


class NoModel:
    """Stands where a run has its language model, and answers nothing."""

    offline = False

    def __init__(self, name: str) -> None:
        self.name = name

    def check_task(self, utility_text: str, seed_solution: str) -> None:
        """Whatever was asked about a task is recorded."""

    async def complete(self, request: Request, heard: Heard | None = None) -> Completion:
        """Never asked: `ServedCalls` answers, or says what is missing."""
        raise NotRecorded(0, "a request that is not in the journal reached the model")

    async def close(self) -> None:
        """There is nothing to let go of."""


class ServedCalls(dict[CallKey, ev.ModelCalled]):
    """The recorded model calls of a run, as the memory of its replay: those asked for so far.

    When one is asked for, all that the journal says of it is recorded in the replay too, so that
    what it cost counts there at the same moment. One that is not recorded raises NotRecorded.
    """

    def __init__(self, events: Iterable[ev.AnyEvent], journal: Journal, recorder: Recorder) -> None:
        super().__init__()
        self._journal = journal
        self._recorder = recorder
        self._said: dict[CallKey, list[ev.AnyEvent]] = {}
        self._answered: dict[CallKey, ev.ModelCalled] = {}
        for event in events:
            if isinstance(event, ev.ModelCallSent | ev.ModelCalled | ev.ModelCallLost):
                key = event.program, event.request, event.occurrence
                self._said.setdefault(key, []).append(event)
                if isinstance(event, ev.ModelCalled):
                    self._answered[key] = event

    @property
    def recorded(self) -> int:
        """How many calls the journal has."""
        return len(self._answered)

    def get(  # type: ignore[override]
        self, key: CallKey, default: ev.ModelCalled | None = None
    ) -> ev.ModelCalled:
        """The recorded call, which counts in the replay from now on."""
        if key not in self:
            call = self._answered.get(key)
            if call is None:
                raise self._missing(*key)
            said = self._said[key]
            texts = self._journal.texts(text for event in said for text in named_texts(event))
            self._recorder.record(*said, texts=texts.values())
            self[key] = call
        return self[key]

    def _missing(self, program: str, request: str, occurrence: int) -> NotRecorded:
        known = sum(key[0] == program for key in self._answered)
        again = f" for the {occurrence + 1}th time" if occurrence else ""
        return NotRecorded(
            _iteration_of(program),
            f"the program run {program} sends the model the request {request[:12]}{again}, which "
            f"is not recorded ({known} others of it are)",
        )


class RecordedGate(AutoGate):
    """Decides as a human did, in the same order; for what they did not see it has no answer."""

    def __init__(self, events: Sequence[ev.AnyEvent], journal: Journal, recorder: Recorder) -> None:
        self._iterations = fold(events).iterations
        self._executions = {e.source: e for e in events if isinstance(e, ev.ExecutionDecided)}
        self._steps = {e.iteration: e for e in events if isinstance(e, ev.SteppedBack)}
        self._journal = journal
        self._recorder = recorder

    async def decide(self, review: Review) -> Decision:
        """The decision that was made at this point about the same source."""
        number = review.iteration
        recorded = self._iterations[number]
        # What the engine decides by itself is among the decisions of both, so the places agree.
        place = len(self._recorder.state.iterations[number].decisions)
        earlier = [d.source for d in recorded.decisions[:place] if d.choice in ("choose", "edit")]
        seen = earlier[-1] if earlier else recorded.proposal
        if text_hash(review.source) != seen or place >= len(recorded.decisions):
            raise NotRecorded(number, "another proposal is under review than the one decided about")
        if recorded.test_revealed is not None:
            review.reveal_test(recorded.test_revealed)
        decision = recorded.decisions[place]
        instead = decision.choice in ("choose", "edit")
        return Decision(
            decision.choice,
            decision.by,
            decision.reason,
            source=self._journal.text(decision.source) if instead else None,
            repeats=decision.repeats,
        )

    async def allow(self, source: str, warnings: tuple[ev.Finding, ...]) -> Execution:
        """Whether this code was allowed to run."""
        known = self._executions.get(text_hash(source))
        if known is None:
            state = self._recorder.state
            number = 0 if state.current is None else state.current.number
            raise NotRecorded(number, "nobody decided whether this candidate's code may run")
        return Execution(known.allowed, known.by, known.reason)

    async def after_failure(self, failure: Failure) -> StepBack | None:
        """Where they went on after this failure."""
        step = self._steps.get(failure.iteration)
        return None if step is None else StepBack(step.source, step.by, step.reason)


def _iteration_of(program: str) -> int:
    """The meta-iteration that a program run belongs to; its name starts with ``I<number>``."""
    word = program.partition("/")[0][1:]
    return int(word) if word.isdecimal() else 0
