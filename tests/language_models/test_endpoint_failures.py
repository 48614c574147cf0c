"""What goes wrong at an endpoint: what passes is asked about again, what stays has its fix told."""

import pytest
from msgspec.structs import replace

from stop_tui.core.errors import ModelOutage
from stop_tui.language_models.protocol import NoUsableAnswer, OutageAfter
from tests.language_models.endpoints import REQUEST, Clock, ask, model_at, texts
from tests.language_models.fault_server import (
    FaultServer,
    answers,
    error,
    hangs_up,
    in_pieces,
    piece,
    refusing,
    says,
    silent,
)

THREE = replace(REQUEST, n=3)


@pytest.mark.parametrize(
    "fault",
    [
        error(408, "timeout"),
        error(429, "slow down"),
        error(500, "oops"),
        says(502, "<html><h1>502 Bad Gateway</h1></html>"),
        error(503, "loading model"),
        error(529, "overloaded"),
        hangs_up,
        in_pieces(piece("half an"), then="drop"),
        in_pieces(piece("half an")),
        in_pieces(),
        in_pieces(piece("half an"), {"error": {"message": "backend died", "code": 502}}),
        in_pieces("{not json"),
        in_pieces(b"\xff\xfe\n\ndata: \xff\n\n"),
        in_pieces("[" * 100_000),
        says(200, {"choices": []}),
        says(200, {"object": "nothing like it"}),
        says(200, [1, 2]),
    ],
)
def test_what_passes_is_asked_about_again_and_if_it_stays_the_run_pauses(fault) -> None:
    clock = Clock()
    with FaultServer(fault, fault, answers("fine")) as server:
        assert texts(ask(model_at(server.url, clock))) == ["fine"]
    assert sum(clock.slept) >= 1.5

    with FaultServer(fault) as server, pytest.raises(ModelOutage) as told:
        ask(model_at(server.url, retries=2))
    assert len(server.requests) == 3
    assert "The model fast (some-model at http://127.0.0.1:" in told.value.message
    assert "asked 3 times" in told.value.message
    assert told.value.hint
    assert "<" not in told.value.message


@pytest.mark.parametrize(
    ("stalls", "setting"),
    [
        (silent, "first_token_timeout"),
        (in_pieces(b": ping\n\n", then="stall"), "first_token_timeout"),
        (in_pieces(piece("half"), then="stall"), "stall_timeout"),
        (silent, "timeout"),
    ],
)
def test_a_server_that_stalls_is_not_waited_for(stalls, setting) -> None:
    quick = {setting: 0.05}
    with FaultServer(stalls, answers("fine")) as server:
        assert texts(ask(model_at(server.url, **quick))) == ["fine"]
    with FaultServer(stalls) as server, pytest.raises(ModelOutage) as told:
        ask(model_at(server.url, retries=1, **quick))
    assert "for 0.05 s" in told.value.message
    assert f"`{setting}` in [models.fast]" in (told.value.hint or "")


def test_a_stream_that_is_over_and_stays_open_is_over() -> None:
    left_open = in_pieces(piece("whole", finish="stop"), "[DONE]", then="stall")
    with FaultServer(left_open) as server:
        assert texts(ask(model_at(server.url))) == ["whole"]
    assert len(server.requests) == 1


@pytest.mark.parametrize(
    ("fault", "told_of", "fix"),
    [
        (error(401, "Incorrect API key"), "does not accept the key (401)", "api_key_env"),
        (error(402, "no credit"), "no credit left", "Add credit"),
        (error(429, "You exceeded your quota", code="insufficient_quota"), "no credit", "credit"),
        (error(403, "not here"), "forbids this", "account"),
        (error(404, "model 'some-model' not found, try pulling it"), "try pulling it", "`model`"),
        (says(404, "<html>nginx</html>"), "does not have this model or address", "/v1"),
        (says(307, "", {"location": "http://127.0.0.1:1/"}), "answers elsewhere", "base_url"),
        (says(200, "<!doctype html><p>Hello"), "a web page instead of an answer", "/v1"),
    ],
)
def test_what_does_not_pass_is_told_at_once_with_its_fix(fault, told_of, fix) -> None:
    clock = Clock()
    with FaultServer(fault) as server, pytest.raises(ModelOutage) as told:
        ask(model_at(server.url, clock))
    assert told_of in told.value.message
    assert fix in (told.value.hint or "")
    assert len(server.requests) == 1
    assert not clock.slept


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_no_server_at_all_is_an_outage(host) -> None:
    with FaultServer(silent) as server:
        url = server.url.replace("127.0.0.1", host)
    with pytest.raises(
        OutageAfter, match=r"cannot be reached: Connection refused \(asked 2"
    ) as told:
        ask(model_at(url, retries=1))
    assert "Start the server" in (told.value.hint or "")
    assert told.value.spent.untold == 0  # nothing was sent that anybody could charge for


def test_a_refused_request_is_told_and_the_run_goes_on_where_the_server_answers_others() -> None:
    def refused(body) -> bool:
        return "ready" not in body["messages"][0]["content"]

    with (
        FaultServer(refusing(refused, error(400, "prompt is too long"))) as server,
        pytest.raises(NoUsableAnswer, match=r"refuses the request .*prompt is too long"),
    ):
        ask(model_at(server.url))


def test_a_fault_that_passes_is_not_taken_for_a_server_that_refuses_everything() -> None:
    too_long = error(400, "prompt is too long")
    script = (too_long, error(500, "oops"), too_long, error(429, "slow down"), too_long)
    with (
        FaultServer(*script, answers("ready")) as server,
        pytest.raises(NoUsableAnswer, match=r"refuses the request .*prompt is too long"),
    ):
        ask(model_at(server.url))
    assert len(server.requests) == 6


def test_a_server_that_refuses_everything_pauses_the_run() -> None:
    with (
        FaultServer(error(400, "top_k: no such option")) as server,
        pytest.raises(ModelOutage, match="top_k") as told,
    ):
        ask(model_at(server.url, body={"top_k": 3}))
    assert "[models.fast.body]" in (told.value.hint or "")


def test_a_server_that_answered_last_is_not_asked_whether_it_answers() -> None:
    with (
        FaultServer(answers("fine"), error(400, "prompt is too long")) as server,
        pytest.raises(NoUsableAnswer),
    ):
        ask(model_at(server.url), REQUEST, REQUEST)
    assert len(server.requests) == 2


def test_the_retry_budget_is_shared_and_a_flapping_server_is_down() -> None:
    fails = [error(500, "oops")] * 3
    script = [*fails, answers("fine"), *fails, answers("fine"), *fails, answers("fine")]
    with FaultServer(*script) as server, pytest.raises(ModelOutage, match="in trouble"):
        ask(model_at(server.url, retries=4, concurrency=1), REQUEST, REQUEST, REQUEST)
    # Four retries, and two more for each answer: the third request has two left.
    assert len(server.requests) == 4 + 4 + 3
