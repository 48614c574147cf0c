"""The runs that the explorer has open: how long they stay, and what happens when one never was."""

import asyncio
from pathlib import Path

import pytest

from stop_tui.core.events import RunPaused, RunStarted, Settings
from stop_tui.core.keys import text_hash
from stop_tui.store.journal import Journal
from stop_tui.tui import app as explorer_app
from stop_tui.tui.runs import session as run_session
from stop_tui.tui.runs.session import open_session
from stop_tui.tui.screens.dialogs import Confirm
from stop_tui.workspace import Workspace, create_workspace
from tests.tui.explorers import bare_explorer
from tests.tui.pilots import run, screen_text, told, until


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    return create_workspace(tmp_path / "w")


def paused_run(workspace: Workspace, name: str) -> None:
    with Journal.open(workspace.journal) as journal:
        started = RunStarted(settings=Settings(name=name), source="0" * 64, tasks={}, at=1.0)
        journal.create_run(name, started)


def test_runs_that_nobody_looks_at_are_let_go(workspace: Workspace) -> None:
    names = [f"run-{number}" for number in range(7)]
    for name in names:
        paused_run(workspace, name)

    async def body() -> None:
        app = bare_explorer(workspace)
        async with app.run_test() as pilot:
            app.open_run(names[0])
            await until(pilot, lambda: "Versions" in screen_text(app), "the run")
            for name in names[1:]:
                app.session(name)
            kept = explorer_app.SESSIONS_KEPT
            # The one on the screen, the newest, and the last few of the others.
            assert list(app.sessions) == [names[0], *names[-kept - 1 :]]
            assert app.session(names[1]).state.settings.name == names[1]

    run(body())


def test_a_run_that_never_came_to_be_leaves_no_screen(workspace: Workspace) -> None:
    async def body() -> None:
        app = bare_explorer(workspace)
        async with app.run_test() as pilot:
            before = len(app.screen_stack)
            app.begin_run(Settings(name="no-such-task", tasks=("nothing",)))
            app.push_screen(Confirm("Leave?", "It was opened in the meantime."))
            await until(pilot, lambda: "nothing" in told(app), "what is wrong")
            assert len(app.screen_stack) == before
            assert app.sessions == {}

    run(body())


def test_texts_in_memory_are_bounded_by_their_length(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(run_session, "TEXTS_KEPT", 100)
    paused_run(workspace, "texts")
    texts = ["a" * 60, "b" * 60, "c" * 30]
    with Journal.open(workspace.journal) as journal:
        journal.append("texts", RunPaused(reason="again", at=3.0), texts=texts)
    session = open_session(workspace, "texts", lambda _: None)
    read = [session.text(text_hash(text)) for text in texts]
    assert read == texts
    session.close()
    monkeypatch.setattr(session, "_open_journal", lambda: pytest.fail("read again"))
    assert [session.text(text_hash(text)) for text in texts[1:]] == texts[1:]
    with pytest.raises(pytest.fail.Exception, match="read again"):
        session.text(text_hash(texts[0]))


@pytest.mark.parametrize("rounds", range(6))
def test_leaving_while_a_run_opens_is_leaving(workspace: Workspace, rounds: int) -> None:
    paused_run(workspace, "large")

    async def body() -> None:
        app = bare_explorer(workspace)
        async with app.run_test():
            app.open_run("large")
            for _ in range(rounds):  # so much of it is there
                await asyncio.sleep(0)
            await app.action_quit()
        assert app.failure is None
        assert app.return_code == 0

    run(body())
