"""Keys: where they come from, and that nothing ever shows one."""

import json
import logging
import traceback
from base64 import b64encode
from itertools import pairwise
from pathlib import Path
from urllib.parse import quote

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stop_tui.config import load_config
from stop_tui.core.errors import ModelError, ModelOutage, UsageError
from stop_tui.core.model_profile import Profile
from stop_tui.language_models.endpoint.redaction import Cover, Redaction, forms
from stop_tui.language_models.endpoint.secret import Key
from stop_tui.language_models.protocol import Request
from stop_tui.language_models.registry import open_model
from tests.language_models.endpoints import REQUEST, ask, model_at, texts
from tests.language_models.fault_server import (
    FaultServer,
    answers,
    error,
    in_pieces,
    piece,
    refusing,
    says,
)

KEY = "sk-proj-Abc123/def456+ghi789"
HERE = {"base_url": "http://127.0.0.1:1/v1", "model": "m"}


def test_the_key_comes_from_the_variable_that_the_profile_names() -> None:
    with FaultServer(answers("fine")) as server:
        ask(model_at(server.url, environment={"MY_KEY": f" {KEY}\n"}, api_key_env="MY_KEY"))
    assert server.requests[0].headers["authorization"] == f"Bearer {KEY}"


def test_the_key_comes_from_a_command_that_is_run_once(tmp_path: Path) -> None:
    script = tmp_path / "key.sh"
    script.write_text(f"echo asked >> {tmp_path}/log; echo noise >&2; echo {KEY}")
    with FaultServer(answers("fine")) as server:
        model = model_at(server.url, api_key_command=f"sh {script}")
        assert not (tmp_path / "log").exists()
        ask(model, *[_request(seed) for seed in range(3)])
    assert {exchange.headers["authorization"] for exchange in server.requests} == {f"Bearer {KEY}"}
    assert (tmp_path / "log").read_text() == "asked\n"


def test_a_key_that_ran_out_is_asked_for_again_once(tmp_path: Path) -> None:
    script = tmp_path / "key.sh"
    script.write_text(f"echo key >> {tmp_path}/log; echo key-number-$(wc -l < {tmp_path}/log)")
    with FaultServer(answers("fine"), error(401, "expired"), answers("fine")) as server:
        model = model_at(server.url, api_key_command=f"sh {script}")
        assert texts(ask(model, _request(1), _request(2))) == ["fine"]
    keys = [exchange.headers["authorization"] for exchange in server.requests]
    assert keys == ["Bearer key-number-1", "Bearer key-number-1", "Bearer key-number-2"]

    with FaultServer(error(401, "no")) as server, pytest.raises(ModelOutage, match="401"):
        ask(model_at(server.url, api_key_command=f"sh {script}"))
    assert len(server.requests) == 2


def test_without_a_key_none_is_sent_whatever_the_environment_holds(monkeypatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    monkeypatch.setenv("OPENAI_ADMIN_KEY", KEY)
    monkeypatch.setenv("OPENAI_ORG_ID", "an-organisation")
    monkeypatch.setenv("OPENAI_PROJECT_ID", "a-project")
    monkeypatch.setenv("OPENAI_CUSTOM_HEADERS", f"Authorization: Bearer {KEY}\nX-Mine: {KEY}")
    monkeypatch.setenv("OPENAI_BASE_URL", "http://127.0.0.1:1/")
    with FaultServer(answers("fine")) as server:
        ask(model_at(server.url))
    headers = server.requests[0].headers
    assert "authorization" not in headers
    assert KEY not in str(headers) and "an-organisation" not in str(headers)


def test_a_key_in_the_environment_alone_spends_nothing() -> None:
    with pytest.raises(UsageError, match="no language model called 'gpt-4o'"):
        open_model("gpt-4o", {}, environment={"OPENAI_API_KEY": KEY})


def test_a_key_is_not_sent_on_to_where_a_server_points() -> None:
    with FaultServer(answers("fine")) as other:
        away = says(307, "", {"location": f"{other.url}/chat/completions"})
        with FaultServer(away) as server, pytest.raises(ModelOutage, match="answers elsewhere"):
            ask(model_at(server.url, environment={"MY_KEY": KEY}, api_key_env="MY_KEY"))
    assert not other.requests


@pytest.mark.parametrize("value", [None, "", "two words", "line\nline", "clé"])
def test_a_missing_or_odd_key_is_told_before_anything_starts(value) -> None:
    environment = {} if value is None else {"MY_KEY": value}
    with pytest.raises(UsageError, match="MY_KEY") as told:
        open_model("fast", {"fast": Profile(**HERE, api_key_env="MY_KEY")}, environment=environment)
    assert "export MY_KEY=" in (told.value.hint or "")


@pytest.mark.parametrize(
    ("command", "what"),
    [
        (f"sh -c 'echo {KEY}; exit 3'", "exit code 3"),
        (f"no-such-command-{KEY}", "cannot be started"),
        ("true", "printed nothing"),
        (f"echo {KEY} and more", "printed more than a key"),
        (f"sh -c 'echo {KEY}", "cannot be started"),
    ],
)
def test_a_command_that_prints_no_key_is_told_without_its_words(command, what) -> None:
    with pytest.raises(ModelOutage, match=what) as told:
        ask(model_at("http://127.0.0.1:1/v1", api_key_command=command))
    assert KEY not in told.value.message + (told.value.hint or "")


@pytest.mark.parametrize(
    "wrong",
    [
        {"api_key": KEY},
        {"api_key_env": KEY},
        {"headers": {"Authorization": f"Bearer {KEY}"}},
        {"headers": {"api-key": KEY}},
        {"headers": {"X-Title": f"{KEY}\n"}},
        {"body": {"api_key": KEY}},
        {"base_url": f"https://user:{KEY}@example.org/v1"},
        {"base_url": f"https://example.org/v1?key={KEY}"},
        {"base_url": KEY},
        {"timeout": KEY},
        {"retries": {KEY: KEY}},
    ],
)
def test_a_key_that_was_put_into_the_file_is_refused_and_not_repeated(wrong, tmp_path) -> None:
    path = tmp_path / "config.toml"
    path.write_text(_toml({**HERE, **wrong}))
    with pytest.raises(UsageError) as told:
        load_config(path, {})
    assert KEY not in str(told.value) + (told.value.hint or "")


keys = st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=4, max_size=60).filter(
    lambda key: len(set(key)) > 2
)


@given(keys, st.text(max_size=30), st.text(max_size=30))
def test_no_part_of_a_key_that_tells_stays_in_a_text(key, before, after) -> None:
    holder = Key("fast", Profile(**HERE, api_key_env="K"), {"K": key})
    for said in (f"{before}{key}{after}", f"{before}{key[2:]}{after}", f"{key}{key}"):
        redacted = holder.redact(said)
        # Brackets and the word of the mark may themselves be what a key is made of.
        rest = redacted.replace("[key]", "\x00")
        assert key not in rest
        assert not any(key[i : i + 8] in rest for i in range(len(key) - 7))
    assert key not in repr(holder)


@given(keys, st.lists(st.integers(0, 90), max_size=8), st.text(max_size=20))
def test_a_key_that_arrives_in_pieces_is_not_shown_in_pieces(key, cuts, before) -> None:
    text = f"{before}{key}{before}\n"
    places = sorted({min(cut, len(text)) for cut in cuts} | {0, len(text)})
    pieces = [text[start:end] for start, end in pairwise(places)]
    cover = Cover([Redaction(key)])
    shown = "".join(cover.add(piece) for piece in pieces).replace("[key]", "\x00")
    assert key not in shown
    if not set(key) & set(before):
        assert shown in (f"{before}\x00{before}\n", text.replace(key, "\x00"))


@given(st.binary(min_size=9, max_size=30), st.binary(max_size=7), st.binary(max_size=7))
def test_a_key_inside_base64_of_more_is_found(secret, before, after) -> None:
    key = secret.hex()
    encoded = b64encode(before + key.encode() + after).decode()
    assert "[key]" in Redaction(key).redact(encoded)
    assert Redaction(key).redact("def algorithm(x):\n    return 2 * x\n").startswith("def")


@settings(max_examples=60)
@given(st.text(st.sampled_from("abcXYZ019-_./+="), min_size=12, max_size=40), st.data())
def test_no_error_log_or_trace_shows_the_key(key, data) -> None:
    heard = _Everything()
    fault = data.draw(st.sampled_from(sorted(_ECHOES)))
    with FaultServer(_ECHOES[fault](key)) as server, heard:
        model = model_at(server.url, environment={"MY_KEY": key}, api_key_env="MY_KEY", retries=1)
        arrived: list[str] = []
        try:
            completion = ask(model, heard=lambda index, text: arrived.append(text))
        except ModelError as error:
            shown = [error.message, error.hint or "", "".join(traceback.format_exception(error))]
        else:
            shown = [msgspec.json.encode(completion).decode()]
        shown += ["".join(arrived), repr(model), repr(vars(model)), *heard.lines]
    assert server.requests[0].headers["authorization"] == f"Bearer {key}"
    assert not [text for text in shown for form in forms(key) if form in text]


_ECHOES = {
    "refused": lambda key: error(401, f"Incorrect API key provided: {key}. You can find yours"),
    "refused in part": lambda key: error(401, f"Incorrect API key provided: {key[:-3]}..."),
    "bad request": lambda key: error(400, f"Bearer {key} asked", param=key),
    "web page": lambda key: says(502, f"<html>{key}</html>"),
    "plain text": lambda key: says(500, f"key {key}"),
    "odd JSON": lambda key: says(500, {"error": key}),
    "no JSON": lambda key: in_pieces(f"{{{key}"),
    "in the stream": lambda key: in_pieces(piece("x"), {"error": {"message": key}}),
    "cut in two": lambda key: error(403, "x" * 290 + key),
    "redirect": lambda key: says(302, "", {"location": f"http://127.0.0.1:1/{key}"}),
    "header": lambda key: says(429, key, {"retry-after": key, "x-request-id": key}),
    "answer": lambda key: answers(f"your key is {key}"),
    "answer in base64": lambda key: answers(b64encode(f"Bearer {key}".encode()).decode()),
    "address": lambda key: error(400, f"no /v1?key={quote(key, safe='')}&x=1"),
    "escaped twice": lambda key: says(500, json.dumps(json.dumps({"key": key}))),
    "cut off": lambda key: answers(f"your key is {key}", finish="length"),
    "why it ended": lambda key: answers("fine", finish=key),
    "reasoning": lambda key: answers("", reasoning_content=key, refusal=key),
    "usage": lambda key: answers("fine", usage={"prompt_tokens": key, "completion_tokens": [key]}),
    "model": lambda key: in_pieces({"model": key}, piece("fine", finish="stop"), "[DONE]"),
    "learnt": lambda key: refusing(
        lambda body: "seed" in body, error(400, f"seed is not supported for {key}", param="seed")
    ),
}


class _Everything(logging.Handler):
    """Whatever is logged by anyone, at every level."""

    def __init__(self) -> None:
        super().__init__(level=0)
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(self.format(record))

    def __enter__(self) -> "_Everything":
        root = logging.getLogger()
        self._level = root.level
        root.addHandler(self)
        root.setLevel(1)
        return self

    def __exit__(self, *_: object) -> None:
        root = logging.getLogger()
        root.removeHandler(self)
        root.setLevel(self._level)


def _request(seed: int) -> Request:
    return msgspec.structs.replace(REQUEST, seed=seed)


def _toml(settings: dict[str, object]) -> str:
    def value(of: object) -> str:
        if isinstance(of, dict):
            return "{ " + ", ".join(f'"{k}" = {value(v)}' for k, v in of.items()) + " }"
        return msgspec.json.encode(of).decode()

    return "[models.fast]\n" + "".join(f"{k} = {value(v)}\n" for k, v in settings.items())
