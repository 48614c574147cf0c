"""The events of a run: one frozen record a fact, the only thing that is stored and shown.

Sources, prompts and responses are long and repeat themselves, so events name them by `text_hash`
and the journal keeps each text once. Every event is a JSON object with its `kind` and a version
`v`; a field that is added later has a default, so that old journals stay readable.
"""

from typing import Literal

import msgspec

from stop_tui.core.server_limits import ServerLimits
from stop_tui.core.settings import Budget as Budget
from stop_tui.core.settings import Gate as Gate
from stop_tui.core.settings import Limits as Limits
from stop_tui.core.settings import Settings as Settings
from stop_tui.core.values import Estimate as Estimate
from stop_tui.core.values import Finding as Finding
from stop_tui.core.values import InstanceScore as InstanceScore
from stop_tui.core.values import Suspicion as Suspicion
from stop_tui.core.verdicts import Isolation

Phase = str
"""``selection``, or ``measure/I3`` for the fresh measurement at the end of meta-iteration 3."""

Split = Literal["val", "test"]
Origin = Literal["incumbent", "human"]
Choice = Literal["approve", "reject", "choose", "edit", "more-repeats"]
Question = Literal["proposal", "execution", "failure"]
PauseCause = Literal["", "user", "stepped", "limit", "outage", "error"]
"""Why a run stands still; empty in journals of versions that did not say."""


class Event(msgspec.Struct, frozen=True, tag_field="kind", kw_only=True):
    """Common to all events. `at` is seconds since 1970 UTC, `v` the version of the record."""

    at: float = 0.0
    v: int = 1


class RunStarted(Event, frozen=True, tag="run-started"):
    """A run exists. `source` is the improver it starts from; `tasks` maps a task to the hash of
    its utility's text and `seed_solutions` to that of its seed solution (empty where a version did
    not note it), so that a task that was edited since is noticed on resuming. `parent` is the
    commit of the version it starts from, if it does; `author` the identity its commits bear."""

    settings: Settings
    source: str
    tasks: dict[str, str]
    parent: str | None = None
    author: tuple[str, str] = ("stop-tui", "stop-tui@localhost")
    responses_at_most: int = 0
    seed_solutions: dict[str, str] = {}


class IsolationTested(Event, frozen=True, tag="isolation-tested"):
    """The self-test at the start of every session of a run; `missing` names what is not stopped."""

    level: Isolation
    missing: tuple[str, ...] = ()


class IterationStarted(Event, frozen=True, tag="iteration-started"):
    """Meta-iteration `iteration` (1-based) begins, or begins again after an interruption."""

    iteration: int
    incumbent: str
    attempt: int = 1


class CandidateProposed(Event, frozen=True, tag="candidate-proposed"):
    """The incumbent (or a human, by editing) asked for the meta-utility of `source`.

    `candidate` counts from 1 within the meta-iteration. `idea` is the hash of the model's own
    words around the code, where they are known."""

    iteration: int
    candidate: int
    source: str
    strategies: tuple[Finding, ...] = ()
    warnings: tuple[Finding, ...] = ()
    idea: str | None = None
    by: Origin = "incumbent"


class SolutionScored(Event, frozen=True, tag="solution-scored"):
    """The utility of a solution: a value of (source, task, split, phase), computed once a run.

    `program` is the program run that asked for it first; empty where nobody noted it. `answers`
    has a short hash of what the solution returned for each instance, empty where it returned
    nothing; there are none in journals of versions that did not keep them."""

    task: str
    split: Split
    phase: Phase
    source: str
    utility: float
    instances: tuple[InstanceScore, ...]
    cpu_seconds: float = 0.0
    untimely: tuple[str, ...] = ()
    program: str = ""
    answers: tuple[str, ...] = ()


class ScoreSuspected(Event, frozen=True, tag="score-suspected"):
    """The score of the solution `source` may be won by something else than solving the task.

    A reason to look, not a verdict: the score counts all the same. What rests on the test split
    says so in `split`, and is as sealed as the figures of that split."""

    task: str
    split: Split
    phase: Phase
    source: str
    suspicions: tuple[Suspicion, ...]
    program: str = ""


class ModelCallSent(Event, frozen=True, tag="model-call-sent"):
    """A request leaves for the language model; what is served from the journal does not.

    It is the `ModelCalled` of the same program, request and occurrence that answers it. A request
    that was under way when a run was interrupted is sent again."""

    program: str
    request: str
    occurrence: int
    prompt: str
    model: str
    n: int
    temperature: float


class ModelCalled(Event, frozen=True, tag="model-called"):
    """One request to the language model was answered (or failed for good, with `error`).

    `program` is the program run it belongs to, `request` the hash of what was asked and
    `occurrence` how often that was asked before in it. Token counts and cost are those of all
    tries that said what they used, None where unknown; `untold` tries ended without saying it."""

    program: str
    request: str
    occurrence: int
    prompt: str
    responses: tuple[str, ...]
    model: str
    n: int
    temperature: float
    finish_reasons: tuple[str, ...] = ()
    prompt_tokens: int | None = None
    completion_tokens: int | None = None
    cost_usd: float | None = None
    seconds: float = 0.0
    error: str | None = None
    untold: int = 0


class ModelCallLost(Event, frozen=True, tag="model-call-lost"):
    """A request that was sent ended with no answer, by an outage or because the run stopped.

    It is sent again when it is needed again. Figures are those of tries that said what they used;
    `untold` tries were under way or broke off, and may have been charged for."""

    program: str
    request: str
    occurrence: int
    prompt_tokens: int | None = 0
    completion_tokens: int | None = 0
    cost_usd: float | None = 0.0
    untold: int = 1


class ServerLimitsLearned(Event, frozen=True, tag="server-limits-learned"):
    """The server behind a model turned out not to do something. It is not asked for that again in
    this run, on resuming either. `server` names it, and the model that it was asked for."""

    server: str
    limits: ServerLimits


class SandboxEvent(Event, frozen=True, tag="sandbox-event"):
    """What a generated program attempted. Verified: seen by host or zygote. Reported: told by the
    program's own audit hook, informative, can be forged."""

    program: str
    source: str
    trust: Literal["verified", "reported"]
    what: str
    detail: str = ""


class RepeatStarted(Event, frozen=True, tag="repeat-started"):
    """One repeat of an improver on one task begins to run, after it waited for its turn."""

    iteration: int
    phase: Phase
    improver: str
    task: str
    repeat: int


class RepeatFinished(Event, frozen=True, tag="repeat-finished"):
    """One repeat of an improver on one task: the utility of what it returned.

    `improver` and `solution` are hashes; `val` and `test` are in [0, 1]; `test` is None where it
    is not measured. `failure` says in a line why there is no solution. `untimely` lists what makes
    this repeat not reproducible (threads, clocks, OS entropy, the CPU limit). `beyond_budget` is
    how often the improver asked for more than its budget allows, and was refused."""

    iteration: int
    phase: Phase
    improver: str
    task: str
    repeat: int
    val: float
    test: float | None = None
    solution: str | None = None
    lm_calls: int = 0
    utility_calls: int = 0
    failure: str | None = None
    cpu_seconds: float = 0.0
    untimely: tuple[str, ...] = ()
    beyond_budget: int = 0


class CandidateEvaluated(Event, frozen=True, tag="candidate-evaluated"):
    """The meta-utility of a candidate on the validation split, in the selection phase."""

    iteration: int
    candidate: int
    source: str
    meta_utility: Estimate


class ProposalReturned(Event, frozen=True, tag="proposal-returned"):
    """The incumbent ended its meta-iteration with this source; `beyond_budget` as of a repeat."""

    iteration: int
    source: str
    untimely: tuple[str, ...] = ()
    beyond_budget: int = 0


class ProposalMeasured(Event, frozen=True, tag="proposal-measured"):
    """Proposal and incumbent measured afresh on the same instances: what the gate looks at.

    `difference` is proposal minus incumbent, paired by task and repeat; `chance` the probability
    that the proposal is better, in [0, 1]. The test estimates are sealed until the decision."""

    iteration: int
    source: str
    incumbent: str
    proposal_val: Estimate
    incumbent_val: Estimate
    difference: Estimate
    chance: float | None
    proposal_test: Estimate
    incumbent_test: Estimate


class TestRevealed(Event, frozen=True, tag="test-revealed"):
    """Someone looked at the test figures before deciding."""

    iteration: int
    by: str


class DecisionAwaited(Event, frozen=True, tag="decision-awaited"):
    """A human is asked about `source`: what happens with a proposal, whether a candidate may run,
    or (then `source` is the incumbent) where to go on after a failed meta-iteration."""

    iteration: int
    question: Question
    source: str


class ExecutionDecided(Event, frozen=True, tag="execution-decided"):
    """Under --execute-gate: may this candidate's code run at all?"""

    iteration: int
    source: str
    allowed: bool
    by: str
    reason: str = ""


class DecisionMade(Event, frozen=True, tag="decision-made"):
    """What the gate decided about a meta-iteration's proposal, by whom and why.

    `source` is the source that is approved (for approve, choose) or was turned down."""

    iteration: int
    choice: Choice
    source: str
    by: str
    reason: str = ""
    repeats: int = 0


class VersionCommitted(Event, frozen=True, tag="version-committed"):
    """An accepted improver is a commit. Iteration 0 is the improver the run started from."""

    iteration: int
    source: str
    commit: str


class IterationFailed(Event, frozen=True, tag="iteration-failed"):
    """The incumbent gave no proposal; the run goes on with the same incumbent. `beyond_budget` as
    of a repeat."""

    iteration: int
    reason: str
    untimely: tuple[str, ...] = ()
    beyond_budget: int = 0


class SteppedBack(Event, frozen=True, tag="stepped-back"):
    """After a failed meta-iteration a human went back to an earlier version."""

    iteration: int
    source: str
    by: str
    reason: str = ""


class RunPaused(Event, frozen=True, tag="run-paused"):
    """The run stands still and can be resumed."""

    reason: str
    cause: PauseCause = ""


class RunResumed(Event, frozen=True, tag="run-resumed"):
    """A paused or killed run goes on. `limits` replaces the run's limits when given; `tasks` and
    `seed_solutions` are the hashes of its tasks' texts, which may change as long as nothing was
    measured."""

    limits: Limits | None = None
    tasks: dict[str, str] | None = None
    seed_solutions: dict[str, str] = {}


class RunFinished(Event, frozen=True, tag="run-finished"):
    """The run is over: all meta-iterations are done, or `by` ended it for good before that."""

    by: str = ""
    reason: str = "all meta-iterations done"


AnyEvent = (
    RunStarted
    | IsolationTested
    | IterationStarted
    | CandidateProposed
    | SolutionScored
    | ScoreSuspected
    | ModelCallSent
    | ModelCalled
    | ModelCallLost
    | ServerLimitsLearned
    | SandboxEvent
    | RepeatStarted
    | RepeatFinished
    | CandidateEvaluated
    | ProposalReturned
    | ProposalMeasured
    | TestRevealed
    | DecisionAwaited
    | ExecutionDecided
    | DecisionMade
    | VersionCommitted
    | IterationFailed
    | SteppedBack
    | RunPaused
    | RunResumed
    | RunFinished
)

_decoder: msgspec.json.Decoder[AnyEvent] = msgspec.json.Decoder(AnyEvent)


def kind(event: Event) -> str:
    """What a kind of event is called, as in its JSON: ``candidate-proposed``."""
    return str(type(event).__struct_config__.tag)


def encode(event: AnyEvent) -> bytes:
    """`event` as one line of JSON, without NaN (which becomes null)."""
    return msgspec.json.encode(event)


def decode(data: bytes | str) -> AnyEvent:
    """The event in `data`; raises msgspec.DecodeError on anything else."""
    return _decoder.decode(data)
