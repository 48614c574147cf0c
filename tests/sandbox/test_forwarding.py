"""Frames reach the host whole and in order, whether the kernel can splice them or not."""

import os
import sys
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from stop_tui.sandbox.inside.forwarding import Forwarding
from stop_tui.sandbox.inside.frames import MAX_FRAME, framed, read_exactly
from stop_tui.sandbox.inside.messages import REPORT_BYTES, Ending, Report, Word

LONG = 1000.0


@dataclass
class Ends:
    """A forwarding, and the ends of its pipes that others hold."""

    forwarding: Forwarding
    child: int
    go: int
    host: int
    control: int
    clock: list[float]

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
    clock = [0.0]
    monkeypatch.setattr(sys, "platform", request.param)
    forwarding = Forwarding(
        source=source,
        go=go,
        target=target,
        orders=orders,
        control=told,
        clock=lambda: clock[0],
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
    assert read_exactly(ends.go, 3) == b"\0\0\0"


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
    def burn() -> float:
        ends.clock[0] += 0.6
        return ends.clock[0]

    ends.forwarding._clock = burn
    os.write(ends.child, framed(b"late"))
    assert ends.forwarding.frame(cpu_limit=1.0, wall_limit=LONG) is Ending.TIMEOUT


def test_what_is_there_in_time_is_taken_however_late_one_looks(ends: Ends) -> None:
    os.write(ends.child, framed(b"in time"))
    assert ends.forwarding.frame(cpu_limit=1.0, wall_limit=-LONG) is Ending.OK
