"""What a run on an endpoint costs: all of it is in the journal, and counts against its limits."""

import asyncio
import json
import threading

import pytest

from stop_tui.config import load_config
from stop_tui.core import events as ev
from stop_tui.core.errors import LimitReached, ModelOutage
from stop_tui.core.spending import total
from stop_tui.core.state import State, fold, spent_by_improver
from stop_tui.engine import starting
from stop_tui.engine.gate import AutoGate
from stop_tui.engine.memory import Memory
from stop_tui.engine.model_calls import ModelCalls
from stop_tui.engine.recorder import Recorder
from stop_tui.language_models import LanguageModel, open_model
from stop_tui.store.journal import Journal
from tests.commands.terminal import stop_tui
from tests.copies import copy_of
from tests.language_models.fault_server import (
    Behaviour,
    Exchange,
    FaultServer,
    answers,
    error,
    in_pieces,
    piece,
)
from tests.tiny import GOOD_SOLUTION, journalled, resume, start, tiny_settings, tiny_workspace

ASKS = '''\
PROPOSAL = """
def improve_algorithm(initial_solution, utility, language_model):
    language_model.prompt("expert", "improve it")
    return initial_solution
"""


def improve_algorithm(initial_solution, utility, language_model):
    if "improve_algorithm" in initial_solution:
        utility(PROPOSAL)
        return PROPOSAL
    language_model.prompt("You are an expert.", initial_solution)
    return initial_solution
'''
GOOD = f"```python\n{GOOD_SOLUTION}```"
PRICES = '[prices."m"]\ninput = 1000\noutput = 10000\n'
A_CALL = 10 * 0.001 + 20 * 0.01
"""US dollars for an answer of the server at these prices."""

BREAKS_OFF = in_pieces(piece("half an ans"), then="drop")


@pytest.fixture
def workspace(tmp_path):
    return tiny_workspace(tmp_path, ASKS)


def model_at(
    workspace, url: str, profile: str = "", *, prices: str = PRICES, retries: int = 0
) -> LanguageModel:
    workspace.config.write_text(
        f'[models.fast]\nbase_url = "{url}"\nmodel = "m"\nretries = {retries}\ntimeout = 20\n'
        f"{profile}\n{prices}"
    )
    config = load_config(workspace.config, {})
    return open_model("fast", config.models, config.prices)


def settings(**changes: object) -> ev.Settings:
    return tiny_settings(model="fast", repeats=6, **{"concurrency": 2, **changes})


def state_of(workspace) -> State:
    return fold(journalled(workspace, "tiny"))


def lost(workspace) -> list[ev.ModelCallLost]:
    return [e for e in journalled(workspace, "tiny") if isinstance(e, ev.ModelCallLost)]


def test_calls_candidates_meta_iterations_and_the_run_add_up_failed_ones_included(
    workspace,
) -> None:
    cut = answers("def algorithm(x): ...", finish="length")
    with FaultServer(*[cut] * 3, answers(GOOD)) as server:
        events = start(workspace, settings(), model=model_at(workspace, server.url))
    state = fold(events)
    calls = [event for event in events if isinstance(event, ev.ModelCalled)]
    assert any(call.error for call in calls) or len(server.requests) == len(calls) + 3
    assert state.spent.usd == pytest.approx(len(server.requests) * A_CALL)
    assert state.spent.tokens == len(server.requests) * 30
    iteration = state.iterations[1]
    assert iteration.spent == state.spent
    parts = spent_by_improver(iteration)
    assert set(parts) == {source[:16] for source in (iteration.incumbent, *iteration.candidates)}
    assert total(parts.values()).usd == pytest.approx(state.spent.usd)


def test_an_unknown_price_is_unknown_everywhere(workspace) -> None:
    with FaultServer(answers(GOOD)) as server:
        start(workspace, settings(), model=model_at(workspace, server.url, prices=""))
    told = json.loads(stop_tui("cost", "tiny", "--json", cwd=workspace.root).stdout)
    (iteration,) = told["iterations"]
    for part in (told, iteration, iteration["incumbent"], *iteration["candidates"]):
        assert part["cost_usd"] is None and part["tokens"] > 0
    shown = stop_tui("cost", "tiny", cwd=workspace.root).stdout
    assert "unknown cost" in shown and "$0" not in shown


def test_what_is_in_flight_counts_against_a_limit_of_money(workspace) -> None:
    limits = ev.Limits(usd=3.5 * A_CALL)
    with FaultServer(answers(GOOD)) as server:
        model = model_at(workspace, server.url)
        with pytest.raises(LimitReached, match="money"):
            start(workspace, settings(limits=limits), model=model)
        assert len(server.requests) == 3
    assert state_of(workspace).spent.usd == pytest.approx(3 * A_CALL)


@pytest.mark.parametrize(
    ("limits", "made"), [(ev.Limits(lm_calls=4), 4), (ev.Limits(tokens=92), 2)]
)
def test_what_is_in_flight_counts_against_other_limits(workspace, limits, made) -> None:
    """A call is expected to use 30 tokens, and a few for its prompt, which nobody has counted."""
    with FaultServer(answers(GOOD)) as server:
        model = model_at(workspace, server.url)
        with pytest.raises(LimitReached):
            start(workspace, settings(limits=limits), model=model)
        assert len(server.requests) == made


def first_alone_then(together: int, seen: list[int], server: list[FaultServer]) -> Behaviour:
    """Answers the first request, noting how many there are; the next ones when `together` wait."""
    good, waiting = answers(GOOD), asyncio.Event()

    async def behave(exchange: Exchange) -> None:
        seen.append(server[0].in_flight)
        if server[0].in_flight >= together:
            waiting.set()
        if len(seen) > 1:
            await waiting.wait()
        await good(exchange)

    return behave


def test_under_a_limit_only_the_first_call_is_waited_for(workspace) -> None:
    seen: list[int] = []
    servers: list[FaultServer] = []
    with FaultServer(first_alone_then(3, seen, servers)) as server:
        servers.append(server)
        model = model_at(workspace, server.url)
        limited = settings(limits=ev.Limits(usd=100.0), concurrency=8)
        start(workspace, limited, model=model)
    assert seen[0] == 1
    assert max(seen) >= 3


def test_a_limit_of_tokens_pauses_where_the_server_does_not_count_them(workspace) -> None:
    with FaultServer(answers(GOOD, usage=None)) as server:
        model = model_at(workspace, server.url)
        with pytest.raises(LimitReached, match="use of a call to fast is unknown"):
            start(workspace, settings(limits=ev.Limits(tokens=10**6)), model=model)
        assert len(server.requests) == 1


def test_an_outage_before_anything_was_asked_cost_nothing(workspace) -> None:
    with FaultServer(answers(GOOD)) as server:
        url = server.url
    with pytest.raises(ModelOutage):  # there is no server any more
        start(workspace, settings(), model=model_at(workspace, url))
    assert state_of(workspace).spent.usd == 0.0


def test_what_a_refused_key_left_unanswered_cost_nothing(workspace) -> None:
    with FaultServer(answers(GOOD), error(401, "expired")) as server:
        model = model_at(workspace, server.url, "concurrency = 1")
        with pytest.raises(ModelOutage):
            start(workspace, settings(), model=model)
    assert lost(workspace) and not any(call.untold for call in lost(workspace))
    assert state_of(workspace).spent.usd == pytest.approx(A_CALL)


@pytest.fixture(scope="module")
def broken_off(tmp_path_factory):
    """A workspace with a run whose second answer broke off, and how often its server was asked."""
    workspace = tiny_workspace(tmp_path_factory.mktemp("broken-off") / "w", ASKS)
    with FaultServer(answers(GOOD), BREAKS_OFF) as server:
        model = model_at(workspace, server.url, "concurrency = 1")
        with pytest.raises(ModelOutage, match="broke off"):
            start(workspace, settings(), model=model)
    return workspace, len(server.requests)


def test_after_an_outage_nothing_that_waited_is_asked(broken_off) -> None:
    workspace, asked = broken_off
    assert asked == 2
    assert sum(call.untold for call in lost(workspace)) == 1


def test_after_an_outage_nothing_new_is_asked(workspace, tmp_path) -> None:
    async def body(model: LanguageModel) -> None:
        with Journal.open(tmp_path / "journal.db") as journal:
            recorder = Recorder(journal, "tiny", [], [])
            recorder.start(ev.RunStarted(settings=settings(), source="", tasks={}), [])
            calls = ModelCalls(model, recorder, Memory())
            for program in ("one", "two"):
                with pytest.raises(ModelOutage, match="broke off"):
                    await calls.of(program, (program,)).ask("", "Improve it.", 1, 0.7)
            await calls.cancel()

    with FaultServer(BREAKS_OFF) as server:
        asyncio.run(body(model_at(workspace, server.url)))
        assert len(server.requests) == 1


def test_an_answer_that_broke_off_may_have_been_charged_for(broken_off, tmp_path) -> None:
    workspace = copy_of(broken_off[0], tmp_path / "w")
    spent = state_of(workspace).spent
    assert (spent.untold, spent.usd, spent.tokens) == (1, None, None)
    assert spent.usd_at_least == pytest.approx(A_CALL)
    shown = stop_tui("cost", "tiny", cwd=workspace.root).stdout
    assert "at least 30 tokens, at least $0.21" in shown
    assert "may have been charged for" in shown

    # Against a limit it counts like a call, and the run goes on under it all the same.
    with FaultServer(answers(GOOD)) as server:
        model = model_at(workspace, server.url)
        with pytest.raises(LimitReached, match="money"):
            resume(workspace, model=model, limits=ev.Limits(usd=3.5 * A_CALL))
        assert len(server.requests) == 1


def test_a_try_that_broke_off_is_said_though_the_next_one_was_answered(workspace) -> None:
    with FaultServer(BREAKS_OFF, answers(GOOD)) as server:
        model = model_at(workspace, server.url, retries=1)
        events = start(workspace, settings(), model=model)
    calls = [event for event in events if isinstance(event, ev.ModelCalled)]
    assert sorted(call.untold for call in calls) == [0] * (len(calls) - 1) + [1]
    assert all(call.error is None and call.cost_usd == pytest.approx(A_CALL) for call in calls)
    spent = fold(events).spent
    assert (spent.usd, spent.untold) == (None, 1)
    assert spent.usd_at_least == pytest.approx((len(server.requests) - 1) * A_CALL)


def test_a_pause_counts_what_was_under_way_and_not_what_still_waited(workspace) -> None:
    arrived = threading.Event()

    async def hangs(exchange: Exchange) -> None:
        arrived.set()
        await exchange.gone()

    async def body(model: LanguageModel) -> None:
        def gate(*_: object) -> AutoGate:
            return AutoGate()

        with starting.new_run(workspace, settings(), gate, [], model=model) as run:
            executing = asyncio.ensure_future(run.execute())
            await asyncio.to_thread(arrived.wait)
            executing.cancel()
            with pytest.raises(asyncio.CancelledError):
                await executing

    with FaultServer(hangs) as server:
        asyncio.run(body(model_at(workspace, server.url, "concurrency = 1")))
        assert len(server.requests) == 1
    assert sum(call.untold for call in lost(workspace)) == 1
    assert state_of(workspace).spent.usd is None


def test_a_replay_counts_what_an_outage_cost_at_the_same_moment(broken_off, tmp_path) -> None:
    workspace = copy_of(broken_off[0], tmp_path / "w")
    with FaultServer(answers(GOOD)) as server:
        resume(workspace, model=model_at(workspace, server.url))
    assert state_of(workspace).spent.untold == 1
    done = stop_tui("replay", "tiny", "--json", cwd=workspace.root)
    assert json.loads(done.stdout)["same"], done.stdout


def test_the_cost_of_a_run_under_way_is_told_with_what_may_still_come(workspace) -> None:
    with FaultServer(answers(GOOD)) as server, pytest.raises(LimitReached):
        model = model_at(workspace, server.url)
        start(workspace, settings(limits=ev.Limits(lm_calls=7)), model=model)
    told = json.loads(stop_tui("cost", "tiny", "--json", cwd=workspace.root).stdout)
    coming = told["forecast"]
    assert told["cost_usd"] == pytest.approx(7 * A_CALL)
    # Every repeat makes one call; of those under way some have made it.
    assert 0 < coming["cost_usd"] < (coming["repeats"] + 0.5) * A_CALL
    assert coming["responses_at_most"] > coming["repeats"]
    assert "The rest of I1: likely" in stop_tui("cost", "tiny", cwd=workspace.root).stdout
