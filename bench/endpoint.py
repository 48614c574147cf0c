"""What asking a model behind an endpoint costs: waiting beyond the server's own time, and CPU."""

import asyncio
import hashlib
import math
import statistics
import tempfile
import time
from pathlib import Path

import openai

from bench.critical_path import LATENCY, beside_its_critical_path
from bench.row import Row
from bench.slow_server import slow_server
from stop_tui.core import events as ev
from stop_tui.core.garbage import keep_what_is_there, search_rarely
from stop_tui.core.model_profile import Profile
from stop_tui.engine.memory import Memory
from stop_tui.engine.model_calls import ModelCalls
from stop_tui.engine.recorder import Recorder
from stop_tui.language_models import LanguageModel, open_model
from stop_tui.store.journal import Journal

CALLS = 200
CONCURRENCY = 32
SECONDS = 0.5

BATCHES = 7
BATCH = 60
AT_ONCE = 8
PIECES = 100
"""An answer of 400 characters, each token in an event of its own."""


def measure() -> list[Row]:
    return [_waiting(), *_computing(), _meta_iteration()]


def _waiting() -> Row:
    ideal = math.ceil(CALLS / CONCURRENCY) * SECONDS
    with slow_server(SECONDS) as url, tempfile.TemporaryDirectory() as folder:
        walls, _ = asyncio.run(_asked(_model(url, CONCURRENCY), Path(folder), [1, CALLS]))
    return Row(
        f"{CALLS} calls, {CONCURRENCY} at once, {SECONDS} s each / the ideal",
        walls[1] / ideal,
        1.1,
        "x",
        f"{walls[1]:.2f} s, ideal {ideal:.1f} s",
    )


def _computing() -> list[Row]:
    search_rarely()  # as `stop-tui run` does
    keep_what_is_there()
    with slow_server(0.2, pieces=PIECES) as url, tempfile.TemporaryDirectory() as folder:
        _, cpus = asyncio.run(_asked(_model(url, AT_ONCE), Path(folder), [1, *[BATCH] * BATCHES]))
        alone = asyncio.run(_asked_by_the_sdk(url)) / BATCH * 1000
    calls = [cpu / BATCH * 1000 for cpu in cpus[1:]]
    call = statistics.median(calls)
    return [
        Row(
            "CPU of the asking process for a call, journal included",
            call,
            5,
            "ms",
            f"median of {BATCHES} batches of {BATCH} calls, each answered in {PIECES} pieces; "
            f"{min(calls):.1f} to {max(calls):.1f}",
        ),
        Row(
            "CPU for a call / the SDK's own streaming of the same",
            call / alone,
            0.6,
            "x",
            f"the SDK alone, with no journal: {alone:.1f} ms",
        ),
    ]


def _meta_iteration() -> Row:
    with slow_server(LATENCY, offline=True) as url:
        return beside_its_critical_path(
            _model(url, 1000),
            "meta-iteration through an endpoint / its critical path",
            1.15,
            at_once=32,
        )


def _model(url: str, concurrency: int) -> LanguageModel:
    # With a key, since every word that comes is searched for it.
    profile = Profile(base_url=url, model="slow", concurrency=concurrency, api_key_env="KEY")
    key = "sk-bench-" + hashlib.sha256(b"bench").hexdigest()
    return open_model("bench", {"bench": profile}, environment={"KEY": key})


async def _asked(
    model: LanguageModel, folder: Path, batches: list[int]
) -> tuple[list[float], list[float]]:
    """Wall time and CPU time of this process, in seconds, for each of `batches` calls at once.

    Everything is as in a run: the journal, and somebody who hears the text as it arrives.
    """
    heard: list[str] = []
    walls, cpus = [], []
    with Journal.open(folder / "journal.db") as journal:
        recorder = Recorder(journal, "bench", [], [lambda call, index, text: heard.append(text)])
        recorder.start(ev.RunStarted(ev.Settings(name="bench"), source="", tasks={}), [])
        calls = ModelCalls(model, recorder, Memory())
        for number, batch in enumerate(batches):
            programs = [calls.of(f"I1/{number}/{one}", (number, one)) for one in range(batch)]
            wall, cpu = time.perf_counter(), time.process_time()
            prompt = f"Improve this program.\n{number}\n" + "x = 1\n" * 500
            await asyncio.gather(
                *(program.ask("You are an expert.", prompt, 1, 0.7) for program in programs)
            )
            walls.append(time.perf_counter() - wall)
            cpus.append(time.process_time() - cpu)
        await model.close()
    return walls, cpus


async def _asked_by_the_sdk(url: str) -> float:
    """CPU time of this process, in seconds, for a batch of such calls with nothing around them."""
    sdk = openai.AsyncOpenAI(api_key="sk-bench", base_url=url, max_retries=0)
    turns = asyncio.Semaphore(AT_ONCE)

    async def ask(number: int) -> str:
        prompt = f"Improve this program.\n{number}\n" + "x = 1\n" * 500
        async with turns:
            stream = await sdk.chat.completions.create(
                model="slow",
                messages=[
                    {"role": "system", "content": "You are an expert."},
                    {"role": "user", "content": prompt},
                ],
                temperature=0.7,
                seed=number,
                stream=True,
                stream_options={"include_usage": True},
            )
            pieces = [part.choices[0].delta.content async for part in stream if part.choices]
        return "".join(piece for piece in pieces if piece)

    await ask(0)
    cpus = []
    for _ in range(BATCHES):
        cpu = time.process_time()
        await asyncio.gather(*map(ask, range(BATCH)))
        cpus.append(time.process_time() - cpu)
    await sdk.close()
    return statistics.median(cpus)
