"""Hostile text in every place that shows some: nothing raw reaches the terminal, no line loses its
width, nothing breaks; and what comes in or goes out beside the screens is inert as well."""

import json
import logging
import re
import xml.etree.ElementTree as ElementTree
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

import pytest
from textual import events
from textual.pilot import Pilot
from textual.widgets import Input

from stop_tui.config import load_config
from stop_tui.core import events as ev
from stop_tui.core.errors import UsageError
from stop_tui.core.keys import text_hash
from stop_tui.core.plain_text import REPLACEMENT
from stop_tui.engine.gate import Failure
from stop_tui.tui.app import Explorer
from stop_tui.tui.deciding import deliberation
from stop_tui.tui.runs.screen_gate import (
    AnyQuestion,
    ExecutionQuestion,
    FailureQuestion,
    ProposalQuestion,
)
from stop_tui.tui.screens import dialogs
from stop_tui.tui.screens.home import HomeScreen
from stop_tui.tui.screens.lineage import LineageScreen
from stop_tui.tui.screens.new_run import NewRunScreen
from stop_tui.tui.screens.run import RunScreen
from stop_tui.tui.screens.solution import SolutionScreen
from stop_tui.tui.terminal.crash import open_log, tell_crash, write_report
from stop_tui.tui.widgets.text.reader import Reader
from stop_tui.workspace import Workspace
from tests.tiny import SEED_SOLUTION, UTILITY
from tests.tui.hostile_journal import (
    BIG,
    LONE,
    LONG,
    NAME,
    SHORT,
    HostileRun,
    Texts,
    evil,
    hostile_lineage,
)
from tests.tui.pilots import run, screen_text, until
from tests.tui.strict_terminal import StrictTerminal, accepted, inert, sound

LINE = LONG[:250]
"""As much as any line takes that is typed."""

SIZES = pytest.mark.parametrize("size", [(80, 24), (140, 40)])


class Visit:
    """Goes through an explorer, and looks at every screen on its way."""

    def __init__(self, app: Explorer, pilot: Pilot[Any], hostile: HostileRun) -> None:
        self.app = app
        self.pilot = pilot
        self.hostile = hostile
        self.seen: set[str] = set()

    async def look(self) -> str:
        """Let the app settle, then look."""
        await self.pilot.pause()
        return self.glance()

    def glance(self) -> str:
        """Look at the screen as it is right now."""
        text = sound(self.app)
        self.seen |= set(re.findall(r"§([a-z]+)", text))
        return text

    async def press(self, *keys: str) -> None:
        """Press keys, and look after each."""
        for key in keys:
            await self.pilot.press(key)
            self.glance()
        await self.look()

    async def paste(self, text: str) -> None:
        """Paste as a terminal does, and go to the beginning of what was pasted."""
        self.app.post_message(events.Paste(text))
        await self.look()
        await self.press("home")

    async def focus(self, panel: str) -> None:
        """Let keys go to a panel."""
        self.app.screen.query_one(panel).focus()
        await self.look()

    async def until(self, condition: Callable[[], object], what: str) -> None:
        """Wait, then look."""
        await until(self.pilot, condition, what)
        await self.look()

    async def open_run(self, question: AnyQuestion | None = None) -> None:
        """The run screen, with a question if there is one."""
        self.app.session(NAME).question = question
        self.app.open_run(NAME)
        await self.until(lambda: isinstance(self.app.screen, RunScreen), "the run")

    def saw(self, *tags: str) -> None:
        """These were shown somewhere; a narrow screen has not room for all at first sight."""
        if self.app.size.width < 100:
            return
        assert set(tags) <= self.seen, f"not shown: {sorted(set(tags) - self.seen)}"


Body = Callable[[Visit], Coroutine[Any, Any, None]]


def visit(
    folder: Path,
    body: Body,
    *,
    size: tuple[int, int] = (140, 40),
    hostile: HostileRun | None = None,
    prepare: Callable[[Workspace], object] = lambda workspace: None,
) -> None:
    """Run `body` in an explorer on a hostile workspace."""
    hostile = hostile or HostileRun()
    workspace = hostile.build(folder)
    prepare(workspace)

    async def visited() -> None:
        config = load_config(workspace.config)
        app = Explorer(workspace, folder=workspace.root, config=config)
        with pytest.MonkeyPatch.context() as patch:
            patch.chdir(workspace.root)
            patch.setattr(deliberation, "GRACE", 1e-6)
            patch.setattr(deliberation, "BURST", 1e-6)
            patch.setattr(dialogs, "GRACE", 1e-6)
            async with app.run_test(size=size, notifications=True) as pilot:
                await until(pilot, lambda: _listed(app), "the list of runs")
                await body(Visit(app, pilot, hostile))

    run(visited())


def _listed(app: Explorer) -> bool:
    screen = app.screen
    if not isinstance(screen, HomeScreen) or not screen.list.listed:
        return False
    return all(known.read for known in screen.list.runs.values())


@SIZES
def test_the_runs_and_all_that_is_told_of_one(tmp_path: Path, size: tuple[int, int]) -> None:
    async def body(on: Visit) -> None:
        await on.look()
        await on.press("tab", *["down"] * 6, "end")
        on.saw("paused", "missing", "task", "model", "start")
        await on.open_run()
        for tab in "odtbi":
            await on.press(tab, "end")
        on.saw("proposal", "idea", "strategy", "strategydetail", "warning", "what", "missing")
        await on.press("t", "enter", "end")
        await on.press("s", "enter")
        on.saw("task", "failure", "suspicion", "looked")
        assert isinstance(on.app.screen, SolutionScreen)
        await on.press("o", "d", "i", "down")
        on.saw("solution", "instance")
        await on.press("escape", "c", "escape")
        await on.press("1", "up", "enter", "o", "d", "up")
        on.saw("asker")

    visit(tmp_path, body, size=size)


def test_the_past(tmp_path: Path) -> None:
    async def body(on: Visit) -> None:
        await on.open_run()
        screen = on.app.screen
        assert isinstance(screen, RunScreen)
        known = on.app.session(NAME).events
        last = {type(event): number for number, event in enumerate(known, start=1)}
        for number in last.values():
            screen.view.now()
            screen.view.travel(number - len(known))
            screen.refresh_run(follow=True)
            await on.look()
        on.saw("failed", "asker", "more", "model", "task", "start")

    visit(tmp_path, body)


def test_the_review_and_its_dialogs(tmp_path: Path) -> None:
    async def body(on: Visit) -> None:
        question = ProposalQuestion(review=on.hostile.review(on.app.session(NAME)))
        await on.open_run(question)
        await on.press("v", *["pagedown"] * 4)
        on.saw("strategy", "warning", "what", "idea", "task", "failure", "asker", "looked")
        await on.press("o", "s", "i", "c", "escape", "m", "escape", "p")
        await on.press("down", "enter")
        assert isinstance(on.app.screen, dialogs.Confirm)
        await on.focus("#reason")
        await on.paste(f"§pasted{LINE}")
        assert inert(on.app.screen.query_one("#reason", Input).value)
        on.saw("pasted")
        await on.press("escape", "a", "escape", "x")
        assert not question.future.done()

    visit(tmp_path, body)


def test_code_that_may_not_run_yet_and_what_failed(tmp_path: Path) -> None:
    async def body(on: Visit) -> None:
        session, texts = on.app.session(NAME), on.hostile.texts
        source = text_hash(texts.proposal)
        warnings = session.state.iterations[3].candidates[source].warnings
        await on.open_run(ExecutionQuestion(source=texts.proposal, warnings=warnings))
        await on.press("v", "down", "tab", "end", "a", "escape", "x", "escape", "escape")
        on.saw("warning", "strategy", "proposal")
        failure = Failure(
            run=NAME,
            iteration=3,
            reason=evil("because"),
            incumbent=text_hash(texts.start),
            earlier=((0, text_hash(texts.start)), (1, source)),
        )
        session.question = FailureQuestion(failure=failure)
        await on.press("v", "up", "enter", "escape")
        on.saw("because")

    visit(tmp_path, body)


def lineage(workspace: Workspace) -> None:
    """Hostile versions."""
    hostile_lineage(workspace, Texts())


def test_versions_that_anybody_may_have_made(tmp_path: Path) -> None:
    async def body(on: Visit) -> None:
        await on.press("l")
        screen = on.app.screen
        assert isinstance(screen, LineageScreen)
        await on.until(lambda: screen.listing, "the versions")
        on.saw("run", "subject", "note", "told")
        await on.press("d", "end", "o", "w", "escape", "escape")
        await on.press("n", "escape", "m", "y", "space", "down", "d", "end")
        on.saw("title", "idea")
        await on.press("escape", "c")
        await on.until(lambda: on.app.screen is not screen, "the comparison")
        await on.press("tab", "down", "end")
        on.saw("other", "proposal")
        await on.press("escape", "up", "f")
        assert isinstance(on.app.screen, NewRunScreen)
        await on.press("escape", "escape", "f")
        await on.until(lambda: isinstance(on.app.screen, dialogs.Choose), "the versions")
        await on.press("down", "end", "escape")

    visit(tmp_path, body, prepare=lineage)


def tasks(workspace: Workspace) -> None:
    """Tasks in folders with odd names, broken in odd words, or described in them."""
    words = LONG.replace("\0", "").replace("\\", "").replace('"', "").replace("\r", "")
    for name, text in {
        "broken": f"raise ValueError({evil('wrong')!r})\n",
        f"§odd{SHORT}\n": UTILITY.replace("How close", f"§told{words}How close"),
        "half\udcff": UTILITY,
        "fine": UTILITY.replace("How close", f"§told{words}How close"),
    }.items():
        folder = workspace.tasks / name.replace("/", "").replace("\0", "")
        folder.mkdir()
        (folder / "utility.py").write_text(text, encoding="utf-8")
        (folder / "seed.py").write_text(SEED_SOLUTION)
    model = json.dumps(evil("configured"), ensure_ascii=False).replace("\x7f", "\\u007f")
    workspace.config.write_text(f"[run]\nmodel = {model}\n", encoding="utf-8")


def test_the_form_of_a_new_run(tmp_path: Path) -> None:
    async def body(on: Visit) -> None:
        await on.look()
        await on.press("n")
        screen = on.app.screen
        assert isinstance(screen, NewRunScreen)
        await on.until(lambda: screen._loaded.is_set(), "the tasks")
        await on.paste(f"§name{LINE}")
        await on.focus("#tasks")
        assert "xa7odd" in await on.look()
        await on.press("home", "enter", *["down", "enter"] * 4)
        await on.focus("#start")
        await on.paste(f"§from{LINE}")
        await on.until(lambda: screen._start_problem, "what is wrong with the start")
        await on.focus("#models")
        await on.press("down", "enter", "ctrl+s")
        on.saw("name", "from", "configured")

    visit(tmp_path, body, prepare=tasks)


def test_what_is_pasted_into_any_line(tmp_path: Path) -> None:
    async def body(on: Visit) -> None:
        await on.press("ctrl+p")
        await on.paste(f"§palette{LINE}")
        on.app.copy_to_clipboard(evil("copied"))
        await on.press("ctrl+v", "home", "escape")
        await on.open_run()
        await on.press("o", "slash")
        await on.paste(f"§found{LINE}")
        await on.press("enter", "escape", "w", "home")
        await on.paste(f"§path{LINE}")
        await on.press("escape", "ctrl+x")
        await on.focus("#reason")
        await on.paste(f"§cancelled{LINE}")
        await on.press("escape")
        await on.press("slash")
        await on.paste("x" * BIG)
        on.saw("palette", "copied", "found", "path", "cancelled")

    visit(tmp_path, body)


def test_a_line_that_is_pasted_with_its_end_is_that_line() -> None:
    from stop_tui.tui.terminal.edges import pasted

    assert [pasted(f"better{end}more") for end in ("\n", "\r\n", "\r", "")] == [
        *["better"] * 3,
        "bettermore",
    ]


def test_what_is_copied_is_what_it_was_in_base64_and_a_picture_of_the_screen_is_sound(
    tmp_path: Path,
) -> None:
    async def body(on: Visit) -> None:
        await on.open_run()
        sent: list[str] = []
        assert on.app._driver is not None
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(on.app._driver, "write", sent.append)
            for panel in "odsbit":
                await on.press(panel, "y")
                picture = on.app.export_screenshot()
                ElementTree.fromstring(picture)
                assert inert(picture), panel
        copied = accepted("".join(sent))
        assert len(copied) == 6
        wanted = on.hostile.texts.proposal
        assert copied[0] == wanted.replace("\ud83d", REPLACEMENT).replace("\udfff", REPLACEMENT)

    visit(tmp_path, body)


def test_a_text_is_saved_whole_or_one_is_told_why_not(tmp_path: Path) -> None:
    async def save(on: Visit, name: str) -> str:
        on.app.clear_notifications()
        await on.press("w")
        on.app.screen.query_one("#text", Input).value = name
        await on.press("enter")
        if isinstance(on.app.screen, dialogs.Confirm):
            await on.press("y")
        (note,) = on.app._notifications
        return note.message

    async def body(on: Visit) -> None:
        await on.open_run()
        await on.press("o")
        bad = ["~no-such-user/x", "a" * 300, f"x{evil('file')}"]
        for name in bad:
            assert "could not be written" in await save(on, name)
        await on.press("w", "home", "ctrl+k")
        await on.paste(f"it{SHORT}.py".replace("/", ""))
        await on.press("enter")
        (saved,) = on.app.folder.glob("it*.py")
        assert saved.read_bytes().decode("utf-8", "surrogatepass") == on.hostile.texts.proposal
        assert inert(saved.name)

    visit(tmp_path, body)


def test_what_is_told_beside_the_screens(tmp_path: Path) -> None:
    async def body(on: Visit) -> None:
        await on.open_run()
        on.app.tell(UsageError(evil("message"), hint=evil("hint")))
        await on.look()
        on.app.screen.notify(evil("notified"))
        await on.look()
        on.saw("message", "hint", "notified")
        on.app.clear_notifications()
        on.app.tell(UsageError("漢\n" * BIG, hint="\u0301" * BIG))
        await on.look()

    visit(tmp_path, body)


def test_a_response_that_arrives(tmp_path: Path) -> None:
    async def body(on: Visit) -> None:
        session = on.app.session(NAME)
        sent = ev.ModelCallSent(
            program="I3",
            request="r",
            occurrence=0,
            prompt=text_hash(on.hostile.texts.prompt),
            model=evil("asking"),
            n=2,
            temperature=0.5,
        )
        session.state.fold(sent)
        session._take(sent, session.state)
        await on.open_run()
        await on.focus("#candidates")
        await on.press("home", "t", "end", "enter", "end")
        for piece in f"{evil('arriving')}{LONE}\r\n":
            session._hear(("I3", "r", 0), 0, piece)
        await on.until(lambda: "§arriving" in screen_text(on.app), "the response")
        words = on.app.screen.query_one("TranscriptTab Reader", Reader)
        session._hear(("I3", "r", 0), 0, "\n\u202e漢" * (BIG // 5))
        await on.until(lambda: "not shown" in words.line_text(words.line_count() - 1), "its end")
        await on.press("end")

    visit(tmp_path, body)


def test_a_crash_is_told_reported_and_logged_in_inert_words(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    error = ValueError(evil("crash") + LONE)
    written = write_report(tmp_path, error)
    assert written is not None
    report = written.read_text(encoding="utf-8")
    assert "§crash" in report and inert(report)
    tell_crash(error, written, [])
    told = capsys.readouterr().err
    assert "§crash" in told and inert(told)
    root = logging.getLogger()
    # Nobody else is to hear it: what gathers logs for a report of this test cannot write LONE.
    monkeypatch.setattr(root, "handlers", [])
    level = root.level
    log = open_log(tmp_path)
    root.warning("it is %s", evil("logged") + LONE)
    for handler in root.handlers:
        handler.close()
    root.setLevel(level)
    assert log is not None
    logged = log.read_text(encoding="utf-8")
    assert "§logged" in logged and inert(logged)
    assert capsys.readouterr().err == ""


def test_texts_without_end(tmp_path: Path) -> None:
    async def body(on: Visit) -> None:
        question = ProposalQuestion(review=on.hostile.review(on.app.session(NAME)))
        await on.open_run(question)
        await on.press("o", "end", "d", "end", "t", "enter", "end", "i", "tab", "end")
        await on.press("s", "enter", "d", "i", "down", "escape", "v")

    texts = Texts(
        proposal="# one" + "\n" * BIG,
        other="# two " + "漢" * BIG,
        prompt="\u0301" * BIG,
        response="\x1b\n" * (BIG // 2),
        solution="# three " + " x" * (BIG // 2),
        idea="\n" * BIG,
    )
    visit(tmp_path, body, hostile=HostileRun(texts, long="\u0301漢" * 10_000))


def test_a_terminal_gets_nothing_but_what_is_allowed(tmp_path: Path) -> None:
    """The real program on a real terminal: every byte that it writes is looked at."""
    hostile = HostileRun()
    workspace = hostile.build(tmp_path)
    hostile_lineage(workspace, hostile.texts)
    terminal = StrictTerminal(workspace.root)
    try:
        terminal.until("§paused")
        terminal.press("\r", "§strategy")
        terminal.press("o", "§proposal")
        for _ in range(20):  # until the panel has the focus
            if "Copied" in terminal.press("y", "Copied|Nothing to copy"):
                break
        terminal.press("d", "incumbent")
        terminal.press("s", "§failure")
        terminal.press("t", "Call 1 of")
        terminal.press("b", "§what")
        terminal.press("i", "§idea")
        terminal.press("<", "Event ")
        terminal.press("0", "waits for your decision")
        terminal.press("\x10", "Search")
        terminal.press(f"\x1b[200~{evil('pasted')}\x1b[201~", "§pasted")
        terminal.press("\x1b[27u", "§idea")  # escape, told from alt and the next key
        terminal.press("l", "§note")
        terminal.press("o", "§other")
        terminal.press("\x11", "")
        output = terminal.output()
    finally:
        terminal.close()
    wanted = hostile.texts.proposal
    copied = set(accepted(output))  # once or twice
    assert copied == {wanted.replace("\ud83d", REPLACEMENT).replace("\udfff", REPLACEMENT)}
    assert terminal.process.returncode == 0
