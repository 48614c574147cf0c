"""A run on a real endpoint: what its faults do to it, and what the journal keeps."""

import json

import pytest

from stop_tui.core import events as ev
from stop_tui.core.errors import LimitReached, ModelOutage, UsageError
from stop_tui.core.state import Status, fold
from stop_tui.language_models.endpoint import EndpointModel
from tests.commands.terminal import stop_tui
from tests.language_models.fault_server import FaultServer, answers, error, refusing
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
    found = language_model.prompt("You are an expert.", initial_solution, temperature=0.5)
    return found.split("```")[1].removeprefix("python\\n")
'''
GOOD = f"```python\n{GOOD_SOLUTION}```"
FAST = tiny_settings(model="fast")


@pytest.fixture
def workspace(tmp_path):
    return tiny_workspace(tmp_path, ASKS)


def configure(workspace, server: FaultServer, more: str = "") -> None:
    workspace.config.write_text(
        f'[run]\nmodel = "fast"\n[models.fast]\nbase_url = "{server.url}"\nmodel = "m"\n'
        f"retries = 0\n{more}"
    )


def run(workspace, settings: ev.Settings = FAST) -> list[ev.AnyEvent]:
    return start(workspace, settings, model=_configured(workspace))


def _configured(workspace):
    from stop_tui.config import load_config
    from stop_tui.language_models import open_model

    config = load_config(workspace.config, {})
    return open_model("fast", config.models, config.prices)


def calls(events) -> list[ev.ModelCalled]:
    return [event for event in events if isinstance(event, ev.ModelCalled)]


def test_a_run_on_an_endpoint_records_who_answered_and_what_it_took(workspace, monkeypatch) -> None:
    """And gets its model ready before it asks."""
    asked: list[int] = []
    with FaultServer(answers(GOOD)) as server:
        configure(workspace, server, '[prices."m"]\ninput = 1\noutput = 10\n')
        monkeypatch.setattr(
            EndpointModel, "get_ready", lambda _: asked.append(len(server.requests))
        )
        events = run(workspace)
    assert asked == [0] and server.requests
    assert fold(events).status is Status.FINISHED
    assert {call.model for call in calls(events)} == {"fast (served)"}
    assert all(call.completion_tokens == 20 for call in calls(events))
    spent = fold(events).spent
    assert spent.usd == pytest.approx(len(server.requests) * (10 + 200) / 1e6)


def test_an_outage_pauses_the_run_and_resuming_asks_for_nothing_twice(workspace) -> None:
    with FaultServer(answers(GOOD), error(401, "expired")) as server:
        configure(workspace, server)
        with pytest.raises(ModelOutage, match="does not accept the key"):
            run(workspace)
        asked = len(calls(journalled(workspace, "tiny")))
    paused = fold(journalled(workspace, "tiny"))
    assert paused.status is Status.PAUSED
    assert asked == 1
    with FaultServer(answers(GOOD)) as server:
        configure(workspace, server)
        events = resume(workspace, model=_configured(workspace))
        assert len(server.requests) == len(calls(events)) - asked
    assert fold(events).status is Status.FINISHED
    assert not [call for call in calls(events) if call.error]


def test_an_answer_that_is_cut_off_is_a_failure_that_was_paid_for_and_no_score(workspace) -> None:
    cut = refusing(
        lambda body: True, answers("def algorithm(x): return 2 * x", finish="length"), GOOD
    )
    with FaultServer(cut) as server:
        configure(workspace, server)
        events = run(workspace)
    made = calls(events)
    assert made and all("cut off" in (call.error or "") for call in made)
    assert all(call.completion_tokens == 60 and call.prompt_tokens == 30 for call in made)
    assert all(call.responses == () and call.cost_usd is None for call in made)
    repeats = [event for event in events if isinstance(event, ev.RepeatFinished)]
    assert all(r.failure and r.solution is None for r in repeats if r.lm_calls)


def test_a_limit_of_money_pauses_where_the_price_is_unknown(workspace) -> None:
    with FaultServer(answers(GOOD)) as server:
        configure(workspace, server)
        with pytest.raises(LimitReached, match="unknown"):
            run(workspace, tiny_settings(model="fast", limits=ev.Limits(usd=1.0)))
        assert len(server.requests) == 1


def test_a_run_does_not_start_without_the_key_it_needs(workspace) -> None:
    with FaultServer(answers(GOOD)) as server:
        configure(workspace, server, 'api_key_env = "NO_SUCH_KEY"\n')
        done = stop_tui("run", "--task", "double", "--gate", "auto", cwd=workspace.root)
        assert (done.returncode, server.requests) == (2, [])
    assert "NO_SUCH_KEY" in done.stderr and "Traceback" not in done.stderr
    assert not workspace.journal.exists()
    with pytest.raises(UsageError):
        _configured(workspace)


def test_the_command_line_runs_on_a_profile_and_the_key_stays_out_of_the_workspace(
    workspace,
) -> None:
    key = "sk-a-very-secret-key"
    with FaultServer(answers(GOOD, f"the key is {key}", GOOD)) as server:
        configure(workspace, server, 'api_key_env = "MY_KEY"\n')
        options = ("--task", "double", "--iterations", "1", "--repeats", "1", "--gate", "auto")
        done = stop_tui("run", *options, "--json", cwd=workspace.root, environment={"MY_KEY": key})
        assert done.returncode == 0, done.stderr
        assert {e.headers["authorization"] for e in server.requests} == {f"Bearer {key}"}
    assert key not in done.stdout + done.stderr
    for path in workspace.root.rglob("*"):
        assert not path.is_file() or key.encode() not in path.read_bytes(), path


def test_doctor_says_what_it_learnt_of_the_endpoint(workspace) -> None:
    one_choice = error(400, "only one choice: n must be 1", param="n")
    with FaultServer(refusing(lambda body: "n" in body, one_choice, "Ready.")) as server:
        configure(workspace, server)
        found = _doctor(workspace)
    assert found["well"]
    assert "answers as fast (served)" in found["found"]
    assert "gives one response a request" in found["found"]
    assert "price is unknown" in found["found"]
    assert '[prices."m"]' in found["remedy"]


def test_doctor_says_what_is_wrong_with_the_endpoint_and_the_fix(workspace) -> None:
    with FaultServer(error(404, "model 'm' not found, try pulling it first")) as server:
        configure(workspace, server)
        found = _doctor(workspace)
    assert not found["well"]
    assert "try pulling it first" in found["found"]
    assert "[models.fast]" in found["remedy"]


def test_doctor_asks_the_profile_that_it_is_given(workspace) -> None:
    with FaultServer(answers("Ready.")) as server:
        configure(workspace, server)
        with workspace.config.open("a") as config:
            config.write(f'[models.local]\nbase_url = "{server.url}"\nmodel = "small"\n')
        found = _doctor(workspace, "--model", "local", name="local")
        assert server.bodies[0]["model"] == "small"
    assert "answers as local" in found["found"]


def _doctor(workspace, *options: str, name: str = "fast") -> dict[str, object]:
    done = stop_tui("doctor", *options, "--json", cwd=workspace.root)
    assert not done.stderr
    findings = {finding["what"]: finding for finding in json.loads(done.stdout)["findings"]}
    return findings[f"model {name}"]
