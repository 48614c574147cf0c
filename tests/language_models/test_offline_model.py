"""The offline model is a function of the request, and says when it has nothing to offer."""

import asyncio
import json
import math
import random
from concurrent.futures import ThreadPoolExecutor

import msgspec
import pytest

from stop_tui.core.code_extraction import extract_code
from stop_tui.core.errors import ModelError, UsageError
from stop_tui.language_models import KNOWN_MODELS, Completion, Request, open_model
from stop_tui.language_models.offline import DISCLAIMER, OfflineModel
from stop_tui.language_models.offline.library import SHELVES, shelf
from stop_tui.language_models.offline.odds import chances
from stop_tui.language_models.offline.reading import read
from tests.language_models.offline_prompts import META_UTILITY, task_text

MESSAGE = f"Improve this.\n\n{task_text('lpn', 'seed.py')}\n\n{task_text('lpn', 'utility.py')}"
REQUEST = Request("You are an expert.", MESSAGE, n=6, temperature=0.7, seed=7)


def ask(request: Request) -> Completion:
    return asyncio.run(OfflineModel().complete(request))


def texts(request: Request) -> list[str]:
    return [response.text for response in ask(request).responses]


def asking(text: str, task: str = "lpn", **fields: object) -> Request:
    message = f"{task_text(task, 'utility.py')}\n\n{text}"
    return msgspec.structs.replace(REQUEST, message=message, **fields)


def test_each_response_is_told_once_and_whole() -> None:
    told: list[tuple[int, str]] = []
    completion = asyncio.run(OfflineModel().complete(REQUEST, lambda *heard: told.append(heard)))
    assert told == [(i, response.text) for i, response in enumerate(completion.responses)]


def test_the_same_request_has_the_same_answer() -> None:
    assert ask(REQUEST) == ask(REQUEST)


def test_another_seed_has_another_answer() -> None:
    answers = {tuple(texts(msgspec.structs.replace(REQUEST, seed=seed))) for seed in range(10)}
    assert len(answers) == 10


def test_a_response_depends_on_its_index_and_not_on_how_many_are_asked_for() -> None:
    assert texts(REQUEST)[:2] == texts(msgspec.structs.replace(REQUEST, n=2))


def test_neither_order_nor_threads_change_an_answer() -> None:
    requests = [msgspec.structs.replace(REQUEST, seed=seed) for seed in range(40)]
    expected = {request.seed: ask(request) for request in requests}
    random.Random(3).shuffle(requests)
    model = OfflineModel()
    with ThreadPoolExecutor(4) as pool:
        for request, answer in zip(requests, pool.map(model.answer, requests), strict=True):
            assert answer == expected[request.seed]


def test_the_global_random_state_is_neither_used_nor_touched() -> None:
    random.seed(1)
    state = random.getstate()
    first = ask(REQUEST)
    assert random.getstate() == state
    random.seed(2)
    assert ask(REQUEST) == first


@pytest.mark.parametrize("task", SHELVES[1:])
def test_answers_are_recorded_responses_word_for_word(task) -> None:
    recorded = {response.text for response in shelf(task).given()}
    assert set(texts(asking("Write a better program.", task, n=20))) <= recorded


def test_a_completion_is_free_complete_and_counted() -> None:
    completion = ask(REQUEST)
    assert completion.model == "offline"
    assert completion.cost_usd == 0.0
    assert completion.prompt_tokens == len(REQUEST.expertise + REQUEST.message) // 4
    for response in completion.responses:
        assert response.finish_reason == "stop"
        assert response.completion_tokens == len(response.text) // 4


def test_the_frequencies_of_many_samples_follow_the_odds() -> None:
    request = asking(shelf("lpn").responses["subsets-to-three"].code, n=4000)
    answers = texts(request)
    reading = read(request.expertise, request.message)
    for chance in chances(shelf("lpn"), reading.shown, reading.helps, request.temperature):
        expected = chance.probability * len(answers)
        deviation = math.sqrt(expected * (1 - chance.probability))
        assert abs(answers.count(chance.response.text) - expected) <= 1 + 4 * deviation


def test_an_ideas_prompt_gets_a_numbered_list_without_code() -> None:
    (text,) = texts(asking("Propose three ideas, as a numbered list, and no code.", n=1))
    lines = text.splitlines()
    assert [line[:2] for line in lines] == ["1.", "2.", "3."]
    assert min(len(line.split()) for line in lines) >= 6
    assert extract_code(text) is None


def test_the_ideas_of_a_list_differ_at_any_temperature() -> None:
    for temperature in (0.0, 1e-9, 0.7, 2.0, float("inf")):
        request = asking("Give a numbered list of ideas, no code.", n=1, temperature=temperature)
        assert len({line[3:] for line in texts(request)[0].splitlines()}) == 3


def test_a_review_is_a_remark_on_one_line() -> None:
    (text,) = texts(asking("Explain what is wrong with it. No code.", n=1))
    assert "\n" not in text
    assert len(text) > 60


def test_json_is_answered_with_json() -> None:
    (text,) = texts(asking("Give a JSON array of ideas, no code.", n=1))
    ideas = json.loads(text)
    assert len(ideas) == 3
    assert all(isinstance(idea, str) and idea for idea in ideas)


@pytest.mark.parametrize("task", SHELVES)
def test_every_recorded_idea_can_be_summed_up(task) -> None:
    prompt = META_UTILITY if task == "improver" else task_text(task, "utility.py")
    for seed in range(30):
        message = f"{prompt}\n\nWrite ONE new thought. No code."
        (text,) = texts(Request("", message, n=1, temperature=2.0, seed=seed))
        assert 80 < len(text) < 400
        assert "**" not in text
        assert "`" not in text


def test_an_unknown_task_is_an_error_that_says_what_is_known() -> None:
    message = "Improve this tour.\n\ndef algorithm(cities):\n    return list(range(len(cities)))\n"
    with pytest.raises(ModelError) as caught:
        ask(Request("", message, n=1, temperature=0.7, seed=0))
    assert "three_sat" in caught.value.message
    assert "--model" in (caught.value.hint or "")


def test_ideas_on_an_unknown_task_are_general() -> None:
    (text,) = texts(Request("", "List of ideas for a tour, please, no code.", 1, 0.7, 0))
    assert text.startswith("1. ")


@pytest.mark.parametrize(
    "message",
    [
        "x" * 5_000_000,
        "\n" * 5_000_000,
        "".join(map(chr, range(32))) * 1000 + "\x7f\x9b\u202e\ufeff",
        "\ud800\udfff lone surrogates",
        "score " * 800_000,
        "- 0.12" * 800_000,
        "",
    ],
    ids=["5 MB", "5 MB of lines", "control characters", "surrogates", "scores", "list", "empty"],
)
def test_a_hostile_message_is_survived(message) -> None:
    with pytest.raises(ModelError):
        ask(Request(message, message, n=1, temperature=0.7, seed=0))
    known = f"{task_text('lpn', 'utility.py')}{message}{task_text('lpn', 'utility.py')}"
    assert extract_code(texts(Request(message, known, n=1, temperature=0.7, seed=0))[0])


@pytest.mark.parametrize("temperature", [-1.0, 0.0, float("nan"), float("inf"), 1e300, 1e-300])
def test_any_temperature_is_answered(temperature) -> None:
    assert len(texts(msgspec.structs.replace(REQUEST, temperature=temperature))) == 6


def test_a_model_is_opened_by_name() -> None:
    model = open_model("offline")
    assert (model.name, model.offline) == ("offline", True)
    asyncio.run(model.close())
    assert KNOWN_MODELS == ("offline",)


def test_an_unknown_model_is_an_error_that_says_what_exists() -> None:
    with pytest.raises(UsageError) as caught:
        open_model("gpt\x1b[31m")
    assert "offline" in caught.value.message
    assert "\x1b" not in caught.value.message


def test_the_disclaimer_says_what_the_offline_model_is_not() -> None:
    assert "no language model" in DISCLAIMER
    assert "\n" not in DISCLAIMER
