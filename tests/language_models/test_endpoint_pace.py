"""How many requests are under way, whose turn it is, and when one is sent again."""

import asyncio
import math
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from stop_tui.core.errors import ModelOutage
from stop_tui.language_models.endpoint import EndpointModel
from stop_tui.language_models.endpoint.retrying import RetryBudget, backoff, retry_after
from stop_tui.language_models.endpoint.turns import Turns
from stop_tui.language_models.protocol import Completion
from tests.language_models.endpoints import REQUEST, Clock, ask, model_at, texts
from tests.language_models.fault_server import (
    Exchange,
    FaultServer,
    answers,
    error,
    in_pieces,
    piece,
)


def test_as_many_requests_are_in_flight_as_the_profile_allows() -> None:
    gate = asyncio.Barrier(3)

    async def together(exchange: Exchange) -> None:
        await gate.wait()  # nobody is answered before three are here
        await answers("fine")(exchange)

    async def body(model: EndpointModel) -> list[Completion]:
        try:
            return await asyncio.gather(*(model.complete(REQUEST) for _ in range(9)))
        finally:
            await model.close()

    with FaultServer(together) as server:
        assert len(asyncio.run(body(model_at(server.url, concurrency=3)))) == 9
    assert server.most_in_flight == 3


def test_one_slow_response_does_not_hold_the_others() -> None:
    async def body(model: EndpointModel) -> list[str]:
        slow = asyncio.create_task(model.complete(replace(REQUEST, message="slow")))
        others = [texts(await model.complete(REQUEST))[0] for _ in range(5)]
        assert not slow.done()
        slow.cancel()
        await asyncio.gather(slow, return_exceptions=True)
        await model.close()
        return others

    async def behave(exchange: Exchange) -> None:
        if exchange.body["messages"][-1]["content"] == "slow":
            await exchange.gone()
        else:
            await answers("fine")(exchange)

    with FaultServer(behave) as server:
        assert asyncio.run(body(model_at(server.url, concurrency=2))) == ["fine"] * 5


def test_cancelling_closes_the_connection() -> None:
    heard = asyncio.Event()

    async def body(model: EndpointModel) -> None:
        call = asyncio.create_task(model.complete(REQUEST, lambda *_: heard.set()))
        await heard.wait()
        call.cancel()
        with pytest.raises(asyncio.CancelledError):
            await call
        await asyncio.to_thread(server.left.wait)
        await model.close()

    with FaultServer(in_pieces(piece("half"), then="stall")) as server:
        asyncio.run(body(model_at(server.url)))
    assert len(server.requests) == 1


def test_a_server_with_too_many_requests_gets_fewer_at_once_and_then_more_again() -> None:
    async def body() -> None:
        clock = Clock()
        turns = Turns(8, clock.timing)
        waves = []
        for _ in range(8):
            turn = turns.turn("a")
            waves.append((turn, await turn.__aenter__()))
        for _, wave in waves:
            turns.too_many(wave, 5.0)  # eight refusals of one wave are one piece of news
        assert turns.allowed == 4
        for turn, _ in waves:
            await turn.__aexit__(None, None, None)
        async with turns.turn("a") as wave:
            assert clock.time == 5.0  # nobody asks before the server wants to be asked
            turns.too_many(wave, 1.0)
        assert turns.allowed == 2
        for _ in range(60):
            turns.went_well()
        assert turns.allowed == 8

    asyncio.run(body())


def test_turns_go_round_between_those_who_ask() -> None:
    order: list[str] = []

    async def take(turns: Turns, asker: str) -> None:
        async with turns.turn(asker):
            order.append(asker)
            await asyncio.sleep(0)

    async def body() -> None:
        turns = Turns(1, Clock().timing)
        tasks = [asyncio.create_task(take(turns, asker)) for asker in "aaaabbc"]
        await asyncio.gather(*tasks)
        assert turns.in_flight == 0

    asyncio.run(body())
    assert "".join(order) == "aabcaba"  # the first was alone; then a, b, c; a, b; a


@given(st.lists(st.tuples(st.sampled_from("abc"), st.booleans()), max_size=12), st.integers(1, 3))
def test_a_turn_that_nobody_wants_any_more_is_not_lost(askers, most) -> None:
    async def take(turns: Turns, asker: str) -> None:
        async with turns.turn(asker):
            assert turns.in_flight <= most
            await asyncio.sleep(0)

    async def body() -> None:
        turns = Turns(most, Clock().timing)
        tasks = [(asyncio.create_task(take(turns, asker)), gives_up) for asker, gives_up in askers]
        await asyncio.sleep(0)
        for task, gives_up in tasks:
            if gives_up:
                task.cancel()
                await asyncio.sleep(0)
        await asyncio.gather(*(task for task, _ in tasks), return_exceptions=True)
        assert turns.in_flight == 0

    asyncio.run(body())


def test_what_a_server_asks_to_wait_is_waited() -> None:
    clock = Clock()
    too_many = error(429, "slow down", {"retry-after": "7"})
    with FaultServer(too_many, answers("fine")) as server:
        assert texts(ask(model_at(server.url, clock))) == ["fine"]
    assert 7 <= clock.time < 8


def test_a_server_that_asks_for_too_much_patience_pauses_the_run() -> None:
    clock = Clock()
    with (
        FaultServer(error(429, "come back tomorrow", {"retry-after": "86400"})) as server,
        pytest.raises(ModelOutage, match="come back tomorrow") as told,
    ):
        ask(model_at(server.url, clock))
    assert not clock.slept
    assert "concurrency" in (told.value.hint or "")


@given(st.integers(1, 10_000), st.floats(0, 1, exclude_max=True), st.none() | st.floats(0, 120))
def test_backoff_grows_within_bounds_and_never_undercuts_the_server(tries, chance, asked) -> None:
    wait = backoff(tries, chance, asked)
    assert wait is not None and 0 < wait <= max(45.0, 132.0 if asked else 0)
    assert asked is None or wait >= asked
    mean = backoff(tries, 0.5)
    assert mean == min(30.0, 0.5 * 2.0 ** min(tries - 1, 20))


def test_waits_are_spread() -> None:
    assert backoff(3, 0.0) == 1.0
    assert backoff(3, 0.999) == pytest.approx(3.0, abs=0.01)


NOW = 1_000_000.0
LATER = format_datetime(datetime.fromtimestamp(NOW, UTC) + timedelta(seconds=90), usegmt=True)


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, None),
        ({"retry-after": "12"}, 12.0),
        ({"retry-after": "1.5"}, 1.5),
        ({"retry-after-ms": "250", "retry-after": "9"}, 0.25),
        ({"retry-after": LATER}, 90.0),
        ({"retry-after": "Thu, 01 Jan 1970 00:00:00 GMT"}, 0.0),
        ({"retry-after": "-5"}, 0.0),
        ({"retry-after": "soon"}, None),
        ({"retry-after": "nan"}, None),
        ({"retry-after-ms": "nan"}, None),
        ({"retry-after-ms": "soon", "retry-after": "3"}, 3.0),
        ({"retry-after": "99999999999999999999"}, 1e20),
    ],
)
def test_retry_after_is_read_in_all_its_forms(headers, seconds) -> None:
    assert retry_after(headers, NOW) == seconds


@given(st.text(max_size=40))
def test_any_retry_after_is_survived(value) -> None:
    seconds = retry_after({"retry-after": value, "retry-after-ms": value}, NOW)
    assert seconds is None or (seconds >= 0 and not math.isnan(seconds))


def test_a_budget_of_retries_is_earned_by_answers() -> None:
    budget = RetryBudget(2)
    assert [budget.spend() for _ in range(3)] == [True, True, False]
    budget.earn()
    assert [budget.spend() for _ in range(3)] == [True, True, False]
