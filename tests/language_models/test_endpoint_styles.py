"""The servers that people use, each in the shapes in which it answers and in which it errs."""

from typing import NamedTuple

import pytest

from stop_tui.core.errors import ModelError
from tests.language_models.endpoints import ask, model_at, texts
from tests.language_models.fault_server import Behaviour, FaultServer, in_pieces, says


class Style(NamedTuple):
    """An answer `the answer` of 7 and 5 tokens, and an error with the words that count in it."""

    answer: Behaviour
    error: Behaviour
    words: str


def _chunk(delta: object, finish: str | None = None, **more: object) -> dict[str, object]:
    return {
        "id": "chatcmpl-1",
        "object": "chat.completion.chunk",
        "created": 1,
        "model": "served",
        "choices": [{"index": 0, "delta": delta, "finish_reason": finish}],
        **more,
    }


USED = {"prompt_tokens": 7, "completion_tokens": 5, "total_tokens": 12}
LAST = {"object": "chat.completion.chunk", "model": "served", "choices": []}

STYLES = {
    "OpenAI": Style(
        in_pieces(
            _chunk(
                {"role": "assistant", "content": "", "refusal": None}, usage=None, obfuscation="x"
            ),
            _chunk({"content": "the "}, usage=None, obfuscation="abc"),
            _chunk({"content": "answer"}, usage=None),
            _chunk({}, "stop", usage=None),
            {**LAST, "usage": {**USED, "prompt_tokens_details": {"cached_tokens": 4}}},
            "[DONE]",
        ),
        says(
            400,
            {
                "error": {
                    "message": "This model's maximum context length is 8192 tokens.",
                    "type": "invalid_request_error",
                    "param": "messages",
                    "code": "context_length_exceeded",
                }
            },
        ),
        "This model's maximum context length is 8192 tokens",
    ),
    "Ollama": Style(
        in_pieces(
            _chunk({"role": "assistant", "content": "", "reasoning": "hmm"}),
            _chunk({"role": "assistant", "content": "the "}),
            _chunk({"role": "assistant", "content": "answer"}),
            _chunk({"role": "assistant", "content": ""}, "stop"),
            {**LAST, "usage": USED},
            "[DONE]",
        ),
        says(
            404,
            {
                "error": {
                    "message": "model 'some-model' not found",
                    "type": "not_found_error",
                    "param": None,
                    "code": None,
                }
            },
        ),
        "model 'some-model' not found",
    ),
    "llama.cpp": Style(
        in_pieces(
            _chunk({"role": "assistant", "content": None}),
            _chunk({"reasoning_content": "hmm"}),
            _chunk({"content": "the "}),
            _chunk({"content": "answer"}),
            _chunk({}, "stop"),
            {**LAST, "usage": USED, "timings": {"predicted_per_second": 41.5}},
            "[DONE]",
        ),
        says(
            503,
            {"error": {"code": 503, "message": "Loading model", "type": "unavailable_error"}},
        ),
        "Loading model",
    ),
    "vLLM": Style(
        in_pieces(
            _chunk({"role": "assistant", "content": ""}, prompt_token_ids=None),
            _chunk({"content": "the ", "reasoning_content": None}),
            _chunk({"content": "answer"}, "stop", stop_reason=None),
            {**LAST, "usage": {**USED, "prompt_tokens_details": None}},
            "[DONE]",
        ),
        says(
            400,
            {
                "object": "error",
                "message": "best_of must be 1 when using greedy sampling",
                "type": "BadRequestError",
                "param": None,
                "code": 400,
            },
        ),
        "best_of must be 1 when using greedy sampling",
    ),
    "vLLM since 0.16": Style(
        in_pieces(
            _chunk({"role": "assistant", "content": ""}),
            _chunk({"content": "the ", "reasoning": None}),
            _chunk({"content": "answer"}, "stop", stop_reason=None),
            {**LAST, "usage": USED},
            "[DONE]",
        ),
        says(
            400,
            {
                "error": {
                    "message": "You passed 1015 input tokens and requested 10 output tokens. "
                    "However, the model's context length is only 1024 tokens. "
                    "(parameter=input_tokens, value=1015)",
                    "type": "BadRequestError",
                    "param": "input_tokens",
                    "code": 400,
                }
            },
        ),
        "You passed 1015 input tokens and requested 10 output tokens",
    ),
    "LM Studio": Style(
        in_pieces(
            _chunk({"role": "assistant", "content": "the "}, system_fingerprint="some-model"),
            _chunk({"content": "answer"}, system_fingerprint="some-model"),
            _chunk({}, "stop"),
            {**LAST, "usage": USED},
            "[DONE]",
        ),
        in_pieces(b'event: error\ndata: {"error": "The model has crashed."}\n\n'),
        "The model has crashed",
    ),
    "OpenRouter": Style(
        in_pieces(
            b": OPENROUTER PROCESSING\n\n",
            b": OPENROUTER PROCESSING\n\n",
            _chunk({"role": "assistant", "content": "the ", "reasoning": None}, provider="Some"),
            _chunk(
                {"content": "", "reasoning_details": [{"type": "reasoning.encrypted", "data": "x"}]}
            ),
            _chunk({"content": "answer"}, provider="Some"),
            _chunk({"content": ""}, "stop", native_finish_reason="end_turn", provider="Some"),
            _chunk({"content": ""}, usage={**USED, "cost": 0.0001, "is_byok": False}),
            "[DONE]",
        ),
        in_pieces(
            b": OPENROUTER PROCESSING\n\n",
            _chunk(
                {"content": ""},
                "error",
                error={"code": 502, "message": "Provider disconnected", "metadata": {}},
            ),
        ),
        "Provider disconnected",
    ),
}


@pytest.mark.parametrize("name", STYLES)
def test_an_answer_in_the_shape_of_each_server_is_read_whole(name: str) -> None:
    heard: list[str] = []
    with FaultServer(STYLES[name].answer) as server:
        completion = ask(model_at(server.url), heard=lambda index, text: heard.append(text))
    assert texts(completion) == ["the answer"]
    assert "".join(heard) == "the answer"
    assert completion.responses[0].finish_reason == "stop"
    assert (completion.prompt_tokens, completion.completion_tokens) == (7, 5)
    assert completion.model == "fast (served)"
    assert not completion.rejected


@pytest.mark.parametrize("name", STYLES)
def test_an_error_in_the_shape_of_each_server_is_told_in_its_words(name: str) -> None:
    with FaultServer(STYLES[name].error) as server, pytest.raises(ModelError) as told:
        ask(model_at(server.url, retries=1))
    assert f"“{STYLES[name].words}" in told.value.message
    assert told.value.message.count("\n") == 0 and "{" not in told.value.message
    assert told.value.hint
