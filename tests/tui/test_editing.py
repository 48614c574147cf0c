"""A text in the user's editor: what comes back is used or kept, and nothing stops meanwhile."""

import asyncio
import contextlib
import os
import re
import signal
import sys
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from textual.app import SuspendNotSupported

from stop_tui.tui.screens import dialogs
from stop_tui.tui.screens.dialogs import Confirm
from stop_tui.tui.terminal import editing
from stop_tui.tui.terminal.editing import edited
from tests.tiny import GOOD_SOLUTION, finds, tiny_workspace
from tests.tui.pilots import run, until
from tests.tui.staged import Stage

TEXT = "def improve_algorithm():\n    return '\u00fc'\n"


class Editors:
    """Scripted editors; each is given the path of the file as `path`."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self._folder = folder
        self._monkeypatch = monkeypatch
        self.lent: list[str] = []
        monkeypatch.setenv("TMPDIR", str(folder))
        monkeypatch.setattr("tempfile.tempdir", str(folder))
        monkeypatch.delenv("VISUAL", raising=False)
        monkeypatch.setattr(Stage, "suspend", lambda app: self._suspend(app))

    def use(self, code: str) -> None:
        """Make a program of `code` the editor."""
        script = self._folder / "editor.py"
        script.write_text(f"import sys, pathlib\npath = pathlib.Path(sys.argv[1])\n{code}\n")
        self._monkeypatch.setenv("EDITOR", f"{sys.executable} {script}")

    @property
    def kept(self) -> list[Path]:
        """The files that were left behind."""
        return sorted(self._folder.glob("stop-tui-*/improver.py"))

    @contextlib.contextmanager
    def _suspend(self, app: Stage) -> Iterator[None]:
        assert app._batch_count, "nothing may be drawn while the terminal is lent"
        self.lent.append("lent")
        yield
        self.lent.append("taken back")


@pytest.fixture
def editors(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Editors:
    folder = tmp_path / "tmp"
    folder.mkdir()
    made = Editors(folder, monkeypatch)
    monkeypatch.setattr(editing, "AT_ONCE", 0.0)
    monkeypatch.setattr(dialogs, "GRACE", 1e-6)
    return made


def edit(
    folder: Path,
    text: str = TEXT,
    *,
    meanwhile: Callable[[Any, Stage], Awaitable[None]] | None = None,
) -> tuple[str | None, str]:
    """What comes of editing `text`, and what the user was told."""
    results: list[str | None] = []
    told: list[str] = []

    async def body() -> None:
        workspace = tiny_workspace(folder / "workspace", finds(GOOD_SOLUTION))
        app = Stage(workspace, folder=workspace.root)
        async with app.run_test(notifications=True) as pilot:

            async def work() -> None:
                results.append(await edited(app, text))

            app.run_worker(work())
            if meanwhile is not None:
                await meanwhile(pilot, app)
            await until(pilot, lambda: results, "the end of the edit")
            told.extend(str(note.message) for note in app._notifications)

    run(body())
    return results[0], "\n".join(told)


def test_what_was_saved_comes_back_and_no_file_stays(editors: Editors, tmp_path: Path) -> None:
    editors.use("path.write_text(path.read_text(encoding='utf-8') + '# more\\n', encoding='utf-8')")
    assert edit(tmp_path) == (TEXT + "# more\n", "")
    assert not editors.kept
    assert editors.lent == ["lent", "taken back"]


def test_the_file_is_private_and_named_like_a_program(editors: Editors, tmp_path: Path) -> None:
    editors.use(
        "path.write_text(f'{path.name} {path.parent.stat().st_mode & 0o777:o}', encoding='utf-8')"
    )
    assert edit(tmp_path)[0] == "improver.py 700"


def test_a_text_that_no_encoding_allows_comes_back_as_it_was(
    editors: Editors, tmp_path: Path
) -> None:
    editors.use("pass")
    assert edit(tmp_path, "a = '\udcff\x00\r\n'")[0] == "a = '\udcff\x00\r\n'"


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("sys.exit(3)", "exit code 3"),
        ("import os; os.kill(os.getpid(), 9)", "stopped by signal 9"),
        ("path.write_bytes(b'\\xff\\xfe')", "not UTF-8"),
        ("path.write_text('x' * 2_000_000)", "larger than 1 MiB"),
    ],
)
def test_what_cannot_be_used_is_kept_and_named(
    editors: Editors, tmp_path: Path, code: str, words: str
) -> None:
    editors.use(code)
    result, told = edit(tmp_path)
    assert result is None
    assert words in told
    (kept,) = editors.kept
    assert str(kept) in re.sub(r"\s", "", told)


def test_a_file_that_is_gone_is_told(editors: Editors, tmp_path: Path) -> None:
    editors.use("path.unlink()")
    result, told = edit(tmp_path)
    assert result is None and "is gone" in told


def test_an_editor_that_is_none_is_told_and_the_text_is_kept(
    editors: Editors, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EDITOR", "/no/such/[b]editor")
    result, told = edit(tmp_path)
    assert result is None
    assert "/no/such/[b]editor cannot be started" in told
    assert editors.kept[0].read_text(encoding="utf-8") == TEXT
    assert editors.lent == ["lent", "taken back"]


def test_a_command_that_cannot_be_read_is_told(
    editors: Editors, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EDITOR", "vi 'unclosed")
    result, told = edit(tmp_path)
    assert result is None and "cannot be read as a command" in told
    assert not editors.kept


def test_without_a_terminal_to_lend_it_is_said(
    editors: Editors, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(app: Stage) -> None:
        raise SuspendNotSupported("no")

    monkeypatch.setattr(Stage, "suspend", refuse)
    editors.use("pass")
    result, told = edit(tmp_path)
    assert result is None and "browser" in told
    assert not editors.kept


def test_an_editor_that_returns_at_once_is_waited_for(
    editors: Editors, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(editing, "AT_ONCE", 600.0)
    editors.use("pass")

    async def save_and_go_on(pilot: Any, app: Stage) -> None:
        await until(pilot, lambda: isinstance(app.screen, Confirm), "the question")
        editors.kept[0].write_text("saved there\n")
        await pilot.pause()
        await pilot.press("y")

    assert edit(tmp_path, meanwhile=save_and_go_on)[0] == "saved there\n"
    assert not editors.kept


def test_giving_such_an_edit_up_keeps_the_file(
    editors: Editors, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(editing, "AT_ONCE", 600.0)
    editors.use("pass")

    async def give_up(pilot: Any, app: Stage) -> None:
        await until(pilot, lambda: isinstance(app.screen, Confirm), "the question")
        await pilot.press("n")

    result, told = edit(tmp_path, meanwhile=give_up)
    assert result is None and "given up" in told
    assert len(editors.kept) == 1


def test_the_loop_goes_on_and_interrupts_are_the_editors(editors: Editors, tmp_path: Path) -> None:
    editors.use(
        "import time\n"
        "while not path.with_name('go').exists():\n"
        "    time.sleep(0.01)\n"
        "path.write_text('done')"
    )

    async def interrupt(pilot: Any, app: Stage) -> None:
        await until(pilot, lambda: editors.lent, "the editor")
        os.kill(os.getpid(), signal.SIGINT)
        await asyncio.sleep(0)
        editors.kept[0].with_name("go").touch()

    before = signal.getsignal(signal.SIGINT)
    assert edit(tmp_path, meanwhile=interrupt)[0] == "done"
    assert signal.getsignal(signal.SIGINT) is before
