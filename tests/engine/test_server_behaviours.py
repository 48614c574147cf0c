"""What servers of language models do to a run: does it go on, what is kept, what is the user told?

Each behaviour is real HTTP from a server on loopback; the model waits by a clock that nobody waits
for, so that backing off takes no time.
"""

import pytest
from msgspec.structs import replace

from stop_tui.core import events as ev
from stop_tui.core.errors import ModelOutage
from stop_tui.core.keys import text_hash
from stop_tui.core.state import State, Status, fold
from stop_tui.presentation.lines import describe
from stop_tui.store.journal import Journal
from tests.copies import copy_of
from tests.language_models.endpoints import Clock, model_at
from tests.language_models.fault_server import (
    FaultServer,
    answers,
    endless,
    error,
    hangs_up,
    in_pieces,
    piece,
    refusing,
    says,
    silent,
)
from tests.tiny import GOOD_SOLUTION, journalled, resume, start, tiny_settings, tiny_workspace

ASKS = '''\
PROPOSAL = """
def improve_algorithm(initial_solution, utility, language_model):
    return initial_solution
"""


def improve_algorithm(initial_solution, utility, language_model):
    if "improve_algorithm" in initial_solution:
        utility(PROPOSAL)
        return PROPOSAL
    found = language_model.prompt("You are an expert.", initial_solution, 2, 1.5)
    return found[-1].split("```")[1].removeprefix("python\\n")
'''
GOOD = f"```python\n{GOOD_SOLUTION}```"
SETTINGS = tiny_settings(model="fast", repeats=1, concurrency=1)
QUICK = {"first_token_timeout": 0.2, "stall_timeout": 0.2, "timeout": 2.0, "retries": 2}


@pytest.fixture
def workspace(tmp_path):
    return tiny_workspace(tmp_path, ASKS)


def run(workspace, server, **settings) -> list[ev.AnyEvent]:
    return start(workspace, SETTINGS, model=model_at(server.url, Clock(), **settings))


def of(events, kind):
    return [event for event in events if isinstance(event, kind)]


def told(events) -> str:
    """All lines that a user sees of a run."""
    state, lines = State(), []
    for event in events:
        state.fold(event)
        lines.append(describe(event, state) or "")
    return "\n".join([*lines, state.reason])


def solutions(events) -> set[str | None]:
    """What the improvers that asked the model found."""
    return {repeat.solution for repeat in of(events, ev.RepeatFinished) if repeat.lm_calls}


FOUND = {text_hash(GOOD_SOLUTION)}
ONE_CHOICE = error(400, "only one choice: n must be 1", param="n")
NO_TEMPERATURE = error(400, "Unsupported parameter: 'temperature'", param="temperature")
NO_MAX_TOKENS = error(400, "Unsupported parameter: use 'max_completion_tokens'", param="max_tokens")
NO_SYSTEM = error(400, "system role not supported")


REFUSALS = (
    (lambda body: "n" in body, ONE_CHOICE),
    (lambda body: "temperature" in body, NO_TEMPERATURE),
    (lambda body: "max_tokens" in body, NO_MAX_TOKENS),
    (lambda body: body["messages"][0]["role"] == "system", NO_SYSTEM),
)


async def refuses_much(exchange) -> None:
    """A server that takes nothing of what is refused above, and says so of one at a time."""
    refused = (refusal for refuses, refusal in REFUSALS if refuses(exchange.body))
    await next(refused, answers(GOOD))(exchange)


@pytest.mark.parametrize(
    ("server", "words"),
    [
        pytest.param(
            refuses_much,
            (
                "one response a request",
                "takes no temperature",
                "calls the limit of tokens max_completion_tokens",
                "has no system role",
            ),
            id="refused",
        ),
        pytest.param(answers(GOOD, choices=1), ("one response a request",), id="fewer choices"),
    ],
)
def test_limits_are_learnt_once_told_and_known_when_the_run_goes_on(
    workspace, server, words
) -> None:
    down = False

    async def behave(exchange) -> None:
        await (error(401, "expired") if down else server)(exchange)

    def after_the_first_answer(event, state) -> None:
        nonlocal down
        down = down or isinstance(event, ev.ModelCalled)

    with FaultServer(behave) as serving:
        with pytest.raises(ModelOutage):
            start(
                workspace,
                replace(SETTINGS, repeats=2),
                model=model_at(serving.url, Clock(), max_tokens=500),
                listeners=[after_the_first_answer],
            )
        paused = journalled(workspace, "tiny")
        (learned,) = of(paused, ev.ServerLimitsLearned)
        assert f"learnt of some-model at {serving.url}: it " in told(paused)
        assert all(each in told(paused) for each in words)

        # Another session of the run, with a model that has heard of nothing.
        asked, down = len(serving.requests), False
        events = resume(workspace, model=model_at(serving.url, Clock(), max_tokens=500))
    assert fold(events).status is Status.FINISHED
    assert solutions(events) == FOUND
    assert of(events, ev.ServerLimitsLearned) == [learned]
    later = serving.bodies[asked:]
    assert later and not any(_was_refused(body, learned.limits) for body in later)
    assert len(learned.limits.words()) == len(words)


def _was_refused(body, limits) -> bool:
    """Whether a request asks for what `limits` says that there is not."""
    return bool(
        (limits.one_choice and "n" in body)
        or (not limits.system and body["messages"][0]["role"] == "system")
        or (limits.max_tokens != "max_tokens" and "max_tokens" in body)
        or any(field in body for field in limits.without)
    )


FAULTS = {
    "408": error(408, "timeout"),
    "429": error(429, "slow down"),
    "429 with Retry-After": error(429, "slow down", {"retry-after": "3"}),
    "500": error(500, "oops"),
    "502 with HTML": says(502, "<html><h1>502 Bad Gateway</h1></html>"),
    "dropped connection": hangs_up,
    "dropped mid-stream": in_pieces(piece("half an"), then="drop"),
    "stalled stream": in_pieces(piece("half an"), then="stall"),
    "slow first token": silent,
    "invalid JSON": in_pieces("{not json"),
}


@pytest.fixture(scope="module")
def down(tmp_path_factory):
    """A workspace with the run, paused by a server that broke every answer off."""
    workspace = tiny_workspace(tmp_path_factory.mktemp("down") / "w", ASKS)
    with FaultServer(FAULTS["dropped mid-stream"]) as server, pytest.raises(ModelOutage):
        run(workspace, server, **QUICK)
    return workspace


def test_what_passes_or_was_waited_out_leaves_no_trace_in_the_lineage(
    workspace, down, tmp_path
) -> None:
    script = [each for fault in FAULTS.values() for each in (fault, answers(GOOD))]
    with FaultServer(*script) as server:
        events = start(
            workspace,
            replace(SETTINGS, repeats=len(FAULTS)),
            model=model_at(server.url, Clock(), **QUICK),
        )
    assert len(server.requests) == len(script)
    assert fold(events).status is Status.FINISHED
    assert solutions(events) == FOUND
    assert not [call for call in of(events, ev.ModelCalled) if call.error]

    with FaultServer(answers(GOOD)) as server:
        resumed = resume(copy_of(down, tmp_path / "w"), model=model_at(server.url, Clock()))
    assert fold(resumed).status is Status.FINISHED
    assert _versions(resumed) == _versions(events)


@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS)
def test_what_stays_pauses_the_run(down, fault, tmp_path) -> None:
    workspace = copy_of(down, tmp_path / "w")
    with FaultServer(fault) as server, pytest.raises(ModelOutage) as outage:
        resume(workspace, model=model_at(server.url, Clock(), **QUICK))
    assert len(server.requests) == 3
    events = journalled(workspace, "tiny")
    paused = fold(events)
    assert (paused.status, paused.cause) == (Status.PAUSED, "outage")
    assert paused.reason == outage.value.message
    assert "The model fast (some-model at" in paused.reason and "asked 3 times" in paused.reason
    assert server.url in paused.reason
    assert outage.value.hint
    assert not solutions(events), "an outage is no score"


def _versions(events) -> list[tuple[int, str]]:
    return [(event.iteration, event.source) for event in of(events, ev.VersionCommitted)]


@pytest.mark.parametrize(
    ("fault", "words", "fix"),
    [
        pytest.param(error(401, "bad"), "does not accept the key (401)", "api_key_env", id="401"),
        pytest.param(error(404, "no model"), "no model", "[models.fast]", id="404 model"),
        pytest.param(
            error(400, "you must pay your bill first"), "pay your bill", "", id="400 to everything"
        ),
    ],
)
def test_what_does_not_pass_pauses_the_run_at_once_with_the_fix(
    workspace, fault, words, fix
) -> None:
    with FaultServer(fault) as server, pytest.raises(ModelOutage) as outage:
        run(workspace, server, **QUICK)
    paused = fold(journalled(workspace, "tiny"))
    assert (paused.status, paused.cause) == (Status.PAUSED, "outage")
    assert words in paused.reason
    assert fix in (outage.value.hint or "")
    assert len(server.requests) <= 2


TOO_LONG = error(400, "This model's maximum context length is 4096 tokens")


@pytest.mark.parametrize(
    ("server", "words"),
    [
        pytest.param(answers(""), "empty", id="empty content"),
        pytest.param(answers(GOOD, finish="length"), "cut off", id="finish_reason=length"),
        pytest.param(endless, "did not end", id="endless answer"),
        pytest.param(
            refusing(lambda body: "return x" in str(body["messages"]), TOO_LONG, GOOD),
            "maximum context length is 4096",
            id="400 to one request",
        ),
    ],
)
def test_an_answer_that_is_none_is_a_failure_and_never_a_score(workspace, server, words) -> None:
    with FaultServer(server) as serving:
        events = run(workspace, serving, **QUICK)
    state = fold(events)
    assert state.status is Status.FINISHED
    failed = [call for call in of(events, ev.ModelCalled) if call.error]
    assert failed and all(words in (call.error or "") for call in failed)
    repeats = [repeat for repeat in of(events, ev.RepeatFinished) if repeat.lm_calls]
    assert repeats and all(repeat.failure and repeat.solution is None for repeat in repeats)
    assert any(words in (repeat.failure or "") for repeat in repeats)


def test_reasoning_is_no_part_of_what_a_program_is_given(workspace) -> None:
    """Whether it comes in a field of its own or between tags."""
    apart = answers(GOOD, reasoning_content="```python\nwrong```")
    in_tags = answers(f"<think>```python\nwrong```</think>{GOOD}")
    with FaultServer(apart, in_tags) as serving:
        events = start(
            workspace, replace(SETTINGS, repeats=2), model=model_at(serving.url, Clock())
        )
    assert len(serving.requests) == 2
    assert fold(events).status is Status.FINISHED
    assert solutions(events) == FOUND
    with Journal.open(workspace.journal, create=False) as journal:
        said = {journal.text(key) for call in of(events, ev.ModelCalled) for key in call.responses}
    assert said == {GOOD}


def test_a_server_that_does_not_count_leaves_the_cost_unknown(workspace) -> None:
    with FaultServer(answers(GOOD, usage=None)) as server:
        events = run(workspace, server)
    state = fold(events)
    assert state.status is Status.FINISHED
    assert (state.spent.usd, state.spent.uncounted > 0) == (None, True)
