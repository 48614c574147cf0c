"""The list of runs: what it says of each, how it reads them, and what its keys do."""

import asyncio
import sqlite3
from pathlib import Path

import pytest
from textual.pilot import Pilot

from stop_tui.config import Config, RunDefaults
from stop_tui.core import events as ev
from stop_tui.engine.gate import Decision
from stop_tui.engine.starting import cancel_run
from stop_tui.store.journal import Journal
from stop_tui.store.run_lock import RunLock
from stop_tui.tui.app import Explorer
from stop_tui.tui.runs import run_list
from stop_tui.tui.runs.run_list import RunList
from stop_tui.tui.runs.run_words import ago
from stop_tui.tui.runs.screen_gate import ProposalQuestion
from stop_tui.tui.runs.session import RunSession
from stop_tui.tui.screens import home
from stop_tui.tui.screens.dialogs import Choose
from stop_tui.tui.screens.home import HomeScreen
from stop_tui.tui.screens.new_run import NewRunScreen
from stop_tui.tui.widgets.form_row import FormInput
from stop_tui.tui.widgets.rows.listing import Listing
from stop_tui.tui.widgets.text.lines import Lines
from stop_tui.workspace import Workspace
from tests.tiny import tiny_settings, tiny_workspace
from tests.tui.pilots import resize, run, screen_text, until
from tests.tui.ran import BETTER, finished_and_left

SIZES = [(80, 24), (140, 40)]


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    return tiny_workspace(tmp_path, BETTER)


@pytest.fixture
def ran(tmp_path: Path) -> Workspace:
    """A workspace with the runs `done`, which is finished, and `left`, which is under the cursor
    and waits for a decision."""
    return finished_and_left(tmp_path)


def explorer(workspace: Workspace, config: Config | None = None) -> Explorer:
    return Explorer(workspace, folder=workspace.root, config=config)


def begun(workspace: Workspace, name: str, **settings: object) -> None:
    """A run in the journal that nobody is running."""
    with Journal.open(workspace.journal) as journal:
        started = ev.RunStarted(
            settings=tiny_settings(name=name, **settings), source="0" * 64, tasks={}, at=1.0
        )
        journal.create_run(name, started)


async def settled(pilot: Pilot[int]) -> HomeScreen:
    """The home screen, once everything that is in the journal was read."""
    home = pilot.app.screen
    assert isinstance(home, HomeScreen)
    await until(
        pilot,
        lambda: home.list.listed and all(known.read for known in home.list.runs.values()),
        "the runs to be read",
    )
    await pilot.pause()
    return home


def opened(pilot: Pilot[int]) -> RunSession | None:
    """The run that is on the screen, if one is."""
    return getattr(pilot.app.screen, "session", None)


def row(pilot: Pilot[int], name: str) -> str:
    """The line of the list about the run `name`."""
    lines = screen_text(pilot.app).splitlines()
    return next(line for line in lines if f" {name} " in line and "─" not in line)


def test_every_run_says_where_it_stands_by_a_sign_and_a_word(ran: Workspace) -> None:
    begun(ran, "ended")
    cancel_run(ran, "ended", by="ada")
    begun(ran, "killed")
    begun(ran, "remote")

    async def body() -> None:
        async with explorer(ran).run_test() as pilot:
            await settled(pilot)
            for size in SIZES:
                await resize(pilot, size)
                assert "■ finished" in row(pilot, "done"), size
                assert "1/1 1.000" in row(pilot, "done"), size
                assert "‖ paused" in row(pilot, "left"), size
                assert "■ cancelled" in row(pilot, "ended"), size
                assert "‖ interrupted" in row(pilot, "killed"), size
                assert "▷ runs elsewhere" in row(pilot, "remote"), size

    with RunLock(ran.locks, "remote"):
        run(body())


def test_the_panel_tells_why_a_run_stands_still_what_to_press_and_what_was_spent(
    ran: Workspace,
) -> None:
    async def body() -> None:
        async with explorer(ran).run_test() as pilot:
            home = await settled(pilot)
            for size in SIZES:
                await resize(pilot, size)
                text = screen_text(pilot.app)
                assert "‖ paused: the decision was left for later" in text, size
                assert "The proposal of I1 waits for your decision." in text, size
                assert "r goes on with it" in text, size
                panel = home.query_one(Lines).everything()
                assert "0 LM calls, 0 tokens, $0.00" in " ".join(panel.split()), size
                header = text.splitlines()
                assert any(
                    "State" in line and "Iter." in line and "Best" in line for line in header
                ), size

    run(body())


def test_the_offline_model_is_named_for_what_it_is(workspace: Workspace) -> None:
    begun(workspace, "killed")

    async def body() -> None:
        async with explorer(workspace).run_test() as pilot:
            await settled(pilot)
            for size in SIZES:
                await resize(pilot, size)
                text = " ".join(screen_text(pilot.app).replace("│", " ").split())
                assert "Uses the offline model: recorded responses, no language model." in text
                assert "No other is configured: see `stop-tui docs configuration`." in text

    run(body())


def test_a_configured_model_that_is_unknown_is_told(workspace: Workspace) -> None:
    config = Config(run=RunDefaults(model="gpt-9"))

    async def body() -> None:
        async with explorer(workspace, config).run_test(size=(80, 24)) as pilot:
            await settled(pilot)
            text = " ".join(screen_text(pilot.app).replace("│", " ").split())
            known = "✗ The model 'gpt-9' of .stop/config.toml is not known; there are: offline"
            assert known in text

    run(body())


def test_an_empty_workspace_says_what_to_do_and_has_no_version(workspace: Workspace) -> None:
    async def body() -> None:
        async with explorer(workspace).run_test() as pilot:
            home = await settled(pilot)
            for size in SIZES:
                await resize(pilot, size)
                text = " ".join(screen_text(pilot.app).replace("│", " ").split())
                assert "No run yet." in text, size
                assert "n starts the first run." in text, size
                assert "It is no language model" in text, size
            await pilot.press("f", "l")
            await pilot.pause()
            assert pilot.app.screen is home
            assert "No version yet" in " ".join(note.message for note in pilot.app._notifications)
            await pilot.press("n")
            await until(pilot, lambda: isinstance(pilot.app.screen, NewRunScreen), "the form")

    run(body())


def test_one_damaged_run_does_not_hide_the_others(workspace: Workspace) -> None:
    begun(workspace, "sound")
    begun(workspace, "hurt")
    connection = sqlite3.connect(workspace.journal)
    triggers = connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'")
    for (name,) in triggers.fetchall():
        connection.execute(f"DROP TRIGGER {name}")
    connection.execute("UPDATE events SET body = '{' WHERE run = 'hurt'")
    connection.commit()
    connection.close()

    async def body() -> None:
        async with explorer(workspace).run_test(size=(140, 40)) as pilot:
            await settled(pilot)
            assert "✗ unreadable" in row(pilot, "hurt")
            assert "‖ interrupted" in row(pilot, "sound")
            assert "event 1 of run hurt cannot be" in " ".join(
                screen_text(pilot.app).replace("│", " ").split()
            )

    run(body())


@pytest.mark.parametrize("damage", ["not a database", "newer"])
def test_a_journal_that_cannot_be_read_is_told_and_left_alone(
    workspace: Workspace, damage: str
) -> None:
    begun(workspace, "sound")
    if damage == "newer":
        connection = sqlite3.connect(workspace.journal)
        connection.execute("INSERT INTO migrations (name) VALUES ('m999_from_the_future')")
        connection.commit()
        connection.close()
        words = "was written by another version of stop-tui"
    else:
        for file in workspace.private.glob("journal.db*"):
            file.unlink()
        workspace.journal.write_text("these are not the bytes of a database" * 50)
        words = "journal.db"
    before = workspace.journal.read_bytes()

    async def body() -> None:
        async with explorer(workspace).run_test(size=(80, 24)) as pilot:
            home = pilot.app.screen
            assert isinstance(home, HomeScreen)
            await until(pilot, lambda: home.list.error is not None, "the error")
            await pilot.pause()
            assert f"✗ The {'journal' if damage == 'newer' else ''}" in screen_text(pilot.app)
            # A path may be broken anywhere, which depends on how long it is.
            told = "".join(screen_text(pilot.app).replace("│", " ").split())
            assert words.replace(" ", "") in told
            await pilot.press("n")
            await pilot.pause()
            assert pilot.app.screen is home

    run(body())
    assert workspace.journal.read_bytes() == before


def test_a_hostile_reason_is_inert(workspace: Workspace) -> None:
    begun(workspace, "ended")
    cancel_run(workspace, "ended", by="ada", reason="\x1b]0;owned\x07 [bold red]x[/] \u202eabc")

    async def body() -> None:
        async with explorer(workspace).run_test(size=(140, 40)) as pilot:
            home = await settled(pilot)
            assert "[bold red]x[/]" in home.query_one(Lines).everything()
            text = screen_text(pilot.app)
            assert "\x1b" not in text
            assert "\u202e" not in text

    run(body())


def test_reading_a_long_run_leaves_room_for_everything_else(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun(workspace, "long")
    with Journal.open(workspace.journal) as journal:
        journal.append("long", *[ev.RunPaused(reason="x"), ev.RunResumed()] * 1500)
    monkeypatch.setattr(run_list, "SLICE", 0.0)
    turns = 0

    async def other() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    async def body() -> None:
        ticking = asyncio.create_task(other())
        listed = RunList(workspace)
        await listed.catch_up(lambda name: None)
        ticking.cancel()
        assert listed.runs["long"].state.events == 3001
        assert turns >= 3001

    run(body())


def test_only_what_is_new_is_read_again(workspace: Workspace) -> None:
    begun(workspace, "grows")

    async def body() -> None:
        listed = RunList(workspace)
        await listed.catch_up(lambda name: None)
        state = listed.runs["grows"].state
        with Journal.open(workspace.journal) as journal:
            journal.append("grows", ev.RunPaused(reason="a limit", cause="limit"))
        await listed.catch_up(lambda name: None)
        assert listed.runs["grows"].state is state
        assert (state.events, state.reason) == (2, "a limit")

    run(body())


def test_a_run_that_another_process_begins_appears(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(home, "LOOK_AGAIN", 0.01)

    async def body() -> None:
        app = explorer(workspace)
        async with app.run_test(size=(80, 24)) as pilot:
            screen = await settled(pilot)
            assert not screen.list.runs
            begun(workspace, "theirs")
            await until(pilot, lambda: "theirs" in screen_text(app), "the run")
            assert not screen.list.written_since

    run(body())


def test_a_run_that_waits_for_its_human_says_so_and_follows_what_happens(
    workspace: Workspace,
) -> None:
    async def body() -> None:
        app = explorer(workspace)
        async with app.run_test(size=(140, 40)) as pilot:
            await settled(pilot)
            session = RunSession(workspace, "mine", app._changed)
            app.sessions["mine"] = session
            session.begin(tiny_settings(name="mine", gate="human"), step=False)
            await until(pilot, lambda: session.question is not None, "the question")
            await until(pilot, lambda: "? waiting for you" in screen_text(app), "the row")
            question = session.question
            assert isinstance(question, ProposalQuestion)
            question.answer(Decision("reject", "ada", "no"))
            await until(pilot, lambda: "■ finished" in screen_text(app), "the end")
            assert "1/1" in row(pilot, "mine")

    run(body())


def test_a_run_that_was_started_here_is_under_the_cursor(workspace: Workspace) -> None:
    begun(workspace, "one")
    begun(workspace, "two")

    async def body() -> None:
        app = explorer(workspace)
        async with app.run_test(size=(80, 24)) as pilot:
            home = await settled(pilot)
            await pilot.press("down")
            app.begin_run(tiny_settings(name="mine"))
            await until(pilot, lambda: not app.sessions["mine"].live, "the end of the run")
            await pilot.press("escape")
            await until(pilot, lambda: app.screen is home, "the list of runs")
            await until(pilot, lambda: home.query_one(Listing).cursor == "mine", "the cursor")

    run(body())


def test_runs_are_listed_newest_first_and_enter_opens_the_one_under_the_cursor(
    workspace: Workspace,
) -> None:
    for name in ("first", "one", "two"):
        begun(workspace, name)

    async def body() -> None:
        async with explorer(workspace).run_test(size=(80, 24)) as pilot:
            home = await settled(pilot)
            assert list(home.query_one(Listing).keys) == ["two", "one", "first"]
            assert home.query_one(Listing).cursor == "two"
            await pilot.press("down", "enter")
            await until(pilot, lambda: opened(pilot) is not None, "the run")
            session = opened(pilot)
            assert session is not None
            assert (session.name, session.live) == ("one", False)

    run(body())


def test_resuming_opens_the_run_and_goes_on(ran: Workspace) -> None:
    async def body() -> None:
        app = explorer(ran)
        async with app.run_test(size=(80, 24)) as pilot:
            await settled(pilot)
            await pilot.press("r")
            await until(pilot, lambda: opened(pilot) is not None, "the run")
            session = app.sessions["left"]
            await until(pilot, lambda: session.question is not None, "the question, again")
            await session.pause()

    run(body())


def test_a_finished_run_and_one_that_runs_elsewhere_are_not_resumed(workspace: Workspace) -> None:
    begun(workspace, "remote")
    begun(workspace, "ended")
    cancel_run(workspace, "ended", by="ada")

    async def body() -> None:
        app = explorer(workspace)
        async with app.run_test(size=(80, 24)) as pilot:
            home = await settled(pilot)
            await pilot.press("r", "down", "r")
            await pilot.pause()
            assert app.screen is home
            assert not app.sessions
            text = " ".join(note.message for note in app._notifications)
            assert "The run ended is cancelled" in text
            assert "Another stop-tui is running remote" in text

    with RunLock(workspace.locks, "remote"):
        run(body())


def test_a_run_is_started_from_a_version_that_is_chosen(ran: Workspace) -> None:
    async def body() -> None:
        app = explorer(ran)
        async with app.run_test(size=(80, 24)) as pilot:
            await settled(pilot)
            await pilot.press("f")
            await until(pilot, lambda: isinstance(app.screen, Choose), "the versions")
            await pilot.pause()
            assert "done:I1" in screen_text(app)
            assert "done:I0" in screen_text(app)
            app.screen.dismiss("done:I1")
            await until(pilot, lambda: isinstance(app.screen, NewRunScreen), "the form")
            assert app.screen.query_one("#start", FormInput).value == "done:I1"

    run(body())


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0, "just now"), (59, "just now"), (180, "3 min ago"), (7_300, "2 h ago"), (9e5, "10 d ago")],
)
def test_how_long_ago(seconds: float, words: str) -> None:
    assert ago(1_000_000.0, now=1_000_000.0 + seconds) == words


def test_an_idle_home_screen_has_no_timer_that_repeats(ran: Workspace) -> None:
    async def body() -> None:
        app = explorer(ran)
        async with app.run_test(size=(80, 24)) as pilot:
            home = await settled(pilot)
            widgets = [app, home, *home.walk_children()]
            running = [
                timer for widget in widgets for timer in widget._timers if timer._active.is_set()
            ]
            assert [timer for timer in running if timer._repeat is None] == []

    run(body())
