"""Frames reach the host whole and in order, whether the kernel can splice them or not."""

import os
import select
import sys
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from stop_tui.sandbox.inside.forwarding import Forwarding
from stop_tui.sandbox.inside.frames import MAX_FRAME, framed, read_exactly
from stop_tui.sandbox.inside.messages import REPORT_BYTES, Ending, Report, Word

LONG = 1000.0


def ready(fd: int) -> bool:
    return bool(select.select([fd], [], [], 0)[0])


class Clock:
    """A clock that goes on by `step` whenever it is looked at."""

    def __init__(self) -> None:
        self.now = 0.0
        self.step = 0.0

    def __call__(self) -> float:
        self.now += self.step
        return self.now


@dataclass
class Ends:
    """A forwarding, and the ends of its pipes that others hold."""

    forwarding: Forwarding
    child: int
    go: int
    host: int
    control: int
    clock: "Clock"

    def reports(self) -> list[Report]:
        """All that the host was told, and nothing else is there."""
        self.forwarding.flush()
        os.set_blocking(self.control, False)
        found = []
        try:
            while True:
                found.append(Report.unpack(read_exactly(self.control, REPORT_BYTES)))
        except BlockingIOError:
            return found

    def body(self, reports: list[Report]) -> bytes:
        """What was forwarded according to `reports`."""
        return read_exactly(self.host, sum(report.size for report in reports))


@pytest.fixture(params=["linux", "darwin"])
def ends(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[Ends]:
    if request.param == "linux" and sys.platform != "linux":
        pytest.skip("this kernel cannot splice")
    pipes = [os.pipe() for _ in range(5)]
    (source, child), (go_there, go), (host, target), (control, told), (orders, theirs) = pipes
    os.set_blocking(go, False)
    clock = Clock()
    monkeypatch.setattr(sys, "platform", request.param)
    forwarding = Forwarding(
        source=source,
        go=go,
        target=target,
        orders=orders,
        control=told,
        clock=clock,
    )
    monkeypatch.undo()
    yield Ends(forwarding, child, go_there, host, control, clock)
    for fd in (source, go_there, go, host, target, control, told, orders, theirs):
        os.close(fd)
    try:
        os.close(child)
    except OSError:
        return


def test_frames_arrive_one_by_one_with_their_cost(ends: Ends) -> None:
    os.write(ends.child, framed(b"first") + framed(b"") + framed(b"third"))
    for _ in range(3):
        assert ends.forwarding.frame(cpu_limit=1.0, wall_limit=LONG) is Ending.OK
    reports = ends.reports()
    assert [r.word for r in reports].count(Word.FRAME) == 3
    assert ends.body(reports) == b"firstthird"
    assert read_exactly(ends.go, 3) == bytes(3)


def test_a_frame_that_breaks_off_is_the_end_of_its_child(ends: Ends) -> None:
    os.write(ends.child, framed(b"0123456789")[:7])
    os.close(ends.child)
    assert ends.forwarding.frame(cpu_limit=1.0, wall_limit=LONG) is Ending.DIED
    assert ends.body(ends.reports()) == b"012"


def test_a_frame_longer_than_any_may_be_is_not_forwarded(ends: Ends) -> None:
    os.write(ends.child, (MAX_FRAME + 1).to_bytes(4, "little"))
    assert ends.forwarding.frame(cpu_limit=1.0, wall_limit=LONG) is Ending.TOO_LARGE
    assert ends.body(ends.reports()) == b""


def test_a_child_that_says_nothing_runs_into_the_clock_on_the_wall(ends: Ends) -> None:
    assert ends.forwarding.frame(cpu_limit=LONG, wall_limit=0.0) is Ending.TIMEOUT


def test_a_frame_that_cost_too_much_comes_too_late(ends: Ends) -> None:
    ends.clock.step = 0.6
    os.write(ends.child, framed(b"late"))
    assert ends.forwarding.frame(cpu_limit=1.0, wall_limit=LONG) is Ending.TIMEOUT


def test_after_quick_calls_several_are_let_go_and_after_a_slow_one_one(ends: Ends) -> None:
    let_go = []
    for call in range(1, 24):
        os.write(ends.child, framed(b"x"))
        ends.clock.step = 0.3 if call in (3, 21) else 0.0
        ends.forwarding.frame(cpu_limit=10.0, wall_limit=LONG)
        os.read(ends.host, 1)
        if ready(ends.go):
            let_go.append((call, len(os.read(ends.go, 100))))
    # The third call is not the last of its four, so it may not have been the slow one.
    assert let_go == [(1, 1), (2, 4), (6, 16), (22, 1), (23, 4)]


def test_no_call_is_charged_with_the_time_of_the_next(ends: Ends) -> None:
    os.write(ends.child, framed(b"quick") * 4)
    endings = [ends.forwarding.frame(cpu_limit=1.0, wall_limit=LONG)]
    ends.clock.step = 5.0
    endings += [ends.forwarding.frame(cpu_limit=1.0, wall_limit=LONG) for _ in range(3)]
    assert endings == [Ending.OK] * 4


def test_what_is_there_in_time_is_taken_however_late_one_looks(ends: Ends) -> None:
    os.write(ends.child, framed(b"in time"))
    assert ends.forwarding.frame(cpu_limit=1.0, wall_limit=-LONG) is Ending.OK
