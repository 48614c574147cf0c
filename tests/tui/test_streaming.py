"""Text of a model behind an endpoint, in the explorer, while it arrives over HTTP."""

from pathlib import Path

import pytest

from stop_tui.config import load_config
from stop_tui.core import events as ev
from stop_tui.core.state import Status
from stop_tui.language_models.endpoint import retrying
from stop_tui.tui.app import Explorer
from stop_tui.tui.runs.session import RunSession
from stop_tui.tui.screens.run import RunScreen
from stop_tui.workspace import Workspace
from tests.language_models.fault_server import FaultServer, Told
from tests.tiny import tiny_settings, tiny_workspace
from tests.tui.explorers import bare_explorer, journal_of
from tests.tui.pilots import run, screen_text, until

ASKS = """\
def improve_algorithm(initial_solution, utility, language_model):
    if "improve_algorithm" in initial_solution:
        language_model.prompt("expert", "improve")
    return initial_solution
"""


def on_endpoint(folder: Path, server: FaultServer, improver: str = ASKS) -> Workspace:
    workspace = tiny_workspace(folder, improver)
    workspace.config.write_text(
        f'[models.fast]\nbase_url = "{server.url}"\nmodel = "m"\nconcurrency = 2\n'
    )
    return workspace


def explorer(workspace: Workspace) -> Explorer:
    return bare_explorer(workspace, load_config(workspace.config, {}))


async def transcript(pilot) -> RunSession:
    """Begin a run in the explorer and open the transcript of the improver that improves itself."""
    app = pilot.app
    await until(pilot, lambda: app.workspace is not None, "the first screen")
    app.begin_run(tiny_settings(model="fast"), step=False)
    await until(
        pilot,
        lambda: isinstance(app.screen, RunScreen) and bool(app.screen.query("#log")),
        "the run screen",
    )
    await pilot.press("2", "t")
    await until(pilot, lambda: "no response yet" in screen_text(app), "the call")
    return app.sessions["tiny"]


def test_text_is_there_piece_by_piece_while_the_call_is_under_way(tmp_path: Path) -> None:
    told = Told()

    async def body(server: FaultServer) -> None:
        workspace = on_endpoint(tmp_path, server)
        async with explorer(workspace).run_test(size=(140, 40)) as pilot:
            session = await transcript(pilot)
            await until(pilot, lambda: told.asked, "the request")
            for words in ("First ", "second ", "third."):
                told.say(words)
                await until(pilot, lambda w=words: w.strip() in screen_text(pilot.app), words)
                assert "response 1 of 1, arriving" in screen_text(pilot.app)
            assert not [e for e in journal_of(workspace, "tiny") if isinstance(e, ev.ModelCalled)]
            told.end()
            await until(pilot, lambda: session.state.status is Status.FINISHED, "the end")
            await until(pilot, lambda: "arriving" not in screen_text(pilot.app), "the answer")
            assert "First second third." in screen_text(pilot.app)
            assert not session.heard

    with FaultServer(told) as server:
        run(body(server))


def test_what_was_heard_and_thrown_away_is_marked_and_then_gone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = Told()
    monkeypatch.setattr(retrying, "FIRST_WAIT", 0.001)

    async def body(server: FaultServer) -> None:
        workspace = on_endpoint(tmp_path, server)
        async with explorer(workspace).run_test(size=(140, 40)) as pilot:
            session = await transcript(pilot)
            await until(pilot, lambda: told.asked, "the request")
            told.say("Lost words")
            await until(pilot, lambda: "Lost words" in screen_text(pilot.app), "the first words")
            told.break_off()
            await until(
                pilot,
                lambda: "[interrupted; asked for again]" in screen_text(pilot.app),
                "the mark",
            )
            assert "Lost words" in screen_text(pilot.app)
            await until(pilot, lambda: told.asked == 2, "the second request")
            told.say("Kept words")
            await until(pilot, lambda: "Kept words" in screen_text(pilot.app), "the second words")
            told.end()
            await until(pilot, lambda: session.state.status is Status.FINISHED, "the end")
            await until(pilot, lambda: "arriving" not in screen_text(pilot.app), "the answer")
            assert "Kept words" in screen_text(pilot.app)
            assert "Lost words" not in screen_text(pilot.app)

    with FaultServer(told) as server:
        run(body(server))


def test_a_response_that_nobody_looks_at_arrives_all_the_same(tmp_path: Path) -> None:
    """The run does not wait for the screen: a response of thousands of pieces, unread."""
    told = Told()

    async def body(server: FaultServer) -> None:
        workspace = on_endpoint(tmp_path, server)
        async with explorer(workspace).run_test(size=(80, 24)) as pilot:
            app = pilot.app
            await until(pilot, lambda: app.workspace is not None, "the first screen")
            app.begin_run(tiny_settings(model="fast"), step=False)
            await until(pilot, lambda: told.asked, "the request")
            told.say(*(f"{number}\n" for number in range(3000)))
            told.end()
            session = app.sessions["tiny"]
            await until(pilot, lambda: session.state.status is Status.FINISHED, "the end")
            (call,) = [e for e in session.events if isinstance(e, ev.ModelCalled)]
            assert session.text(call.responses[0]).count("\n") == 3000

    with FaultServer(told) as server:
        run(body(server))
