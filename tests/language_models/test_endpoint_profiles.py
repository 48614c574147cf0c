"""Profiles, mixes and prices, as a user writes them down."""

import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from stop_tui.config import load_config
from stop_tui.core.errors import UsageError
from stop_tui.core.model_profile import Price, Profile
from stop_tui.language_models.endpoint.answers import Usage
from stop_tui.language_models.endpoint.prices import Prices
from stop_tui.language_models.registry import known_models, open_model
from tests.language_models.endpoints import REQUEST, ask, model_at
from tests.language_models.fault_server import FaultServer, answers, says

OPENAI = Profile(base_url="https://api.openai.com/v1", model="gpt-4o-mini")
LOCAL = Profile(base_url="http://localhost:11434/v1", model="gpt-4o-mini")

CONFIG = """
[models.fast]
base_url = "https://api.openai.com/v1"
model = "gpt-4o-mini"
api_key_env = "OPENAI_API_KEY"
concurrency = 16
headers = { X-Title = "stop-tui" }
body = { top_p = 0.9 }

[models.local]
base_url = "http://localhost:11434/v1"
model = "qwen2.5-coder:7b"
first_token_timeout = 300

[models.both]
mix = { fast = 2, local = 1 }

[prices."qwen2.5-coder:7b"]
input = 0
output = 0
"""


def config_of(folder: Path, text: str):
    (folder / "config.toml").write_text(text)
    return load_config(folder / "config.toml", {})


def test_profiles_are_read_and_can_be_asked_for_by_name(tmp_path) -> None:
    config = config_of(tmp_path, CONFIG)
    assert known_models(config.models) == ("offline", "fast", "local", "both")
    for name in ("fast", "local", "both"):
        model = open_model(name, config.models, config.prices, {"OPENAI_API_KEY": "a-key"})
        assert (model.name, model.offline) == (name, False)


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ('[models.a]\nmodel = "m"', "base_url"),
        ('[models.a]\nbase_url = "http://h/v1"', "`model`"),
        ('[models.a]\nbase_url = "ftp://h"\nmodel = "m"', "http"),
        ('[models.a]\nbase_url = "http://h"\nmodel = "m"\nretrys = 2', "retrys"),
        ('[models.a]\nbase_url = "http://h"\nmodel = "m"\nconcurrency = 0', "concurrency"),
        ('[models.a]\nbase_url = "http://h"\nmodel = "m"\ntimeout = 0', "timeouts"),
        ('[models.a]\nbase_url = "http://h"\nmodel = "m"\nbody = {stream = true}', "stream"),
        ('[models.offline]\nbase_url = "http://h"\nmodel = "m"', "offline"),
        ('[models."a b"]\nbase_url = "http://h"\nmodel = "m"', "letters"),
        ("[models.a]\nmix = {b = 1}", "names something"),
        ("[models.a]\nmix = {a = 1}", "names something"),
        ('[models.a]\nmix = {b = 0}\n[models.b]\nbase_url = "http://h"\nmodel = "m"', "above 0"),
        ('[models.a]\nmix = {b = 1}\nmodel = "m"', "no other settings"),
        ("[prices.m]\ninput = -1\noutput = 2", "0 or more"),
        ("[prices.m]\ninput = 1", "output"),
    ],
)
def test_a_profile_that_cannot_be_meant_is_refused_by_name(tmp_path, text, wrong) -> None:
    with pytest.raises(UsageError, match=r"A setting in .*config\.toml is wrong") as told:
        config_of(tmp_path, text)
    assert wrong in told.value.message


def test_an_error_in_a_profile_says_in_which(tmp_path) -> None:
    with pytest.raises(UsageError, match=r"\[models\.slow\] of .*`concurrency`"):
        config_of(tmp_path, CONFIG + '[models.slow]\nbase_url="http://h"\nmodel="m"\nconcurrency=0')


@pytest.mark.parametrize("name", ["a", "ab"])
def test_the_sdk_is_loaded_when_a_run_gets_ready_and_not_before(name) -> None:
    program = (
        "import asyncio, sys\n"
        "from stop_tui.core.model_profile import Profile\n"
        "from stop_tui.language_models import open_model\n"
        "one = Profile(base_url='http://h/v1', model='m')\n"
        f"model = open_model('{name}', {{'a': one, 'b': one, 'ab': Profile(mix=dict(a=1, b=1))}})\n"
        "before = 'openai' in sys.modules\n"
        "async def ready(): model.get_ready()\n"
        "asyncio.run(ready())\n"  # it ends what is under way in threads
        "print(before, 'openai' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True)
    assert done.stdout.split() == ["False", "True"]


def test_a_mix_draws_by_weight_from_the_seed_and_says_which_answered() -> None:
    with FaultServer(answers("fine")) as server:
        one = Profile(base_url=server.url, model="m")
        profiles = {"a": one, "b": one, "ab": Profile(mix={"a": 3, "b": 1})}
        mix = open_model("ab", profiles)
        seeds = [replace(REQUEST, seed=seed) for seed in range(40)]
        drawn = [ask(mix, request).model for request in seeds]
        again = [ask(mix, request).model for request in seeds]
    assert drawn == again
    assert set(drawn) == {"a (served)", "b (served)"}
    assert drawn.count("a (served)") > drawn.count("b (served)")


@pytest.mark.parametrize(
    ("profile", "model", "usage", "usd"),
    [
        (OPENAI, "gpt-4o-mini", Usage(1_000_000, 0), 0.15),
        (OPENAI, "gpt-4o-mini-2024-07-18", Usage(0, 1_000_000), 0.60),
        (OPENAI, "gpt-4o-mini", Usage(1_000_000, 0, cached=400_000), 0.12),
        (OPENAI, "", Usage(1_000_000, 0), 0.15),
        (OPENAI, "gpt-4o-mini", Usage(None, 5), None),
        (OPENAI, "gpt-4o-mini", Usage(5, None), None),
        (LOCAL, "gpt-4o-mini", Usage(1, 1), None),
        (LOCAL, "", Usage(0, 0), 0.0),
        (LOCAL, "", Usage(5, 5, cost=3.0), None),
        (replace(LOCAL, base_url="https://openrouter.ai/api/v1"), "x", Usage(5, 5, cost=0.5), 0.5),
    ],
)
def test_a_price_that_is_not_known_is_unknown_and_never_nothing(profile, model, usage, usd) -> None:
    cost = Prices(profile, {}).cost(model, usage)
    assert cost == (usd if usd is None else pytest.approx(usd))


def test_the_users_price_wins_and_may_be_nothing() -> None:
    prices = Prices(OPENAI, {"gpt-4o-mini": Price(0, 0)})
    assert prices.cost("gpt-4o-mini", Usage(10, 10)) == 0.0


counts = st.none() | st.integers(0, 10**9)


@given(counts, counts, st.integers(0, 10**9))
def test_a_cost_is_never_negative(prompt, completion, cached) -> None:
    cost = Prices(OPENAI, {}).cost("gpt-4o-mini", Usage(prompt, completion, cached))
    assert cost is None or cost >= 0


def test_a_request_costs_what_all_its_tries_cost() -> None:
    prices = {"some-model": Price(input=1.0, output=10.0)}
    cut = answers("half", finish="length")
    refused = says(500, {"error": {"message": "oops"}})
    with FaultServer(cut, refused, answers("whole")) as server:
        completion = ask(model_at(server.url, prices=prices))
    assert completion.cost_usd == pytest.approx(2 * (10 * 1.0 + 20 * 10.0) / 1e6)
