"""Copying from the run screen: the terminal gets what the panel shows, as OSC 52."""

from base64 import b64encode
from pathlib import Path
from typing import Any

import pytest
from textual.drivers.headless_driver import HeadlessDriver
from textual.events import Key
from textual.pilot import Pilot

from stop_tui.tui.screens.run import RunScreen
from tests.tui.explorers import bare_explorer
from tests.tui.pilots import run, told, until
from tests.tui.specimen import NAME, specimen


@pytest.mark.parametrize("size", [(140, 40), (80, 24)], ids=["wide", "narrow"])
@pytest.mark.parametrize(
    "keys", ["oy", "2oy", "o2oy"], ids=["source", "from-the-list", "there-and-back"]
)
def test_the_source_is_copied_however_fast_the_keys_come(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, size: tuple[int, int], keys: str
) -> None:
    workspace = specimen(tmp_path / "workspace")
    source = (workspace.improvers / "greedy_iterative.py").read_text()
    written: list[str] = []

    def write(driver: HeadlessDriver, data: str) -> None:
        written.append(data)

    async def body() -> None:
        app = bare_explorer(workspace)
        async with app.run_test(size=size, notifications=True) as pilot:
            await _opened(app, pilot)
            monkeypatch.setattr(HeadlessDriver, "write", write)
            for key in keys:
                app.post_message(Key(key, key))
            await until(pilot, lambda: "Copied" in told(app), "that it was copied")
            assert "Nothing to copy" not in told(app)

    run(body())
    code = b64encode(source.encode()).decode()
    assert f"\x1b]52;c;{code}\a" in "".join(written)


async def _opened(app: Any, pilot: Pilot[Any]) -> None:
    await until(pilot, lambda: len(app.screen_stack) > 1, "the first screen")
    app.open_run(NAME)
    await until(pilot, lambda: isinstance(app.screen, RunScreen) and app.screen.focused, "the run")
    await pilot.pause()
