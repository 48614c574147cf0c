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


@pytest.mark.parametrize(
    ("server", "words"),
    [
        pytest.param(
            refusing(lambda body: "n" in body, ONE_CHOICE, GOOD),
            "one response a request",
            id="no n",
        ),
        pytest.param(answers(GOOD, choices=1), "one response a request", id="fewer choices"),
        pytest.param(
            refusing(lambda body: "temperature" in body, NO_TEMPERATURE, GOOD),
            "takes no temperature",
            id="temperature refused",
        ),
        pytest.param(
            refusing(lambda body: "max_tokens" in body, NO_MAX_TOKENS, GOOD),
            "calls the limit of tokens max_completion_tokens",
            id="max_completion_tokens",
        ),
        pytest.param(
            refusing(lambda body: body["messages"][0]["role"] == "system", NO_SYSTEM, GOOD),
            "has no system role",
            id="system role refused",
        ),
    ],
)
def test_a_limit_is_learnt_once_told_and_known_when_the_run_goes_on(
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
        assert words in told(paused)

        # Another session of the run, with a model that has heard of nothing.
        asked, down = len(serving.requests), False
        events = resume(workspace, model=model_at(serving.url, Clock(), max_tokens=500))
    assert fold(events).status is Status.FINISHED
    assert solutions(events) == FOUND
    assert of(events, ev.ServerLimitsLearned) == [learned]
    later = serving.bodies[asked:]
    assert later and not any(_was_refused(body, learned.limits) for body in later)


def _was_refused(body, limits) -> bool:
    """Whether a request asks for what `limits` says that there is not."""
    return bool(
        (limits.one_choice and "n" in body)
        or (not limits.system and body["messages"][0]["role"] == "system")
        or (limits.max_tokens != "max_tokens" and "max_tokens" in body)
        or any(field in body for field in limits.without)
    )


@pytest.mark.parametrize(
    "fault",
    [
        pytest.param(error(408, "timeout"), id="408"),
        pytest.param(error(429, "slow down"), id="429"),
        pytest.param(error(429, "slow down", {"retry-after": "3"}), id="429 with Retry-After"),
        pytest.param(error(500, "oops"), id="500"),
        pytest.param(says(502, "<html><h1>502 Bad Gateway</h1></html>"), id="502 with HTML"),
        pytest.param(hangs_up, id="dropped connection"),
        pytest.param(in_pieces(piece("half an"), then="drop"), id="dropped mid-stream"),
        pytest.param(in_pieces(piece("half an"), then="stall"), id="stalled stream"),
        pytest.param(silent, id="slow first token"),
        pytest.param(in_pieces("{not json"), id="invalid JSON"),
    ],
)
def test_what_passes_leaves_no_trace_in_the_lineage_and_what_stays_pauses_the_run(
    workspace, fault, tmp_path
) -> None:
    with FaultServer(fault, answers(GOOD)) as server:
        events = run(workspace, server, **QUICK)
    assert fold(events).status is Status.FINISHED
    assert solutions(events) == FOUND
    assert not [call for call in of(events, ev.ModelCalled) if call.error]

    down = tiny_workspace(tmp_path / "down", ASKS)
    with FaultServer(fault) as server, pytest.raises(ModelOutage) as outage:
        run(down, server, **QUICK)
    assert len(server.requests) == 3
    paused = fold(journalled(down, "tiny"))
    assert (paused.status, paused.cause) == (Status.PAUSED, "outage")
    assert paused.reason == outage.value.message
    assert "The model fast (some-model at" in paused.reason and "asked 3 times" in paused.reason
    assert outage.value.hint
    assert not solutions(journalled(down, "tiny")), "an outage is no score"
    with FaultServer(answers(GOOD)) as server:
        resumed = resume(down, model=model_at(server.url, Clock()))
    assert fold(resumed).status is Status.FINISHED
    assert _versions(resumed) == _versions(events)


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


@pytest.mark.parametrize(
    "server",
    [
        pytest.param(answers(GOOD, reasoning_content="```python\nwrong```"), id="apart"),
        pytest.param(answers(f"<think>```python\nwrong```</think>{GOOD}"), id="in think tags"),
    ],
)
def test_reasoning_is_no_part_of_what_a_program_is_given(workspace, server) -> None:
    with FaultServer(server) as serving:
        events = run(workspace, serving)
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
