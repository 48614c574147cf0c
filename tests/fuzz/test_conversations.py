"""Whatever a zygote or a program sends, the host ends with a verdict: it neither raises nor waits
for ever, and takes nothing for a result that is none."""

import asyncio
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from stop_tui.core.verdicts import Verdict
from stop_tui.sandbox import improver_run, solution_run
from stop_tui.sandbox.inside import wire
from stop_tui.sandbox.inside.frames import MAX_FRAME
from stop_tui.sandbox.inside.messages import ImproverProgram
from stop_tui.sandbox.results import Answer, Reply, Request
from tests.fuzz.peers import ENDS, FRAMES, JUNK, REPORTS, Deaf

SOLUTION = solution_run.Solution(
    "source", "algorithm", 1, [wire.encode((1,)), wire.encode((2,))], 1.0, 1 << 30
)
PROGRAM = ImproverProgram(b"source", b"initial", b"text", 4, 6, 25, 1)

CONTROL = st.lists(REPORTS | ENDS | JUNK, max_size=6).map(b"".join)


async def serve(request: Request) -> Reply:
    return Answer(0.0)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("scratch")


def evaluated(folder: Path, frames: bytes, control: bytes) -> None:
    with Deaf(folder, frames, control) as worker:
        run = asyncio.run(solution_run.evaluate(worker, SOLUTION))
    assert len(run.calls) == len(SOLUTION.inputs)
    for call in run.calls:
        assert (call.value is not None) == (call.verdict is Verdict.OK)
        assert call.value is None or len(call.value) <= MAX_FRAME
    assert all(attempt.what.isprintable() for attempt in run.attempts)


def improved(folder: Path, frames: bytes, control: bytes) -> None:
    with Deaf(folder, frames, control) as worker:
        run = asyncio.run(improver_run.improve(worker, PROGRAM, memory=1 << 30, serve=serve))
    assert (run.returned is not None) == (run.verdict is Verdict.OK)
    assert (run.failure is None) == (run.verdict is Verdict.OK)


def in_every_run(count: int):
    return settings(max_examples=count, suppress_health_check=list(HealthCheck))


@in_every_run(60)
@given(frames=FRAMES, control=CONTROL)
def test_any_words_about_a_solution_end_in_a_verdict_for_each_call(folder, frames, control):
    evaluated(folder, frames, control)


@in_every_run(60)
@given(frames=FRAMES, control=CONTROL)
def test_any_words_of_an_improver_end_in_a_verdict(folder, frames, control):
    improved(folder, frames, control)


@pytest.mark.trust
@in_every_run(2000)
@given(frames=FRAMES, control=CONTROL)
def test_any_words_at_length(folder, frames, control):
    evaluated(folder, frames, control)
    improved(folder, frames, control)
