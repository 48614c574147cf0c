"""What servers answer, and what becomes of it."""

import json

import pytest
from msgspec.structs import replace

from stop_tui.core.errors import ModelError, ModelOutage
from stop_tui.language_models.endpoint.answers import without_reasoning
from stop_tui.language_models.protocol import NoUsableAnswer
from tests.language_models.endpoints import REQUEST, ask, learned_words, model_at, texts
from tests.language_models.fault_server import (
    FaultServer,
    answers,
    endless,
    error,
    in_pieces,
    piece,
    refusing,
    says,
)

THREE = replace(REQUEST, n=3)


def test_an_answer_says_what_it_is_and_what_it_took() -> None:
    heard: list[tuple[int, str]] = []
    with FaultServer(answers("a long answer", "another")) as server:
        completion = ask(
            model_at(server.url), replace(REQUEST, n=2), heard=lambda *it: heard.append(it)
        )
    assert texts(completion) == ["a long answer", "another"]
    assert completion.model == "fast (served)"
    assert (completion.prompt_tokens, completion.completion_tokens) == (10, 20)
    assert completion.cost_usd is None
    assert "".join(text for index, text in heard if index == 0) == "a long answer"
    (body,) = server.bodies
    assert body["messages"] == [
        {"role": "system", "content": "You are an expert."},
        {"role": "user", "content": "Improve it."},
    ]
    assert (body["n"], body["temperature"], body["model"]) == (2, 0.7, "some-model")
    assert 0 <= body["seed"] < 2**31


def test_connections_are_used_again() -> None:
    with FaultServer(answers("fine")) as server:
        ask(model_at(server.url), REQUEST, REQUEST, REQUEST)
        assert server.connections == 1


def test_a_server_without_n_is_asked_for_each_response_apart() -> None:
    only_one = error(400, "Only one completion choice is allowed")
    with FaultServer(refusing(lambda body: "n" in body, only_one)) as server:
        model = model_at(server.url)
        completion = ask(model, THREE, THREE)
    assert texts(completion) == ["fine"] * 3
    assert [body.get("n") for body in server.bodies] == [3, *[None] * 6]  # learnt once
    assert len({body["seed"] for body in server.bodies[1:4]}) == 3
    assert learned_words(model) == ("gives one response a request, so each is asked for apart",)


def test_fewer_choices_than_asked_for_are_made_up_for() -> None:
    with FaultServer(answers("first", choices=1), answers("more")) as server:
        model = model_at(server.url)
        assert texts(ask(model, THREE)) == ["first", "more", "more"]
    assert [body.get("n") for body in server.bodies] == [3, None, None]


@pytest.mark.parametrize(
    ("refusal", "field"),
    [
        (error(400, "Unsupported parameter", param="temperature"), "temperature"),
        (error(400, "temperature is not supported with this model"), "temperature"),
        (says(422, {"detail": [{"loc": ["body", "seed"], "msg": "Extra inputs"}]}), "seed"),
        (error(400, "Unrecognized request argument supplied: seed"), "seed"),
        (error(400, "Unknown field: stream_options"), "stream_options"),
        (error(400, "Streaming is not supported for this model"), "stream"),
    ],
)
def test_a_field_that_a_server_refuses_is_left_out_from_then_on(refusal, field) -> None:
    with FaultServer(refusing(lambda body: bool(body.get(field)), refusal)) as server:
        model = model_at(server.url)
        assert texts(ask(model, REQUEST, REQUEST)) == ["fine"]
    assert [bool(body.get(field)) for body in server.bodies] == [True, False, False]
    assert len(learned_words(model)) == 1


def test_a_temperature_is_kept_as_high_as_the_server_takes_it() -> None:
    refusal = error(400, "temperature: must be between 0 and 1")
    with FaultServer(refusing(lambda body: body["temperature"] > 1, refusal)) as server:
        model = model_at(server.url)
        ask(model, replace(REQUEST, temperature=1.5), replace(REQUEST, temperature=0.3))
    assert [body["temperature"] for body in server.bodies] == [1.5, 1.0, 0.3]
    assert learned_words(model) == ("takes temperatures up to 1",)


def test_max_completion_tokens_is_sent_where_max_tokens_is_refused() -> None:
    refusal = error(
        400,
        "Unsupported parameter: 'max_tokens' is not supported with this model. "
        "Use 'max_completion_tokens' instead.",
        param="max_tokens",
    )
    with FaultServer(refusing(lambda body: "max_tokens" in body, refusal)) as server:
        ask(model_at(server.url, max_tokens=900), REQUEST, REQUEST)
    assert [body.get("max_completion_tokens") for body in server.bodies] == [None, 900, 900]


def test_a_limit_of_tokens_that_is_too_large_is_the_users_to_change() -> None:
    refusal = error(400, "max_tokens is too large: this model's maximum context length is 4096")
    with FaultServer(refusal) as server, pytest.raises(ModelError, match="too large"):
        ask(model_at(server.url, max_tokens=9000))


@pytest.mark.parametrize(
    "refusal",
    [
        error(400, "System role not supported"),
        error(500, "jinja: System role not supported by this template"),
        error(400, "Developer instruction is not enabled for this model"),
        error(400, "'messages[0].role' does not support 'system'", param="messages[0].role"),
    ],
)
def test_expertise_goes_into_the_message_where_there_is_no_system_role(refusal) -> None:
    def has_system(body) -> bool:
        return body["messages"][0]["role"] == "system"

    with FaultServer(refusing(has_system, refusal)) as server:
        ask(model_at(server.url), REQUEST, REQUEST)
    assert [len(body["messages"]) for body in server.bodies] == [2, 1, 1]
    assert server.bodies[2]["messages"][0]["content"] == "You are an expert.\n\nImprove it."


def test_all_limits_at_once_are_learnt_one_after_the_other() -> None:
    async def picky(exchange) -> None:
        for field in ("n", "temperature", "seed", "stream_options", "stream"):
            if exchange.body.get(field):
                await error(400, f"'{field}' is not supported", param=field)(exchange)
                return
        await answers("fine")(exchange)

    with FaultServer(picky) as server:
        assert texts(ask(model_at(server.url), THREE)) == ["fine"] * 3


def test_a_server_that_ignores_streaming_is_understood() -> None:
    document = {
        "model": "served",
        "choices": [{"message": {"content": "whole"}, "finish_reason": "stop"}],
        "usage": {"prompt_tokens": 1, "completion_tokens": 2},
    }
    with FaultServer(says(200, document)) as server:
        completion = ask(model_at(server.url))
    assert texts(completion) == ["whole"]
    assert completion.completion_tokens == 2


def test_reasoning_apart_is_not_part_of_the_answer() -> None:
    with FaultServer(answers("the answer", reasoning_content="hmm, let me see")) as server:
        assert texts(ask(model_at(server.url))) == ["the answer"]


def test_reasoning_inside_think_tags_is_not_part_of_the_answer() -> None:
    with FaultServer(answers("<think>\nhmm\n</think>\n\nthe answer")) as server:
        assert texts(ask(model_at(server.url))) == ["the answer"]


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("plain", "plain"),
        ("<thinking>a</thinking>b", "b"),
        ("hmm\n</think>\nb", "b"),
        ("<think>never done", None),
        ("x = '</think>'", "x = '</think>'"),
        ("see <think>\n</think>\n", "see <think>\n</think>\n"),
    ],
)
def test_think_tags_end_where_the_model_stops_thinking(text, answer) -> None:
    assert without_reasoning(text) == answer


@pytest.mark.parametrize(
    ("bad", "why"),
    [
        (answers(""), "it was empty"),
        (answers("", reasoning_content="hmm"), "it has reasoning and no text"),
        (answers("half an ans", finish="length"), "it was cut off at the limit of tokens"),
        (answers("<think>still", finish="stop"), "still thinking"),
        (answers("x", finish="content_filter"), "filter"),
        (answers("", refusal="I cannot help"), "the model refused"),
        (endless, "it did not end"),
    ],
)
def test_an_empty_or_cut_answer_is_asked_for_again_and_never_an_answer(bad, why) -> None:
    with FaultServer(bad, answers("whole")) as server:
        completion = ask(model_at(server.url))
    assert texts(completion) == ["whole"]
    assert len(completion.rejected) == 1 and why in completion.rejected[0]
    assert server.bodies[0]["seed"] != server.bodies[1]["seed"]

    with (
        FaultServer(bad) as server,
        pytest.raises(NoUsableAnswer, match="no usable") as told,
    ):
        ask(model_at(server.url))
    assert why in told.value.message
    assert not isinstance(told.value, ModelOutage)
    assert len(server.requests) == 3
    assert told.value.spent.responses == ()


def test_what_was_thrown_away_is_paid_for() -> None:
    with FaultServer(answers("half", finish="length"), answers("whole")) as server:
        completion = ask(model_at(server.url))
    assert (completion.prompt_tokens, completion.completion_tokens) == (20, 40)


def test_an_answer_that_stays_cut_off_says_what_to_do() -> None:
    with (
        FaultServer(answers("half", finish="length")) as server,
        pytest.raises(ModelError) as told,
    ):
        ask(model_at(server.url, max_tokens=5))
    assert "`max_tokens` in [models.fast]" in (told.value.hint or "")


def test_good_choices_are_kept_when_others_are_cut_off() -> None:
    mixed = in_pieces(
        piece("good", 0, "stop"), piece("half", 1, "length"), piece("fine", 2, "stop"), "[DONE]"
    )
    with FaultServer(mixed, answers("made up for")) as server:
        completion = ask(model_at(server.url), THREE)
    assert texts(completion) == ["good", "fine", "made up for"]


def test_without_usage_the_tokens_are_unknown() -> None:
    with FaultServer(answers("fine", usage=None)) as server:
        completion = ask(model_at(server.url))
    assert (completion.prompt_tokens, completion.completion_tokens) == (None, None)
    assert completion.cost_usd is None


def test_a_server_that_counts_one_of_several_choices_is_asked_for_one_from_then_on() -> None:
    with FaultServer(answers("fine", server="llama.cpp")) as server:
        model = model_at(server.url)
        first = ask(model, replace(REQUEST, n=3))
        later = ask(model, replace(REQUEST, n=3))
    assert [body.get("n") for body in server.bodies] == [3, None, None, None]
    assert (len(first.responses), first.completion_tokens, first.untold) == (3, 20, 1)
    assert (len(later.responses), later.completion_tokens, later.untold) == (3, 60, 0)


def test_extra_headers_and_fields_are_sent_and_win() -> None:
    with FaultServer(answers("fine")) as server:
        ask(model_at(server.url, headers={"X-Title": "me"}, body={"top_k": 5, "temperature": 0}))
    assert server.requests[0].headers["x-title"] == "me"
    assert (server.bodies[0]["top_k"], server.bodies[0]["temperature"]) == (5, 0)


def test_a_message_that_is_no_text_is_sent_as_well_as_it_can_be() -> None:
    odd = replace(REQUEST, message="\ud800 \x00 \u202e", expertise="\udfff")
    with FaultServer(answers("fine")) as server:
        assert texts(ask(model_at(server.url), odd)) == ["fine"]
    assert json.dumps(server.bodies)


def test_what_a_server_says_cannot_act_on_a_terminal() -> None:
    with (
        FaultServer(error(404, "\x1b[31mred\x1b[0m\n" * 1000)) as server,
        pytest.raises(ModelOutage) as told,
    ):
        ask(model_at(server.url))
    assert "\x1b" not in told.value.message and "\n" not in told.value.message
    assert len(told.value.message) < 600
