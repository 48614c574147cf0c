"""A language model behind an endpoint: asks until every response is there or cannot be had.

Transient faults are asked about again within the retry budget; a lasting one is told at once, as
an outage (the run pauses) when it concerns the endpoint, else as an error of the one request.
"""

import asyncio
from collections.abc import Coroutine, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any

from stop_tui.core.errors import ModelError, ModelOutage
from stop_tui.core.keys import seed_from
from stop_tui.core.model_profile import Price, Profile
from stop_tui.core.plain_text import one_line
from stop_tui.core.server_limits import ServerLimits
from stop_tui.language_models.endpoint.answers import NOTHING_USED, Answer, Text, Unusable
from stop_tui.language_models.endpoint.failures import Cure, Failure, Faults
from stop_tui.language_models.endpoint.hearing import Hearing
from stop_tui.language_models.endpoint.learned import Learned
from stop_tui.language_models.endpoint.prices import Prices
from stop_tui.language_models.endpoint.retrying import RetryBudget, Timing, backoff
from stop_tui.language_models.endpoint.secret import Key
from stop_tui.language_models.endpoint.spending import Spending
from stop_tui.language_models.endpoint.turns import Turns
from stop_tui.language_models.protocol import (
    CancelledAfter,
    Completion,
    Heard,
    NoUsableAnswer,
    OutageAfter,
    Request,
    Response,
)

if TYPE_CHECKING:
    from stop_tui.language_models.endpoint.client import Client

LONGEST_REASON = 40
"""Characters of the word with which a server says why an answer ended."""

UNUSABLE_TRIES = 3
"""How often a response is asked for that comes empty or cut off."""

PROBE = "Answer with the one word: ready"


@dataclass(slots=True)
class _Work:
    """One request on its way: what came for each response, what was thrown away, what it cost."""

    request: Request
    hearing: Hearing
    spending: Spending
    outage_before: ModelOutage | None
    texts: dict[int, Text] = field(default_factory=dict)
    rejected: list[str] = field(default_factory=list)
    model: str = ""

    def take(self, slots: Sequence[int], answer: Answer) -> list[int]:
        """Keep what is usable; the slots that are left."""
        self.model = answer.model or self.model
        left = list(slots)
        for choice in answer.choices[: len(slots)]:
            match choice:
                case Text():
                    self.texts[left.pop(0)] = choice
                case Unusable(why):
                    self.rejected.append(why)
        return left


class EndpointModel:
    """The model of one profile; its connections open with the first request."""

    offline = False

    def __init__(
        self,
        name: str,
        profile: Profile,
        *,
        environment: Mapping[str, str],
        prices: Mapping[str, Price],
        timing: Timing | None = None,
        one_choice: bool = False,
    ) -> None:
        """With `one_choice`, responses are asked for one by one from the start. Raises UsageError
        when the variable that is to hold the key does not."""
        self.name = name
        self._profile = profile
        self._timing = timing or Timing()
        self._key = Key(name, profile, environment)
        self._faults = Faults(name, profile, self._key.redact)
        self._server = f"{self.asks_for} at {profile.place}"
        self._prices = Prices(profile, prices)
        self._learned = Learned(profile)
        if one_choice:
            self._learned.knows_one_choice()
        self._turns = Turns(profile.concurrency, self._timing)
        self._budget = RetryBudget(profile.retries * profile.concurrency)
        self._opening = asyncio.Lock()
        self._client: Client | None = None
        self._outage: ModelOutage | None = None
        self._answered_last = False

    @property
    def asks_for(self) -> str:
        """What the endpoint calls the model."""
        return one_line(self._profile.model, 100)

    def check_task(self, utility_text: str, seed_solution: str) -> None:
        """As in the protocol: a real model has some answer about anything."""

    def learned(self) -> dict[str, ServerLimits]:
        """As in the protocol."""
        return {self._server: self._learned.limits}

    def recall(self, known: Mapping[str, ServerLimits]) -> None:
        """As in the protocol."""
        self._learned.limits = known.get(self._server, self._learned.limits)

    def get_ready(self) -> None:
        """As in the protocol: the SDK takes most of a second to load."""
        loading = asyncio.get_running_loop().run_in_executor(None, _client_class)
        # Where it cannot be loaded, the first request says so.
        loading.add_done_callback(lambda done: done.cancelled() or done.exception())

    async def complete(self, request: Request, heard: Heard | None = None) -> Completion:
        """As in the protocol."""
        started = self._timing.clock()
        hearing = Hearing(heard, self._key.cover)
        work = _Work(request, hearing, Spending(self._prices), self._outage)
        problem: ModelError | None = None
        try:
            await self._fill(work)
        except _Refused as refused:
            problem = refused.failure.refusal()
            work.rejected.append(refused.failure.words)
        except ModelOutage as outage:
            raise OutageAfter(outage, self._spent(work, started)) from outage
        except asyncio.CancelledError as cancelled:
            raise CancelledAfter(self._spent(work, started)) from cancelled
        finally:
            hearing.pass_on()
        seconds = self._timing.clock() - started
        if not work.texts:
            self._answered_last = False
            error = problem or self._faults.unusable(work.rejected)
            spent = self._completion(work, seconds)
            raise NoUsableAnswer(error.message, spent, hint=error.hint)
        self._answered_last = True
        return self._completion(work, seconds)

    async def close(self) -> None:
        """As in the protocol; asked again, it opens new connections."""
        async with self._opening:  # what is being opened is closed too
            client, self._client = self._client, None
        if client is not None:
            await client.close()

    def _spent(self, work: _Work, started: float) -> Completion:
        """What was used for nothing."""
        work.texts.clear()
        return self._completion(work, self._timing.clock() - started)

    def _completion(self, work: _Work, seconds: float) -> Completion:
        served = one_line(self._key.redact(work.model), 100) or one_line(self._profile.model, 100)
        return Completion(
            model=f"{self.name} ({served})",
            responses=tuple(
                Response(
                    self._key.redact(text.text),
                    one_line(self._key.redact(text.finish_reason), LONGEST_REASON),
                )
                for _, text in sorted(work.texts.items())
            ),
            prompt_tokens=work.spending.prompt,
            completion_tokens=work.spending.completion,
            cost_usd=work.spending.usd,
            seconds=seconds,
            rejected=tuple(work.rejected),
            untold=work.spending.untold,
        )

    async def _fill(self, work: _Work) -> None:
        """Ask until each response is there or was asked for often enough."""
        slots = list(range(work.request.n))
        if len(slots) > 1 and not self._learned.limits.one_choice:
            answer = await self._answer(work, slots)
            if len(answer.choices) < len(slots):
                self._learned.knows_one_choice()
            slots = work.take(slots, answer)
        await _all([self._fill_one(work, slot) for slot in slots])

    async def _fill_one(self, work: _Work, slot: int) -> None:
        for attempt in range(UNUSABLE_TRIES):
            answer = await self._answer(work, [slot], attempt)
            if not work.take([slot], answer):
                return
            work.hearing.interrupt([slot], "unusable")

    async def _answer(self, work: _Work, slots: Sequence[int], attempt: int = 0) -> Answer:
        """One answer with a choice for each of `slots`, through whatever passes.

        It is empty when the server turns out to give one choice a request and more were asked for.
        Raises ModelOutage, and _Refused for a request that the server does not answer.
        """
        seed = work.request.seed
        if attempt or len(slots) < work.request.n:
            seed = seed_from(seed, slots[0], attempt)
        tries, renewed = 0, False
        while len(slots) == 1 or not self._learned.limits.one_choice:
            body = self._learned.body(work.request, len(slots), seed)
            key = await self._key.value()
            async with self._turns.turn(work.request.asker) as wave:
                self._check_outage(work)
                client = await self._open()
                outcome = await client.exchange(
                    body, key, work.spending.begin, partial(work.hearing.hear, slots)
                )
            if isinstance(outcome, Answer):
                work.spending.answered(outcome.model, outcome.usage)
                if outcome.counts_one_choice:
                    work.spending.begin()  # what the others took is never told
                    self._learned.knows_one_choice()
                self._turns.went_well()
                self._budget.earn()
                return outcome
            work.spending.failed(outcome.usage)
            if self._learns(outcome, body, work.request, len(slots), seed):
                continue
            if outcome.status == 401 and not renewed and self._key.renew(key):
                renewed = True
                continue
            wait = await self._patience(work, outcome, tries)
            tries += 1
            if outcome.cure is Cure.WAIT_AND_SLOW_DOWN:
                self._turns.too_many(wave, wait)
            work.hearing.interrupt(slots, "interrupted")
            await self._timing.sleep(wait)
        return Answer((), "", NOTHING_USED)

    def _learns(
        self, failure: Failure, sent: dict[str, Any], request: Request, n: int, seed: int
    ) -> bool:
        """Whether the server is to be asked otherwise now, as somebody has learnt by this time."""
        if not failure.may_teach:
            return False
        self._learned.learn(sent, failure.param, failure.said)
        if n > 1 and self._learned.limits.one_choice:
            return True
        return self._learned.body(request, n, seed) != sent

    async def _patience(self, work: _Work, failure: Failure, tries: int) -> float:
        """Seconds to wait after `failure`, the last of `tries` + 1; raises when that is no use."""
        if failure.cure is Cure.ANOTHER_REQUEST:
            probed = None if self._answered_last else await self._probe(work)
            if probed is None:
                raise _Refused(failure)
            if probed.cure is not Cure.ANOTHER_REQUEST:
                failure = probed  # it says nothing about the request, which is sent once more
        if failure.cure in (Cure.SETTINGS, Cure.ANOTHER_REQUEST):
            raise self._out(failure.outage())
        wait = backoff(tries + 1, self._timing.random(), failure.asked_to_wait)
        if wait is None or tries >= self._profile.retries or not self._budget.spend():
            raise self._out(failure.outage(tries))
        return wait

    def _out(self, outage: ModelOutage) -> ModelOutage:
        self._outage = outage
        return outage

    def _check_outage(self, work: _Work) -> None:
        """Raise the outage that came since `work` began. It ends whoever asks, and a request that
        went out in that moment might be charged for all the same."""
        if self._outage is not None and self._outage is not work.outage_before:
            raise self._outage

    async def _probe(self, work: _Work) -> Failure | None:
        """What the server makes of something harmless: None where it answers, so that it was the
        request that it refused and not everything, as with a setting that is wrong."""
        probe = Request("", PROBE, n=1, temperature=0.0, seed=0)
        body = self._learned.body(probe, 1, probe.seed)
        async with self._turns.turn(work.request.asker):
            key, client = await self._key.value(), await self._open()
            outcome = await client.exchange(body, key, work.spending.begin)
        if isinstance(outcome, Answer):
            work.spending.answered(outcome.model, outcome.usage)
            return None
        work.spending.failed(outcome.usage)
        return outcome

    async def _open(self) -> "Client":
        async with self._opening:
            if self._client is None:
                # A screen goes on while the SDK is loaded.
                self._client = await asyncio.to_thread(self._connect)
            return self._client

    def _connect(self) -> "Client":
        return _client_class()(self._profile, self._faults, self._timing.now)


def _client_class() -> type["Client"]:
    """The class of clients, which comes with the SDK."""
    from stop_tui.language_models.endpoint.client import Client

    return Client


class _Refused(Exception):
    """The server answers, and not this request."""

    def __init__(self, failure: Failure) -> None:
        super().__init__(failure.words)
        self.failure = failure


async def _all(coroutines: Sequence[Coroutine[Any, Any, None]]) -> None:
    """Wait for all; when one fails, the others end before its error is raised."""
    if len(coroutines) == 1:  # most requests ask for one response, and need no task for it
        await coroutines[0]
        return
    tasks = [asyncio.create_task(coroutine) for coroutine in coroutines]
    try:
        await asyncio.gather(*tasks)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
