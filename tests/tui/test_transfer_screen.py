"""The transfer screen: what is measured of a version, and measuring it, in real sandboxes."""

from pathlib import Path

import pytest

from stop_tui.config import Config, RunDefaults
from stop_tui.core import events as ev
from stop_tui.core.keys import text_hash
from stop_tui.engine.experiments.facts import Facts
from stop_tui.engine.experiments.measurements import Measurements
from stop_tui.engine.transfer import IMPROVER, SEED_IMPROVER, compared
from stop_tui.store.run_lock import RunLock
from stop_tui.tui.measuring import subject
from stop_tui.tui.screens import transfer
from stop_tui.tui.screens.dialogs import Confirm
from stop_tui.tui.screens.lineage import LineageScreen
from stop_tui.tui.screens.transfer import TransferScreen
from stop_tui.workspace import Workspace
from tests.tiny import Scripted
from tests.tui.explorers import bare_explorer
from tests.tui.measured_specimen import CONFIG
from tests.tui.pilots import run, screen_text, told, until
from tests.tui.specimen import specimen
from tests.tui.transfers import (
    REV,
    Waits,
    answer_with,
    begin,
    explorer,
    files,
    journalled,
    measured,
    opened,
    otter_workspace,
    scripted,
)


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    return otter_workspace(tmp_path / "w")


@pytest.fixture
def model(monkeypatch: pytest.MonkeyPatch) -> Scripted:
    return scripted(monkeypatch)


def test_opening_it_spends_nothing_and_says_what_measuring_may_cost(
    workspace: Workspace, model: Scripted
) -> None:
    app = explorer(workspace)

    async def body() -> None:
        async with app.run_test(size=(80, 24)) as pilot:
            await opened(pilot)
            text = screen_text(app)
            assert "Nothing is measured yet: 1 task, 2 repeats each, 8 measurements" in text
            # Three improvers, two repeats, 24 responses each at most.
            assert "at most 144 responses of scripted" in text
            assert "unknown" in text
            for program in ("seed solution", "seed improver", "sham", REV):
                assert program in text
            assert "double · trained" in text
            await pilot.press("tab", "space")
            await until(pilot, lambda: isinstance(app.screen, Confirm), "the confirmation")
            await pilot.pause()
            assert "at most 144 responses" in screen_text(app)
            await pilot.press("n")
            await pilot.pause()
        assert model.requests == []
        assert files(workspace) == []

    run(body())


@pytest.mark.parametrize("size", [(80, 24), (140, 40)], ids=["80x24", "140x40"])
def test_what_it_shows_is_what_the_journal_says(
    workspace: Workspace, model: Scripted, size: tuple[int, int]
) -> None:
    app = explorer(workspace)

    async def body() -> None:
        async with app.run_test(size=size) as pilot:
            session = await opened(pilot)
            await measured(pilot, session)
            text = screen_text(app)
            assert "All is measured: 1 task, 2 repeats each." in text
            # The seed improver asks once a repeat; the sham asks the same, as another program.
            assert "4 LM calls" in text
            assert "1.000 [1.000, 1.000]" in text
            assert "+.000 [+.000, +.000]" in text
            await pilot.press("tab", "end")
            assert "Repeats: 1.000 1.000." in screen_text(app)
            await pilot.press("y")
            assert app.clipboard.startswith("program\tutility\tdifference\tbetter")
            assert f"  {REV}\t1.000 [1.000, 1.000]" in app.clipboard

    run(body())
    # Whoever reads the file has the same figures, and a new explorer has them at once.
    config = Config(run=RunDefaults(repeats=2, model="scripted"))
    known = subject.find_subject(workspace, config, REV)
    with known.measurements(("double",), 2, Facts()) as found:
        assert found.missing() == []
        rows = compared(found, ["double"], known.programs, SEED_IMPROVER).together
        assert {row.standing.program: row.repeats for row in rows}[IMPROVER] == 2
    asked = len(model.requests)
    again = explorer(workspace)

    async def coming_back() -> None:
        async with again.run_test(size=size) as pilot:
            await opened(pilot)
            assert "All is measured" in screen_text(again)
            await pilot.press("space")
            await pilot.pause()
            assert "All is measured" in told(again)

    run(coming_back())
    assert len(model.requests) == asked


def test_pausing_keeps_what_was_answered_and_going_on_asks_for_the_rest(
    workspace: Workspace, model: Scripted, monkeypatch: pytest.MonkeyPatch
) -> None:
    waits = Waits(free=2)
    answer_with(monkeypatch, waits)
    app = explorer(workspace)

    async def body() -> None:
        async with app.run_test(size=(80, 24)) as pilot:
            session = await opened(pilot)
            await begin(pilot)
            await until(pilot, lambda: len(waits.requests) == 3, "a call that waits")
            await until(pilot, lambda: "▶ measuring" in screen_text(app), "what goes on")
            await until(pilot, lambda: "2 LM calls" in screen_text(app), "what it has cost")
            await pilot.press("space")
            await until(pilot, lambda: not session.live, "the pause")
            await until(pilot, lambda: "are missing: 1 task" in screen_text(app), "what is left")
            assert "likely about" in screen_text(app)
            last = journalled(workspace)[-1]
            assert isinstance(last, ev.RunPaused) and last.cause == "user"
            assert app.screen._ticking is None  # type: ignore[attr-defined]
            answer_with(monkeypatch, model)
            await measured(pilot, session)
            assert "All is measured" in screen_text(app)
            assert len(model.requests) == 2

    run(body())


def test_leaving_the_screen_does_not_stop_it_and_quitting_pauses_it(
    workspace: Workspace, model: Scripted, monkeypatch: pytest.MonkeyPatch
) -> None:
    waits = Waits(free=1)
    answer_with(monkeypatch, waits)
    app = explorer(workspace)

    async def body() -> None:
        async with app.run_test(size=(80, 24)) as pilot:
            app.push_screen(LineageScreen(workspace))
            await until(pilot, lambda: REV in screen_text(app), "the lineage")
            await pilot.press("home", "T")
            await until(pilot, lambda: isinstance(app.screen, TransferScreen), "the screen")
            await until(pilot, lambda: app.screen.transfer.subject, "what is measured")
            session = app.screen.transfer
            await begin(pilot)
            await until(pilot, lambda: len(waits.requests) == 2, "a call that waits")
            await pilot.press("escape")
            await until(pilot, lambda: "▶ transfer " in screen_text(app), "the title to say so")
            assert session.live
            await pilot.press("T")
            await until(pilot, lambda: "▶ measuring" in screen_text(app), "what goes on")
            assert app.screen.transfer is session
            await pilot.press("ctrl+q")
            await until(pilot, lambda: not session.live, "the pause")

    run(body())
    last = journalled(workspace)[-1]
    assert isinstance(last, ev.RunPaused) and last.cause == "user"


def test_only_one_transfer_measures_at_a_time_and_others_say_so(
    workspace: Workspace, model: Scripted, monkeypatch: pytest.MonkeyPatch
) -> None:
    waits = Waits()
    answer_with(monkeypatch, waits)
    app = explorer(workspace)

    async def body() -> None:
        async with app.run_test(size=(80, 24)) as pilot:
            first = await opened(pilot)
            await begin(pilot)
            await until(pilot, lambda: waits.requests, "a call that waits")
            app.open_transfer("otter:I0")
            await until(pilot, lambda: "The transfer of otter:I1" in screen_text(app), "who does")
            await pilot.press("space")
            await pilot.pause()
            assert "pause it first" in told(app)
            await first.pause()

    run(body())


def test_another_process_that_measures_is_named_and_not_disturbed(
    workspace: Workspace, model: Scripted
) -> None:
    app = explorer(workspace)

    async def body() -> None:
        async with app.run_test(size=(80, 24)) as pilot:
            session = await opened(pilot)
            with RunLock(workspace.locks, session.figures.measurements.path.stem):
                await pilot.press("escape")
                await opened(pilot)
                assert "Another stop-tui is measuring into the same file" in screen_text(app)
                await pilot.press("space")
                await pilot.pause()
                assert "wait, or end it there" in told(app)
        assert model.requests == []

    run(body())


def test_what_another_process_measures_is_followed_to_its_end(
    workspace: Workspace, model: Scripted, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(transfer, "FOLLOW", 0.01)
    app = explorer(workspace)

    async def body() -> None:
        async with app.run_test(size=(80, 24)) as pilot:
            with other(workspace) as measuring:
                await opened(pilot)
                await until(pilot, lambda: "Another stop-tui" in screen_text(app), "who does")
                await measuring.measure(model)
            await until(pilot, lambda: "Another stop-tui" not in screen_text(app), "its end")
            assert "All is measured" in screen_text(app)

    run(body())


def test_what_a_process_that_was_killed_had_begun_is_not_under_way(
    workspace: Workspace, model: Scripted
) -> None:
    with other(workspace) as killed:
        seed = killed.missing()[1].improver
        assert seed is not None
        killed._begin()
        begun = {"iteration": 0, "phase": killed._phase("double", 1), "improver": text_hash(seed)}
        killed._recorder.record(ev.RepeatStarted(**begun, task="double", repeat=1))
        assert [each.improver for each in killed.under_way()] == [seed]
    app = explorer(workspace)

    async def body() -> None:
        async with app.run_test(size=(80, 24)) as pilot:
            await opened(pilot)
            assert "Nothing is measured yet" in screen_text(app)
            assert "▶" not in screen_text(app)

    run(body())


def other(workspace: Workspace) -> Measurements:
    """What another process measures with: the same file."""
    config = Config(run=RunDefaults(repeats=2, model="scripted"))
    found = subject.find_subject(workspace, config, REV)
    return found.measurements(("double",), 2, Facts())


def test_a_run_leads_to_the_transfer_of_the_version_under_the_cursor(
    tmp_path: Path, model: Scripted
) -> None:
    app = bare_explorer(specimen(tmp_path / "specimen"), CONFIG)

    async def body() -> None:
        async with app.run_test(size=(140, 40)) as pilot:
            app.open_run("brave-otter")
            await until(pilot, lambda: "Candidates of I3" in screen_text(app), "the run")
            await pilot.press("T")
            await pilot.pause()
            assert "I3 has made no version" in told(app)
            await pilot.press("1", "up", "up", "T")
            await until(pilot, lambda: isinstance(app.screen, TransferScreen), "the screen")
            await until(pilot, lambda: "brave-otter:I1" in screen_text(app), "the version")

    run(body())
